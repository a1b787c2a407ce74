import { SettingsError } from "../errors.ts";

/** A continuous piecewise-linear function f through (breakpoints[k], values[k]), k = 0 … P; P pieces. */
export interface PiecewiseLinear {
  /** p₀ < … < p_P. */
  readonly breakpoints: Float64Array;
  /** f(p_k). */
  readonly values: Float64Array;
}

/**
 * @throws SettingsError when the breakpoints do not increase, are fewer than two, or a number is not finite
 */
export function makePiecewiseLinear(breakpoints: ArrayLike<number>, values: ArrayLike<number>): PiecewiseLinear {
  const field = "breakpoints";
  if (breakpoints.length < 2) {
    throw new SettingsError(`breakpoints: at least two are needed, ${breakpoints.length} given`, { field });
  }
  if (values.length !== breakpoints.length) {
    throw new SettingsError(`values: ${values.length} given for ${breakpoints.length} breakpoints`, { field: "values" });
  }
  for (let k = 0; k < breakpoints.length; k++) {
    if (!Number.isFinite(breakpoints[k]) || !Number.isFinite(values[k])) {
      throw new SettingsError(`breakpoint ${k} is (${breakpoints[k]}, ${values[k]}); finite numbers are needed`, {
        field,
        index: k,
      });
    }
    if (k > 0 && !(breakpoints[k] > breakpoints[k - 1])) {
      throw new SettingsError(
        `breakpoints must increase, but number ${k} is ${breakpoints[k]} after ${breakpoints[k - 1]}`,
        { field, index: k, value: breakpoints[k] },
      );
    }
  }
  return { breakpoints: Float64Array.from(breakpoints), values: Float64Array.from(values) };
}

/** Number of pieces P. */
export function pieceCount(pwl: PiecewiseLinear): number {
  return pwl.breakpoints.length - 1;
}

/** The piece k = 0 … P − 1 with p_k ≤ x ≤ p_{k+1} (the left one at a breakpoint); the outer pieces go on outside. */
export function pieceAt(pwl: PiecewiseLinear, x: number): number {
  const { breakpoints } = pwl;
  const last = breakpoints.length - 2;
  let k = 0;
  while (k < last && x > breakpoints[k + 1]) k++;
  return k;
}

/** f(x); outside [p₀, p_P] the outer pieces go on. */
export function evaluatePiecewise(pwl: PiecewiseLinear, x: number): number {
  const { breakpoints, values } = pwl;
  const k = pieceAt(pwl, x);
  const slope = (values[k + 1] - values[k]) / (breakpoints[k + 1] - breakpoints[k]);
  // From the nearer end, so that f(p_k) is values[k] exactly.
  return x - breakpoints[k] <= breakpoints[k + 1] - x
    ? values[k] + slope * (x - breakpoints[k])
    : values[k + 1] + slope * (x - breakpoints[k + 1]);
}

/** Greatest |f − σ| over [p₀, p_P], on a grid of `perPiece` points in every piece. */
export function approximationError(
  pwl: PiecewiseLinear,
  value: (z: number) => number,
  perPiece = 200,
): number {
  const { breakpoints } = pwl;
  let worst = 0;
  for (let k = 0; k + 1 < breakpoints.length; k++) {
    for (let t = 0; t <= perPiece; t++) {
      const x = breakpoints[k] + ((breakpoints[k + 1] - breakpoints[k]) * t) / perPiece;
      worst = Math.max(worst, Math.abs(evaluatePiecewise(pwl, x) - value(x)));
    }
  }
  return worst;
}

/** Greatest distance of σ from its chord over [a, b]: a grid, then golden sections around its best point. */
function chordError(value: (z: number) => number, a: number, b: number): number {
  const fa = value(a);
  const slope = (value(b) - fa) / (b - a);
  const distance = (x: number): number => Math.abs(value(x) - fa - slope * (x - a));
  const steps = 48;
  const h = (b - a) / steps;
  let best = 0;
  let at = a;
  for (let t = 1; t < steps; t++) {
    const d = distance(a + t * h);
    if (d > best) [best, at] = [d, a + t * h];
  }
  let [low, high] = [at - h, at + h];
  for (let t = 0; t < 30; t++) {
    const left = high - (high - low) * 0.6180339887498949;
    const right = low + (high - low) * 0.6180339887498949;
    if (distance(left) > distance(right)) high = right;
    else low = left;
  }
  return Math.max(best, distance((low + high) / 2));
}

/** The furthest b ≤ high with chordError(a, b) ≤ eps: a scan, then bisection behind its last good point. */
function reach(value: (z: number) => number, a: number, high: number, eps: number): number {
  if (chordError(value, a, high) <= eps) return high;
  const steps = 64;
  let good = a;
  let bad = high;
  for (let t = steps - 1; t >= 1; t--) {
    const b = a + ((high - a) * t) / steps;
    if (chordError(value, a, b) <= eps) {
      good = b;
      break;
    }
    bad = b;
  }
  for (let t = 0; t < 40; t++) {
    const middle = (good + bad) / 2;
    if (middle > a && chordError(value, a, middle) <= eps) good = middle;
    else bad = middle;
  }
  return good;
}

/** P equal pieces on [low, high]. */
export function uniformBreakpoints(pieces: number, low: number, high: number): Float64Array {
  return Float64Array.from({ length: pieces + 1 }, (_, k) =>
    k === pieces ? high : low + ((high - low) * k) / pieces,
  );
}

/**
 * Breakpoints on the graph of σ with the least greatest error |f − σ| over [low, high]: bisection on the error, each
 * piece taken as far as the error allows (exact where a part of a good piece is good, as between inflections).
 */
export function errorOptimalBreakpoints(
  value: (z: number) => number,
  pieces: number,
  low: number,
  high: number,
): Float64Array {
  const cover = (eps: number): Float64Array => {
    const points = Float64Array.from({ length: pieces + 1 }, () => high);
    points[0] = low;
    for (let k = 1; k < pieces; k++) points[k] = reach(value, points[k - 1], high, eps);
    return points;
  };
  const suffices = (points: Float64Array, eps: number): boolean =>
    points[pieces - 1] >= high || chordError(value, points[pieces - 1], high) <= eps;
  let upper = chordError(value, low, high);
  if (!(upper > 1e-14)) return uniformBreakpoints(pieces, low, high);
  let lower = 0;
  for (let t = 0; t < 45 && upper - lower > 1e-12 * upper; t++) {
    const middle = (lower + upper) / 2;
    if (suffices(cover(middle), middle)) upper = middle;
    else lower = middle;
  }
  return strictlyIncreasing(cover(upper), low, high);
}

/**
 * Breakpoints of a function that is itself linear between `kinks` (ReLU): the kinks, and pieces left over halve the
 * longest ones. `undefined` when there are more kinks than breakpoints.
 */
export function breakpointsAtKinks(
  kinks: readonly number[],
  pieces: number,
  low: number,
  high: number,
): Float64Array | undefined {
  const inside = kinks.filter((kink) => low < kink && kink < high);
  return inside.length >= pieces ? undefined : filledUp([low, ...inside, high], pieces + 1);
}

/** Points that fell together leave pieces over. */
function strictlyIncreasing(points: Float64Array, low: number, high: number): Float64Array {
  const tolerance = 1e-9 * (high - low);
  const distinct: number[] = [low];
  for (const p of points) if (p > distinct[distinct.length - 1] + tolerance && p < high - tolerance) distinct.push(p);
  distinct.push(high);
  return filledUp(distinct, points.length);
}

function filledUp(distinct: number[], count: number): Float64Array {
  while (distinct.length < count) {
    let longest = 0;
    for (let k = 1; k + 1 < distinct.length; k++) {
      if (distinct[k + 1] - distinct[k] > distinct[longest + 1] - distinct[longest]) longest = k;
    }
    distinct.splice(longest + 1, 0, (distinct[longest] + distinct[longest + 1]) / 2);
  }
  return Float64Array.from(distinct);
}
