import { adapterKey } from "../../src/backends/webgpu/adapters.ts";
import { Device } from "../../src/backends/webgpu/device.ts";
import { formatProfile } from "../../src/backends/webgpu/profile.ts";
import { PsdProjector } from "../../src/backends/webgpu/psd/projector.ts";
import { svecLength } from "../../src/problem/svec.ts";
import { Random } from "../../test/backends/webgpu/suite/random.ts";
import type { GpuContext } from "./part.ts";
import { twoCopies } from "./projections.ts";

const RUNS = 3;

/** Device time by kernel, from timestamps, of one large block and of the batches, as a solver would choose them. */
export async function benchKernelTimes({ device, tuning, sizes, add, print }: GpuContext): Promise<void> {
  if (!device.adapter.timestamps) {
    add({ kind: "kernels", skipped: "no timestamps" });
    print("This adapter has no timestamps.");
    return;
  }
  const order = Math.max(...sizes.projection);
  const cases = [{ blocks: 1, order }, ...sizes.batches];
  for (const { blocks: count, order: n } of cases) {
    const length = svecLength(n);
    const blocks = Array.from({ length: count }, (_, i) => ({ offset: i * length, order: n }));
    const profiled = await Device.open({ adapter: adapterKey(device.adapter), profile: true });
    try {
      const projector = await PsdProjector.create(profiled, blocks, tuning);
      const random = new Random(n);
      const data = Float32Array.from({ length: count * length }, () => 2 * random.uniform() - 1);
      const { original, x } = await twoCopies(profiled, data);
      const plan = profiled.plan().copy(original, 0, x, 0, 4 * data.length);
      projector.add(plan, x, 7);
      for (let run = 0; run < RUNS; run++) {
        profiled.run(plan);
        await profiled.finish();
      }
      const rows = await profiled.profile();
      add({ kind: "kernels", blocks: count, order: n, method: projector.description, runs: RUNS, rows });
      print(`${count} × order ${n}, ${RUNS} projections (${projector.description})\n${formatProfile(rows)}\n`);
    } finally {
      profiled.destroy();
    }
  }
}
