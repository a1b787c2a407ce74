import type { LearningData, TrainingProblem } from "../../src/sosx/index.ts";
import { approximate, hiddenFunction, makeTrainingProblem, trainByAdam } from "../../src/sosx/index.ts";
import { seededUniform } from "../../src/sosx/random.ts";
import { inputsOf } from "../../src/sosx/table-data.ts";

const NAMES = ["tanh", "sigmoid", "softplus", "relu"];

/** N = 3 … 6, M ≤ 2, d ≤ 2, P = 3, uniform numbers in [−1, 1], the four activations in turn. */
export function randomInstance(seed: number): TrainingProblem {
  const uniform = seededUniform(seed);
  const samples = 3 + Math.floor(4 * uniform());
  const neurons = 1 + Math.floor(2 * uniform());
  const features = 1 + Math.floor(2 * uniform());
  const activation = hiddenFunction(NAMES[seed % NAMES.length]);
  const numbers = (length: number): Float64Array => Float64Array.from({ length }, () => 2 * uniform() - 1);
  return makeTrainingProblem({
    inputs: numbers(samples * features),
    targets: numbers(samples),
    samples,
    neurons,
    outputWeights: numbers(neurons),
    pwl: approximate(activation),
    activation,
  });
}

/** The training rows of a table, tanh, W₂* from Adam with seed 1. */
export function trainingProblem(data: LearningData, neurons: number, pieces = 3): TrainingProblem {
  const activation = hiddenFunction("tanh");
  const adam = trainByAdam(data.train, { neurons, activation, seed: 1 });
  return makeTrainingProblem({
    inputs: inputsOf(data.train),
    targets: data.train.targets,
    samples: data.train.samples,
    neurons,
    outputWeights: adam.outputWeights,
    pwl: approximate(activation, { pieces }),
    activation,
  });
}
