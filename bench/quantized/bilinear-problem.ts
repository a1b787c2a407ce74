import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { svecIndex, svecLength } from "../../src/problem/svec.ts";

/** Samples in rows: `features` is count×dimension, row-major; `targets` are ±1. */
export interface Samples {
  readonly count: number;
  readonly dimension: number;
  readonly features: Float64Array;
  readonly targets: Float64Array;
}

/**
 * The convex program of a two-layer network with first-layer weights ±1 and bilinear activation (Bartan & Pilanci
 * 2021, program (22), with the regulariser 2βdρ that makes it a lower bound of the training problem):
 *
 *   minimize ‖ŷ − y‖² + 2βdρ   subject to  ŷᵢ = 2xᵢᵀZxᵢ,  Q = [V Z; Zᵀ W] ⪰ 0,  diag Q = ρ.
 *
 * Explicit form: variables (svec Q, ρ, r = ŷ − y), rows: the n predictions and the 2d diagonal entries as
 * equalities, then Q itself in the PSD cone. A is sparse with about nd² entries.
 *
 * @param beta weight β of the regulariser, > 0
 */
export function bilinearProblem(samples: Samples, beta: number): ConicProblem {
  const { count: n, dimension: d, features, targets } = samples;
  const order = 2 * d;
  const entries = svecLength(order);
  const rho = entries;
  const cols = entries + 1 + n;
  const rows = n + order + entries;
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  const add = (row: number, col: number, value: number): void => {
    if (value === 0) return;
    i.push(row);
    j.push(col);
    v.push(value);
  };
  // Row k: 2x_kᵀZx_k − r_k = y_k; entry (a, b) of Z is entry (a, d + b) of Q, √½ of its svec coordinate.
  for (let k = 0; k < n; k++) {
    const x = features.subarray(k * d, (k + 1) * d);
    for (let a = 0; a < d; a++) {
      for (let b = 0; b < d; b++) add(k, svecIndex(order, d + b, a), 2 * Math.SQRT1_2 * x[a] * x[b]);
    }
    add(k, entries + 1 + k, -1);
  }
  for (let a = 0; a < order; a++) {
    add(n + a, svecIndex(order, a, a), 1);
    add(n + a, rho, -1);
  }
  for (let e = 0; e < entries; e++) add(n + order + e, e, -1);

  const c = new Float64Array(cols);
  c[rho] = 2 * beta * d;
  const b = new Float64Array(rows);
  b.set(targets, 0);
  const residuals = Array.from({ length: n }, (_, k) => entries + 1 + k);
  return {
    name: `bilinear network, ${n} samples of ${d} features, beta = ${beta}`,
    P: sparseFromTriplets(cols, cols, residuals, residuals, new Array<number>(n).fill(2)),
    c,
    A: { kind: "sparse", rows, cols, matrix: sparseFromTriplets(rows, cols, i, j, v) },
    b,
    cones: [
      { kind: "zero", dim: n + order },
      { kind: "psd", order },
    ],
  };
}
