import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Device } from "../../src/backends/webgpu/device.ts";
import { UnsupportedError } from "../../src/errors.ts";
import { planeViolation } from "../../src/relaxation/certificate.ts";
import { NeuronEnvelope } from "../../src/relaxation/neuron-envelope.ts";
import { planeValue } from "../../src/relaxation/neuron.ts";
import { openSeparation } from "../../src/relaxation/open-separation.ts";
import { DeviceSeparation } from "../../src/relaxation/webgpu-separation.ts";
import { hasNodeAdapter } from "../backends/webgpu/node-adapter.ts";
import { randomNeuron, seededRandom, testActivations } from "./random-neurons.ts";
import type { NeuronCase } from "./random-neurons.ts";

const available = await hasNodeAdapter();

describe.skipIf(!available)("envelopes on a WebGPU device", () => {
  let device: Device;
  beforeAll(async () => {
    device = await Device.open();
  });
  afterAll(() => device.destroy());

  const onDevice = testActivations.filter(({ activation }) => activation.name !== "polynomial");

  it.each([1, 2, 3, 7, 50, 130, 784])("every activation, n = %i: within 1e-5 of f64, repaired cuts all valid", async (n) => {
    const random = seededRandom(31 + n);
    const rounds = n <= 50 ? 3 : 1;
    for (let round = 0; round < rounds; round++) {
      // The neurons share their inputs; each has a box of its own, and a point is at home in one of them.
      const cases: NeuronCase[] = onDevice.map(({ activation }) => randomNeuron(activation, n, random));
      const envelopes = cases.map(({ neuron, box }) => new NeuronEnvelope(neuron, box));
      const homes = Array.from({ length: 4 }, (_, k) => (4 * round + 5 * k) % cases.length);
      const points = homes.map((home) => cases[home].x);
      const separation = await DeviceSeparation.create(device, envelopes);
      const rough = await separation.evaluate(points);
      const asked = points.map((x, p) => ({
        x,
        y: Float64Array.from(envelopes, (envelope, e) => {
          const [low, high] = [envelope.lower(x), envelope.upper(x)];
          const scale = 1 + Math.abs(low) + Math.abs(high);
          expect(Math.abs(rough[p][e].upper - high) / scale, onDevice[e].label).toBeLessThan(1e-5);
          expect(Math.abs(rough[p][e].lower - low) / scale, onDevice[e].label).toBeLessThan(1e-5);
          return random() < 0.5 ? high + 0.02 * scale : low - 0.02 * scale;
        }),
      }));
      const found = await separation.separate(asked);
      separation.release();
      for (const [p, row] of found.entries()) {
        for (const [e, cut] of row.entries()) {
          if (cut === undefined) throw new Error(`${onDevice[e].label}: no cut was found`);
          const { neuron, box } = envelopes[e];
          expect(planeViolation(neuron, box, cut.plane, cut.side), onDevice[e].label).toBeLessThanOrEqual(0);
          // At the neuron's own point the repaired cut still cuts the point off.
          if (homes[p] === e) expect(cut.side * (asked[p].y[e] - planeValue(cut.plane, asked[p].x))).toBeGreaterThan(0);
        }
      }
    }
  });

  it("opens a device of its own and closes it, also after an error", async () => {
    const { neuron, box, x } = randomNeuron(testActivations[0].activation, 3, seededRandom(33));
    const envelope = new NeuronEnvelope(neuron, box);
    const opened = await openSeparation([envelope]);
    expect(opened.adapter).not.toBe("");
    const high = envelope.upper(x);
    const [[cut]] = await opened.separate([{ x, y: [high + 0.1 * (1 + Math.abs(high))] }]);
    expect(cut?.side).toBe(1);
    opened.close();
    const large = randomNeuron(testActivations[0].activation, 1025, seededRandom(34));
    await expect(openSeparation([new NeuronEnvelope(large.neuron, large.box)])).rejects.toThrow(UnsupportedError);
  });

  it("refuses what the device does not have", async () => {
    const random = seededRandom(32);
    const cubic = testActivations.find(({ label }) => label === "cubic");
    if (cubic === undefined) throw new Error("the cubic is gone");
    const { neuron, box } = randomNeuron(cubic.activation, 3, random);
    await expect(DeviceSeparation.create(device, [new NeuronEnvelope(neuron, box)])).rejects.toThrow(UnsupportedError);
    const large = randomNeuron(testActivations[0].activation, 1025, random);
    await expect(DeviceSeparation.create(device, [new NeuronEnvelope(large.neuron, large.box)])).rejects.toThrow(/1024/);
  });
});
