import type { Cone } from "../problem/cones.ts";
import { coneDim } from "../problem/cones.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { sparseFromTriplets, transposeSparse } from "../problem/sparse-matrix.ts";
import type { InteriorProblem } from "./types.ts";

/** Cones of the rewritten problem. */
export type StandardCone =
  | { readonly kind: "zero" | "nonnegative" | "secondOrder"; readonly dim: number }
  | { readonly kind: "psd"; readonly order: number }
  | { readonly kind: "exponential" }
  | { readonly kind: "power"; readonly alpha: number };

/**
 * The problem on fewer cone kinds. Row i of it is Σ_k weight·(old row): s' = T s, A' = T A, b' = T b, so
 * that a dual point maps back by y = Tᵀy'. Box cones become pairs of inequalities; the dual exponential and
 * power cones are linear images of the primal ones; cones of one row become half-lines; rows without
 * entries are decided here.
 */
export interface StandardProblem {
  readonly A: SparseMatrix;
  readonly b: Float64Array;
  readonly c: Float64Array;
  /** Upper triangle. */
  readonly P: SparseMatrix | undefined;
  readonly cones: readonly StandardCone[];
  /** y of the original problem. */
  restoreDual(y: Float64Array): Float64Array;
  /** s of the original problem; `homogeneous` for a certificate (b counted as 0). */
  restoreSlack(x: Float64Array, s: Float64Array, homogeneous: boolean): Float64Array;
}

/**
 * Infeasibility visible without computing: an empty row that cannot hold, or a free direction of descent.
 */
export type Verdict =
  | { readonly kind: "problem"; readonly problem: StandardProblem }
  | { readonly kind: "primalInfeasible"; readonly y: Float64Array }
  | { readonly kind: "dualInfeasible"; readonly x: Float64Array; readonly s: Float64Array };

/** Rows of T under construction. */
class RowMap {
  readonly rows: number[] = [];
  readonly cols: number[] = [];
  readonly weights: number[] = [];
  count = 0;
  /** Adds a row Σ weight·old and returns its index. */
  add(...terms: readonly (readonly [old: number, weight: number])[]): number {
    for (const [old, weight] of terms) {
      if (weight === 0) continue;
      this.rows.push(this.count);
      this.cols.push(old);
      this.weights.push(weight);
    }
    return this.count++;
  }
}

export function toStandardForm(problem: InteriorProblem): Verdict {
  const { A, b, c } = problem;
  const m = b.length;
  const n = c.length;
  const P = problem.P === undefined ? undefined : upperTriangle(problem.P);
  const hasEntry = new Uint8Array(m);
  for (let j = 0; j < n; j++) {
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) if (A.values[k] !== 0) hasEntry[A.rowIdx[k]] = 1;
  }
  const unbounded = freeDescent(A, P, c);
  if (unbounded !== undefined) return { kind: "dualInfeasible", x: unbounded, s: new Float64Array(m) };

  const zero = new RowMap();
  const nonneg = new RowMap();
  const other = new RowMap();
  const otherCones: StandardCone[] = [];
  /** How the old slack follows from the new rows: recover[i](s of the group). */
  const slack: { old: number; group: 0 | 1 | 2; index: number; factor: number; plus: number }[] = [];
  let infeasible: Float64Array | undefined;
  const ray = (old: number, value: number) => {
    infeasible ??= new Float64Array(m);
    infeasible[old] = value;
    return infeasible;
  };

  let row = 0;
  for (const cone of problem.cones) {
    const first = row;
    row += coneDim(cone);
    const kind = asHalfLines(cone);
    if (kind === "zero") {
      for (let i = first; i < row; i++) {
        if (hasEntry[i]) zero.add([i, 1]);
        else if (b[i] !== 0 && infeasible === undefined) ray(i, -1 / b[i]);
      }
    } else if (kind === "nonnegative") {
      for (let i = first; i < row; i++) {
        if (hasEntry[i]) slack.push({ old: i, group: 1, index: nonneg.add([i, 1]), factor: 1, plus: -1 });
        else if (b[i] < 0 && infeasible === undefined) ray(i, -1 / b[i]);
      }
    } else if (cone.kind === "box") {
      addBox(cone.lower, cone.upper, first);
    } else if (
      cone.kind === "psd" ||
      cone.kind === "secondOrder" ||
      cone.kind === "exponential" ||
      cone.kind === "power"
    ) {
      if (row === first) continue;
      for (let i = first; i < row; i++)
        slack.push({ old: i, group: 2, index: other.add([i, 1]), factor: 1, plus: -1 });
      otherCones.push(cone);
    } else if (cone.kind === "dualExponential") {
      // (u, v, w) ∈ K_exp* ⟺ (u − v, −u, w) ∈ K_exp.
      const i0 = other.add([first, 1], [first + 1, -1]);
      const i1 = other.add([first, -1]);
      const i2 = other.add([first + 2, 1]);
      slack.push({ old: first, group: 2, index: i1, factor: -1, plus: -1 });
      slack.push({ old: first + 1, group: 2, index: i1, factor: -1, plus: -1 });
      slack.push({ old: first + 1, group: 2, index: i0, factor: -1, plus: -1 });
      slack.push({ old: first + 2, group: 2, index: i2, factor: 1, plus: -1 });
      otherCones.push({ kind: "exponential" });
    } else if (cone.kind === "dualPower") {
      // (u, v, w) ∈ K_α* ⟺ (u/α, v/(1−α), w) ∈ K_α.
      const weights = [1 / cone.alpha, 1 / (1 - cone.alpha), 1];
      weights.forEach((weight, k) => {
        const index = other.add([first + k, weight]);
        slack.push({ old: first + k, group: 2, index, factor: 1 / weight, plus: -1 });
      });
      otherCones.push({ kind: "power", alpha: cone.alpha });
    }
  }
  if (infeasible !== undefined) return { kind: "primalInfeasible", y: infeasible };

  function addBox(lower: Float64Array, upper: Float64Array, first: number): void {
    const t = nonneg.add([first, 1]);
    slack.push({ old: first, group: 1, index: t, factor: 1, plus: -1 });
    for (let k = 0; k < lower.length; k++) {
      const old = first + 1 + k;
      const lo = lower[k];
      const up = upper[k];
      if (lo === up) {
        zero.add([old, 1], [first, -lo]);
        slack.push({ old, group: 1, index: t, factor: lo, plus: -1 });
      } else if (lo > -Infinity) {
        // s_x = (s_x − lo·t) + lo·t.
        const index = nonneg.add([old, 1], [first, -lo]);
        slack.push({ old, group: 1, index, factor: 1, plus: -1 });
        slack.push({ old, group: 1, index: t, factor: lo, plus: -1 });
        if (up < Infinity) nonneg.add([old, -1], [first, up]);
      } else if (up < Infinity) {
        const index = nonneg.add([old, -1], [first, up]);
        slack.push({ old, group: 1, index, factor: -1, plus: -1 });
        slack.push({ old, group: 1, index: t, factor: up, plus: -1 });
      } else {
        slack.push({ old, group: 1, index: t, factor: 0, plus: old });
      }
    }
  }

  const starts = [0, zero.count, zero.count + nonneg.count];
  const rows = zero.count + nonneg.count + other.count;
  const ti: number[] = [];
  const tj: number[] = [];
  const tv: number[] = [];
  [zero, nonneg, other].forEach((map, g) => {
    for (let k = 0; k < map.rows.length; k++) {
      ti.push(map.rows[k] + starts[g]);
      tj.push(map.cols[k]);
      tv.push(map.weights[k]);
    }
  });
  const newA = combineRows(rows, ti, tj, tv, A);
  const newB = new Float64Array(rows);
  for (let k = 0; k < ti.length; k++) newB[ti[k]] += tv[k] * b[tj[k]];
  const cones: StandardCone[] = [];
  if (zero.count > 0) cones.push({ kind: "zero", dim: zero.count });
  if (nonneg.count > 0) cones.push({ kind: "nonnegative", dim: nonneg.count });
  cones.push(...otherCones);

  const standard: StandardProblem = {
    A: newA,
    b: newB,
    c,
    P,
    cones,
    restoreDual(y) {
      const out = new Float64Array(m);
      for (let k = 0; k < ti.length; k++) out[tj[k]] += tv[k] * y[ti[k]];
      return out;
    },
    restoreSlack(x, s, homogeneous) {
      const out = new Float64Array(m);
      for (const { old, group, index, factor } of slack) out[old] += factor * s[starts[group] + index];
      // Rows that no new row carries: empty ones keep b, free ones of a box follow from Ax + s = b.
      const free = slack.filter((entry) => entry.plus >= 0).map((entry) => entry.plus);
      if (free.length > 0) {
        const isFree = new Uint8Array(m);
        for (const i of free) isFree[i] = 1;
        for (let j = 0; j < n; j++) {
          for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
            if (isFree[A.rowIdx[k]]) out[A.rowIdx[k]] -= A.values[k] * x[j];
          }
        }
        if (!homogeneous) for (const i of free) out[i] += b[i];
      }
      if (!homogeneous) {
        let at = 0;
        for (const cone of problem.cones) {
          const dim = coneDim(cone);
          if (asHalfLines(cone) === "nonnegative") {
            for (let i = at; i < at + dim; i++) if (!hasEntry[i]) out[i] = b[i];
          }
          at += dim;
        }
      }
      return out;
    },
  };
  return { kind: "problem", problem: standard };
}

/** Whether every row of the cone stands alone. */
function asHalfLines(cone: Cone): "zero" | "nonnegative" | undefined {
  if (cone.kind === "zero" || cone.kind === "nonnegative") return cone.kind;
  if (cone.kind === "secondOrder" && cone.dim === 1) return "nonnegative";
  if (cone.kind === "psd" && cone.order === 1) return "nonnegative";
  return undefined;
}

/** −sign(c_j)·e_j/|c_j| for a column that neither A nor P sees although c_j ≠ 0. */
function freeDescent(
  A: SparseMatrix,
  P: SparseMatrix | undefined,
  c: Float64Array,
): Float64Array | undefined {
  const seen = new Uint8Array(c.length);
  for (const M of P === undefined ? [A] : [A, P]) {
    for (let j = 0; j < c.length; j++) {
      for (let k = M.colPtr[j]; k < M.colPtr[j + 1]; k++) {
        if (M.values[k] === 0) continue;
        seen[j] = 1;
        if (M === P) seen[M.rowIdx[k]] = 1;
      }
    }
  }
  const j = c.findIndex((v, k) => v !== 0 && seen[k] === 0);
  if (j < 0) return undefined;
  const x = new Float64Array(c.length);
  x[j] = -1 / c[j];
  return x;
}

function upperTriangle(P: SparseMatrix): SparseMatrix | undefined {
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let col = 0; col < P.cols; col++) {
    for (let k = P.colPtr[col]; k < P.colPtr[col + 1]; k++) {
      if (P.rowIdx[k] > col || P.values[k] === 0) continue;
      i.push(P.rowIdx[k]);
      j.push(col);
      v.push(P.values[k]);
    }
  }
  return v.length === 0 ? undefined : sparseFromTriplets(P.rows, P.cols, i, j, v);
}

/** T A with T in triplets. */
function combineRows(rows: number, ti: number[], tj: number[], tv: number[], A: SparseMatrix): SparseMatrix {
  const byRow = transposeSparse(A);
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let k = 0; k < ti.length; k++) {
    for (let p = byRow.colPtr[tj[k]]; p < byRow.colPtr[tj[k] + 1]; p++) {
      if (byRow.values[p] === 0) continue;
      i.push(ti[k]);
      j.push(byRow.rowIdx[p]);
      v.push(tv[k] * byRow.values[p]);
    }
  }
  return sparseFromTriplets(rows, A.cols, i, j, v);
}
