/**
 * Projection onto the power cone K = {(x, y, z): x^α·y^{1−α} ≥ |z|, x, y ≥ 0}.
 *
 * Outside K and its polar, with ζ = |z₀| and r = |z| of the projection (L. T. K. Hien, "Differential
 * properties of Euclidean projection onto power cone", 2015): x = ½(x₀ + √(x₀² + 4αr(ζ − r))), y likewise
 * with 1 − α, and r is the only root in (0, ζ) of φ = α·ln x + (1 − α)·ln y − ln r. With r = ζ/(1 + e^{−u})
 * and ζ − r = ζ/(1 + e^u) both keep their relative accuracy, and φ is close to piecewise linear in u.
 */

/** Projects v[offset … offset+2] = (x, y, z) onto the power cone in place. */
export function projectPower(v: Float64Array, offset: number, alpha: number): void {
  const size = Math.max(Math.abs(v[offset]), Math.abs(v[offset + 1]), Math.abs(v[offset + 2]));
  if (size === 0) return;
  if (!Number.isFinite(size)) {
    v.fill(NaN, offset, offset + 3);
    return;
  }
  const beta = 1 - alpha;
  const x0 = v[offset] / size;
  const y0 = v[offset + 1] / size;
  const zeta = Math.abs(v[offset + 2]) / size;
  if (x0 >= 0 && y0 >= 0 && Math.pow(x0, alpha) * Math.pow(y0, beta) >= zeta) return;
  if (x0 <= 0 && y0 <= 0 && Math.pow(-x0 / alpha, alpha) * Math.pow(-y0 / beta, beta) >= zeta) {
    v.fill(0, offset, offset + 3);
    return;
  }
  if (zeta === 0) {
    v[offset] = Math.max(v[offset], 0);
    v[offset + 1] = Math.max(v[offset + 1], 0);
    return;
  }
  const u = decreasingRoot((point) => phi(point, x0, y0, zeta, alpha));
  const r = zeta / (1 + Math.exp(-u));
  const rest = zeta / (1 + Math.exp(u));
  v[offset] = size * side(x0, alpha * r * rest);
  v[offset + 1] = size * side(y0, beta * r * rest);
  v[offset + 2] = Math.sign(v[offset + 2]) * size * r;
}

/** Projects onto the dual cone in place (Moreau: Π_{K*}(v) = v + Π_K(−v)). */
export function projectDualPower(v: Float64Array, offset: number, alpha: number): void {
  const negated = Float64Array.of(-v[offset], -v[offset + 1], -v[offset + 2]);
  projectPower(negated, 0, alpha);
  for (let i = 0; i < 3; i++) v[offset + i] += negated[i];
}

/** The positive root x of x² − x₀x = product, without cancellation. */
function side(x0: number, product: number): number {
  const root = Math.sqrt(x0 * x0 + 4 * product);
  return x0 >= 0 ? 0.5 * (x0 + root) : (2 * product) / (root - x0);
}

/** φ and dφ/du. */
function phi(u: number, x0: number, y0: number, zeta: number, alpha: number): readonly [number, number] {
  const beta = 1 - alpha;
  const upShare = 1 / (1 + Math.exp(-u));
  const downShare = 1 / (1 + Math.exp(u));
  const r = zeta * upShare;
  const product = r * zeta * downShare;
  const x = side(x0, alpha * product);
  const y = side(y0, beta * product);
  const value = alpha * Math.log(x) + beta * Math.log(y) - Math.log(r);
  // x² − x₀x = αp with dp/du = p·(downShare − upShare), hence x'/x = αp'/(x√·) with √· = 2x − x₀.
  const productSlope = product * (downShare - upShare);
  const xPart = (alpha * alpha * productSlope) / (x * (2 * x - x0));
  const yPart = (beta * beta * productSlope) / (y * (2 * y - y0));
  return [value, xPart + yPart - downShare];
}

/** Beyond it e^{±u}·e^{±u} leaves the range of doubles; r or ζ − r is then zero to every digit. */
const U_MAX = 340;

/** Root of a function of u that is positive left of it and negative right of it. */
function decreasingRoot(at: (u: number) => readonly [number, number]): number {
  let low = -U_MAX;
  let high = U_MAX;
  let u = 0;
  let previousStep = high - low;
  for (let i = 0; i < 200; i++) {
    const [value, slope] = at(u);
    if (value === 0) return u;
    if (value > 0) low = u;
    else high = u;
    let next = u - value / slope;
    if (!(next > low && next < high) || Math.abs(next - u) > 0.5 * previousStep)
      next = low + 0.5 * (high - low);
    previousStep = Math.abs(next - u);
    if (previousStep <= 2 * Number.EPSILON * Math.max(Math.abs(u), 1)) return next;
    u = next;
  }
  return u;
}
