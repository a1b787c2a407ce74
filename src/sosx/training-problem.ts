import { ProblemError, SettingsError } from "../errors.ts";
import type { HiddenFunction } from "./activation.ts";
import type { PiecewiseLinear } from "./piecewise-linear.ts";

export type Loss = "mae" | "mse";

/** Ranges of the trained parameters. Default [−4, 4] each. */
export interface ParameterBounds {
  /** Hidden weights w₁. */
  readonly weight: readonly [number, number];
  /** Hidden biases b₁. */
  readonly bias: readonly [number, number];
  /** Output biases b₂. */
  readonly outputBias: readonly [number, number];
}

export const defaultBounds: ParameterBounds = { weight: [-4, 4], bias: [-4, 4], outputBias: [-4, 4] };

/**
 * minimize (1/NC) Σ_ic φ(r_ic), r_ic = Σ_j W₂[c,j]·f(x_ij) + b₂[c] − y_ic, x_ij = w₁ⱼᵀu_i + b₁ⱼ ∈ [p₀, p_P], over
 * w₁, b₁, b₂ within their bounds; φ = |·| or ½·2(·)² = (·)². W₂ is given (Köksal, Aydın and Türkay, eq. 6).
 */
export interface TrainingProblem extends RelaxationData {
  readonly activation: HiddenFunction;
}

/** What the relaxations see of a training problem: all of it but σ. Plain data, so that threads can be sent it. */
export interface RelaxationData {
  /** N. */
  readonly samples: number;
  /** d. */
  readonly features: number;
  /** C. */
  readonly outputs: number;
  /** M. */
  readonly neurons: number;
  /** N×(d+1), row after row; the last column is 1. */
  readonly design: Float64Array;
  /** N×C, row after row. */
  readonly targets: Float64Array;
  /** W₂*, C×M, row after row. */
  readonly outputWeights: Float64Array;
  readonly pwl: PiecewiseLinear;
  readonly loss: Loss;
  readonly bounds: ParameterBounds;
}

/** Parameters of a network with one hidden layer. */
export interface Parameters {
  /** (w₁, b₁), M×(d+1), row after row, the bias last. */
  readonly hidden: Float64Array;
  /** W₂, C×M. */
  readonly outputWeights: Float64Array;
  /** b₂, length C. */
  readonly outputBias: Float64Array;
}

export interface TrainingProblemInput {
  /** N×d, row after row. */
  readonly inputs: Float64Array;
  /** N×C, row after row. */
  readonly targets: Float64Array;
  readonly samples: number;
  /** C×M, row after row. */
  readonly outputWeights: Float64Array;
  readonly neurons: number;
  readonly pwl: PiecewiseLinear;
  readonly activation: HiddenFunction;
  /** Default "mae". */
  readonly loss?: Loss | undefined;
  readonly bounds?: Partial<ParameterBounds> | undefined;
}

/**
 * Checks the data and completes it.
 * @throws ProblemError for sizes that do not fit, missing values (NaN) and constant targets
 * @throws SettingsError for M = 0 and contradictory bounds
 */
export function makeTrainingProblem(input: TrainingProblemInput): TrainingProblem {
  const { samples, neurons, inputs, targets, outputWeights, pwl, activation, loss = "mae" } = input;
  if (!Number.isInteger(neurons) || neurons < 1) {
    throw new SettingsError(`neurons must be at least 1, but is ${neurons}`, { field: "neurons", value: neurons });
  }
  if (!Number.isInteger(samples) || samples < 1) {
    throw new ProblemError(`at least one sample is needed, ${samples} given`, { field: "samples" });
  }
  const features = wholeQuotient(inputs.length, samples, "inputs");
  const outputs = wholeQuotient(targets.length, samples, "targets");
  if (outputWeights.length !== outputs * neurons) {
    throw new ProblemError(
      `outputWeights has ${outputWeights.length} numbers; ${outputs} outputs × ${neurons} neurons need ` +
        `${outputs * neurons}`,
      { field: "outputWeights" },
    );
  }
  requireNumbers(inputs, "inputs", features);
  requireNumbers(targets, "targets", outputs);
  requireNumbers(outputWeights, "outputWeights", neurons);
  requireVaried(targets, samples, outputs);
  const bounds = completeBounds(input.bounds);
  requireReachable(pwl, bounds);
  const width = features + 1;
  const design = new Float64Array(samples * width);
  for (let i = 0; i < samples; i++) {
    design.set(inputs.subarray(i * features, (i + 1) * features), i * width);
    design[i * width + features] = 1;
  }
  return { samples, features, outputs, neurons, design, targets, outputWeights, pwl, activation, loss, bounds };
}

/** x_ij for all samples and neurons of a design matrix, N×M. */
export function preActivations(design: Float64Array, samples: number, hidden: Float64Array, neurons: number): Float64Array {
  const width = hidden.length / neurons;
  const x = new Float64Array(samples * neurons);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < neurons; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += design[i * width + k] * hidden[j * width + k];
      x[i * neurons + j] = sum;
    }
  }
  return x;
}

function wholeQuotient(length: number, samples: number, field: string): number {
  const each = length / samples;
  if (!Number.isInteger(each) || each < 1) {
    throw new ProblemError(`${field} has ${length} numbers, which ${samples} samples cannot share equally`, { field });
  }
  return each;
}

function requireNumbers(values: Float64Array, field: string, perRow: number): void {
  const index = values.findIndex((v) => !Number.isFinite(v));
  if (index < 0) return;
  throw new ProblemError(
    `${field}: the number in row ${Math.floor(index / perRow)}, column ${index % perRow} is missing or not finite; ` +
      "leave the row out or fill it in",
    { field, index, value: values[index] },
  );
}

function requireVaried(targets: Float64Array, samples: number, outputs: number): void {
  for (let c = 0; c < outputs; c++) {
    let varied = samples === 1;
    for (let i = 1; i < samples && !varied; i++) varied = targets[i * outputs + c] !== targets[c];
    if (!varied) {
      throw new ProblemError(`target ${c} is constant (${targets[c]} in every training sample): there is nothing to learn`, {
        field: "targets",
        index: c,
      });
    }
  }
}

function completeBounds(given: Partial<ParameterBounds> = {}): ParameterBounds {
  const bounds = { ...defaultBounds, ...given };
  for (const field of ["weight", "bias", "outputBias"] as const) {
    const [low, high] = bounds[field];
    if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
      throw new SettingsError(`bounds.${field} is [${low}, ${high}]; the bounds contradict each other`, {
        field: `bounds.${field}`,
        value: bounds[field],
      });
    }
  }
  return bounds;
}

/** Some hidden weights must keep every pre-activation within the breakpoints. */
function requireReachable(pwl: PiecewiseLinear, bounds: ParameterBounds): void {
  const { breakpoints } = pwl;
  const [low, high] = [breakpoints[0], breakpoints[breakpoints.length - 1]];
  const zeroWeights = bounds.weight[0] <= 0 && bounds.weight[1] >= 0;
  if (zeroWeights && (bounds.bias[0] > high || bounds.bias[1] < low)) {
    throw new SettingsError(
      `bounds.bias [${bounds.bias.join(", ")}] and the breakpoints' range [${low}, ${high}] contradict each other`,
      { field: "bounds.bias", value: bounds.bias },
    );
  }
}
