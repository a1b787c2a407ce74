import type { DenseKernels } from "../linear/dense-kernels.ts";

const unitRoundoff = 2 ** -53;

/** γ_k = ku/(1 − ku): the usual bound on k rounding errors (Higham 2002, §3.1). */
export function gamma(k: number): number {
  return (k * unitRoundoff) / (1 - k * unitRoundoff);
}

/**
 * Rigorous lower bound on λ_min of a symmetric n×n matrix (column-major, lower triangle read, left as it is).
 *
 * If the f64 Cholesky factorisation of B = M − σI runs to its end, then B + E ⪰ 0 for some E with
 * ‖E‖₂ ≤ γ_{n+1}/(1 − γ_{n+1})·tr B (Rump 2006), hence λ_min(M) ≥ σ − that bound − the rounding of the diagonal.
 * σ starts just under the computed λ_min and moves down until the factorisation succeeds.
 * Returns −Infinity when M holds a non-finite number.
 */
export function certifiedMinEigenvalue(kernels: DenseKernels, n: number, M: Float64Array): number {
  if (n === 0) return Infinity;
  if (n === 1) return Number.isFinite(M[0]) ? M[0] : -Infinity;
  const work = new Float64Array(n * n);
  let size = 0;
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      const value = M[j * n + i];
      if (!Number.isFinite(value)) return -Infinity;
      size = Math.max(size, Math.abs(value));
    }
  }
  if (size === 0) return 0;
  const values = new Float64Array(n);
  work.set(M.subarray(0, n * n));
  kernels.eigenvalues(n, work, values);
  const factor = gamma(n + 1) / (1 - gamma(n + 1));
  let margin = 4 * n * size * unitRoundoff;
  for (let attempt = 0; attempt < 60; attempt++, margin *= 4) {
    const shift = values[0] - margin;
    let trace = 0;
    let diagonalRounding = 0;
    work.set(M.subarray(0, n * n));
    for (let j = 0; j < n; j++) {
      const d = M[j * n + j] - shift;
      work[j * n + j] = d;
      trace += Math.abs(d);
      diagonalRounding = Math.max(diagonalRounding, Math.abs(d) * 2 * unitRoundoff);
    }
    if (kernels.cholesky(n, work) === -1) {
      return shift - (factor * trace * (1 + gamma(2 * n)) + diagonalRounding) * (1 + 8 * unitRoundoff);
    }
  }
  return -Infinity;
}
