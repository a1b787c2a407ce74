import { ProblemError } from "../errors.ts";
import type { Network } from "../networks/network.ts";
import { requireBox } from "./neuron.ts";
import type { Box } from "./neuron.ts";

/** lower ≤ coefficientsᵀ·input ≤ upper; one side may be infinite. */
export interface LinearConstraint {
  readonly coefficients: Float64Array;
  readonly lower: number;
  readonly upper: number;
}

/** sense coefficientsᵀ·output + constant. */
export interface Objective {
  readonly sense: "min" | "max";
  readonly coefficients: Float64Array;
  /** Default 0. */
  readonly constant?: number;
  /** Shown in reports, e.g. `y0 - y1`. */
  readonly label?: string;
  /**
   * Turns the objective into a property: its value is to be at least (`min`) or at most (`max`) this everywhere.
   * The result then has a verdict.
   */
  readonly threshold?: number;
}

/** The inputs to be considered. */
export interface InputSet {
  readonly box: Box;
  readonly constraints?: readonly LinearConstraint[];
}

/** @throws ProblemError for boxes, constraints and objectives that do not fit the network or are not finite */
export function requireQuery(network: Network, input: InputSet, objectives: readonly Objective[]): void {
  requireBox(input.box, network.inputSize);
  (input.constraints ?? []).forEach(({ coefficients, lower, upper }, k) => {
    requireLength(coefficients, network.inputSize, `constraints[${k}].coefficients`);
    if (Number.isNaN(lower) || Number.isNaN(upper) || lower > upper || (lower === -Infinity && upper === Infinity)) {
      throw new ProblemError(`constraints[${k}] asks for a value between ${lower} and ${upper}`, { field: `constraints[${k}]` });
    }
  });
  objectives.forEach(({ coefficients, constant = 0 }, k) => {
    requireLength(coefficients, network.outputSize, `objectives[${k}].coefficients`);
    if (!Number.isFinite(constant)) {
      throw new ProblemError(`objectives[${k}].constant is ${constant}; it must be finite`, { field: `objectives[${k}].constant` });
    }
  });
}

function requireLength(values: Float64Array, length: number, field: string): void {
  if (values.length !== length) {
    throw new ProblemError(`${field} has ${values.length} entries; ${length} were expected`, { field });
  }
  const index = values.findIndex((v) => !Number.isFinite(v));
  if (index >= 0) throw new ProblemError(`${field}[${index}] is ${values[index]}; it must be finite`, { field, index });
}

/** Value of an objective at an output of the network. */
export function objectiveValue({ coefficients, constant = 0 }: Objective, output: ArrayLike<number>): number {
  let sum = constant;
  for (let i = 0; i < coefficients.length; i++) sum += coefficients[i] * output[i];
  return sum;
}

/** The ball of radius `radius` in the maximum norm around a point, within [low, high] in every coordinate. */
export function ballAround(centre: ArrayLike<number>, radius: number, low = -Infinity, high = Infinity): Box {
  const clamp = (v: number): number => Math.min(high, Math.max(low, v));
  return {
    lower: Float64Array.from(centre, (v) => clamp(v - radius)),
    upper: Float64Array.from(centre, (v) => clamp(v + radius)),
  };
}
