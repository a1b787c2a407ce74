import type { Box, Neuron } from "../../src/relaxation/neuron.ts";

/**
 * The concave envelope of a ReLU neuron at x as the least of the inequalities of Anderson et al. (2020) and
 * Tjandraatmadja et al. (2020), by listing all of them: for every set I and h outside it with ℓ(I) ≥ 0 > ℓ(I ∪ h),
 * y ≤ Σ_{i∈I} w_i(x_i − L̆_i) + ℓ(I)/(Ŭ_h − L̆_h)·(x_h − L̆_h), ℓ(I) = Σ_{i∈I} w_i L̆_i + Σ_{i∉I} w_i Ŭ_i + b, where L̆_i
 * is the end of [l_i, u_i] with the smaller w_i x_i and Ŭ_i the other one. For neurons that are bent on their range.
 */
export function reluConcaveEnvelope({ weights, bias }: Neuron, { lower, upper }: Box, x: ArrayLike<number>): number {
  const n = weights.length;
  const L = weights.map((w, i) => (w > 0 ? lower[i] : upper[i]));
  const U = weights.map((w, i) => (w > 0 ? upper[i] : lower[i]));
  let best = Infinity;
  for (let set = 0; set < 1 << n; set++) {
    let ell = bias;
    for (let i = 0; i < n; i++) ell += weights[i] * ((set >> i) & 1 ? L[i] : U[i]);
    if (ell < 0) continue;
    let inside = 0;
    for (let i = 0; i < n; i++) if ((set >> i) & 1) inside += weights[i] * (x[i] - L[i]);
    for (let h = 0; h < n; h++) {
      if ((set >> h) & 1 || ell + weights[h] * (L[h] - U[h]) >= 0) continue;
      best = Math.min(best, inside + (ell / (U[h] - L[h])) * (x[h] - L[h]));
    }
  }
  return best;
}
