import { loadDenseKernels } from "../../../backends/cpu/kernels/load.ts";
import { PsdProjector } from "../../../backends/cpu/psd/project.ts";
import { svecLength } from "../../../problem/svec.ts";
import { seededRandom } from "../examples/random.ts";
import { timeRuns } from "./timing.ts";
import type { BenchmarkItem, BenchmarkRow } from "./types.ts";

/** Products and projections in double precision by the WebAssembly kernels, on this many threads. */
export async function cpuBench(threads: number): Promise<{ readonly name: string; readonly measure: (item: BenchmarkItem) => Promise<BenchmarkRow> }> {
  const kernels = await loadDenseKernels("auto", threads);
  const name = `${kernels.name}, ${kernels.threads ?? 1} ${(kernels.threads ?? 1) === 1 ? "thread" : "threads"}`;
  return {
    name,
    measure: async (item) => {
      const n = Number(item.size);
      const random = seededRandom(n);
      if (item.test === "product") {
        const [A, B, C] = [uniform(n * n, random), uniform(n * n, random), new Float64Array(n * n)];
        const timing = await timeRuns(() => kernels.gemm(false, false, n, n, n, 1, A, B, 0, C));
        return { ...item, backend: "cpu", ...timing, gflops: (2 * n ** 3) / timing.milliseconds / 1e6 };
      }
      const x = uniform(svecLength(n), random);
      const work = new Float64Array(x.length);
      // Every run projects the same matrix afresh: the warm start of a solve would make it cheaper.
      const projector = new PsdProjector(kernels, [n], { warmStart: "never" });
      const timing = await timeRuns(() => projector.project(x, 0, n, work, 0, 0));
      return { ...item, backend: "cpu", ...timing };
    },
  };
}

function uniform(length: number, random: () => number): Float64Array {
  return Float64Array.from({ length }, () => 2 * random() - 1);
}
