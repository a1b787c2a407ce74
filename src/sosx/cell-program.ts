import type { LinearProgram } from "../lp/highs.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import type { TrainingProblem } from "./training-problem.ts";

/**
 * The training problem with every piece fixed, x written out: columns (w₁, b₁), b₂, r⁺, r⁻; rows p_lo ≤ x_ij ≤ p_hi, then
 * residuals Σ_j W₂[c,j]·(f's line on the piece) + b₂ − r⁺ + r⁻ = y. Far fewer columns and rows that matter than with λ.
 * Linear loss only. `lo` as in PieceRanges, length N·M.
 */
export function cellProgram(problem: TrainingProblem, lo: Uint8Array): LinearProgram {
  const { samples: N, neurons: M, outputs: C, features, design, targets, outputWeights, pwl, bounds } = problem;
  const { breakpoints: p, values: f } = pwl;
  const width = features + 1;
  const biasAt = M * width;
  const residualAt = biasAt + C;
  const columns = residualAt + 2 * N * C;
  const rows = N * M + N * C;
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  const put = (row: number, column: number, value: number): void => {
    if (value === 0) return;
    i.push(row);
    j.push(column);
    v.push(value);
  };
  const rowLower = new Float64Array(rows);
  const rowUpper = new Float64Array(rows);
  for (let s = 0; s < N; s++) {
    for (let n = 0; n < M; n++) {
      const sn = s * M + n;
      for (let k = 0; k < width; k++) put(sn, n * width + k, design[s * width + k]);
      rowLower[sn] = p[lo[sn]];
      rowUpper[sn] = p[lo[sn] + 1];
    }
    for (let c = 0; c < C; c++) {
      const row = N * M + s * C + c;
      let constant = 0;
      for (let n = 0; n < M; n++) {
        const piece = lo[s * M + n];
        const slope = (f[piece + 1] - f[piece]) / (p[piece + 1] - p[piece]);
        const weight = outputWeights[c * M + n];
        constant += weight * (f[piece] - slope * p[piece]);
        for (let k = 0; k < width; k++) put(row, n * width + k, weight * slope * design[s * width + k]);
      }
      put(row, biasAt + c, 1);
      put(row, residualAt + s * C + c, -1);
      put(row, residualAt + N * C + s * C + c, 1);
      rowLower[row] = rowUpper[row] = targets[s * C + c] - constant;
    }
  }
  const lower = new Float64Array(columns);
  const upper = new Float64Array(columns);
  for (let n = 0; n < M; n++) {
    lower.fill(bounds.weight[0], n * width, n * width + features);
    upper.fill(bounds.weight[1], n * width, n * width + features);
    [lower[n * width + features], upper[n * width + features]] = bounds.bias;
  }
  lower.fill(bounds.outputBias[0], biasAt, residualAt);
  upper.fill(bounds.outputBias[1], biasAt, residualAt);
  upper.fill(Infinity, residualAt);
  const cost = new Float64Array(columns).fill(1 / (N * C), residualAt);
  return { cost, matrix: sparseFromTriplets(rows, columns, i, j, v), rowLower, rowUpper, lower, upper };
}
