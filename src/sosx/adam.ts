import { UnsupportedError } from "../errors.ts";
import type { HiddenFunction } from "./activation.ts";
import type { Samples } from "./losses.ts";
import { seededUniform } from "./random.ts";
import type { Parameters } from "./training-problem.ts";

export interface AdamOptions {
  readonly neurons: number;
  readonly activation: HiddenFunction;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** Default 100. */
  readonly epochs?: number | undefined;
  /** Default 32. */
  readonly batchSize?: number | undefined;
  /** Default 1e-3. */
  readonly learningRate?: number | undefined;
}

/**
 * Adam (Kingma and Ba, β = 0.9, 0.999, ε = 1e-7) on the mean squared error of the network with σ itself, from Glorot's
 * uniform weights and zero biases: the defaults of Keras, which the paper used. Deterministic by seed.
 * @throws UnsupportedError when σ has no derivative
 */
export function trainByAdam(data: Samples, options: AdamOptions): Parameters {
  const { neurons: M, activation, seed = 0, epochs = 100, batchSize = 32, learningRate = 1e-3 } = options;
  const { samples: N, outputs: C, design, targets } = data;
  const width = design.length / N;
  if (activation.derivative === undefined) {
    throw new UnsupportedError(`gradient training needs the derivative of "${activation.name}"`, { field: "activation" });
  }
  const uniform = seededUniform(seed);
  // One vector: hidden M×width, output weights C×M, output biases C.
  const outputAt = M * width;
  const biasAt = outputAt + C * M;
  const theta = new Float64Array(biasAt + C);
  const hiddenLimit = Math.sqrt(6 / (width - 1 + M));
  const outputLimit = Math.sqrt(6 / (M + C));
  for (let j = 0; j < M; j++) {
    for (let k = 0; k < width - 1; k++) theta[j * width + k] = hiddenLimit * (2 * uniform() - 1);
  }
  for (let k = outputAt; k < biasAt; k++) theta[k] = outputLimit * (2 * uniform() - 1);
  const gradient = new Float64Array(theta.length);
  const first = new Float64Array(theta.length);
  const second = new Float64Array(theta.length);
  const order = Int32Array.from({ length: N }, (_, i) => i);
  const g = new Float64Array(M);
  const slope = new Float64Array(M);
  const error = new Float64Array(C);
  let [decay1, decay2] = [1, 1];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = N - 1; i > 0; i--) {
      const other = Math.floor(uniform() * (i + 1));
      [order[i], order[other]] = [order[other], order[i]];
    }
    for (let from = 0; from < N; from += batchSize) {
      const to = Math.min(N, from + batchSize);
      const scale = 2 / ((to - from) * C);
      gradient.fill(0);
      for (let b = from; b < to; b++) {
        const i = order[b];
        for (let j = 0; j < M; j++) {
          let x = 0;
          for (let k = 0; k < width; k++) x += theta[j * width + k] * design[i * width + k];
          g[j] = activation.value(x);
          slope[j] = activation.derivative(x);
        }
        for (let c = 0; c < C; c++) {
          let sum = theta[biasAt + c] - targets[i * C + c];
          for (let j = 0; j < M; j++) sum += theta[outputAt + c * M + j] * g[j];
          error[c] = scale * sum;
          gradient[biasAt + c] += error[c];
          for (let j = 0; j < M; j++) gradient[outputAt + c * M + j] += error[c] * g[j];
        }
        for (let j = 0; j < M; j++) {
          let back = 0;
          for (let c = 0; c < C; c++) back += error[c] * theta[outputAt + c * M + j];
          back *= slope[j];
          for (let k = 0; k < width; k++) gradient[j * width + k] += back * design[i * width + k];
        }
      }
      decay1 *= 0.9;
      decay2 *= 0.999;
      for (let k = 0; k < theta.length; k++) {
        first[k] = 0.9 * first[k] + 0.1 * gradient[k];
        second[k] = 0.999 * second[k] + 0.001 * gradient[k] ** 2;
        theta[k] -= (learningRate * first[k]) / (1 - decay1) / (Math.sqrt(second[k] / (1 - decay2)) + 1e-7);
      }
    }
  }
  return { hidden: theta.slice(0, outputAt), outputWeights: theta.slice(outputAt, biasAt), outputBias: theta.slice(biasAt) };
}
