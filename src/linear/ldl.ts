import { ProblemError } from "../errors.ts";
import type { DenseKernels } from "../backends/cpu/kernels/dense-kernels.ts";
import { amdOrdering, type SymmetricPattern } from "./amd.ts";
import { columnCounts, eliminationTree, postorder } from "./elimination-tree.ts";
import { invertPermutation, permutePattern } from "./permute.ts";

export interface PivotRegularisation {
  /** A pivot of this magnitude or less, or of the wrong sign, is replaced. */
  readonly threshold: number;
  /** Magnitude of the replacement. */
  readonly delta: number;
}

export interface SparseLdlOptions {
  /** Pivot order: `"amd"` (default), `"natural"`, or order[k] = original index of the k-th pivot. */
  readonly ordering?: Int32Array | "natural" | "amd";
}

export class SparseLdl {
  readonly n: number;
  readonly nonzeros: number;
  readonly flops: number;
  private readonly order: Int32Array;
  private readonly inverse: Int32Array;
  private readonly upper: SymmetricPattern;
  private readonly source: Int32Array;
  private readonly parent: Int32Array;
  private readonly Lp: Int32Array;
  private readonly Li: Int32Array;
  private readonly Lx: Float64Array;
  private readonly D: Float64Array;

  constructor(n: number, colPtr: Int32Array, rowIdx: Int32Array, _kernels: DenseKernels, options: SparseLdlOptions = {}) {
    this.n = n;
    const pattern = { n, colPtr, rowIdx };
    const choice = options.ordering ?? "amd";
    const order = choice === "amd" ? amdOrdering(pattern)
      : choice === "natural" ? Int32Array.from({ length: n }, (_, i) => i) : choice;
    const inverse = invertPermutation(order);
    const upper = permutePattern(pattern, inverse);
    const parent = eliminationTree(upper);
    const counts = columnCounts(upper, parent, postorder(parent));
    this.order = order;
    this.inverse = inverse;
    this.upper = upper;
    this.parent = parent;
    const fill = upper.colPtr.slice(0, n);
    this.source = new Int32Array(colPtr[n]);
    for (let j = 0; j < n; j++) {
      for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
        this.source[fill[Math.max(inverse[rowIdx[p]], inverse[j])]++] = p;
      }
    }
    this.Lp = new Int32Array(n + 1);
    let flops = 0;
    for (let j = 0; j < n; j++) {
      this.Lp[j + 1] = this.Lp[j] + counts[j] - 1;
      flops += (counts[j] - 1) * (counts[j] + 1);
    }
    this.flops = flops;
    this.nonzeros = this.Lp[n] + n;
    this.Li = new Int32Array(this.Lp[n]);
    this.Lx = new Float64Array(this.Lp[n]);
    this.D = new Float64Array(n);
  }

  factor(values: Float64Array, signs: Int8Array, regularisation: PivotRegularisation = { threshold: 1e-13, delta: 2e-7 }): number {
    const { n, upper, parent, Lp, Li, Lx, D, order, source } = this;
    const { threshold, delta } = regularisation;
    for (let p = 0; p < source.length; p++) {
      if (!Number.isFinite(values[p])) {
        throw new ProblemError(`KKT matrix entry ${p} is ${values[p]}, not finite`, { index: p, value: values[p] });
      }
    }
    let replaced = 0;
    const y = new Float64Array(n);
    const used = new Int32Array(n);
    const mark = new Int32Array(n).fill(-1);
    const reach = new Int32Array(n);
    const path = new Int32Array(n);
    for (let k = 0; k < n; k++) {
      let top = n;
      mark[k] = k;
      for (let p = upper.colPtr[k]; p < upper.colPtr[k + 1]; p++) {
        let i = upper.rowIdx[p];
        y[i] += values[source[p]];
        let length = 0;
        for (; mark[i] !== k; i = parent[i]) {
          path[length++] = i;
          mark[i] = k;
        }
        while (length > 0) reach[--top] = path[--length];
      }
      let d = y[k];
      y[k] = 0;
      for (; top < n; top++) {
        const i = reach[top];
        const yi = y[i];
        y[i] = 0;
        const end = Lp[i] + used[i];
        for (let p = Lp[i]; p < end; p++) y[Li[p]] -= Lx[p] * yi;
        const l = yi / D[i];
        d -= l * yi;
        Li[end] = k;
        Lx[end] = l;
        used[i]++;
      }
      const sign = signs[order[k]];
      if (!(d * sign > threshold)) {
        d = sign * delta;
        replaced++;
      }
      D[k] = d;
    }
    return replaced;
  }

  solve(rhs: Float64Array): void {
    const { n, Lp, Li, Lx, D, inverse } = this;
    const x = new Float64Array(n);
    for (let i = 0; i < n; i++) x[inverse[i]] = rhs[i];
    for (let j = 0; j < n; j++) {
      const xj = x[j];
      for (let p = Lp[j]; p < Lp[j + 1]; p++) x[Li[p]] -= Lx[p] * xj;
    }
    for (let j = n - 1; j >= 0; j--) {
      let sum = x[j] / D[j];
      for (let p = Lp[j]; p < Lp[j + 1]; p++) sum -= Lx[p] * x[Li[p]];
      x[j] = sum;
    }
    for (let i = 0; i < n; i++) rhs[i] = x[inverse[i]];
  }
}
