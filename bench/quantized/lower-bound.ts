import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Samples } from "./bilinear-problem.ts";

/**
 * A lower bound on the optimal value of the bilinear program from any predictions ŷ and any positive weights μ.
 *
 * Its dual is max νᵀy − ‖ν‖²/4 subject to −D ⪯ Xᵀdiag(ν)X ⪯ D, D = diag(μ) ≥ 0, tr D = βd. With
 * ν = 2(y − ŷ) shrunk by t = 1/‖D^{-½}Xᵀdiag(ν)X D^{-½}‖₂ where that is below 1, the pair (tν, μ) is feasible.
 *
 * @param weights μ up to a factor, one per feature; entries below 1e-3 of the mean are raised to that
 */
export function bilinearLowerBound(
  samples: Samples,
  predictions: Float64Array,
  weights: Float64Array,
  beta: number,
): number {
  const { count: n, dimension: d, features, targets } = samples;
  const mean = weights.reduce((sum, w) => sum + Math.max(w, 0), 0) / d;
  const raised = weights.map((w) => Math.max(w, 1e-3 * mean, Number.MIN_VALUE));
  const total = raised.reduce((sum, w) => sum + w, 0);
  const root = raised.map((w) => Math.sqrt((w * beta * d) / total));
  const M = Matrix.zeros(d, d);
  let linear = 0;
  let square = 0;
  for (let k = 0; k < n; k++) {
    const nu = 2 * (targets[k] - predictions[k]);
    linear += nu * targets[k];
    square += nu * nu;
    for (let a = 0; a < d; a++) {
      const scaled = (nu * features[k * d + a]) / root[a];
      for (let b = 0; b <= a; b++) M.set(a, b, M.get(a, b) + (scaled * features[k * d + b]) / root[b]);
    }
  }
  for (let a = 0; a < d; a++) for (let b = 0; b < a; b++) M.set(b, a, M.get(a, b));
  const eigenvalues = new EigenvalueDecomposition(M, { assumeSymmetric: true }).realEigenvalues;
  const norm = Math.max(...eigenvalues.map(Math.abs));
  const t = Math.min(1, 1 / norm);
  return t * linear - (t * t * square) / 4;
}
