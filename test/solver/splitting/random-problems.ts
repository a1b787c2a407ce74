import { ConeSet } from "../../../src/backends/cpu/cones/cone-set.ts";
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import { PsdProjector } from "../../../src/backends/cpu/psd/project.ts";
import { coneDim } from "../../../src/problem/cones.ts";
import type { Cone } from "../../../src/problem/cones.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import type { SparseMatrix } from "../../../src/problem/sparse-matrix.ts";
import { sparseFromTriplets } from "../../../src/problem/sparse-matrix.ts";

/** mulberry32: uniform in [0, 1), the same everywhere. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Box–Muller. */
export function gaussian(seed: number): () => number {
  const random = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export type Kind = "feasible" | "primalInfeasible" | "dualInfeasible";

export interface RandomProblem {
  readonly problem: ConicProblem;
  /** Optimal value, for feasible problems. */
  readonly optimum: number;
}

const kernels = await loadDenseKernels("typescript");

/** s = Π_K(z) and y = s − z ∈ K*, with ⟨s, y⟩ = 0. */
function complementaryPair(cones: readonly Cone[], m: number, next: () => number): [Float64Array, Float64Array] {
  const psd = new PsdProjector(
    kernels,
    cones.flatMap((cone) => (cone.kind === "psd" ? [cone.order] : [])),
  );
  const set = new ConeSet(cones, (v, offset, order, block) => psd.project(v, offset, order, v, offset, block));
  const z = Float64Array.from({ length: m }, next);
  const s = z.slice();
  set.project(s);
  return [s, s.map((value, i) => value - z[i])];
}

/**
 * A dense random problem over the cones with n variables. Feasible: an optimal pair is planted. Infeasible: a
 * certificate is planted by a rank-one change of A.
 */
export function randomProblem(
  seed: number,
  n: number,
  cones: readonly Cone[],
  kind: Kind = "feasible",
  quadratic = 0,
): RandomProblem {
  const next = gaussian(seed);
  const m = cones.reduce((sum, cone) => sum + coneDim(cone), 0);
  const rows = Array.from({ length: m }, () => Float64Array.from({ length: n }, next));
  const x = Float64Array.from({ length: n }, next);
  const [s, y] = complementaryPair(cones, m, next);
  const P = quadratic > 0 ? gram(n, quadratic, next) : undefined;
  const transpose = (v: Float64Array): Float64Array =>
    Float64Array.from({ length: n }, (_, j) => rows.reduce((sum, row, i) => sum + row[j] * v[i], 0));
  const times = (v: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => row.reduce((sum, a, j) => sum + a * v[j], 0));

  let b: Float64Array;
  let c: Float64Array;
  let optimum = Number.NaN;
  if (kind === "primalInfeasible") {
    // Aᵀy = 0, bᵀy = −1.
    const Aty = transpose(y);
    const yy = dot(y, y);
    rows.forEach((row, i) => row.forEach((_, j) => (row[j] -= (y[i] * Aty[j]) / yy)));
    b = Float64Array.from({ length: m }, next);
    const shift = (dot(b, y) + 1) / yy;
    b = b.map((value, i) => value - shift * y[i]);
    c = Float64Array.from({ length: n }, next);
  } else if (kind === "dualInfeasible") {
    // Ax + s = 0, cᵀx = −1; b feasible.
    const Ax = times(x);
    const xx = dot(x, x);
    rows.forEach((row, i) => row.forEach((_, j) => (row[j] -= ((Ax[i] + s[i]) * x[j]) / xx)));
    const inside = times(Float64Array.from({ length: n }, next));
    b = inside.map((value, i) => value + s[i]);
    c = Float64Array.from({ length: n }, next);
    const shift = (dot(c, x) + 1) / xx;
    c = c.map((value, j) => value - shift * x[j]);
  } else {
    b = times(x).map((value, i) => value + s[i]);
    const Px = P === undefined ? new Float64Array(n) : symmetricTimes(P, x);
    c = transpose(y).map((value, j) => -value - Px[j]);
    optimum = 0.5 * dot(x, Px) + dot(c, x);
  }
  const matrix = denseToSparse(rows, n);
  const A = { kind: "sparse", rows: m, cols: n, matrix } as const;
  return { problem: { ...(P && { P }), A, b, c, cones }, optimum };
}

export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function denseToSparse(rows: readonly Float64Array[], n: number): SparseMatrix {
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  rows.forEach((row, r) =>
    row.forEach((value, col) => {
      i.push(r);
      j.push(col);
      v.push(value);
    }),
  );
  return sparseFromTriplets(rows.length, n, i, j, v);
}

/** Upper triangle of BBᵀ, B n×rank. */
function gram(n: number, rank: number, next: () => number): SparseMatrix {
  const B = Array.from({ length: n }, () => Float64Array.from({ length: rank }, next));
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let col = 0; col < n; col++) {
    for (let row = 0; row <= col; row++) {
      i.push(row);
      j.push(col);
      v.push(dot(B[row], B[col]));
    }
  }
  return sparseFromTriplets(n, n, i, j, v);
}

function symmetricTimes(upper: SparseMatrix, x: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let j = 0; j < upper.cols; j++) {
    for (let k = upper.colPtr[j]; k < upper.colPtr[j + 1]; k++) {
      const i = upper.rowIdx[k];
      out[i] += upper.values[k] * x[j];
      if (i !== j) out[j] += upper.values[k] * x[i];
    }
  }
  return out;
}
