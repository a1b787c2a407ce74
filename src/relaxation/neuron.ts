import { ProblemError } from "../errors.ts";
import type { Activation } from "../networks/activation.ts";

/** x ↦ σ(wᵀx + b). */
export interface Neuron {
  readonly weights: Float64Array;
  readonly bias: number;
  readonly activation: Activation;
}

/** lower ≤ x ≤ upper, finite. */
export interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** x ↦ constant + slopeᵀx. */
export interface Plane {
  readonly constant: number;
  readonly slope: Float64Array;
}

/** @throws ProblemError for a length other than `dimension`, NaN, an infinite bound or lower > upper */
export function requireBox(box: Box, dimension: number): void {
  for (const side of ["lower", "upper"] as const) {
    if (box[side].length !== dimension) {
      throw new ProblemError(`box.${side} has ${box[side].length} entries; ${dimension} were expected`, {
        field: `box.${side}`,
      });
    }
    const index = box[side].findIndex((v) => !Number.isFinite(v));
    if (index >= 0) {
      throw new ProblemError(`box.${side}[${index}] is ${box[side][index]}: every bound of a box must be finite`, {
        field: `box.${side}`,
        index,
        value: box[side][index],
      });
    }
  }
  const empty = box.lower.findIndex((low, k) => low > box.upper[k]);
  if (empty >= 0) {
    throw new ProblemError(
      `the box is empty: box.lower[${empty}] = ${box.lower[empty]} exceeds box.upper[${empty}] = ${box.upper[empty]}`,
      { field: "box", index: empty },
    );
  }
}

/** @throws ProblemError for a weight or bias that is not finite */
export function requireNeuron({ weights, bias }: Neuron): void {
  const index = weights.findIndex((w) => !Number.isFinite(w));
  if (index >= 0) {
    throw new ProblemError(`weights[${index}] is ${weights[index]}; weights must be finite`, { field: "weights", index });
  }
  if (!Number.isFinite(bias)) throw new ProblemError(`the bias is ${bias}; it must be finite`, { field: "bias", value: bias });
}

/** constant + slopeᵀx. */
export function planeValue(plane: Plane, x: ArrayLike<number>): number {
  let sum = plane.constant;
  for (let j = 0; j < plane.slope.length; j++) sum += plane.slope[j] * x[j];
  return sum;
}

/** Least and greatest wᵀx + b over the box. */
export function argumentRange({ weights, bias }: Neuron, { lower, upper }: Box): [number, number] {
  let low = bias;
  let high = bias;
  for (let j = 0; j < weights.length; j++) {
    const w = weights[j];
    low += w * (w > 0 ? lower[j] : upper[j]);
    high += w * (w > 0 ? upper[j] : lower[j]);
  }
  return [low, high];
}
