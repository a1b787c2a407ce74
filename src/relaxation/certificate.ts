import { activationRange } from "../networks/activation.ts";
import type { Activation } from "../networks/activation.ts";
import { argumentRange } from "./neuron.ts";
import type { Box, Neuron, Plane } from "./neuron.ts";

/** A rounding unit. */
const EPSILON = 2 ** -53;

/**
 * By how much a plane L fails to stay above (`side` 1) or below (`side` −1) x ↦ σ(wᵀx + b) on the box: the greatest
 * value of side·(σ − L), at most 0 for a valid plane. O(n log n) and one-dimensional checks, for any σ.
 *
 * On the slice wᵀx + b = s the least of side·L is m(s), convex and piecewise linear with its pieces in the order of
 * β_j/w_j (a fractional knapsack). Where side·σ is convex the worst s is a breakpoint; where it is concave, σ − m is
 * concave and its greatest value is bounded by the tangents at a bracket of the maximiser.
 */
export function planeViolation(neuron: Neuron, box: Box, plane: Plane, side: 1 | -1): number {
  const curve = knapsackCurve(neuron, box, plane, side);
  const { activation } = neuron;
  const first = curve.s[0];
  const last = curve.s[curve.s.length - 1];
  let worst = -Infinity;
  let low = first;
  const cuts = [...activation.inflections.filter((z) => first < z && z < last), last];
  for (const high of cuts) {
    const passed = activation.inflections.filter((z) => z <= low).length;
    const curvature = side * activation.firstCurvature * (passed % 2 === 0 ? 1 : -1);
    const found = curvature > 0 ? worstOnConvex(activation, curve, low, high, side) : worstOnConcave(activation, curve, low, high, side);
    worst = Math.max(worst, found);
    low = high;
  }
  return worst;
}

/**
 * The plane, moved by its violation and a margin for rounding (both of the order of the rounding for a plane that was
 * computed in f64), so that it is valid.
 */
export function repairPlane(neuron: Neuron, box: Box, plane: Plane, side: 1 | -1): Plane {
  const violation = planeViolation(neuron, box, plane, side);
  const margin = roundingMargin(neuron, box, plane);
  return { constant: plane.constant + side * (Math.max(0, violation) + margin), slope: plane.slope };
}

/** A bound on the rounding errors of the certificate and of evaluating the plane: γ_n times the magnitudes that occur. */
export function roundingMargin(neuron: Neuron, box: Box, plane: Plane): number {
  const { weights, bias, activation } = neuron;
  let argument = Math.abs(bias);
  let level = Math.abs(plane.constant);
  for (let j = 0; j < weights.length; j++) {
    const size = Math.max(Math.abs(box.lower[j]), Math.abs(box.upper[j]));
    argument += Math.abs(weights[j]) * size;
    level += Math.abs(plane.slope[j]) * size;
  }
  const [low, high] = argumentRange(neuron, box);
  const [least, greatest] = activationRange(activation, low, high);
  // σ is evaluated at arguments off by γ·argument. Its slope is extreme at the ends or at an inflection.
  let steepness = 0;
  for (const z of [low, high, ...activation.inflections.filter((t) => low < t && t < high)]) {
    steepness = Math.max(steepness, Math.abs(activation.derivative(z)), Math.abs(leftDerivative(activation, z)));
  }
  const height = Math.max(Math.abs(least), Math.abs(greatest));
  return 2 * (weights.length + 8) * EPSILON * (level + height + argument * steepness);
}

/** m at its breakpoints, s ascending. */
interface Curve {
  readonly s: Float64Array;
  readonly m: Float64Array;
}

function knapsackCurve({ weights, bias }: Neuron, { lower, upper }: Box, plane: Plane, side: 1 | -1): Curve {
  let s = bias;
  let m = side * plane.constant;
  const ratios: number[] = [];
  const indices: number[] = [];
  for (let j = 0; j < weights.length; j++) {
    const w = weights[j];
    const beta = side * plane.slope[j];
    if (w === 0) m += Math.min(beta * lower[j], beta * upper[j]);
    else {
      const start = w > 0 ? lower[j] : upper[j];
      s += w * start;
      m += beta * start;
      if (upper[j] > lower[j]) {
        ratios.push(beta / w);
        indices.push(j);
      }
    }
  }
  const order = Uint32Array.from(indices, (_, k) => k).sort((p, q) => ratios[p] - ratios[q]);
  const points = new Float64Array(order.length + 1);
  const values = new Float64Array(order.length + 1);
  points[0] = s;
  values[0] = m;
  for (let k = 0; k < order.length; k++) {
    const j = indices[order[k]];
    const range = upper[j] - lower[j];
    points[k + 1] = points[k] + Math.abs(weights[j]) * range;
    values[k + 1] = values[k] + (weights[j] > 0 ? side : -side) * plane.slope[j] * range;
  }
  return { s: points, m: values };
}

/** m(s) by interpolation between breakpoints k and k + 1. */
function between({ s, m }: Curve, k: number, at: number): number {
  const width = s[k + 1] - s[k];
  if (!(width > 0)) return Math.min(m[k], m[k + 1]);
  const part = (at - s[k]) / width;
  return m[k] * (1 - part) + m[k + 1] * part;
}

/** The piece k (between breakpoints k and k + 1) that holds `at`. */
function pieceOf({ s }: Curve, at: number): number {
  let low = 0;
  let high = s.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (s[middle] <= at) low = middle;
    else high = middle;
  }
  return low;
}

function heightAt(curve: Curve, at: number): number {
  return curve.s.length === 1 ? curve.m[0] : between(curve, pieceOf(curve, at), at);
}

function worstOnConvex(activation: Activation, curve: Curve, low: number, high: number, side: 1 | -1): number {
  let worst = Math.max(
    side * activation.value(low) - heightAt(curve, low),
    side * activation.value(high) - heightAt(curve, high),
  );
  for (let k = 0; k < curve.s.length; k++) {
    const at = curve.s[k];
    if (low < at && at < high) worst = Math.max(worst, side * activation.value(at) - curve.m[k]);
  }
  return worst;
}

function worstOnConcave(activation: Activation, curve: Curve, low: number, high: number, side: 1 | -1): number {
  const excess = (at: number): number => side * activation.value(at) - heightAt(curve, at);
  let worst = Math.max(excess(low), excess(high));
  if (curve.s.length === 1 || low >= high) return worst;
  // φ = side·σ − m is concave on [low, high]: find the piece of m where its slope turns negative.
  const slopeOf = (k: number): number => (curve.m[k + 1] - curve.m[k]) / (curve.s[k + 1] - curve.s[k]);
  let left = pieceOf(curve, low);
  let right = pieceOf(curve, high);
  while (left < right) {
    // Is the maximiser at or before the end of this piece?
    const middle = (left + right) >> 1;
    const end = Math.min(curve.s[middle + 1], high);
    const falling = !(curve.s[middle + 1] > curve.s[middle])
      ? side * activation.derivative(end) <= steepnessBefore(curve, middle, slopeOf)
      : side * leftDerivative(activation, end) <= slopeOf(middle);
    if (falling) right = middle;
    else left = middle + 1;
  }
  worst = Math.max(worst, excess(Math.max(low, Math.min(high, curve.s[left]))));
  const width = curve.s[left + 1] - curve.s[left];
  if (!(width > 0)) return worst;
  const slope = slopeOf(left);
  let a = Math.max(low, curve.s[left]);
  let b = Math.min(high, curve.s[left + 1]);
  worst = Math.max(worst, excess(a), excess(b));
  // Bisection and Newton on side·σ'(s) = slope; the tangents at both ends bound the maximum between them.
  let z = (a + b) / 2;
  for (let k = 0; k < 100 && a < b; k++) {
    const rise = side * activation.derivative(z) - slope;
    if (rise > 0) a = z;
    else b = z;
    const next = z - rise / (side * activation.second(z));
    const tight = Math.abs(next - z) <= 1e-9 * (1 + Math.abs(z));
    const moved = next > a && next < b ? next : (a + b) / 2;
    if (moved === a || moved === b) break;
    if (tight && k > 2) {
      // Newton has arrived; step past it so that the bracket closes from the other side too.
      const past = moved + (rise > 0 ? 1 : -1) * 1e-8 * (1 + Math.abs(moved));
      z = past > a && past < b ? past : moved;
      if (b - a <= 1e-7 * (1 + Math.abs(z))) break;
    } else z = moved;
  }
  return Math.max(worst, excess(a), excess(b), tangentBound(activation, curve, left, slope, a, b, side));
}

/** Slope of the last piece of positive width up to k; −∞ where there is none. */
function steepnessBefore({ s }: Curve, k: number, slopeOf: (k: number) => number): number {
  for (let p = k; p >= 0; p--) if (s[p + 1] > s[p]) return slopeOf(p);
  return -Infinity;
}

function leftDerivative(activation: Activation, z: number): number {
  return activation.leftDerivative?.(z) ?? activation.derivative(z);
}

/** The height where the tangents of the concave φ at a and b (slopes ≥ 0 and ≤ 0) meet. */
function tangentBound(
  activation: Activation,
  curve: Curve,
  piece: number,
  slope: number,
  a: number,
  b: number,
  side: 1 | -1,
): number {
  const atA = side * activation.value(a) - between(curve, piece, a);
  const atB = side * activation.value(b) - between(curve, piece, b);
  const up = side * activation.derivative(a) - slope;
  const down = side * leftDerivative(activation, b) - slope;
  if (up <= 0) return atA;
  if (down >= 0) return atB;
  const meet = (atB - atA + up * a - down * b) / (up - down);
  return atA + up * Math.min(Math.max(meet - a, 0), b - a);
}
