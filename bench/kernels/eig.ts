import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { renderTable } from "../../src/report/table.ts";
import { fillNormal, seededRandom } from "../random.ts";
import type { Record } from "../record.ts";
import { medianSeconds } from "./measure.ts";

/** A symmetric matrix with normal entries, column-major. */
export function randomSymmetric(n: number, random: () => number): Float64Array {
  const A = fillNormal(new Float64Array(n * n), random);
  for (let j = 0; j < n; j++) for (let i = 0; i < j; i++) A[j * n + i] = A[i * n + j];
  return A;
}

interface EigRow {
  readonly n: number;
  readonly wasm: number;
  readonly smallerSide: number;
  readonly typescript: number;
  readonly mlMatrix: number;
  /** max |A V − V Λ| / max |A| of the first column's kernels. */
  readonly residual: number;
}

/** max |AV − VΛ| over max |A|. */
function eigResidual(n: number, A: Float64Array, values: Float64Array, vectors: Float64Array): number {
  let worst = 0;
  let scale = 0;
  for (const a of A) scale = Math.max(scale, Math.abs(a));
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      let sum = -values[k] * vectors[k * n + i];
      for (let j = 0; j < n; j++) sum += A[j * n + i] * vectors[k * n + j];
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst / scale;
}

/** Symmetric eigendecomposition with vectors against ml-matrix, in one run. */
export async function benchEig(sizes: readonly number[], record: Record): Promise<void> {
  const best = await loadDenseKernels("auto");
  const plain = await loadDenseKernels("typescript");
  const random = seededRandom(1);
  const rows: EigRow[] = [];
  for (const n of sizes) {
    const A = randomSymmetric(n, random);
    const work = new Float64Array(n * n);
    const values = new Float64Array(n);
    const vectors = new Float64Array(n * n);
    const wasm = medianSeconds(() => {
      work.set(A);
      best.eigSymmetric(n, work, values, vectors);
    });
    const residual = eigResidual(n, A, values, vectors);
    const smallerSide = medianSeconds(() => {
      work.set(A);
      best.eigSmallerSide(n, work, values, vectors);
    });
    const typescript = medianSeconds(() => {
      work.set(A);
      plain.eigSymmetric(n, work, values, vectors);
    });
    const matrix = Matrix.from1DArray(n, n, Array.from(A));
    const mlMatrix = medianSeconds(() => void new EigenvalueDecomposition(matrix, { assumeSymmetric: true }));
    const row = { n, wasm, smallerSide, typescript, mlMatrix, residual };
    rows.push(row);
    record.add({ kind: "eig", kernels: best.name, ...row, ratio: mlMatrix / wasm });
  }
  const ms = (seconds: number): string => (1000 * seconds).toPrecision(3);
  console.log(
    renderTable<EigRow>(
      [
        { title: "n", cell: (r) => String(r.n) },
        { title: `${best.name} ms`, cell: (r) => ms(r.wasm) },
        { title: "smaller side ms", cell: (r) => ms(r.smallerSide) },
        { title: "typescript ms", cell: (r) => ms(r.typescript) },
        { title: "ml-matrix ms", cell: (r) => ms(r.mlMatrix) },
        { title: "times faster", cell: (r) => (r.mlMatrix / r.wasm).toFixed(1) },
        { title: "residual", cell: (r) => r.residual.toExponential(1) },
      ],
      rows,
    ),
  );
}
