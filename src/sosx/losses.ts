import { leastSquares } from "./least-squares.ts";
import type { Parameters, TrainingProblem } from "./training-problem.ts";
import { preActivations } from "./training-problem.ts";

/** Mean errors over samples and outputs. */
export interface Errors {
  readonly mae: number;
  readonly mse: number;
}

/** Features and targets to judge a network on; `design` has the last column 1. */
export interface Samples {
  readonly samples: number;
  readonly outputs: number;
  /** N×(d+1), row after row. */
  readonly design: Float64Array;
  /** N×C, row after row. */
  readonly targets: Float64Array;
}

/** Hidden outputs σ(x_ij), N×M, for any function. */
export function hiddenOutputs(
  { design, samples }: Samples,
  hidden: Float64Array,
  neurons: number,
  value: (x: number) => number,
): Float64Array {
  return preActivations(design, samples, hidden, neurons).map(value);
}

/** Predictions, N×C. */
export function predict(
  data: Samples,
  { hidden, outputWeights, outputBias }: Parameters,
  value: (x: number) => number,
): Float64Array {
  const { samples: N, outputs: C } = data;
  const M = outputWeights.length / C;
  return outputsOf(hiddenOutputs(data, hidden, M, value), outputWeights, outputBias, N);
}

function outputsOf(G: Float64Array, weights: Float64Array, bias: Float64Array, N: number): Float64Array {
  const C = bias.length;
  const M = weights.length / C;
  const y = new Float64Array(N * C);
  for (let i = 0; i < N; i++) {
    for (let c = 0; c < C; c++) {
      let sum = bias[c];
      for (let j = 0; j < M; j++) sum += weights[c * M + j] * G[i * M + j];
      y[i * C + c] = sum;
    }
  }
  return y;
}

export function errorsOf(predicted: Float64Array, targets: Float64Array): Errors {
  let absolute = 0;
  let square = 0;
  for (let k = 0; k < targets.length; k++) {
    const r = predicted[k] - targets[k];
    absolute += Math.abs(r);
    square += r * r;
  }
  return { mae: absolute / targets.length, mse: square / targets.length };
}

/** Errors of a network with f, or σ, on samples. */
export function evaluate(data: Samples, parameters: Parameters, value: (x: number) => number): Errors {
  return errorsOf(predict(data, parameters, value), data.targets);
}

/** b₂ that minimises the problem's loss for hidden outputs G and W₂*: median (mae) or mean (mse), within bounds. */
export function refitOutputBias(problem: TrainingProblem, G: Float64Array): Float64Array {
  const { samples: N, outputs: C, targets, outputWeights, loss, bounds } = problem;
  const plain = outputsOf(G, outputWeights, new Float64Array(C), N);
  const bias = new Float64Array(C);
  for (let c = 0; c < C; c++) {
    const rest = Float64Array.from({ length: N }, (_, i) => targets[i * C + c] - plain[i * C + c]);
    let best: number;
    if (loss === "mse") best = rest.reduce((sum, r) => sum + r, 0) / N;
    else {
      rest.sort();
      best = (rest[(N - 1) >> 1] + rest[N >> 1]) / 2;
    }
    bias[c] = Math.min(bounds.outputBias[1], Math.max(bounds.outputBias[0], best));
  }
  return bias;
}

/** (W₂, b₂) of least squares on hidden outputs G, with a faint ridge so that dependent neurons do no harm. */
export function refitOutputLayer(
  { samples: N, outputs: C, targets }: Samples,
  G: Float64Array,
): { readonly outputWeights: Float64Array; readonly outputBias: Float64Array } {
  const M = G.length / N;
  const X = new Float64Array(N * (M + 1));
  for (let i = 0; i < N; i++) {
    X.set(G.subarray(i * M, (i + 1) * M), i * (M + 1));
    X[i * (M + 1) + M] = 1;
  }
  const beta = leastSquares(X, targets, N, 1e-9 * N);
  const outputWeights = new Float64Array(C * M);
  for (let c = 0; c < C; c++) for (let j = 0; j < M; j++) outputWeights[c * M + j] = beta[j * C + c];
  return { outputWeights, outputBias: beta.slice(M * C) };
}
