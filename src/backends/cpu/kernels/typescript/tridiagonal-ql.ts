/** Sweeps allowed per eigenvalue; 1.7 is the usual average, so that reaching this means non-finite input. */
const MAX_SWEEPS = 60;

/** The row at `row` and the next, `width` long each, turned by one rotation. */
function rotateRows(Q: Float64Array, row: number, width: number, cosine: number, sine: number): void {
  for (let x = row, y = row + width; x < row + width; x++, y++) {
    const a = Q[x];
    const b = Q[y];
    Q[x] = cosine * a - sine * b;
    Q[y] = sine * a + cosine * b;
  }
}

/**
 * Implicit QL with Wilkinson shifts (Golub & Van Loan §8.3; Parlett §8.12) on the tridiagonal matrix d (n),
 * e (room for n, destroyed). Off-diagonals at or below eps·‖T‖/2 are dropped, which keeps the error
 * norm-wise at rounding level and makes clusters at zero cheap. With `width` > 0 every rotation also turns
 * two adjacent rows of Q (n rows of that length): started as the identity it ends as Vᵀ. Eigenvalues are
 * left unsorted. Returns false when it did not converge (non-finite input).
 */
export function implicitQl(
  n: number,
  d: Float64Array,
  e: Float64Array,
  Q: Float64Array,
  width: number,
  cosines: Float64Array,
  sines: Float64Array,
): boolean {
  const end = n - 1;
  let norm = 0;
  for (let i = 0; i <= end; i++) {
    norm = Math.max(norm, Math.abs(d[i]), i < end ? Math.abs(e[i]) : 0);
  }
  if (!(norm < Infinity)) return false;
  const negligible = norm * Number.EPSILON * 0.5;
  for (let l = 0; l <= end; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < end && Math.abs(e[m]) > negligible) m++;
      if (m === l) break;
      if (sweep === MAX_SWEEPS) return false;
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = Math.sqrt(g * g + 1);
      g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
      let sine = 1;
      let cosine = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = sine * e[i];
        const b = cosine * e[i];
        r = Math.sqrt(f * f + g * g);
        if (i + 1 < m) e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= p;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * sine + 2 * cosine * b;
        p = sine * r;
        d[i + 1] = g + p;
        g = cosine * r - b;
        cosines[i] = cosine;
        sines[i] = sine;
      }
      if (width > 0) {
        for (let q = m - 1; q > i; q--) {
          rotateRows(Q, q * width, width, cosines[q], sines[q]);
        }
      }
      if (i >= l) {
        e[m] = 0;
        continue;
      }
      d[l] -= p;
      e[l] = g;
      if (m < end) e[m] = 0;
    }
  }
  return true;
}
