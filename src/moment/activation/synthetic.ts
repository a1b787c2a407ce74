import { normalNumbers, seededUniform } from "../random.ts";
import { coefficientPlaces, evaluateNetwork } from "./network.ts";
import type { DenseMatrix, PolynomialNetwork } from "./network.ts";

export interface SyntheticSpec {
  readonly degrees: readonly number[];
  /** N. */
  readonly samples: number;
  /** m: neurons of every layer, inputs and outputs. */
  readonly width: number;
  /** Standard deviation of ε, the same vector for all samples. */
  readonly noise: number;
  readonly seed: number;
}

export interface SyntheticInstance {
  readonly network: PolynomialNetwork;
  readonly inputs: DenseMatrix;
  readonly targets: DenseMatrix;
  /** The coefficients to recover. */
  readonly coefficients: Float64Array;
  /** ‖ε‖₂. */
  readonly noiseNorm: number;
  /** A further set of samples in the same way, with its own ε. */
  readonly test: { readonly inputs: DenseMatrix; readonly targets: DenseMatrix };
}

/**
 * An instance as in the paper's Section 4: weights, inputs and coefficients standard normal, yᵢ = f(xᵢ) + ε.
 */
export function syntheticInstance({
  degrees,
  samples,
  width,
  noise,
  seed,
}: SyntheticSpec): SyntheticInstance {
  const normal = normalNumbers(seededUniform(seed * 7919 + 17));
  const matrix = (rows: number, cols: number): DenseMatrix => ({
    rows,
    cols,
    values: Float64Array.from({ length: rows * cols }, normal),
  });
  const weights = Array.from({ length: degrees.length + 1 }, () => matrix(width, width));
  const network = { weights, degrees };
  const coefficients = Float64Array.from({ length: coefficientPlaces(network).length }, normal);
  const draw = (): { inputs: DenseMatrix; targets: DenseMatrix; norm: number } => {
    const inputs = matrix(samples, width);
    const epsilon = Float64Array.from({ length: width }, () => noise * normal());
    const clean = evaluateNetwork(network, coefficients, inputs);
    const values = clean.values.map((v, i) => v + epsilon[i % width]);
    return { inputs, targets: { ...clean, values }, norm: Math.sqrt(epsilon.reduce((s, e) => s + e * e, 0)) };
  };
  const training = draw();
  const test = draw();
  return {
    network,
    inputs: training.inputs,
    targets: training.targets,
    coefficients,
    noiseNorm: training.norm,
    test: { inputs: test.inputs, targets: test.targets },
  };
}
