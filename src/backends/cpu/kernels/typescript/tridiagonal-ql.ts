/** Sweeps allowed per eigenvalue; 1.7 is the usual average, so that reaching this means non-finite input. */
const MAX_SWEEPS = 60;

let cosines = new Float64Array(0);
let sines = new Float64Array(0);

/** Rows i and i + 1 of Q, `width` long with leading dimension `ld`, turned by one rotation. */
function rotateRows(
  Q: Float64Array,
  row: number,
  ld: number,
  width: number,
  cosine: number,
  sine: number,
): void {
  for (let x = row, y = row + ld; x < row + width; x++, y++) {
    const a = Q[x];
    const b = Q[y];
    Q[x] = cosine * a - sine * b;
    Q[y] = sine * a + cosine * b;
  }
}

/**
 * Implicit QL with Wilkinson shifts (Golub & Van Loan §8.3; Parlett §8.12) on the tridiagonal matrix d (n), e
 * (n − 1, destroyed, room for n). Off-diagonals at or below eps·‖T‖ are dropped, which keeps the error norm-wise at
 * rounding level and makes clusters at zero cheap. With `Q` (rows of length `width`, from `offset`) every rotation
 * also turns two adjacent rows of Q: started as the identity it ends as Vᵀ. Eigenvalues are left unsorted.
 * Returns false when it did not converge (non-finite input).
 */
export function implicitQl(
  n: number,
  d: Float64Array,
  e: Float64Array,
  start: number,
  Q?: Float64Array,
  offset = 0,
  width = 0,
): boolean {
  if (cosines.length < n) {
    cosines = new Float64Array(n);
    sines = new Float64Array(n);
  }
  const end = start + n - 1;
  let norm = 0;
  for (let i = start; i <= end; i++) {
    norm = Math.max(norm, Math.abs(d[i]), i < end ? Math.abs(e[i]) : 0);
  }
  if (!(norm < Infinity)) return false;
  const negligible = norm * Number.EPSILON * 0.5;
  for (let l = start; l <= end; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < end && Math.abs(e[m]) > negligible) m++;
      if (m === l) break;
      if (sweep === MAX_SWEEPS) return false;
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = Math.hypot(g, 1);
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
        cosines[i - start] = cosine;
        sines[i - start] = sine;
      }
      if (Q !== undefined) {
        for (let q = m - 1; q > i; q--) {
          rotateRows(Q, offset + (q - start) * width, width, width, cosines[q - start], sines[q - start]);
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
