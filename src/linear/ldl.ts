import type { DenseKernels } from "./dense-kernels.ts";
import { ProblemError } from "../errors.ts";
import { amdOrdering, type SymmetricPattern } from "./amd.ts";
import { requireFinite } from "./finite.ts";
import { MultifrontalFactorisation } from "./multifrontal.ts";
import { panelBackward, panelForward } from "./panel.ts";
import { analyse, type SymbolicFactor } from "./symbolic.ts";

/** Dynamic regularisation: what is done with pivots that rounding has spoilt. */
export interface PivotRegularisation {
  /** A pivot of this magnitude or less, or of the wrong sign, is replaced. Default 1e-13. */
  readonly threshold: number;
  /** Magnitude of the replacement. Default 2e-7. */
  readonly delta: number;
}

export interface SparseLdlOptions {
  /** Pivot order: `"amd"` (default), `"natural"`, or order[k] = original index of the k-th pivot. */
  readonly ordering?: Int32Array | "natural" | "amd";
  /** Treat columns of similar structure as dense blocks (default). Without: one column at a time. */
  readonly supernodes?: boolean;
}

const DEFAULT_REGULARISATION: PivotRegularisation = { threshold: 1e-13, delta: 2e-7 };

/**
 * P K Pᵀ = L D Lᵀ of a symmetric quasi-definite matrix (any symmetric pivot order exists: R. J. Vanderbei,
 * 1995), D diagonal with the signs of K's blocks. The pattern is analysed once; `factor` may be called with
 * new values any number of times. Columns of like structure form dense blocks (a dense matrix is a single
 * one).
 */
export class SparseLdl {
  readonly n: number;
  /** Entries of L, diagonal included. */
  readonly nonzeros: number;
  /** Multiplications and additions of one factorisation. */
  readonly flops: number;
  private readonly pattern: SymmetricPattern;
  private readonly symbolic: SymbolicFactor;
  private readonly kernels: DenseKernels;
  private readonly signs: Int8Array;
  private readonly x: Float64Array;
  private readonly front: Float64Array;
  private panels: Float64Array | undefined;
  private numeric: MultifrontalFactorisation | undefined;

  /**
   * `colPtr`, `rowIdx`: upper triangle with the full diagonal in compressed columns, each entry once, any
   * order inside a column. Throws {@link ProblemError} when that does not hold or the ordering is no
   * permutation.
   */
  constructor(
    n: number,
    colPtr: Int32Array,
    rowIdx: Int32Array,
    kernels: DenseKernels,
    options: SparseLdlOptions = {},
  ) {
    this.n = n;
    this.pattern = { n, colPtr, rowIdx };
    checkPattern(this.pattern);
    this.kernels = kernels;
    const order = pivotOrder(this.pattern, options.ordering);
    this.symbolic = analyse(this.pattern, order, options.supernodes ?? true);
    this.nonzeros = this.symbolic.nonzeros;
    this.flops = this.symbolic.flops;
    this.signs = new Int8Array(n);
    this.x = new Float64Array(n);
    this.front = new Float64Array(this.symbolic.largestFront);
  }

  /** Dense blocks, and the numbers stored for them (explicit zeros and unused upper parts included). */
  get blocks(): { readonly count: number; readonly stored: number; readonly largest: number } {
    const { supernodes, panel, start } = this.symbolic;
    let largest = 0;
    for (let s = 0; s < supernodes; s++) largest = Math.max(largest, start[s + 1] - start[s]);
    return { count: supernodes, stored: panel[supernodes], largest };
  }

  /**
   * Numeric factorisation. `values` in the order of `rowIdx`; `signs` the expected signs (±1) of the pivots
   * by original index. Returns the number of replaced pivots. Throws {@link ProblemError} on non-finite
   * values.
   */
  factor(values: Float64Array, signs: Int8Array, regularisation = DEFAULT_REGULARISATION): number {
    const { symbolic, n } = this;
    requireFinite(values, "KKT values");
    this.panels ??= new Float64Array(symbolic.panel[symbolic.supernodes]);
    this.numeric ??= new MultifrontalFactorisation(symbolic, this.kernels, this.panels);
    const { panels } = this;
    const { entry, order } = symbolic;
    panels.fill(0);
    for (let p = 0; p < entry.length; p++) panels[entry[p]] = values[p];
    for (let k = 0; k < n; k++) this.signs[k] = signs[order[k]];
    return this.numeric.run(this.signs, regularisation.threshold, regularisation.delta);
  }

  /** rhs ← K⁻¹ rhs. {@link factor} must have been called. */
  solve(rhs: Float64Array): void {
    const { n, x } = this;
    const { order } = this.symbolic;
    for (let k = 0; k < n; k++) x[k] = rhs[order[k]];
    this.forward(x);
    this.backward(x);
    for (let k = 0; k < n; k++) rhs[order[k]] = x[k];
  }

  /**
   * rhs ← K⁻¹ rhs with iterative refinement against the matrix of `values` (which may differ from the
   * factored one by a regularisation): at most `steps` corrections, fewer once the residual is below
   * `tolerance` or stops halving. Returns ‖K x − rhs‖_∞ of the x that is returned.
   */
  solveRefined(rhs: Float64Array, values: Float64Array, steps = 3, tolerance = 0): number {
    const b = rhs.slice();
    this.solve(rhs);
    const residual = b.slice();
    this.subtractProduct(values, rhs, residual);
    let norm = largestMagnitude(residual);
    for (let step = 0; step < steps && norm > tolerance; step++) {
      const previous = rhs.slice();
      this.solve(residual);
      for (let i = 0; i < rhs.length; i++) rhs[i] += residual[i];
      residual.set(b);
      this.subtractProduct(values, rhs, residual);
      const next = largestMagnitude(residual);
      if (!(next < norm)) {
        rhs.set(previous);
        break;
      }
      const stalled = next > 0.5 * norm;
      norm = next;
      if (stalled) break;
    }
    return norm;
  }

  /** y ← y − K x. */
  private subtractProduct(values: Float64Array, x: Float64Array, y: Float64Array): void {
    const { n, colPtr, rowIdx } = this.pattern;
    for (let j = 0; j < n; j++) {
      const xj = x[j];
      let sum = 0;
      for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
        const i = rowIdx[p];
        if (i === j) sum += values[p] * xj;
        else {
          y[i] -= values[p] * xj;
          sum += values[p] * x[i];
        }
      }
      y[j] -= sum;
    }
  }

  private factored(): Float64Array {
    if (this.panels === undefined) throw new Error("SparseLdl.solve before factor");
    return this.panels;
  }

  /** x ← L⁻¹ x. */
  private forward(x: Float64Array): void {
    const L = this.factored();
    const { supernodes, start, rowPtr, rows, panel } = this.symbolic;
    const { front } = this;
    for (let s = 0; s < supernodes; s++) {
      const first = start[s];
      const width = start[s + 1] - first;
      const base = rowPtr[s];
      const below = rowPtr[s + 1] - base;
      if (width === 1) {
        const value = x[first];
        const at = panel[s] + 1;
        for (let i = 0; i < below; i++) x[rows[base + i]] -= L[at + i] * value;
        continue;
      }
      for (let j = 0; j < width; j++) front[j] = x[first + j];
      for (let i = 0; i < below; i++) front[width + i] = x[rows[base + i]];
      panelForward(L, panel[s], width + below, width, front);
      for (let j = 0; j < width; j++) x[first + j] = front[j];
      for (let i = 0; i < below; i++) x[rows[base + i]] = front[width + i];
    }
  }

  /** x ← L⁻ᵀ D⁻¹ x. */
  private backward(x: Float64Array): void {
    const L = this.factored();
    const { supernodes, start, rowPtr, rows, panel } = this.symbolic;
    const { front } = this;
    for (let s = supernodes - 1; s >= 0; s--) {
      const first = start[s];
      const width = start[s + 1] - first;
      const base = rowPtr[s];
      const below = rowPtr[s + 1] - base;
      if (width === 1) {
        const at = panel[s] + 1;
        let sum = x[first] / L[at - 1];
        for (let i = 0; i < below; i++) sum -= L[at + i] * x[rows[base + i]];
        x[first] = sum;
        continue;
      }
      for (let j = 0; j < width; j++) front[j] = x[first + j];
      for (let i = 0; i < below; i++) front[width + i] = x[rows[base + i]];
      panelBackward(L, panel[s], width + below, width, front);
      for (let j = 0; j < width; j++) x[first + j] = front[j];
    }
  }
}

function largestMagnitude(x: Float64Array): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) {
    const value = Math.abs(x[i]);
    if (!(value <= most)) most = value;
  }
  return most;
}

function pivotOrder(pattern: SymmetricPattern, ordering: SparseLdlOptions["ordering"] = "amd"): Int32Array {
  const { n } = pattern;
  if (ordering === "amd") return amdOrdering(pattern);
  if (ordering === "natural") return Int32Array.from({ length: n }, (_, i) => i);
  const seen = new Uint8Array(n);
  let valid = ordering.length === n;
  for (const i of ordering) {
    valid &&= i >= 0 && i < n && seen[i] === 0;
    if (valid) seen[i] = 1;
  }
  if (!valid) throw new ProblemError(`ordering is not a permutation of 0 … ${n - 1}`, { field: "ordering" });
  return ordering;
}

function checkPattern({ n, colPtr, rowIdx }: SymmetricPattern): void {
  const mark = new Int32Array(n).fill(-1);
  if (colPtr.length !== n + 1) {
    throw new ProblemError(`colPtr has length ${colPtr.length}, expected ${n + 1}`, { field: "colPtr" });
  }
  for (let j = 0; j < n; j++) {
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const i = rowIdx[p];
      if (!(i >= 0 && i <= j)) {
        const where = { field: "rowIdx", index: p, value: i };
        throw new ProblemError(`entry (${i}, ${j}) is not in the upper triangle`, where);
      }
      if (mark[i] === j) {
        throw new ProblemError(`entry (${i}, ${j}) is given twice`, { field: "rowIdx", index: p, value: i });
      }
      mark[i] = j;
    }
    if (mark[j] !== j) {
      const where = { field: "rowIdx", index: j };
      throw new ProblemError(`column ${j} has no diagonal entry; store it, even as zero`, where);
    }
  }
}
