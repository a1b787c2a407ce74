import { availableParallelism } from "node:os";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import { renderTable } from "../../src/report/table.ts";
import { fillNormal, seededRandom } from "../random.ts";
import type { Record } from "../record.ts";

interface ThreadsRow {
  readonly operation: string;
  readonly n: number;
  readonly threads: number;
  /** Milliseconds on one thread and on several: the best of interleaved runs. */
  readonly one: number;
  readonly several: number;
}

/** Runs of each, one thread and several in turn; the best counts, since what else runs here can only slow them down. */
const RUNS = 7;

function interleaved(one: () => void, several: () => void): { readonly one: number; readonly several: number } {
  const best = { one: Infinity, several: Infinity };
  const time = (run: () => void): number => {
    const start = performance.now();
    run();
    return performance.now() - start;
  };
  one();
  several();
  for (let run = 0; run < RUNS; run++) {
    best.one = Math.min(best.one, time(one));
    best.several = Math.min(best.several, time(several));
  }
  return best;
}

/** The heavy dense kernels on threads against the same on one. */
export async function benchThreads(sizes: readonly number[], record: Record): Promise<void> {
  const single = await loadDenseKernels("wasm-simd", 1);
  const counts = [2, 4].filter((count) => count <= availableParallelism());
  const random = seededRandom(3);
  const rows: ThreadsRow[] = [];
  for (const threads of counts) {
    const pool = await loadDenseKernels("wasm-simd", threads);
    if (pool.threads !== threads) throw new Error(`${threads} threads could not be started`);
    for (const n of sizes) {
      const A = fillNormal(new Float64Array(n * n), random);
      for (let j = 0; j < n; j++) for (let i = 0; i < j; i++) A[j * n + i] = A[i * n + j];
      const work = new Float64Array(n * n);
      const values = new Float64Array(n);
      const vectors = new Float64Array(n * n);
      const definite = new Float64Array(n * n);
      single.syrk(false, n, n, 1 / n, A, 0, definite);
      for (let i = 0; i < n; i++) definite[i * n + i] += 1;
      const operations: readonly (readonly [string, (kernels: DenseKernels) => void])[] = [
        ["product", (kernels) => kernels.gemm(false, false, n, n, n, 1, A, A, 0, work)],
        ["A·Aᵀ", (kernels) => kernels.syrk(false, n, n, 1, A, 0, work)],
        ["Cholesky", (kernels) => void kernels.cholesky(n, (work.set(definite), work))],
        ["n solves", (kernels) => kernels.solveLower(false, false, n, n, definite, (work.set(A), work))],
        ["eigenpairs", (kernels) => kernels.eigSymmetric(n, (work.set(A), work), values, vectors)],
        ["smaller side", (kernels) => void kernels.eigSmallerSide(n, (work.set(A), work), values, vectors)],
        ["eigenvalues", (kernels) => kernels.eigenvalues(n, (work.set(A), work), values)],
      ];
      for (const [operation, run] of operations) {
        const times = interleaved(
          () => run(single),
          () => run(pool),
        );
        const row = { operation, n, threads, ...times };
        rows.push(row);
        record.add({ kind: "threads", ...row, ratio: times.one / times.several });
      }
    }
  }
  console.log(
    renderTable<ThreadsRow>(
      [
        { title: "operation", cell: (r) => r.operation },
        { title: "n", cell: (r) => String(r.n) },
        { title: "threads", cell: (r) => String(r.threads) },
        { title: "ms, one", cell: (r) => r.one.toPrecision(3) },
        { title: "ms, several", cell: (r) => r.several.toPrecision(3) },
        { title: "times faster", cell: (r) => (r.one / r.several).toFixed(2) },
      ],
      rows,
    ),
  );
}
