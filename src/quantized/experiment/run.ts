import { loadDenseKernels } from "../../backends/cpu/kernels/load.ts";
import { fitFloatQuadratic, quadraticOutputs } from "../baselines/float-quadratic.ts";
import type { BilinearWeights } from "../baselines/sgd.ts";
import { bilinearOutputs, quantizeAfterTraining, trainByGradients } from "../baselines/sgd.ts";
import { lossByName } from "../model/loss.ts";
import { LARGEST_HIDDEN } from "../rounding/refit.ts";
import type { QuantizedSettings } from "../settings.ts";
import type { EngineFactory, QuantizedModel, SampledNetwork } from "../train.ts";
import { trainQuantized } from "../train.ts";
import type { PreparedData } from "./prepare.ts";
import { majorityScore, score } from "./score.ts";

/** Methods that can be run beside the convex one. */
export type BaselineName = "sgd" | "ste" | "float";

/** What one run does after training. */
export interface ExperimentPlan {
  readonly neurons: readonly number[];
  readonly seed: number;
  readonly compare: readonly BaselineName[];
  /** Epochs of the gradient baselines. Default 100. */
  readonly epochs?: number;
  /** Their learning rate. Default 0.02. */
  readonly learningRate?: number;
}

/** Accuracies are null for a regression, root mean squared errors for a classification. */
export interface Scores {
  readonly trainAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly trainError: number | null;
  readonly testError: number | null;
}

export interface SampledReport extends Scores {
  readonly neurons: number;
  /** Objective (20) with α = ρπ/(γm), with the best single α, and with α ≥ 0 one each (null where too large). */
  readonly objective: number;
  readonly refitObjective: number;
  readonly nonNegative: ({ readonly objective: number; readonly kept: number } & Scores) | null;
  readonly greedy: ({ readonly objective: number } & Scores) | null;
}

export interface BaselineReport extends Scores {
  readonly method: "sgd float" | "sgd then quantized" | "straight-through" | "float quadratic";
  readonly neurons: number | null;
  readonly seconds: number;
}

/** The numbers of one run, as `--json` writes them. */
export interface ExperimentReport {
  readonly lowerBound: number;
  readonly relaxedObjective: number;
  readonly relativeGap: number;
  readonly status: string;
  readonly iterations: number;
  readonly rank: number;
  readonly beta: number;
  readonly samples: { readonly train: number; readonly test: number; readonly features: number };
  readonly seconds: Readonly<Record<string, number>>;
  readonly majority: { readonly train: number | null; readonly test: number | null };
  readonly relaxed: Scores;
  readonly sampled: readonly SampledReport[];
  readonly baselines: readonly BaselineReport[];
  readonly backend: string;
  readonly adapter: string | null;
  /** Where and how the splitting ran. */
  readonly notes: readonly string[];
  readonly seed: number;
}

export interface Experiment {
  readonly report: ExperimentReport;
  readonly model: QuantizedModel;
  /** Networks by the sizes of the plan: with the best single weight, and with weights of their own where fitted. */
  readonly networks: readonly {
    readonly refit: SampledNetwork;
    readonly nonNegative: SampledNetwork | undefined;
  }[];
}

/** Neurons beyond which greedy selection is left out: its cost grows with their square. */
const GREEDY_NEURONS = 600;

/** Trains, draws networks, runs the baselines and measures everything. */
export async function runExperiment(
  data: PreparedData,
  settings: QuantizedSettings,
  plan: ExperimentPlan,
  makeEngine?: EngineFactory,
): Promise<Experiment> {
  const { train, test, meaning } = data;
  const model = await trainQuantized(
    { samples: train.samples, targets: train.targets },
    settings,
    makeEngine,
  );
  const scores = (onTrain: readonly Float64Array[], onTest: readonly Float64Array[]): Scores => {
    const a = score(meaning, onTrain, train.truth);
    const b = score(meaning, onTest, test.truth);
    return meaning.kind === "classification"
      ? { trainAccuracy: a, testAccuracy: b, trainError: null, testError: null }
      : { trainAccuracy: null, testAccuracy: null, trainError: a, testError: b };
  };
  const scoreNetwork = (network: SampledNetwork): Scores =>
    scores(model.outputs(network, train.samples), model.outputs(network, test.samples));

  const samplingStart = performance.now();
  const plain = model.sampleSizes(plan.neurons, plan.seed, "sampled");
  const refitted = model.sampleSizes(plan.neurons, plan.seed, "refit");
  const networks = plan.neurons.map((neurons, k) => {
    const fits = neurons * train.samples.count <= LARGEST_HIDDEN;
    return {
      refit: refitted[k],
      nonNegative: fits ? model.sample(neurons, plan.seed, "nonNegative") : undefined,
    };
  });
  const sampled = plan.neurons.map((neurons, k): SampledReport => {
    const { nonNegative } = networks[k];
    const greedy =
      neurons <= GREEDY_NEURONS && 4 * neurons * train.samples.count <= LARGEST_HIDDEN
        ? model.sampleGreedily(neurons, plan.seed)
        : undefined;
    return {
      neurons,
      objective: plain[k].objective,
      refitObjective: refitted[k].objective,
      ...scoreNetwork(refitted[k]),
      nonNegative:
        nonNegative === undefined
          ? null
          : {
              objective: nonNegative.objective,
              kept: keptNeurons(nonNegative),
              ...scoreNetwork(nonNegative),
            },
      greedy: greedy === undefined ? null : { objective: greedy.objective, ...scoreNetwork(greedy) },
    };
  });
  const samplingSeconds = (performance.now() - samplingStart) / 1000;
  const baselines = await runBaselines(data, settings, plan, scores);
  return {
    model,
    networks,
    report: {
      lowerBound: model.lowerBound,
      relaxedObjective: model.relaxedObjective,
      relativeGap: model.relativeGap,
      status: model.status,
      iterations: model.iterations,
      rank: model.rank,
      beta: model.settings.beta,
      samples: { train: train.samples.count, test: test.samples.count, features: train.samples.features },
      seconds: { ...model.seconds, sampling: samplingSeconds },
      majority: {
        train: majorityScore(meaning, train.truth, train.truth),
        test: majorityScore(meaning, train.truth, test.truth),
      },
      relaxed: scores(model.relaxedPredictions, model.relaxedOutputs(test.samples)),
      sampled,
      baselines,
      backend: model.backend,
      adapter: model.adapter ?? null,
      notes: model.notes,
      seed: plan.seed,
    },
  };
}

function keptNeurons(network: SampledNetwork): number {
  return network.outputs.reduce(
    (sum, { alpha, neurons }) =>
      sum +
      (typeof alpha === "number" ? neurons.count : alpha.reduce((kept, a) => kept + (a > 0 ? 1 : 0), 0)),
    0,
  );
}

/** The baselines of the plan, for the largest number of neurons in it: bilinear, the bits of the convex method's. */
async function runBaselines(
  { train, test }: PreparedData,
  settings: QuantizedSettings,
  plan: ExperimentPlan,
  scores: (onTrain: readonly Float64Array[], onTest: readonly Float64Array[]) => Scores,
): Promise<BaselineReport[]> {
  const kernels = await loadDenseKernels();
  const loss = lossByName(settings.loss ?? "squared", settings.huberDelta);
  const neurons = Math.max(...plan.neurons);
  const reports: BaselineReport[] = [];
  const timed = <T>(run: () => T): readonly [T, number] => {
    const start = performance.now();
    const value = run();
    return [value, (performance.now() - start) / 1000];
  };
  const gradients = (straightThrough: boolean): BilinearWeights[] =>
    train.targets.map((y, k) =>
      trainByGradients(kernels, train.samples, y, loss, {
        neurons,
        seed: plan.seed + k,
        epochs: plan.epochs ?? 100,
        batch: 32,
        learningRate: plan.learningRate ?? 0.02,
        momentum: 0.9,
        straightThrough,
      }),
    );
  const add = (
    method: BaselineReport["method"],
    weights: readonly BilinearWeights[],
    seconds: number,
  ): void => {
    const outputs = (samples: typeof train.samples): Float64Array[] =>
      weights.map((w) => bilinearOutputs(kernels, samples, w));
    reports.push({ method, neurons, seconds, ...scores(outputs(train.samples), outputs(test.samples)) });
  };
  if (plan.compare.includes("sgd")) {
    const [weights, seconds] = timed(() => gradients(false));
    add("sgd float", weights, seconds);
    const [quantized, more] = timed(() =>
      weights.map((w) => quantizeAfterTraining(kernels, train.samples.features, w)),
    );
    add("sgd then quantized", quantized, seconds + more);
  }
  if (plan.compare.includes("ste")) {
    const [weights, seconds] = timed(() => gradients(true));
    add("straight-through", weights, seconds);
  }
  if (plan.compare.includes("float")) {
    const [fitted, seconds] = timed(() => fitFloatQuadratic(kernels, train.samples, train.targets));
    const outputs = (samples: typeof train.samples): Float64Array[] =>
      fitted.matrices.map((S) => quadraticOutputs(kernels, samples, S));
    reports.push({
      method: "float quadratic",
      neurons: null,
      seconds,
      ...scores(outputs(train.samples), outputs(test.samples)),
    });
  }
  return reports;
}
