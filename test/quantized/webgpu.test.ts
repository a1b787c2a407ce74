import { afterAll, describe, expect, it } from "vitest";
import { Device } from "../../src/backends/webgpu/quantized/access.ts";
import type { DeviceOptions } from "../../src/backends/webgpu/quantized/access.ts";
import { createEngine } from "../../src/quantized/solve/create-engine.ts";
import type { QuantizedSettings } from "../../src/quantized/settings.ts";
import { trainQuantized } from "../../src/quantized/train.ts";
import type { EngineFactory, QuantizedModel, TrainingData } from "../../src/quantized/train.ts";
import { hasNodeAdapter } from "../backends/webgpu/node-adapter.ts";
import { deviceCases, instanceOf } from "./device-cases.ts";
import { plantedInstance } from "./instances.ts";

const available = await hasNodeAdapter();

/** One device for all cases, since software adapters take seconds to compile for a fresh one. */
let shared: Promise<Device> | undefined;
afterAll(async () => (await shared)?.destroy());

/** Keeps the shared device when an engine is disposed of. */
function borrowed(device: Device): Device {
  return new Proxy(device, {
    get(target, name) {
      if (name === "destroy") return () => target.buffers.dropFree();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function onDevice(data: TrainingData, settings: QuantizedSettings): Promise<QuantizedModel> {
  const factory: EngineFactory = (kernels, problem, complete) =>
    createEngine(kernels, problem, complete, async () => borrowed(await (shared ??= Device.open())));
  return trainQuantized(data, { ...settings, backend: "webgpu" }, factory);
}

function onOwnDevice(data: TrainingData, settings: QuantizedSettings, options: DeviceOptions, use: (d: Device) => void) {
  const factory: EngineFactory = (kernels, problem, complete) =>
    createEngine(kernels, problem, complete, async (backend) => {
      const device = await backend.Device.open(options);
      use(device);
      return device;
    });
  return trainQuantized(data, { ...settings, backend: "webgpu" }, factory);
}

describe.skipIf(!available)("the splitting on a device", { timeout: 120_000 }, () => {
  it.each(deviceCases.map((known) => [known.name, known] as const))("%s as on the CPU", async (_name, known) => {
    const data = instanceOf(known);
    const settings = { ...known.settings, maxIterations: 3000 };
    const reference = await trainQuantized(data, { ...settings, gap: 1e-6, backend: "cpu" });
    const model = await onDevice(data, { ...settings, gap: 5e-5 });
    expect(model.status).toBe("solved");
    expect(model.adapter).toBeDefined();
    expect(model.notes[0]).toContain("in f32 on");
    // What f32 cannot reach is finished on the CPU, and said.
    if (model.backend !== "webgpu") expect(model.notes.join()).toContain("f32 went no further");
    const scale = Math.abs(reference.relaxedObjective);
    expect(Math.abs(model.relaxedObjective - reference.relaxedObjective)).toBeLessThanOrEqual(1e-4 * scale);
    // Certified: never above what is optimal.
    expect(model.lowerBound).toBeLessThanOrEqual(reference.relaxedObjective);
    expect(model.rank).toBeGreaterThanOrEqual(1);
  });

  it("goes on on the CPU from the last check when the device is lost", async () => {
    const { samples, y } = plantedInstance(2, 60, 8, 4);
    const settings = { beta: 1, gap: 1e-6 };
    let device: Device | undefined;
    const iterations: number[] = [];
    const model = await onOwnDevice(
      { samples, targets: [y] },
      {
        ...settings,
        onProgress: ({ iteration }) => {
          iterations.push(iteration);
          // Without the wrapper's knowledge: to it the device is lost.
          if (iteration === 20) device?.gpu.destroy();
        },
      },
      {},
      (opened) => (device = opened),
    );
    expect(model.status).toBe("solved");
    expect(model.backend).toBe("webgpu, then cpu");
    expect(model.notes.join()).toMatch(/the device was lost .*from the last certified check/);
    const cold = await trainQuantized({ samples, targets: [y] }, { ...settings, backend: "cpu" });
    const scale = Math.abs(cold.relaxedObjective);
    expect(Math.abs(model.relaxedObjective - cold.relaxedObjective)).toBeLessThan(3e-6 * scale);
    expect(iterations).toContain(20);
  });

  it("takes the CPU when the device's memory is too small, and says so", async () => {
    const { samples, y } = plantedInstance(2, 60, 8, 4);
    const model = await onOwnDevice({ samples, targets: [y] }, { beta: 1 }, { memoryBudget: 20_000 }, () => undefined);
    expect(model.status).toBe("solved");
    expect(model.backend).toBe("cpu");
    expect(model.notes.join()).toMatch(/memory was too small .*budget/);
  });

  it("leaves small problems to the CPU unless told otherwise", async () => {
    const { samples, y } = plantedInstance(2, 20, 4, 2);
    const model = await trainQuantized({ samples, targets: [y] }, { beta: 1 });
    expect(model.backend).toBe("cpu");
    expect(model.notes).toEqual(["on the CPU: too small for a GPU to pay"]);
  });

  it("refuses an adapter that there is not", async () => {
    const { samples, y } = plantedInstance(2, 20, 4, 2);
    const settings = { beta: 1, backend: "webgpu", adapter: "no such adapter" } as const;
    await expect(trainQuantized({ samples, targets: [y] }, settings)).rejects.toThrow(/no such adapter/i);
  });
});
