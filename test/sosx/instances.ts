import type { Loss, TrainingProblem } from "../../src/sosx/index.ts";
import { approximate, hiddenFunction, makeTrainingProblem } from "../../src/sosx/index.ts";
import { seededUniform } from "../../src/sosx/random.ts";

const NAMES = ["tanh", "sigmoid", "softplus", "relu"];

/** Random instances with N ≤ 6, M ≤ 2, d ≤ 2, uniform numbers in [−1, 1]. */
export function smallInstance(
  seed: number,
  options: { readonly outputs?: number; readonly loss?: Loss; readonly pieces?: number; readonly samples?: number } = {},
): TrainingProblem {
  const { outputs = 1, loss, pieces = 3 } = options;
  const uniform = seededUniform(seed);
  const samples = options.samples ?? 3 + Math.floor(4 * uniform());
  const neurons = 1 + Math.floor(2 * uniform());
  const features = 1 + Math.floor(2 * uniform());
  const activation = hiddenFunction(NAMES[seed % NAMES.length]);
  const numbers = (length: number): Float64Array => Float64Array.from({ length }, () => 2 * uniform() - 1);
  return makeTrainingProblem({
    inputs: numbers(samples * features),
    targets: numbers(samples * outputs),
    samples,
    neurons,
    outputWeights: numbers(outputs * neurons),
    pwl: approximate(activation, { pieces }),
    activation,
    loss,
  });
}

/** A random node: every piece range shrunk at random. */
export function randomRanges(problem: TrainingProblem, seed: number): { lo: Uint8Array; hi: Uint8Array } {
  const uniform = seededUniform(seed + 1000);
  const last = problem.pwl.breakpoints.length - 1;
  const lo = new Uint8Array(problem.samples * problem.neurons);
  const hi = new Uint8Array(lo.length);
  for (let ij = 0; ij < lo.length; ij++) {
    lo[ij] = Math.floor(uniform() * uniform() * last);
    hi[ij] = lo[ij] + 1 + Math.floor(uniform() * (last - lo[ij]));
  }
  return { lo, hi };
}
