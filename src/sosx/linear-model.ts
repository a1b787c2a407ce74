import { leastSquares } from "./least-squares.ts";
import type { Samples } from "./losses.ts";

/** Coefficients of ordinary least squares, (d+1)×C, row after row, the intercept last. */
export function trainByLeastSquares({ design, targets, samples }: Samples): Float64Array {
  return leastSquares(design, targets, samples);
}

/** Predictions of a linear model, N×C. */
export function predictLinear({ design, samples, outputs: C }: Samples, coefficients: Float64Array): Float64Array {
  const width = coefficients.length / C;
  const y = new Float64Array(samples * C);
  for (let i = 0; i < samples; i++) {
    for (let c = 0; c < C; c++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += design[i * width + k] * coefficients[k * C + c];
      y[i * C + c] = sum;
    }
  }
  return y;
}
