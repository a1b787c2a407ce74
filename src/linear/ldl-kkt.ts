import type { DenseKernels } from "./dense-kernels.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { requireFinite } from "./finite.ts";
import type { KktSolver } from "./kkt-solver.ts";
import { SparseLdl } from "./ldl.ts";

/** Upper triangle of [[R_x + P, Aᵀ], [A, −R_y]] with the places of its diagonal. */
interface KktPattern {
  readonly colPtr: Int32Array;
  readonly rowIdx: Int32Array;
  /** P and A; the diagonal carries P's diagonal alone. */
  readonly values: Float64Array;
  readonly diagonal: Int32Array;
}

/**
 * A's rows become columns of the upper triangle: column j < n is P's column j with a full diagonal, column n
 * + i is row i of A above −R_y.
 */
export function kktPattern(P: SparseMatrix | undefined, A: SparseMatrix): KktPattern {
  const n = A.cols;
  const m = A.rows;
  const colPtr = new Int32Array(n + m + 1);
  const diagonal = new Int32Array(n + m);
  let entries = 0;
  for (let j = 0; j < n; j++) {
    if (P !== undefined) for (let p = P.colPtr[j]; p < P.colPtr[j + 1]; p++) if (P.rowIdx[p] < j) entries++;
    diagonal[j] = entries++;
    colPtr[j + 1] = entries;
  }
  const rowCount = new Int32Array(m);
  for (let p = 0; p < A.colPtr[n]; p++) rowCount[A.rowIdx[p]]++;
  const fill = new Int32Array(m);
  for (let i = 0; i < m; i++) {
    fill[i] = entries;
    entries += rowCount[i];
    diagonal[n + i] = entries++;
    colPtr[n + i + 1] = entries;
  }
  const rowIdx = new Int32Array(entries);
  const values = new Float64Array(entries);
  let write = 0;
  for (let j = 0; j < n; j++) {
    let own = 0;
    if (P !== undefined) {
      for (let p = P.colPtr[j]; p < P.colPtr[j + 1]; p++) {
        const i = P.rowIdx[p];
        if (i < j) {
          rowIdx[write] = i;
          values[write++] = P.values[p];
        } else if (i === j) own = P.values[p];
      }
    }
    rowIdx[write] = j;
    values[write++] = own;
  }
  for (let j = 0; j < n; j++) {
    for (let p = A.colPtr[j]; p < A.colPtr[j + 1]; p++) {
      const q = fill[A.rowIdx[p]]++;
      rowIdx[q] = j;
      values[q] = A.values[p];
    }
  }
  for (let i = 0; i < m; i++) rowIdx[diagonal[n + i]] = n + i;
  return { colPtr, rowIdx, values, diagonal };
}

/** Corrections per solve after pivots had to be replaced. */
const REFINEMENTS = 4;

/** Sparse LDLᵀ of the quasi-definite KKT matrix; the analysis is done once, in the constructor. */
export class LdlKktSolver implements KktSolver {
  readonly method = "ldl";
  readonly ldl: SparseLdl;
  private readonly n: number;
  private readonly m: number;
  private readonly pattern: KktPattern;
  private readonly values: Float64Array;
  private readonly signs: Int8Array;
  private replaced = 0;

  /** P: upper triangle (entries below the diagonal are ignored). `ordering` as in {@link SparseLdl}. */
  constructor(
    P: SparseMatrix | undefined,
    A: SparseMatrix,
    kernels: DenseKernels,
    ordering: Int32Array | "amd" = "amd",
  ) {
    this.n = A.cols;
    this.m = A.rows;
    this.pattern = kktPattern(P, A);
    const { colPtr, rowIdx, values } = this.pattern;
    this.ldl = new SparseLdl(this.n + this.m, colPtr, rowIdx, kernels, { ordering });
    this.values = values.slice();
    this.signs = new Int8Array(this.n + this.m).fill(1, 0, this.n).fill(-1, this.n);
  }

  get description(): string {
    const { ldl, pattern } = this;
    const { largest } = ldl.blocks;
    return (
      `sparse LDL, order ${ldl.n}, ${pattern.rowIdx.length} entries, ${ldl.nonzeros} in the factor (AMD), ` +
      `largest dense block ${largest}`
    );
  }

  update(rx: Float64Array, ry: Float64Array): void {
    requireFinite(rx, "rx");
    requireFinite(ry, "ry");
    const { n, m, pattern, values } = this;
    const { diagonal } = pattern;
    for (let j = 0; j < n; j++) values[diagonal[j]] = pattern.values[diagonal[j]] + rx[j];
    for (let i = 0; i < m; i++) values[diagonal[n + i]] = -ry[i];
    this.replaced = this.ldl.factor(values, this.signs);
  }

  solve(rhs: Float64Array): number {
    if (this.replaced === 0) this.ldl.solve(rhs);
    else this.ldl.solveRefined(rhs, this.values, REFINEMENTS);
    return 0;
  }
}
