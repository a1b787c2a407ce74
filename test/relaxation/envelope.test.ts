import { describe, expect, it } from "vitest";
import { activationByName } from "../../src/networks/activations.ts";
import { ProblemError } from "../../src/errors.ts";
import { planeViolation } from "../../src/relaxation/certificate.ts";
import { NeuronEnvelope } from "../../src/relaxation/neuron-envelope.ts";
import { argumentRange, planeValue } from "../../src/relaxation/neuron.ts";
import type { Box, Neuron } from "../../src/relaxation/neuron.ts";
import { compareWithHull } from "./hull-comparison.ts";
import { randomNeuron, seededRandom, testActivations } from "./random-neurons.ts";
import { reluConcaveEnvelope } from "./relu-hull.ts";

const box = (lower: number[], upper: number[]): Box => ({ lower: Float64Array.from(lower), upper: Float64Array.from(upper) });
const neuron = (name: string, weights: number[], bias: number): Neuron => ({
  weights: Float64Array.from(weights),
  bias,
  activation: activationByName(name),
});

describe("envelope of a neuron", () => {
  it.each(testActivations)("$label: equals the hull found by linear programming", async (entry) => {
    const worst = await compareWithHull(entry, 32, seededRandom(11));
    expect(worst.inside).toBeLessThan(1e-9);
    expect(worst.outside).toBeLessThan(1e-9);
    expect(worst.plane).toBeLessThan(1e-12);
    expect(worst.touch).toBeLessThan(1e-12);
  });

  it("relu: equals the closed form of Anderson et al. to 1e-12", () => {
    const random = seededRandom(12);
    const relu = activationByName("relu");
    let compared = 0;
    let worst = 0;
    while (compared < 2000) {
      const { neuron: candidate, box: domain, x } = randomNeuron(relu, 1 + (compared % 8), random);
      const [low, high] = argumentRange(candidate, domain);
      if (low >= 0 || high <= 0) continue;
      compared++;
      const envelope = new NeuronEnvelope(candidate, domain);
      worst = Math.max(worst, Math.abs(envelope.upper(x) - reluConcaveEnvelope(candidate, domain, x)));
      let z = candidate.bias;
      candidate.weights.forEach((w, j) => (z += w * x[j]));
      worst = Math.max(worst, Math.abs(envelope.lower(x) - Math.max(z, 0)));
    }
    expect(worst).toBeLessThan(1e-12);
  });

  it("is the neuron itself at the corners", () => {
    const random = seededRandom(13);
    for (const { activation } of testActivations) {
      for (let k = 0; k < 20; k++) {
        const { neuron: candidate, box: domain } = randomNeuron(activation, 5, random);
        const corner = domain.lower.map((l, j) => (random() < 0.5 ? l : domain.upper[j]));
        let z = candidate.bias;
        candidate.weights.forEach((w, j) => (z += w * corner[j]));
        const envelope = new NeuronEnvelope(candidate, domain);
        const scale = 1 + Math.abs(activation.value(z));
        expect(Math.abs(envelope.upper(corner) - activation.value(z)) / scale).toBeLessThan(1e-12);
        expect(Math.abs(envelope.lower(corner) - activation.value(z)) / scale).toBeLessThan(1e-12);
      }
    }
  });

  it("knows zero weights, fixed inputs and a single point", () => {
    const mixed = new NeuronEnvelope(neuron("tanh", [1, 0, 2], -0.5), box([-1, -5, 0.25], [1, 5, 0.25]));
    const single = new NeuronEnvelope(neuron("tanh", [1], 0), box([-1], [1]));
    for (const x of [-1, -0.3, 0.2, 1]) {
      // The fixed input cancels the bias; the second has no say.
      expect(mixed.upper([x, 3, 0.25])).toBeCloseTo(single.upper([x]), 14);
      expect(mixed.lower([x, -3, 0.25])).toBeCloseTo(single.lower([x]), 14);
      expect(mixed.upperPlane([x, 3, 0.25]).slope[1]).toBe(0);
      expect(mixed.upperPlane([x, 3, 0.25]).slope[2]).toBe(0);
    }
    const point = new NeuronEnvelope(neuron("sigmoid", [2, -1], 0.3), box([0.5, 0.5], [0.5, 0.5]));
    expect(point.upper([0.5, 0.5])).toBe(point.lower([0.5, 0.5]));
    expect(planeValue(point.upperPlane([0.5, 0.5]), [0.5, 0.5])).toBeCloseTo(1 / (1 + Math.exp(-0.8)), 14);
  });

  it("stays exact far out in the tails and on tiny boxes", () => {
    for (const [low, high] of [[-60, -59], [-800, 3], [59, 60], [-1e-9, 1e-9], [0, 1e-12]]) {
      const envelope = new NeuronEnvelope(neuron("sigmoid", [1], 0), box([low], [high]));
      for (const part of [0, 0.3, 1]) {
        const x = [low + part * (high - low)];
        for (const side of [1, -1] as const) {
          const plane = side > 0 ? envelope.upperPlane(x) : envelope.lowerPlane(x);
          expect(planeViolation(envelope.neuron, envelope.box, plane, side)).toBeLessThan(1e-15);
        }
        expect(envelope.upper(x)).toBeGreaterThanOrEqual(envelope.lower(x) - 1e-15);
      }
    }
  });

  it("moves points that rounding has put outside the box onto it", () => {
    const envelope = new NeuronEnvelope(neuron("tanh", [1, 1], 0), box([-1, -1], [1, 1]));
    expect(envelope.upper([1 + 1e-9, -1 - 1e-9])).toBe(envelope.upper([1, -1]));
  });
});

describe("separation", () => {
  it("cuts off exactly the points outside the hull, with certified planes", () => {
    const random = seededRandom(14);
    for (const { activation } of testActivations) {
      for (let k = 0; k < 60; k++) {
        const { neuron: candidate, box: domain, x } = randomNeuron(activation, 1 + (k % 8), random);
        const envelope = new NeuronEnvelope(candidate, domain);
        const [low, high] = [envelope.lower(x), envelope.upper(x)];
        expect(envelope.separate(x, low + random() * (high - low))).toBeUndefined();
        for (const y of [high + 0.01, low - 0.01]) {
          const cut = envelope.separate(x, y);
          expect(cut?.violation).toBeCloseTo(0.01, 10);
          if (cut === undefined) continue;
          const { plane, side } = envelope.certifiedCut(cut);
          expect(side).toBe(y > high ? 1 : -1);
          expect(side * (y - planeValue(plane, x))).toBeGreaterThan(0.0099);
          expect(planeViolation(candidate, domain, plane, side)).toBeLessThanOrEqual(0);
        }
      }
    }
  });
});

describe("what cannot be convexified", () => {
  const refuse = (make: () => unknown, message: RegExp): void => {
    expect(make).toThrow(ProblemError);
    expect(make).toThrow(message);
  };

  it.each(["silu", "gelu"])("%s with both inflections in the range", (name) => {
    refuse(() => new NeuronEnvelope(neuron(name, [1, 1], 0), box([-2, -2], [2, 2])), /2 inflections .* smaller box/);
    // One of them is fine.
    expect(() => new NeuronEnvelope(neuron(name, [1, 1], 2), box([-1, -1], [2, 2]))).not.toThrow();
  });

  it("empty, infinite and ill-sized boxes, weights that are no numbers", () => {
    const good = neuron("relu", [1, 1], 0);
    refuse(() => new NeuronEnvelope(good, box([0, 1], [1, 0])), /empty: box\.lower\[1\] = 1 exceeds/);
    refuse(() => new NeuronEnvelope(good, box([0, -Infinity], [1, 0])), /must be finite/);
    refuse(() => new NeuronEnvelope(good, box([0, NaN], [1, 1])), /must be finite/);
    refuse(() => new NeuronEnvelope(good, box([0], [1])), /2 were expected/);
    refuse(() => new NeuronEnvelope(neuron("relu", [1, NaN], 0), box([0, 0], [1, 1])), /weights\[1\] is NaN/);
    refuse(() => new NeuronEnvelope(neuron("relu", [1, 1], Infinity), box([0, 0], [1, 1])), /bias/);
    refuse(() => new NeuronEnvelope(neuron("exp", [1], 0), box([0], [800])), /overflows/);
  });
});
