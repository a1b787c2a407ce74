import { svecIndex, svecLength } from "../../../src/problem/svec.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../../src/problem/sparse-matrix.ts";
import { gaussian } from "./random-problems.ts";

/**
 * Lovász's theta of the cycle of odd length k: n·cos(π/k)/(1 + cos(π/k)); as min t, tI + Σ x_ij(E_ij) − J ⪰
 * 0.
 */
export function thetaOfCycle(k: number): { problem: ConicProblem; optimum: number } {
  const m = svecLength(k);
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  const b = new Float64Array(m);
  for (let a = 0; a < k; a++) {
    for (let c = a; c < k; c++) b[svecIndex(k, a, c)] = a === c ? -1 : -Math.SQRT2;
    i.push(svecIndex(k, a, a), svecIndex(k, a, (a + 1) % k));
    j.push(0, 1 + a);
    v.push(-1, -Math.SQRT2);
  }
  const A = { kind: "sparse", rows: m, cols: 1 + k, matrix: sparseFromTriplets(m, 1 + k, i, j, v) } as const;
  const c = new Float64Array(1 + k);
  c[0] = 1;
  const cosine = Math.cos(Math.PI / k);
  return { problem: { A, b, c, cones: [{ kind: "psd", order: k }] }, optimum: (k * cosine) / (1 + cosine) };
}

/** min t, tI − M ⪰ 0 for M = Q diag(1 … k) Qᵀ with Q a reflection: the optimum is k. */
export function largestEigenvalue(k: number, seed: number): { problem: ConicProblem; optimum: number } {
  const next = gaussian(seed);
  const w = Float64Array.from({ length: k }, next);
  const ww = w.reduce((sum, value) => sum + value * value, 0);
  const q = (r: number, c: number): number => (r === c ? 1 : 0) - (2 * w[r] * w[c]) / ww;
  const m = svecLength(k);
  const b = new Float64Array(m);
  const i: number[] = [];
  for (let c = 0; c < k; c++) {
    i.push(svecIndex(k, c, c));
    for (let r = c; r < k; r++) {
      let entry = 0;
      for (let l = 0; l < k; l++) entry += q(r, l) * (l + 1) * q(c, l);
      b[svecIndex(k, r, c)] = r === c ? -entry : -entry * Math.SQRT2;
    }
  }
  const matrix = sparseFromTriplets(m, 1, i, new Array<number>(k).fill(0), new Array<number>(k).fill(-1));
  return {
    problem: {
      A: { kind: "sparse", rows: m, cols: 1, matrix },
      b,
      c: Float64Array.of(1),
      cones: [{ kind: "psd", order: k }],
    },
    optimum: k,
  };
}

/**
 * Max-cut relaxation of the complete graph on k vertices, min −¼⟨L, X⟩, X_ii = 1, X ⪰ 0 in dual form; optimum
 * −k²/4.
 */
export function maxCutOfCompleteGraph(k: number): { problem: ConicProblem; optimum: number } {
  // Dual form: max Σ x_i, −L/4 − Diag(x) ⪰ 0, L = kI − J.
  const m = svecLength(k);
  const b = new Float64Array(m);
  const i: number[] = [];
  for (let c = 0; c < k; c++) {
    i.push(svecIndex(k, c, c));
    for (let r = c; r < k; r++) b[svecIndex(k, r, c)] = r === c ? -(k - 1) / 4 : Math.SQRT2 / 4;
  }
  const columns = Array.from({ length: k }, (_, index) => index);
  const matrix = sparseFromTriplets(m, k, i, columns, new Array<number>(k).fill(1));
  return {
    problem: {
      A: { kind: "sparse", rows: m, cols: k, matrix },
      b,
      c: new Float64Array(k).fill(-1),
      cones: [{ kind: "psd", order: k }],
    },
    optimum: (k * k) / 4,
  };
}
