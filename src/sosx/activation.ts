import { SettingsError } from "../errors.ts";
import { activationByName } from "../networks/activations.ts";
import type { PiecewiseLinear } from "./piecewise-linear.ts";
import { breakpointsAtKinks, errorOptimalBreakpoints, makePiecewiseLinear, uniformBreakpoints } from "./piecewise-linear.ts";

/** A scalar function σ of the hidden layer. Every `Activation` of the networks part is one. */
export interface HiddenFunction {
  readonly name: string;
  value(z: number): number;
  /** σ'; needed by gradient training only. */
  derivative?(z: number): number;
  /** σ is linear between neighbouring kinks; only for piecewise linear σ. */
  readonly linearBetween?: readonly number[];
}

export type BreakpointRule = "paper" | "uniform" | "optimal";

export interface PiecewiseOptions {
  /** P ≥ 1. Default 3. */
  readonly pieces?: number | undefined;
  /**
   * `paper`: the 3 pieces (−4, −1), (−1, −.76), (1, .76), (4, 1) of Köksal, Aydın and Türkay for tanh; `uniform`;
   * `optimal`: least greatest error. Default: `paper` for tanh with 3 pieces on [−4, 4], else `optimal`.
   */
  readonly rule?: BreakpointRule | undefined;
  /** Range of the pre-activations. Default [−4, 4]. */
  readonly range?: readonly [number, number] | undefined;
  /** Breakpoints given by hand; `pieces`, `rule` and `range` are then not looked at. */
  readonly breakpoints?: ArrayLike<number> | undefined;
}

const PAPER = { breakpoints: [-4, -1, 1, 4], values: [-1, -0.76, 0.76, 1] };

/** σ by name (tanh, sigmoid, softplus, relu, …). @throws SettingsError for an unknown name */
export function hiddenFunction(name: string): HiddenFunction {
  return activationByName(name);
}

/**
 * The piecewise-linear approximation of σ.
 * @throws SettingsError for pieces < 1, an empty range, breakpoints that do not increase, or the paper's rule where
 * the paper gives none
 */
export function approximate(sigma: HiddenFunction, options: PiecewiseOptions = {}): PiecewiseLinear {
  if (options.breakpoints !== undefined) {
    const points = Array.from(options.breakpoints);
    return makePiecewiseLinear(points, points.map((p) => sigma.value(p)));
  }
  const { pieces = 3, range: [low, high] = [-4, 4] } = options;
  if (!Number.isInteger(pieces) || pieces < 1 || pieces > 200) {
    throw new SettingsError(`pieces must be a whole number from 1 to 200, but is ${pieces}`, {
      field: "pieces",
      value: pieces,
    });
  }
  if (!(low < high) || !Number.isFinite(low) || !Number.isFinite(high)) {
    throw new SettingsError(`the range of pre-activations is [${low}, ${high}]; it must be finite and not empty`, {
      field: "range",
    });
  }
  const papers = sigma.name === "tanh" && pieces === 3 && low === -4 && high === 4;
  const rule = options.rule ?? (papers ? "paper" : "optimal");
  switch (rule) {
    case "paper":
      if (!papers) {
        throw new SettingsError(
          'breakpoints "paper" are given for tanh with 3 pieces on [-4, 4] only; use "optimal" or "uniform"',
          { field: "rule", value: rule },
        );
      }
      return makePiecewiseLinear(PAPER.breakpoints, PAPER.values);
    case "uniform":
    case "optimal": {
      const value = (z: number): number => sigma.value(z);
      const points =
        rule === "uniform"
          ? uniformBreakpoints(pieces, low, high)
          : (kinkPoints(sigma, pieces, low, high) ?? errorOptimalBreakpoints(value, pieces, low, high));
      return makePiecewiseLinear(points, Array.from(points, value));
    }
  }
}

function kinkPoints(sigma: HiddenFunction, pieces: number, low: number, high: number): Float64Array | undefined {
  return sigma.linearBetween && breakpointsAtKinks(sigma.linearBetween, pieces, low, high);
}
