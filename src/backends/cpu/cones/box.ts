import type { BoxCone } from "../../../problem/cones.ts";

/**
 * Projects (τ, x) onto {(t, z): t ≥ 0, t·lower ≤ z ≤ t·upper} in place, in the metric Σ wᵢ(zᵢ − vᵢ)²;
 * `weights` > 0 are read at the rows of the cone (all ones when absent).
 *
 * For fixed t the best z is x clipped to [t·lower, t·upper]; what is left is a convex piecewise quadratic in
 * t. Its derivative g is piecewise linear and increasing. Newton's method inside a bracket finds the piece
 * that holds the root, which is then exact up to the rounding of one quotient.
 */
export function projectBox(v: Float64Array, offset: number, cone: BoxCone, weights?: Float64Array): void {
  const { lower, upper } = cone;
  const t = scaleOfProjection(v, offset, cone, weights);
  v[offset] = t;
  for (let i = 0; i < lower.length; i++) {
    const k = offset + 1 + i;
    // An infinite bound stays infinite at t = 0: x is free there in the closure of the cone.
    const high = upper[i] === Infinity ? Infinity : t * upper[i];
    const low = lower[i] === -Infinity ? -Infinity : t * lower[i];
    if (v[k] > high) v[k] = high;
    else if (v[k] < low) v[k] = low;
  }
}

/** Newton steps and halvings together never need more: halvings alone end in 1100 / 3 + 64. */
const MAX_STEPS = 1500;

/** The t of the projection. */
function scaleOfProjection(
  v: Float64Array,
  offset: number,
  cone: BoxCone,
  weights: Float64Array | undefined,
): number {
  const tau = v[offset];
  if (cone.lower.length === 0) return Math.max(tau, 0);
  let root = newtonTarget(0, v, offset, cone, weights);
  if (!(root > 0)) return root === root ? 0 : NaN;
  let low = 0;
  let high = bracketEnd(v, offset, cone);
  let t = Math.min(Math.max(tau, root), high);
  for (let step = 1; step <= MAX_STEPS; step++) {
    root = newtonTarget(t, v, offset, cone, weights);
    if (root === t) break;
    if (root > t) low = t;
    else high = t;
    const inside = root >= low && root <= high;
    if (inside && step % 3 !== 0) {
      t = root;
      continue;
    }
    const middle = low > 0 && high > 4 * low ? Math.sqrt(low) * Math.sqrt(high) : low + 0.5 * (high - low);
    if (middle <= low || middle >= high) break;
    t = middle;
  }
  return Math.min(Math.max(root, low), high);
}

/** A t past which g ≥ 0: beyond it only bounds that pull t down are active. */
function bracketEnd(v: Float64Array, offset: number, cone: BoxCone): number {
  let end = Math.max(v[offset], 0);
  for (let i = 0; i < cone.lower.length; i++) {
    const x = v[offset + 1 + i];
    const bound = x > 0 ? cone.upper[i] : cone.lower[i];
    if (bound !== 0 && x / bound > end) end = x / bound;
  }
  return Math.min(end, Number.MAX_VALUE);
}

/** The root of the linear piece of g that holds t. */
function newtonTarget(
  t: number,
  v: Float64Array,
  offset: number,
  cone: BoxCone,
  weights: Float64Array | undefined,
): number {
  const { lower, upper } = cone;
  let slope = weights === undefined ? 1 : weights[offset];
  let pull = slope * v[offset];
  for (let i = 0; i < lower.length; i++) {
    const x = v[offset + 1 + i];
    let bound: number;
    if (upper[i] !== Infinity && x > t * upper[i]) bound = upper[i];
    else if (lower[i] !== -Infinity && x < t * lower[i]) bound = lower[i];
    else continue;
    const weighted = weights === undefined ? bound : weights[offset + 1 + i] * bound;
    slope += weighted * bound;
    pull += weighted * x;
  }
  return pull / slope;
}

/** Projects onto the dual cone in place (Moreau: Π_{K*}(v) = v + Π_K(−v)), Euclidean metric. */
export function projectDualBox(v: Float64Array, offset: number, cone: BoxCone): void {
  const negated = Float64Array.from(v.subarray(offset, offset + 1 + cone.lower.length), (value) => -value);
  projectBox(negated, 0, cone);
  for (let i = 0; i < negated.length; i++) v[offset + i] += negated[i];
}
