import { Device } from "../../../backends/webgpu/device.ts";
import { Gemm } from "../../../backends/webgpu/gemm.ts";
import { PsdProjector } from "../../../backends/webgpu/psd/projector.ts";
import { tuneDevice } from "../../../backends/webgpu/psd/tune.ts";
import { svecLength } from "../../../problem/svec.ts";
import { seededRandom } from "../examples/random.ts";
import { timeRuns } from "./timing.ts";
import type { BenchmarkItem, BenchmarkRow } from "./types.ts";

/** The projection's most accurate polynomial. */
const STEPS = 10;

/** Products and projections in single precision on the fastest WebGPU adapter, by the forms that suit it best. */
export async function webgpuBench(): Promise<{ readonly name: string; readonly measure: (item: BenchmarkItem) => Promise<BenchmarkRow> }> {
  const device = await Device.open();
  const tuning = await tuneDevice(device);
  return {
    name: device.name,
    measure: async (item) => {
      const n = Number(item.size);
      const random = seededRandom(n);
      if (item.test === "product") {
        const gemm = new Gemm(n < tuning.largeFrom ? tuning.small : tuning.large);
        await device.compile([gemm.kernel]);
        const A = await device.upload(uniform(n * n, random), "A");
        const B = await device.upload(uniform(n * n, random), "B");
        const C = await device.upload(new Float32Array(n * n), "C");
        const coefficients = await device.upload(Float32Array.of(1, 0), "coefficients");
        const plan = device.plan();
        gemm.add(plan, { m: n, n, k: n, A, B, C, coefficients });
        const timing = await timeRuns(async () => {
          device.run(plan);
          await device.finish();
        });
        for (const buffer of [A, B, C, coefficients]) device.buffers.release(buffer);
        return { ...item, backend: "webgpu", ...timing, gflops: (2 * n ** 3) / timing.milliseconds / 1e6 };
      }
      const projector = await PsdProjector.create(device, [{ offset: 0, order: n }], tuning);
      const values = uniform(svecLength(n), random);
      const x = await device.upload(values, "x");
      const plan = device.plan();
      projector.add(plan, x, STEPS);
      const timing = await timeRuns(async () => {
        device.write(x, values);
        device.run(plan);
        await device.finish();
      });
      device.buffers.release(x);
      projector.release(device);
      return { ...item, backend: "webgpu", ...timing };
    },
  };
}

function uniform(length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => 2 * random() - 1);
}
