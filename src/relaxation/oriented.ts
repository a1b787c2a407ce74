import { ProblemError } from "../errors.ts";
import type { Activation } from "../networks/activation.ts";

/**
 * g(z) = outSign·σ(inSign·z) on [low, high], convex up to the inflection and concave from it: the form in which the
 * concave envelope on every subinterval is a secant from the left end to a tie point, then g (the STFE property of
 * Carrasco and Muñoz). The convex envelope of σ is minus the concave envelope of −σ.
 */
export interface Oriented {
  readonly activation: Activation;
  readonly outSign: 1 | -1;
  readonly inSign: 1 | -1;
  /** In g's own argument; +∞ for a convex g, −∞ for a concave one. */
  readonly inflection: number;
}

/**
 * Orients σ on [low, high] (σ's argument) for its concave (`side` 1) or convex (`side` −1) envelope.
 * @throws ProblemError where the interval holds more than one inflection
 */
export function orient(activation: Activation, low: number, high: number, side: 1 | -1): Oriented {
  const inside = activation.inflections.filter((z) => low < z && z < high);
  if (inside.length > 1) {
    throw new ProblemError(
      `${activation.name} has ${inside.length} inflections (${inside.map((z) => z.toPrecision(6)).join(", ")}) in ` +
        `[${low}, ${high}]: its envelope is known for at most one. Use a smaller box, so that the neuron's argument ` +
        `stays on one side of an inflection`,
      { field: "activation", value: activation.name },
    );
  }
  const before = activation.inflections.filter((z) => z <= low).length;
  const leftCurvature = activation.firstCurvature * (before % 2 === 0 ? 1 : -1) * side;
  if (inside.length === 0) {
    return { activation, outSign: side, inSign: 1, inflection: leftCurvature > 0 ? Infinity : -Infinity };
  }
  // Concave first: read the line from right to left.
  const inSign = leftCurvature > 0 ? 1 : -1;
  return { activation, outSign: side, inSign, inflection: inSign * inside[0] };
}

/** g(z). */
export function orientedValue(g: Oriented, z: number): number {
  return g.outSign * g.activation.value(g.inSign * z);
}

/** The right derivative of g at z. */
export function orientedSlope(g: Oriented, z: number): number {
  const { activation, inSign } = g;
  const slope =
    inSign < 0 && activation.leftDerivative !== undefined
      ? activation.leftDerivative(-z)
      : activation.derivative(inSign * z);
  return g.outSign * inSign * slope;
}

/** h(z) = g(z) − g(t) − g'(z)(z − t), increasing where g is concave; zero at the tie point of [t, …]. */
function tangencyGap(g: Oriented, t: number, gt: number, z: number): number {
  return orientedValue(g, z) - gt - orientedSlope(g, z) * (z - t);
}

/** Whether the tie point of [t, T] is at most z, for t ≤ z ≤ T where z < T. */
export function tieAtMost(g: Oriented, t: number, gt: number, z: number): boolean {
  if (t >= g.inflection) return true;
  if (z < g.inflection) return false;
  return tangencyGap(g, t, gt, z) >= 0;
}

/** The tie point of [t, T]: the concave envelope of g there is the secant to it, then g. */
export function tiePoint(g: Oriented, t: number, T: number): number {
  const c = g.inflection;
  if (T <= c) return T;
  if (t >= c) return t;
  const gt = orientedValue(g, t);
  if (tangencyGap(g, t, gt, T) < 0) return T;
  if (tangencyGap(g, t, gt, c) >= 0) return c;
  // The secant's slope is stationary at the tie point, except at a kink: the error of the point enters it squared.
  const tolerance = g.activation.linearBetween === undefined ? 1e-9 : 0;
  // Newton inside a shrinking bracket: h(low) < 0 ≤ h(high).
  let low = c;
  let high = T;
  let z = Math.min(high, c + 0.7 * (c - t));
  for (let k = 0; k < 100; k++) {
    const gap = tangencyGap(g, t, gt, z);
    if (gap < 0) low = z;
    else high = z;
    // h' = −g''(z)(z − t).
    const rise = -g.outSign * g.activation.second(g.inSign * z) * (z - t);
    let next = z - gap / rise;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - z) <= tolerance * (z - t) || next === low || next === high) return next;
    z = next;
  }
  return z;
}
