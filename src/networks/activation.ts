/** A scalar function σ applied to every neuron of a layer, with what convexification needs to know of it. */
export interface Activation {
  readonly name: string;
  /** What the name leaves open, e.g. `{ slope: 0.01 }`. */
  readonly parameters?: Readonly<Record<string, number>>;
  value(z: number): number;
  /** σ'; the right derivative where σ has a kink. */
  derivative(z: number): number;
  /** The left derivative; only where σ has kinks. */
  leftDerivative?(z: number): number;
  /** σ'' away from kinks. */
  second(z: number): number;
  /** Where the curvature changes its sign, ascending. */
  readonly inflections: readonly number[];
  /** Curvature left of the first inflection: 1 convex (or linear), −1 concave. It alternates from there. */
  readonly firstCurvature: 1 | -1;
  /** Where σ' changes its sign, ascending: extremes over an interval lie at its ends or here. */
  readonly turningPoints: readonly number[];
  /** σ is linear between neighbouring kinks. Absent for functions that are not piecewise linear. */
  readonly linearBetween?: readonly number[];
}

/** Whether σ is affine on [low, high]. */
export function isLinearOn(activation: Activation, low: number, high: number): boolean {
  const { linearBetween } = activation;
  return low === high || (linearBetween !== undefined && !linearBetween.some((kink) => low < kink && kink < high));
}

/** Least and greatest value of σ over [low, high] (not rounded outward). */
export function activationRange(activation: Activation, low: number, high: number): [number, number] {
  let least = Math.min(activation.value(low), activation.value(high));
  let greatest = Math.max(activation.value(low), activation.value(high));
  for (const point of activation.turningPoints) {
    if (low < point && point < high) {
      least = Math.min(least, activation.value(point));
      greatest = Math.max(greatest, activation.value(point));
    }
  }
  return [least, greatest];
}
