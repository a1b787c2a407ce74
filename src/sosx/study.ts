import { trainByAdam } from "./adam.ts";
import { approximate } from "./activation.ts";
import type { HiddenFunction, PiecewiseOptions } from "./activation.ts";
import { trainBySearch } from "./branch-and-bound.ts";
import type { SearchResult } from "./branch-and-bound.ts";
import { Incumbents } from "./incumbent.ts";
import { predictLinear, trainByLeastSquares } from "./linear-model.ts";
import { errorsOf, evaluate, predict } from "./losses.ts";
import { trainByMip } from "./mip.ts";
import { evaluatePiecewise } from "./piecewise-linear.ts";
import type { SearchSettings } from "./settings.ts";
import { inputsOf } from "./table-data.ts";
import type { LearningData } from "./table-data.ts";
import { makeTrainingProblem } from "./training-problem.ts";
import type { Loss, ParameterBounds, Parameters, TrainingProblem } from "./training-problem.ts";

export type ComparedMethod = "adam" | "mip" | "ols";

export interface StudyOptions extends PiecewiseOptions {
  readonly neurons: number;
  readonly activation: HiddenFunction;
  readonly loss?: Loss | undefined;
  readonly bounds?: Partial<ParameterBounds> | undefined;
  /** Of Adam's start. Default 0. */
  readonly seed?: number | undefined;
  /** Adam's epochs. Default 100. */
  readonly epochs?: number | undefined;
  /** Whether the search also starts from Adam's hidden weights; W₂* is Adam's in any case. Default true. */
  readonly warmStart?: boolean | undefined;
  readonly compare?: readonly ComparedMethod[] | undefined;
  readonly search?: Partial<SearchSettings> | undefined;
}

/** Errors of one method, in units of the scaled target; null where a method has no such number. */
export interface MethodReport {
  readonly method: "sosx" | ComparedMethod;
  /** Loss of f with W₂*: what the LPs and the MIP work on. */
  readonly pwlMae: number | null;
  readonly pwlMse: number | null;
  /** MSE of the network with σ itself (or of the linear model). */
  readonly trainMse: number | null;
  readonly testMse: number | null;
  readonly seconds: number;
  readonly note?: string;
}

export interface StudyResult {
  readonly problem: TrainingProblem;
  readonly search: SearchResult;
  readonly methods: readonly MethodReport[];
  /** Of the best network for σ. */
  readonly testMse: number;
  /** Of the best network for f, with σ in place of f. */
  readonly bestTestMse: number;
  /** Predictions of every method on train, then test, N×C. */
  readonly predictions: Readonly<Record<string, Float64Array>>;
}

/**
 * Trains Adam's network (whose output weights become W₂*), searches, and measures the methods asked for beside it. The
 * MIP gets the time that the search took.
 */
export async function runStudy(data: LearningData, options: StudyOptions): Promise<StudyResult> {
  const { train, test } = data;
  const { activation, neurons, seed, epochs } = options;
  const pwl = approximate(activation, options);
  const sigma = (x: number): number => activation.value(x);
  let clock = performance.now();
  const lap = (): number => {
    const seconds = (performance.now() - clock) / 1000;
    clock = performance.now();
    return seconds;
  };
  // Checks the data before any time is spent; the output weights come next.
  const draft = {
    inputs: inputsOf(train),
    targets: train.targets,
    samples: train.samples,
    neurons,
    pwl,
    activation,
    loss: options.loss,
    bounds: options.bounds,
  };
  makeTrainingProblem({ ...draft, outputWeights: new Float64Array(Math.max(0, train.outputs * neurons)) });
  const adam = trainByAdam(train, { neurons, activation, seed, epochs });
  const adamSeconds = lap();
  const problem = makeTrainingProblem({ ...draft, outputWeights: adam.outputWeights });
  const start = options.warmStart === false ? {} : { start: adam };
  const search = await trainBySearch(problem, { ...start, ...options.search });
  const searchSeconds = lap();
  const predictions: Record<string, Float64Array> = {};
  const both = (name: string, of: (samples: typeof train) => Float64Array): { train: Float64Array; test: Float64Array } => {
    const [onTrain, onTest] = [of(train), of(test)];
    const whole = new Float64Array(onTrain.length + onTest.length);
    whole.set(onTrain);
    whole.set(onTest, onTrain.length);
    predictions[name] = whole;
    return { train: onTrain, test: onTest };
  };
  const judged = (name: MethodReport["method"], parameters: Parameters): { trainMse: number; testMse: number } => {
    const y = both(name, (samples) => predict(samples, parameters, sigma));
    return { trainMse: errorsOf(y.train, train.targets).mse, testMse: errorsOf(y.test, test.targets).mse };
  };
  const found = judged("sosx", search.network.parameters);
  const methods: MethodReport[] = [
    {
      method: "sosx",
      pwlMae: search.best.pwl.mae,
      pwlMse: search.best.pwl.mse,
      ...found,
      seconds: searchSeconds,
      note: `network from ${search.network.source}, PWL incumbent from ${search.best.source}`,
    },
  ];
  for (const method of options.compare ?? []) {
    lap();
    if (method === "adam") {
      const f = evaluate(problem, adam, (x) => evaluatePiecewise(pwl, x));
      methods.push({ method, pwlMae: f.mae, pwlMse: f.mse, ...judged(method, adam), seconds: adamSeconds });
    } else if (method === "ols") {
      const coefficients = trainByLeastSquares(train);
      const y = both(method, (samples) => predictLinear(samples, coefficients));
      const trainMse = errorsOf(y.train, train.targets).mse;
      const testMse = errorsOf(y.test, test.targets).mse;
      methods.push({ method, pwlMae: null, pwlMse: null, trainMse, testMse, seconds: lap() });
    } else methods.push(await mipReport(problem, searchSeconds, options.search?.signal, judged));
  }
  const bestTestMse = evaluate(test, search.best.parameters, sigma).mse;
  return { problem, search, methods, testMse: found.testMse, bestTestMse, predictions };
}

async function mipReport(
  problem: TrainingProblem,
  seconds: number,
  signal: AbortSignal | undefined,
  judged: (name: "mip", parameters: Parameters) => { trainMse: number; testMse: number },
): Promise<MethodReport> {
  const mip = await trainByMip(problem, { seconds, signal });
  const note = `HiGHS ${mip.status}, bound ${mip.bound.toPrecision(3)}`;
  if (mip.hidden === undefined || mip.outputBias === undefined) {
    const none = { pwlMae: null, pwlMse: null, trainMse: null, testMse: null };
    return { method: "mip", ...none, seconds: mip.seconds, note: `${note}, no solution found` };
  }
  const incumbent = new Incumbents(problem, "bias");
  incumbent.consider(mip.hidden, "mip");
  const parameters = { hidden: mip.hidden, outputWeights: problem.outputWeights, outputBias: mip.outputBias };
  const pwl = incumbent.best?.pwl;
  return {
    method: "mip",
    pwlMae: pwl?.mae ?? null,
    pwlMse: pwl?.mse ?? null,
    ...judged("mip", parameters),
    seconds: mip.seconds,
    note,
  };
}
