import { evaluateNetwork } from "./network.ts";
import type { DenseMatrix, PolynomialNetwork } from "./network.ts";

/** What is left over on a set of samples. */
export interface ResidualAnalysis {
  /** f(xᵢ) − yᵢ by row. */
  readonly residuals: DenseMatrix;
  /** ‖f(xᵢ) − yᵢ‖₂ by sample. */
  readonly norms: Float64Array;
  /** Mean of ‖f(xᵢ) − yᵢ‖². */
  readonly mse: number;
  /** Mean of ‖f(xᵢ) − yᵢ‖: smaller than √mse, as are the numbers of Table 5. */
  readonly meanNorm: number;
}

/** Residuals of learned coefficients on samples, usually ones not learned from. */
export function analyseResiduals(
  network: PolynomialNetwork,
  coefficients: ArrayLike<number>,
  inputs: DenseMatrix,
  targets: DenseMatrix,
): ResidualAnalysis {
  const outputs = evaluateNetwork(network, coefficients, inputs);
  const { rows, cols } = targets;
  const values = outputs.values.map((v, i) => v - targets.values[i]);
  const norms = Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += values[i * cols + j] ** 2;
    return Math.sqrt(sum);
  });
  return {
    residuals: { rows, cols, values },
    norms,
    mse: norms.reduce((sum, v) => sum + v * v, 0) / rows,
    meanNorm: norms.reduce((sum, v) => sum + v, 0) / rows,
  };
}

/**
 * Figure 1 of the paper as a Vega-Lite specification: entries of the residuals of every sample against the
 * entry's index, and norms of the residuals against the sample's index.
 */
export function residualFigure(analysis: ResidualAnalysis, title: string): Readonly<Record<string, unknown>> {
  const { residuals, norms } = analysis;
  const entries = Array.from(residuals.values, (residual, k) => ({
    entry: (k % residuals.cols) + 1,
    residual,
  }));
  const samples = Array.from(norms, (norm, k) => ({ sample: k + 1, norm }));
  const axis = (field: string, label: string): object => ({ field, type: "quantitative", title: label });
  return {
    title,
    hconcat: [
      {
        width: 320,
        height: 240,
        data: { values: entries },
        mark: { type: "point", size: 12, filled: true, opacity: 0.5 },
        encoding: { x: axis("entry", "index of the entry"), y: axis("residual", "residual") },
      },
      {
        width: 320,
        height: 240,
        data: { values: samples },
        mark: { type: "point", size: 18, filled: true, opacity: 0.8 },
        encoding: { x: axis("sample", "index of the sample"), y: axis("norm", "norm of the residual") },
      },
    ],
  };
}
