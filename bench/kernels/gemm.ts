import { Matrix } from "ml-matrix";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { renderTable } from "../../src/report/table.ts";
import { fillNormal, seededRandom } from "../random.ts";
import type { Record } from "../record.ts";
import { medianSeconds } from "./measure.ts";

interface GemmRow {
  readonly n: number;
  /** GFlop/s, 2n³ to a product. */
  readonly wasm: number;
  readonly typescript: number;
  readonly mlMatrix: number;
}

/** Square products C = AB against ml-matrix, in one run. */
export async function benchGemm(sizes: readonly number[], record: Record): Promise<void> {
  const best = await loadDenseKernels("auto");
  const plain = await loadDenseKernels("typescript");
  const random = seededRandom(2);
  const rows: GemmRow[] = [];
  for (const n of sizes) {
    const A = fillNormal(new Float64Array(n * n), random);
    const B = fillNormal(new Float64Array(n * n), random);
    const C = new Float64Array(n * n);
    const rate = (call: () => void): number => (2 * n ** 3) / medianSeconds(call) / 1e9;
    const wasm = rate(() => best.gemm(false, false, n, n, n, 1, A, B, 0, C));
    const typescript = rate(() => plain.gemm(false, false, n, n, n, 1, A, B, 0, C));
    const [left, right] = [A, B].map((M) => Matrix.from1DArray(n, n, Array.from(M)));
    const mlMatrix = rate(() => void left.mmul(right));
    const row = { n, wasm, typescript, mlMatrix };
    rows.push(row);
    record.add({ kind: "gemm", kernels: best.name, ...row, ratio: wasm / mlMatrix });
  }
  const cell = (value: number): string => value.toPrecision(3);
  console.log(
    renderTable<GemmRow>(
      [
        { title: "n", cell: (r) => String(r.n) },
        { title: `${best.name} GF/s`, cell: (r) => cell(r.wasm) },
        { title: "typescript GF/s", cell: (r) => cell(r.typescript) },
        { title: "ml-matrix GF/s", cell: (r) => cell(r.mlMatrix) },
        { title: "times faster", cell: (r) => (r.wasm / r.mlMatrix).toFixed(1) },
      ],
      rows,
    ),
  );
}
