import type { DenseKernels } from "./dense-kernels.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { transposeSparse } from "../problem/sparse-matrix.ts";

/** Rows handed to one symmetric rank-k product. */
const BLOCK_ROWS = 256;
/** A row is dense, and left to the kernels, when it has more than this share of the columns. */
const DENSE_SHARE = 0.25;

/**
 * Forms diag(d) + P + Aᵀ diag(w) A as a dense n×n matrix (lower triangle, column-major). Sparse rows of A are
 * scattered, dense ones go in blocks through DenseKernels.syrk.
 */
export class NormalMatrixAssembler {
  private readonly n: number;
  private readonly P: SparseMatrix | undefined;
  private readonly kernels: DenseKernels;
  /** Aᵀ: column i is row i of A. */
  private readonly At: SparseMatrix;
  private readonly sparseRows: Int32Array;
  private readonly denseRows: Int32Array;

  constructor(P: SparseMatrix | undefined, A: SparseMatrix, kernels: DenseKernels) {
    this.n = A.cols;
    this.P = P;
    this.kernels = kernels;
    this.At = transposeSparse(A);
    const sparse: number[] = [];
    const dense: number[] = [];
    for (let i = 0; i < A.rows; i++) {
      const count = this.At.colPtr[i + 1] - this.At.colPtr[i];
      if (isDense(count, this.n)) dense.push(i);
      else if (count > 0) sparse.push(i);
    }
    this.sparseRows = Int32Array.from(sparse);
    this.denseRows = Int32Array.from(dense);
  }

  assemble(d: Float64Array, w: Float64Array, H: Float64Array): void {
    const { n, P, At } = this;
    H.fill(0);
    this.addDenseRows(w, H);
    for (let j = 0; j < n; j++) H[j * n + j] += d[j];
    if (P !== undefined) {
      for (let j = 0; j < n; j++) {
        for (let p = P.colPtr[j]; p < P.colPtr[j + 1]; p++) {
          if (P.rowIdx[p] <= j) H[P.rowIdx[p] * n + j] += P.values[p];
        }
      }
    }
    const { colPtr, rowIdx, values } = At;
    for (const i of this.sparseRows) {
      const end = colPtr[i + 1];
      for (let p = colPtr[i]; p < end; p++) {
        const weight = w[i] * values[p];
        const column = rowIdx[p] * n;
        for (let q = p; q < end; q++) H[column + rowIdx[q]] += weight * values[q];
      }
    }
  }

  private addDenseRows(w: Float64Array, H: Float64Array): void {
    const { n, denseRows, At } = this;
    for (let first = 0; first < denseRows.length; first += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, denseRows.length - first);
      // √w·rows, count×n column-major.
      const block = new Float64Array(count * n);
      for (let r = 0; r < count; r++) {
        const i = denseRows[first + r];
        const root = Math.sqrt(w[i]);
        for (let p = At.colPtr[i]; p < At.colPtr[i + 1]; p++) {
          block[At.rowIdx[p] * count + r] = root * At.values[p];
        }
      }
      this.kernels.syrk(true, n, count, 1, block, first === 0 ? 0 : 1, H);
    }
  }
}

/**
 * Nanoseconds of {@link NormalMatrixAssembler.assemble}, roughly; `rate` of the kernels in flops per
 * nanosecond.
 */
export function normalMatrixTime(A: SparseMatrix, rate: number): number {
  const count = new Int32Array(A.rows);
  for (let p = 0; p < A.colPtr[A.cols]; p++) count[A.rowIdx[p]]++;
  let time = 0;
  for (const c of count) time += isDense(c, A.cols) ? (A.cols * A.cols) / rate : 2 + 0.75 * c * (c + 1);
  return time;
}

function isDense(count: number, n: number): boolean {
  return count > Math.max(16, DENSE_SHARE * n);
}
