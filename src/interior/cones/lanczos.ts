/**
 * Upper bound of the largest eigenvalue of a symmetric matrix, to about a per cent of its magnitude:
 * Lanczos with full reorthogonalisation; the Ritz value plus its residual bounds the eigenvalue it
 * converges to (Toh 2002).
 */
export function largestEigenvalue(n: number, A: Float64Array, maxSteps = 60, tolerance = 5e-3): number {
  const steps = Math.min(n, maxSteps);
  const Q = new Float64Array(n * (steps + 1));
  const alpha = new Float64Array(steps);
  const beta = new Float64Array(steps + 1);
  // A fixed start without special alignment.
  let norm = 0;
  for (let i = 0; i < n; i++) {
    Q[i] = 1 + 0.5 * Math.sin(12.9898 * (i + 1));
    norm += Q[i] * Q[i];
  }
  norm = Math.sqrt(norm);
  for (let i = 0; i < n; i++) Q[i] /= norm;
  const w = new Float64Array(n);
  for (let k = 0; k < steps; k++) {
    const q = Q.subarray(k * n, (k + 1) * n);
    multiplySymmetric(n, A, q, w);
    for (let pass = 0; pass < 2; pass++) {
      for (let p = k; p >= 0; p--) {
        const at = p * n;
        let h = 0;
        for (let i = 0; i < n; i++) h += Q[at + i] * w[i];
        if (p === k) alpha[k] += h;
        for (let i = 0; i < n; i++) w[i] -= h * Q[at + i];
      }
    }
    let b = 0;
    for (let i = 0; i < n; i++) b += w[i] * w[i];
    b = Math.sqrt(b);
    beta[k + 1] = b;
    const last = k === steps - 1;
    if (last || k % 4 === 3 || b < 1e-14) {
      const ritz = topRitz(k + 1, alpha, beta);
      const bound = b * Math.abs(ritz.lastComponent);
      if (last || b < 1e-14 || bound <= tolerance * Math.max(Math.abs(ritz.value), 0.1))
        return ritz.value + bound;
    }
    for (let i = 0; i < n; i++) Q[(k + 1) * n + i] = w[i] / b;
  }
  return 0;
}

/** out ← A q, A full symmetric: rows as contiguous columns, four at a time. */
function multiplySymmetric(n: number, A: Float64Array, q: Float64Array, out: Float64Array): void {
  let j = 0;
  for (; j + 3 < n; j += 4) {
    const c0 = j * n;
    const c1 = c0 + n;
    const c2 = c1 + n;
    const c3 = c2 + n;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < n; i++) {
      const v = q[i];
      s0 += A[c0 + i] * v;
      s1 += A[c1 + i] * v;
      s2 += A[c2 + i] * v;
      s3 += A[c3 + i] * v;
    }
    out[j] = s0;
    out[j + 1] = s1;
    out[j + 2] = s2;
    out[j + 3] = s3;
  }
  for (; j < n; j++) {
    let s = 0;
    for (let i = 0; i < n; i++) s += A[j * n + i] * q[i];
    out[j] = s;
  }
}

/** Largest eigenvalue of the k×k tridiagonal matrix and the last component of its unit eigenvector. */
function topRitz(
  k: number,
  alpha: Float64Array,
  beta: Float64Array,
): { value: number; lastComponent: number } {
  // Bisection on the Sturm count: no entry above `hi`.
  let lo = -Infinity;
  let hi = -Infinity;
  for (let i = 0; i < k; i++) {
    const radius = (i > 0 ? beta[i] : 0) + (i < k - 1 ? beta[i + 1] : 0);
    lo = Math.max(lo, alpha[i]);
    hi = Math.max(hi, alpha[i] + radius);
  }
  for (let it = 0; it < 100 && hi - lo > 1e-14 * Math.max(Math.abs(lo), Math.abs(hi), 1e-300); it++) {
    const mid = 0.5 * (lo + hi);
    // All pivots of T − mid·I negative means that mid lies above the spectrum.
    let above = true;
    let d = alpha[0] - mid;
    for (let i = 1; above && i < k; i++) {
      if (d >= 0) above = false;
      else d = alpha[i] - mid - (beta[i] * beta[i]) / d;
    }
    if (above && d < 0) hi = mid;
    else lo = mid;
  }
  const value = hi;
  // Eigenvector by the forward recurrence, stable for the extreme eigenvalue of a Lanczos matrix.
  let previous = 0;
  let current = 1;
  let sum = 1;
  for (let i = 0; i < k - 1; i++) {
    const next = -((alpha[i] - value) * current + (i > 0 ? beta[i] * previous : 0)) / beta[i + 1];
    previous = current;
    current = next;
    sum += next * next;
    if (sum > 1e200) {
      previous *= 1e-100;
      current *= 1e-100;
      sum *= 1e-200;
    }
  }
  return { value, lastComponent: current / Math.sqrt(sum) };
}
