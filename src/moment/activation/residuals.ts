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

/** Beyond this many entries, those that a drawing cannot tell apart become one mark. */
const MOST_MARKS = 2000;
/** Residuals are told apart down to this share of their range: a pixel and a half of the figure. */
const LEVELS = 160;
const HEIGHT = 240;

interface Mark {
  readonly entry: number;
  readonly residual: number;
  /** Residuals at this place. */
  readonly count: number;
  /** As dense as so many half-transparent marks on top of one another. */
  readonly ink: number;
}

function marks({ residuals }: ResidualAnalysis): Mark[] {
  const { values, cols } = residuals;
  let low = Infinity;
  let high = -Infinity;
  for (const v of values) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const merge = values.length > MOST_MARKS && high > low;
  const places = new Map<string | number, Mark>();
  values.forEach((residual, k) => {
    const entry = (k % cols) + 1;
    const key = merge ? `${entry} ${Math.round((LEVELS * (residual - low)) / (high - low))}` : k;
    const { count, residual: first } = places.get(key) ?? { count: 0, residual };
    places.set(key, { entry, residual: first, count: count + 1, ink: 1 - 0.5 ** (count + 1) });
  });
  return [...places.values()];
}

/**
 * Figure 1 of the paper as a Vega-Lite specification: entries of the residuals of every sample against the
 * entry's index, and norms of the residuals against the sample's index. Of many entries, those that would
 * cover one another are one mark with their number as `count`.
 */
export function residualFigure(analysis: ResidualAnalysis, title: string): Readonly<Record<string, unknown>> {
  const samples = Array.from(analysis.norms, (norm, k) => ({ sample: k + 1, norm }));
  const axis = (field: string, label: string): object => ({ field, type: "quantitative", title: label });
  return {
    title,
    hconcat: [
      {
        width: 320,
        height: HEIGHT,
        data: { values: marks(analysis) },
        mark: { type: "point", size: 12, filled: true, aria: false },
        encoding: {
          x: axis("entry", "index of the entry"),
          y: axis("residual", "residual"),
          opacity: { field: "ink", type: "quantitative", scale: { domain: [0, 1], range: [0, 1] }, legend: null },
        },
      },
      {
        width: 320,
        height: HEIGHT,
        data: { values: samples },
        mark: { type: "point", size: 18, filled: true, opacity: 0.8, aria: false },
        encoding: { x: axis("sample", "index of the sample"), y: axis("norm", "norm of the residual") },
      },
    ],
  };
}
