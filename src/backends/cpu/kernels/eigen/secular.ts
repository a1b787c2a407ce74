/**
 * Roots of the secular equation 1/rho + Σ_j ζ_j²/(d_j − λ) = 0 for ascending poles d and rho > 0: the
 * eigenvalues of diag(d) + rho·ζζᵀ. Rational interpolation with the "middle way" weights (Li, LAPACK
 * Working Note 89, 1993) inside a shrinking bracket.
 */

/** Reached only when rounding makes the bracket stall. */
const MAX_STEPS = 100;

/**
 * Root number i. Writes the K differences d_j − λ, each to nearly full relative accuracy because they are
 * formed from the pole nearest to the root, to `differences` at `offset`, and returns λ.
 */
export function secularRoot(
  K: number,
  i: number,
  d: Float64Array,
  squares: Float64Array,
  rho: number,
  differences: Float64Array,
  offset: number,
): number {
  if (K === 1) {
    differences[offset] = -rho * squares[0];
    return d[0] + rho * squares[0];
  }
  const last = i === K - 1;
  const inverseRho = 1 / rho;
  // The two poles of the interpolating function: those around the root, or the last two.
  const left = last ? K - 2 : i;
  const right = left + 1;
  let origin = i;
  let low = 0;
  let high: number;
  let mu: number;
  if (last) {
    let total = 0;
    for (let j = 0; j < K; j++) total += squares[j];
    high = rho * total;
    mu = 0.5 * high;
  } else {
    const gap = d[i + 1] - d[i];
    const half = 0.5 * gap;
    let value = inverseRho;
    for (let j = 0; j < K; j++) value += squares[j] / (d[j] - d[i] - half);
    const rest = value + (squares[left] - squares[right]) / half;
    if (value >= 0) {
      high = half;
      mu = nearRoot(rest, rest * gap + squares[left] + squares[right], squares[left] * gap);
    } else {
      origin = i + 1;
      low = -half;
      high = 0;
      mu = nearRoot(rest, squares[left] + squares[right] - rest * gap, -squares[right] * gap);
    }
    if (!(mu > low && mu < high)) mu = 0.5 * (low + high);
  }
  const base = d[origin];
  let previous = Infinity;
  for (let step = 0; step < MAX_STEPS; step++) {
    let psi = 0;
    let psiSlope = 0;
    for (let j = 0; j <= left; j++) {
      const inverse = 1 / (d[j] - base - mu);
      const term = squares[j] * inverse;
      psi += term;
      psiSlope += term * inverse;
    }
    let phi = 0;
    let phiSlope = 0;
    for (let j = right; j < K; j++) {
      const inverse = 1 / (d[j] - base - mu);
      const term = squares[j] * inverse;
      phi += term;
      phiSlope += term * inverse;
    }
    const value = inverseRho + psi + phi;
    const slope = psiSlope + phiSlope;
    const rounding = 4 * (inverseRho + Math.abs(psi) + Math.abs(phi)) + Math.abs(mu) * slope;
    if (!(Math.abs(value) > Number.EPSILON * rounding)) break;
    if (value < 0) low = Math.max(low, mu);
    else high = Math.min(high, mu);
    if (high - low <= Number.EPSILON * Math.max(Math.abs(low), Math.abs(high))) break;
    const d1 = d[left] - base - mu;
    const d2 = d[right] - base - mu;
    const a = (d1 + d2) * value - d1 * d2 * slope;
    const b = d1 * d2 * value;
    const c = value - d1 * psiSlope - d2 * phiSlope;
    let change = last ? farRoot(Math.abs(c), a, b) : nearRoot(c, a, b);
    if (!(value * change < 0)) change = -value / slope;
    let next = mu + change;
    const stalled = step > 4 && Math.abs(value) > 0.5 * previous;
    if (stalled || !(next > low && next < high)) next = bisect(low, high);
    previous = Math.abs(value);
    if (next === mu) break;
    mu = next;
  }
  for (let j = 0; j < K; j++) differences[offset + j] = d[j] - base - mu;
  return base + mu;
}

/** The root of c·η² − a·η + b = 0 between the two poles of the interpolating function. */
function nearRoot(c: number, a: number, b: number): number {
  const root = Math.sqrt(Math.abs(a * a - 4 * b * c));
  return a > 0 ? (2 * b) / (a + root) : (a - root) / (2 * c);
}

/** The root of c·η² − a·η + b = 0 beyond both poles. */
function farRoot(c: number, a: number, b: number): number {
  const root = Math.sqrt(Math.abs(a * a - 4 * b * c));
  return a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root);
}

/** Halves the bracket; geometrically when its ends differ in magnitude, since roots may hug a pole. */
function bisect(low: number, high: number): number {
  if (low > 0 && high > 4 * low) return Math.sqrt(low) * Math.sqrt(high);
  if (high < 0 && low < 4 * high) return -Math.sqrt(-low) * Math.sqrt(-high);
  if (low === 0 && high > 0) return high / 1024;
  if (high === 0 && low < 0) return low / 1024;
  return 0.5 * (low + high);
}

/**
 * The vector ζ for which the computed roots are exact (Gu & Eisenstat, 1994, eq. 3.3): eigenvectors formed
 * from it are orthogonal to working precision however close the eigenvalues. `differences` is the K×K
 * matrix d_i − λ_j.
 */
export function exactUpdate(
  K: number,
  d: Float64Array,
  zeta: Float64Array,
  differences: Float64Array,
  offset: number,
  result: Float64Array,
): void {
  for (let i = 0; i < K; i++) result[i] = differences[offset + i * K + i];
  for (let j = 0; j < K; j++) {
    const column = offset + j * K;
    const dj = d[j];
    for (let i = 0; i < j; i++) result[i] *= differences[column + i] / (d[i] - dj);
    for (let i = j + 1; i < K; i++) result[i] *= differences[column + i] / (d[i] - dj);
  }
  for (let i = 0; i < K; i++) {
    const size = Math.sqrt(Math.max(0, -result[i]));
    result[i] = zeta[i] < 0 ? -size : size;
  }
}
