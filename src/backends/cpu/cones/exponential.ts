/**
 * Projection onto the exponential cone K = closure{(r, s, t): s·exp(r/s) ≤ t, s > 0}.
 *
 * A point v outside K and its polar splits as v = p + q with p = μ·(ρ, 1, e^ρ) on the boundary of K,
 * q = λ·(1, 1 − ρ, −e^{−ρ}) on that of the polar, ⟨p, q⟩ = 0 (H. A. Friberg, "Projection onto the exponential
 * cone: a univariate root-finding problem", 2021). The first two coordinates give, with Q = ρ² − ρ + 1,
 *   μ(ρ) = ((ρ − 1)r + s)/Q,  λ(ρ) = (r − ρs)/Q,
 * and ρ is the only root of h(ρ) = μe^ρ − λe^{−ρ} − t where μ, λ > 0; h changes sign from − to +. Instead of
 * h, e^{−ρ}h is solved for ρ ≥ 0 and e^{ρ}h for ρ ≤ 0: neither can overflow.
 */

/** Projects v[offset … offset+2] = (r, s, t) onto the exponential cone in place. */
export function projectExponential(v: Float64Array, offset: number): void {
  const size = Math.max(Math.abs(v[offset]), Math.abs(v[offset + 1]), Math.abs(v[offset + 2]));
  if (size === 0) return;
  if (!Number.isFinite(size)) {
    v.fill(NaN, offset, offset + 3);
    return;
  }
  const r = v[offset] / size;
  const s = v[offset + 1] / size;
  const t = v[offset + 2] / size;

  if (s > 0 ? s * Math.exp(r / s) <= t : s === 0 && r <= 0 && t >= 0) return;
  const inPolar = r > 0 ? -r * Math.exp(s / r - 1) >= t : r === 0 && s <= 0 && t <= 0;
  if (inPolar) {
    v.fill(0, offset, offset + 3);
    return;
  }
  if (r <= 0 && s <= 0) {
    v[offset + 1] = 0;
    v[offset + 2] = Math.max(v[offset + 2], 0);
    return;
  }
  // The interval of ρ where μ > 0 (lower end) and λ > 0 (upper end).
  const low = r > 0 ? 1 - s / r : -Infinity;
  const high = s > 0 ? r / s : Infinity;
  if (low > RHO_MAX) {
    // μ ≤ e^{−ρ} vanishes: the ray (0, 0, 1).
    v[offset] = 0;
    v[offset + 1] = 0;
    v[offset + 2] = Math.max(v[offset + 2], 0);
    return;
  }
  if (high < -RHO_MAX) {
    // λ ≤ e^{ρ} vanishes: only t is moved.
    v[offset + 2] = Math.max(v[offset + 2], 0);
    return;
  }
  // h(0) = μ(0) − λ(0) − t tells the sign of ρ where 0 is admissible.
  const positive = low >= 0 || (high > 0 && s - 2 * r - t < 0);
  const rho = positive
    ? rootAbove(r, s, t, Math.max(low, 0), high)
    : rootBelow(r, s, t, low, Math.min(high, 0));
  const Q = rho * (rho - 1) + 1;
  let mu: number;
  let third: number;
  if (positive) {
    // μ from the third coordinate: ((ρ − 1)r + s)/Q cancels when ρ is near its lower end.
    third = Math.max(t + (Math.max(r - rho * s, 0) / Q) * Math.exp(-rho), 0);
    mu = third * Math.exp(-rho);
  } else {
    mu = Math.max((rho - 1) * r + s, 0) / Q;
    third = mu * Math.exp(rho);
  }
  v[offset] = rho * mu * size;
  v[offset + 1] = mu * size;
  v[offset + 2] = third * size;
}

/** Projects onto the dual cone in place (Moreau: Π_{K*}(v) = v + Π_K(−v)). */
export function projectDualExponential(v: Float64Array, offset: number): void {
  const negated = Float64Array.of(-v[offset], -v[offset + 1], -v[offset + 2]);
  projectExponential(negated, 0);
  for (let i = 0; i < 3; i++) v[offset + i] += negated[i];
}

/** exp(−RHO_MAX) underflows to zero. */
const RHO_MAX = 746;

/** Root of e^{−ρ}h(ρ) = μ − t·e^{−ρ} − λ·e^{−2ρ} in [low, high], low ≥ 0, high possibly infinite. */
function rootAbove(r: number, s: number, t: number, low: number, high: number): number {
  const at = (rho: number): ValueAndSlope => {
    const Q = rho * (rho - 1) + 1;
    const E = Math.exp(-rho);
    const mu = ((rho - 1) * r + s) / Q;
    const lambda = (r - rho * s) / Q;
    const Qp = (2 * rho - 1) / Q;
    const muSlope = r / Q - mu * Qp;
    const lambdaSlope = -s / Q - lambda * Qp;
    return [mu - E * (t + lambda * E), muSlope + E * (t + (2 * lambda - lambdaSlope) * E)];
  };
  return increasingRoot(
    at,
    low,
    Math.min(
      high,
      bracket(low, 1, (rho) => at(rho)[0] > 0),
    ),
  );
}

/** Root of e^{ρ}h(ρ) = μ·e^{2ρ} − λ − t·e^{ρ} in [low, high], high ≤ 0, low possibly infinite. */
function rootBelow(r: number, s: number, t: number, low: number, high: number): number {
  const at = (rho: number): ValueAndSlope => {
    const Q = rho * (rho - 1) + 1;
    const E = Math.exp(rho);
    const mu = ((rho - 1) * r + s) / Q;
    const lambda = (r - rho * s) / Q;
    const Qp = (2 * rho - 1) / Q;
    const muSlope = r / Q - mu * Qp;
    const lambdaSlope = -s / Q - lambda * Qp;
    return [E * (mu * E - t) - lambda, E * ((2 * mu + muSlope) * E - t) - lambdaSlope];
  };
  return increasingRoot(
    at,
    Math.max(
      low,
      bracket(high, -1, (rho) => at(rho)[0] < 0),
    ),
    high,
  );
}

type ValueAndSlope = readonly [value: number, slope: number];

/** The first of start ± 1, 2, 4, … with the property; it holds once the exponential has underflowed. */
function bracket(start: number, direction: 1 | -1, holds: (rho: number) => boolean): number {
  let step = 1;
  while (step < 4 * RHO_MAX && !holds(start + direction * step)) step *= 2;
  return start + direction * step;
}

/**
 * Root of a function that is negative left of it and positive right of it: Newton's method, halving when it
 * fails.
 */
function increasingRoot(at: (rho: number) => ValueAndSlope, low: number, high: number): number {
  let rho = Math.max(low, Math.min(high, 0.5 * (low + high)));
  let previousStep = high - low;
  for (let i = 0; i < 200; i++) {
    const [value, slope] = at(rho);
    if (value === 0) return rho;
    if (value < 0) low = rho;
    else high = rho;
    let next = rho - value / slope;
    if (!(next > low && next < high) || Math.abs(next - rho) > 0.5 * previousStep)
      next = low + 0.5 * (high - low);
    previousStep = Math.abs(next - rho);
    if (previousStep <= 2 * Number.EPSILON * Math.max(Math.abs(rho), Number.EPSILON)) return next;
    rho = next;
  }
  return rho;
}
