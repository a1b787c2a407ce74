/**
 * Householder tridiagonalisation QᵀAQ = T of a symmetric matrix. The lower triangle of the
 * column-major matrix is read, so every reflector and every update runs down contiguous columns.
 */

/**
 * Makes the reflector H = I − tau·vvᵀ, v₀ = 1, that maps x (`length` entries at `offset`) onto a multiple
 * of e₁. v overwrites x; the multiple goes to `e[index]`; tau is returned.
 */
function makeReflector(
  A: Float64Array,
  offset: number,
  length: number,
  e: Float64Array,
  index: number,
): number {
  const alpha = A[offset];
  let tail = 0;
  for (let i = offset + 1; i < offset + length; i++) tail += A[i] * A[i];
  A[offset] = 1;
  if (tail === 0) {
    e[index] = alpha;
    return 0;
  }
  const beta = alpha > 0 ? -Math.sqrt(alpha * alpha + tail) : Math.sqrt(alpha * alpha + tail);
  const inverse = 1 / (alpha - beta);
  for (let i = offset + 1; i < offset + length; i++) A[i] *= inverse;
  e[index] = beta;
  return (beta - alpha) / beta;
}

/**
 * Reduces A to tridiagonal form: diagonal in d (n), subdiagonal in e (n − 1), reflector k below the
 * diagonal of column k with factor tau[k]. Each trailing matrix is passed over once: the rank-two update of
 * one step and the product A·v of the next share the pass. w and p (n each) are scratch.
 */
export function tridiagonalise(
  n: number,
  A: Float64Array,
  d: Float64Array,
  e: Float64Array,
  tau: Float64Array,
  w: Float64Array,
  p: Float64Array,
): void {
  let previous = -1;
  for (let k = 0; k < n; k++) {
    const column = k * n;
    if (previous >= 0) {
      const v = previous * n;
      const vk = A[v + k];
      const wk = w[k];
      for (let i = k; i < n; i++) A[column + i] -= A[v + i] * wk + w[i] * vk;
    }
    d[k] = A[column + k];
    if (k === n - 1) break;
    const factor = makeReflector(A, column + k + 1, n - k - 1, e, k);
    tau[k] = factor;
    p.fill(0, k + 1, n);
    for (let j = k + 1; j < n; j++) {
      const a = j * n;
      const vj = A[column + j];
      if (previous >= 0) {
        const v = previous * n;
        const wj = w[j];
        const oldJ = A[v + j];
        const diagonal = A[a + j] - 2 * oldJ * wj;
        A[a + j] = diagonal;
        let sum = diagonal * vj;
        for (let i = j + 1; i < n; i++) {
          const value = A[a + i] - A[v + i] * wj - w[i] * oldJ;
          A[a + i] = value;
          sum += value * A[column + i];
          p[i] += value * vj;
        }
        p[j] += sum;
      } else {
        let sum = A[a + j] * vj;
        for (let i = j + 1; i < n; i++) {
          const value = A[a + i];
          sum += value * A[column + i];
          p[i] += value * vj;
        }
        p[j] += sum;
      }
    }
    let dot = 0;
    for (let i = k + 1; i < n; i++) dot += p[i] * A[column + i];
    const half = 0.5 * factor * factor * dot;
    for (let i = k + 1; i < n; i++) w[i] = factor * p[i] - half * A[column + i];
    previous = k;
  }
}
