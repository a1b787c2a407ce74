import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { SparseMatrix } from "../../problem/sparse-matrix.ts";
import { transposeSparse } from "../../problem/sparse-matrix.ts";
import type { ConeBlock } from "../cones/cone-block.ts";
import { NonnegativeBlock } from "../cones/nonnegative.ts";
import { PsdBlock } from "../cones/psd.ts";
import type { ReducedKkt } from "./kkt-system.ts";
import { PsdSchur } from "./psd-schur.ts";

/**
 * All cones eliminated: M = P + AᵀH⁻¹A as a full matrix, scaled to unit diagonal and factored by Cholesky.
 * For problems without zero cones whose M is dense.
 */
export class DenseKkt implements ReducedKkt {
  readonly description: string;
  private readonly n: number;
  private readonly M: Float64Array;
  private readonly factorM: Float64Array;
  private readonly scale: Float64Array;
  private readonly schurs: PsdSchur[] = [];
  private readonly rowsOfA: SparseMatrix;
  private readonly others: ConeBlock[] = [];
  private readonly workRow: Float64Array;
  private readonly workOut: Float64Array;

  constructor(
    private readonly P: SparseMatrix | undefined,
    private readonly A: SparseMatrix,
    blocks: readonly ConeBlock[],
    private readonly kernels: DenseKernels,
  ) {
    this.n = A.cols;
    this.M = new Float64Array(this.n * this.n);
    this.factorM = new Float64Array(this.n * this.n);
    this.scale = new Float64Array(this.n);
    for (const block of blocks) {
      if (block instanceof PsdBlock) this.schurs.push(new PsdSchur(A, block, kernels));
      else this.others.push(block);
    }
    this.rowsOfA = transposeSparse(A);
    this.workRow = new Float64Array(A.rows);
    this.workOut = new Float64Array(A.rows);
    this.description = `dense normal equations, order ${this.n}`;
  }

  isEliminated(): boolean {
    return true;
  }

  async factor(_balance: number, boost: number, yieldIfDue: () => Promise<void>): Promise<boolean> {
    const { n, M, factorM, scale, P } = this;
    M.fill(0);
    if (P !== undefined) {
      for (let j = 0; j < n; j++)
        for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++) M[P.rowIdx[k] * n + j] += P.values[k];
    }
    for (const block of this.others) {
      if (block instanceof NonnegativeBlock) this.addDiagonal(block);
      else this.addGeneral(block);
    }
    for (const schur of this.schurs) {
      await schur.addTo({ kind: "dense", order: n, values: M }, yieldIfDue);
    }
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, M[i * n + i]);
    if (!Number.isFinite(largest)) return false;
    // Columns that no cone sees keep a tiny diagonal.
    for (let i = 0; i < n; i++) scale[i] = 1 / Math.sqrt(Math.max(M[i * n + i], 1e-30 * largest, 1e-300));
    for (let delta = 1e-15 * boost; delta < 1e-3; delta *= 30) {
      for (let j = 0; j < n; j++) {
        for (let i = j + 1; i < n; i++) factorM[j * n + i] = M[j * n + i] * scale[i] * scale[j];
        factorM[j * n + j] = 1 + delta;
      }
      const failed = this.kernels.cholesky(n, factorM);
      await yieldIfDue();
      if (failed < 0) return Number.isFinite(factorM[n * n - 1] ?? 0);
    }
    return false;
  }

  solve(r: Float64Array): void {
    const { n, factorM, scale, kernels } = this;
    if (n === 0) return;
    for (let i = 0; i < n; i++) r[i] *= scale[i];
    kernels.solveLower(false, false, n, 1, factorM, r);
    kernels.solveLower(true, false, n, 1, factorM, r);
    for (let i = 0; i < n; i++) r[i] *= scale[i];
  }

  /** Σ aᵢaᵢᵀ/ratioᵢ over the rows. */
  private addDiagonal(block: NonnegativeBlock): void {
    const { n, M } = this;
    const { colPtr, rowIdx, values } = this.rowsOfA;
    for (let r = 0; r < block.dim; r++) {
      const from = colPtr[block.offset + r];
      const to = colPtr[block.offset + r + 1];
      const weight = 1 / block.ratio[r];
      for (let p = from; p < to; p++) {
        const v = weight * values[p];
        const at = rowIdx[p] * n;
        for (let q = p; q < to; q++) M[at + rowIdx[q]] += v * values[q];
      }
    }
  }

  /** A_bᵀH⁻¹A_b column by column, for cones with a full H. */
  private addGeneral(block: ConeBlock): void {
    const { n, M, A, workRow, workOut } = this;
    const end = block.offset + block.dim;
    const present: { column: number; from: number; to: number }[] = [];
    for (let j = 0; j < n; j++) {
      let from = A.colPtr[j];
      while (from < A.colPtr[j + 1] && A.rowIdx[from] < block.offset) from++;
      let to = from;
      while (to < A.colPtr[j + 1] && A.rowIdx[to] < end) to++;
      if (to > from) present.push({ column: j, from, to });
    }
    for (let p = 0; p < present.length; p++) {
      const { column, from, to } = present[p];
      workRow.fill(0, block.offset, end);
      for (let k = from; k < to; k++) workRow[A.rowIdx[k]] = A.values[k];
      block.applyHInverse(workRow, workOut);
      for (let q = p; q < present.length; q++) {
        const other = present[q];
        let sum = 0;
        for (let k = other.from; k < other.to; k++) sum += A.values[k] * workOut[A.rowIdx[k]];
        M[column * n + other.column] += sum;
      }
    }
  }
}
