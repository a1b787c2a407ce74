import type { LinearProgram } from "../../src/lp/highs.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import type { TrainingProblem } from "../../src/sosx/index.ts";

/**
 * The root relaxation with the exact convex hull of every single {(w, b, g): g = f(u_iᵀw + b), (w, b) in its box,
 * u_iᵀw + b in [p₀, p_P]}, by disjunction over the pieces (Balas): copies (w, b)_k in t_k times the box and the piece,
 * Σ_k t_k = 1, Σ_k (w, b)_k = (w, b). No envelope of one neuron and one sample is tighter. Linear loss; for measuring.
 */
export function hullProgram(problem: TrainingProblem): LinearProgram {
  const { samples: N, neurons: M, outputs: C, features, design, targets, outputWeights, pwl, bounds } = problem;
  const { breakpoints: p, values: f } = pwl;
  const P = p.length - 1;
  const width = features + 1;
  const bias = M * width;
  const copies = bias + C;
  const residual = copies + N * M * P * (width + 1);
  const columns = residual + 2 * N * C;
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  const rowLower: number[] = [];
  const rowUpper: number[] = [];
  const row = (entries: readonly (readonly [number, number])[], low: number, high: number): void => {
    for (const [column, value] of entries) {
      if (value === 0) continue;
      i.push(rowLower.length);
      j.push(column);
      v.push(value);
    }
    rowLower.push(low);
    rowUpper.push(high);
  };
  // Copy k of (i, j): (w, b), then t.
  const at = (sample: number, neuron: number, k: number): number => copies + ((sample * M + neuron) * P + k) * (width + 1);
  const pieces = Array.from({ length: P }, (_, k) => k);
  const coordinates = Array.from({ length: width }, (_, q) => q);
  const range = (q: number): readonly [number, number] => (q === features ? bounds.bias : bounds.weight);
  for (let s = 0; s < N; s++) {
    for (let n = 0; n < M; n++) {
      row(pieces.map((k) => [at(s, n, k) + width, 1] as const), 1, 1);
      for (const q of coordinates) {
        row([...pieces.map((k) => [at(s, n, k) + q, 1] as const), [n * width + q, -1]], 0, 0);
        for (const k of pieces) {
          const [copy, t] = [at(s, n, k) + q, at(s, n, k) + width];
          row([[copy, 1], [t, -range(q)[0]]], 0, Infinity);
          row([[copy, 1], [t, -range(q)[1]]], -Infinity, 0);
        }
      }
      for (const k of pieces) {
        const x = coordinates.map((q) => [at(s, n, k) + q, design[s * width + q]] as const);
        row([...x, [at(s, n, k) + width, -p[k]]], 0, Infinity);
        row([...x, [at(s, n, k) + width, -p[k + 1]]], -Infinity, 0);
      }
    }
    for (let c = 0; c < C; c++) {
      const entries: (readonly [number, number])[] = [[bias + c, 1]];
      for (let n = 0; n < M; n++) {
        const weight = outputWeights[c * M + n];
        for (const k of pieces) {
          const slope = (f[k + 1] - f[k]) / (p[k + 1] - p[k]);
          for (const q of coordinates) entries.push([at(s, n, k) + q, weight * slope * design[s * width + q]]);
          entries.push([at(s, n, k) + width, weight * (f[k] - slope * p[k])]);
        }
      }
      const r = residual + s * C + c;
      row([...entries, [r, -1], [r + N * C, 1]], targets[s * C + c], targets[s * C + c]);
    }
  }
  const lower = new Float64Array(columns).fill(-Infinity, copies, residual);
  const upper = new Float64Array(columns).fill(Infinity);
  for (let q = 0; q < bias; q++) [lower[q], upper[q]] = range(q % width);
  for (let c = 0; c < C; c++) [lower[bias + c], upper[bias + c]] = bounds.outputBias;
  for (let k = 0; k < N * M * P; k++) lower[copies + k * (width + 1) + width] = 0;
  const cost = new Float64Array(columns).fill(1 / (N * C), residual);
  const matrix = sparseFromTriplets(rowLower.length, columns, i, j, v);
  return { cost, matrix, rowLower: Float64Array.from(rowLower), rowUpper: Float64Array.from(rowUpper), lower, upper };
}
