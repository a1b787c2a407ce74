import type { DenseKernels } from "../linear/dense-kernels.ts";
import { loadDenseKernels } from "../backends/cpu/kernels/load.ts";
import { ProblemError } from "../errors.ts";
import { lossByName, totalLoss } from "./model/loss.ts";
import type { Loss } from "./model/loss.ts";
import { SampleForms, liftedOrder } from "./model/sample-forms.ts";
import type { Samples } from "./model/sample-forms.ts";
import { firstNeurons, hiddenMatrix, networkOutputs, selectNeurons } from "./rounding/neurons.ts";
import type { Neurons } from "./rounding/neurons.ts";
import { LARGEST_HIDDEN, refitNonNegative, refitScale, selectGreedily } from "./rounding/refit.ts";
import type { NeuronSampler } from "./rounding/sample.ts";
import { neuronSampler } from "./rounding/sample.ts";
import type { CompleteSettings, QuantizedSettings } from "./settings.ts";
import { completeSettings } from "./settings.ts";
import { CpuEngine } from "./solve/cpu-engine.ts";
import { createEngine, usualThreads } from "./solve/create-engine.ts";
import type { Penalties, SplittingEngine, SplittingProblem } from "./solve/engine.ts";
import type { Relaxation } from "./solve/relax.ts";
import { pilotPenalty, solveRelaxation } from "./solve/relax.ts";

/** Second-layer weights of sampled neurons, by output. */
export type WeightRule = "sampled" | "refit" | "nonNegative";

/** Neurons and second-layer weights of one output. */
export interface TrainedOutput {
  readonly neurons: Neurons;
  readonly alpha: number | Float64Array;
}

/** A network drawn from the relaxation, with its objective (20) on the training data. */
export interface SampledNetwork {
  readonly outputs: readonly TrainedOutput[];
  readonly objective: number;
}

/** Training data: samples and the targets of every output. */
export interface TrainingData {
  readonly samples: Samples;
  /** One array of n targets per output. */
  readonly targets: readonly Float64Array[];
}

/** How the splitting is run; by the settings unless another is given. */
export type EngineFactory = (
  kernels: DenseKernels,
  problem: SplittingProblem,
  settings: CompleteSettings,
) => Promise<SplittingEngine> | SplittingEngine;

const engineBySettings: EngineFactory = (kernels, problem, settings) => createEngine(kernels, problem, settings);

/**
 * Trains a two-layer network with quantized first-layer weights through its convex relaxation (Bartan and Pilanci
 * 2021): solves the semidefinite program to a certified gap; networks of any number of neurons are then drawn from the
 * result by {@link QuantizedModel.sample} without solving again.
 *
 * @throws ProblemError for data that cannot be trained on; SettingsError for settings out of range.
 */
export async function trainQuantized(
  data: TrainingData,
  settings: QuantizedSettings = {},
  makeEngine: EngineFactory = engineBySettings,
): Promise<QuantizedModel> {
  const complete = completeSettings(settings);
  checkData(data, complete);
  const began = performance.now();
  const { program, activation, levels, beta, average, regularizer } = complete;
  const { count, features } = data.samples;
  const order = liftedOrder(features, activation, levels);
  const threads = complete.threads ?? usualThreads(count, order, data.targets.length);
  const kernels = await loadDenseKernels("auto", threads);
  const forms = new SampleForms(kernels, data.samples, activation, levels);
  // The mean is 1/n of a sum with β·n in place of β.
  const scale = average === "mean" ? 1 / data.samples.count : 1;
  const weightPrice = (beta / scale) * forms.order;
  const problem: SplittingProblem = {
    forms,
    program,
    loss: lossByName(complete.loss, complete.huberDelta),
    targets: data.targets,
    price: program === "bilinear" && regularizer === "consistent" ? 2 * weightPrice : weightPrice,
  };
  const engine = await makeEngine(kernels, problem, complete);
  const penaltyKnown = engine.penaltyCost > 1 && forms.count >= 4 * PILOT_SAMPLES;
  if (penaltyKnown) {
    await engine.setPenalty(await pilot(kernels, problem, data.samples, complete));
  }
  const setupSeconds = (performance.now() - began) / 1000;
  try {
    const { onProgress } = complete;
    const relaxation = await solveRelaxation(kernels, problem, engine, {
      gap: complete.gap,
      maxIterations: complete.maxIterations,
      timeLimit: complete.timeLimit,
      penaltyKnown,
      signal: complete.signal,
      onProgress:
        onProgress &&
        ((p) => onProgress({ ...p, lowerBound: scale * p.lowerBound, objective: scale * p.objective })),
    });
    return new QuantizedModel(kernels, problem, complete, relaxation, {
      scale,
      weightPrice,
      seconds: {
        setup: setupSeconds,
        solve: relaxation.seconds,
        certificate: relaxation.checkSeconds,
        ...engine.seconds,
      },
      bytes: engine.bytes,
      backend: engine.name,
      adapter: engine.adapter,
      notes: engine.notes,
    });
  } finally {
    engine.dispose();
  }
}

/** Samples of the pilot run that finds the penalties where factors are costly. */
const PILOT_SAMPLES = 500;
const PILOT_OUTPUTS = 3;

/** σ is a ratio of multipliers, which scale with β, to weights, which depend on β/n: found on fewer samples. */
async function pilot(
  kernels: DenseKernels,
  problem: SplittingProblem,
  samples: Samples,
  { activation, levels }: CompleteSettings,
): Promise<Penalties> {
  const share = PILOT_SAMPLES / samples.count;
  const values = new Float64Array(PILOT_SAMPLES * samples.features);
  for (let j = 0; j < samples.features; j++) {
    values.set(
      samples.values.subarray(j * samples.count, j * samples.count + PILOT_SAMPLES),
      j * PILOT_SAMPLES,
    );
  }
  const part: SplittingProblem = {
    ...problem,
    forms: new SampleForms(
      kernels,
      { count: PILOT_SAMPLES, features: samples.features, values },
      activation,
      levels,
    ),
    targets: problem.targets.slice(0, PILOT_OUTPUTS).map((y) => y.subarray(0, PILOT_SAMPLES)),
    price: problem.price * share,
  };
  const { matrices, predictions } = await pilotPenalty(kernels, new CpuEngine(kernels, part), part);
  return { matrices: matrices / share, predictions };
}

interface ModelDetails {
  readonly scale: number;
  readonly weightPrice: number;
  readonly seconds: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly backend: string;
  readonly adapter: string | undefined;
  readonly notes: readonly string[];
}

/** The solved relaxation, from which networks are drawn. */
export class QuantizedModel {
  readonly settings: CompleteSettings;
  /** Certified: no network of the kind has a smaller objective (20). */
  readonly lowerBound: number;
  /** Objective of a feasible point of the relaxation, within `relativeGap` of its optimum. */
  readonly relaxedObjective: number;
  readonly relativeGap: number;
  readonly status: Relaxation["status"];
  readonly iterations: number;
  readonly rank: number;
  /** ρ of every output. */
  readonly rho: readonly number[];
  /** ŷ of the relaxation on the training samples, by output. */
  readonly relaxedPredictions: readonly Float64Array[];
  readonly seconds: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly backend: string;
  readonly adapter: string | undefined;
  /** What a person should know of where and how the splitting ran. */
  readonly notes: readonly string[];
  readonly #kernels: DenseKernels;
  readonly #problem: SplittingProblem;
  readonly #relaxation: Relaxation;
  readonly #scale: number;
  readonly #price: number;
  readonly #samplers: readonly NeuronSampler[];

  constructor(
    kernels: DenseKernels,
    problem: SplittingProblem,
    settings: CompleteSettings,
    relaxation: Relaxation,
    details: ModelDetails,
  ) {
    this.settings = settings;
    this.lowerBound = details.scale * relaxation.lowerBound;
    this.relaxedObjective = details.scale * relaxation.objective;
    this.relativeGap = relaxation.relativeGap;
    this.status = relaxation.status;
    this.iterations = relaxation.iterations;
    this.rank = relaxation.rank;
    this.rho = relaxation.points.map((point) => point.rho);
    this.relaxedPredictions = relaxation.points.map((point) => point.predictions);
    this.seconds = details.seconds;
    this.bytes = details.bytes;
    this.backend = details.backend;
    this.adapter = details.adapter;
    this.notes = details.notes;
    this.#kernels = kernels;
    this.#problem = problem;
    this.#relaxation = relaxation;
    this.#scale = details.scale;
    this.#price = details.weightPrice;
    this.#samplers = relaxation.points.map((point) =>
      neuronSampler(kernels, problem.program, problem.forms.order, point),
    );
  }

  /** Z of output k (order×order, column-major): predictions are ⟨𝒳, Z⟩ with Z = P − M. */
  matrix(output = 0): Float64Array {
    const { P, M } = this.#relaxation.points[output];
    return P.map((value, k) => value - M[k]);
  }

  /** ŷ of the relaxation on other samples, by output. */
  relaxedOutputs(samples: Samples): Float64Array[] {
    const forms = this.#forms(samples);
    return this.#relaxation.points.map((_, k) => {
      const out = new Float64Array(samples.count);
      forms.forward(this.matrix(k), out);
      return out;
    });
  }

  /**
   * A network of `neurons` hidden units per output. Seeds give nested networks: the first m neurons are the same
   * however many are drawn.
   *
   * @param rule "sampled": α = ρπ/(γm) as in Algorithm 1; "refit": the best single α; "nonNegative": one α ≥ 0 per
   * neuron by non-negative regression (needs samples × neurons ≤ 4e7).
   */
  sample(neurons: number, seed: number, rule: WeightRule = "sampled"): SampledNetwork {
    return this.#network((k, sampler) => {
      const drawn = sampler.draw(neurons, outputSeed(seed, k));
      return this.#weigh(drawn, k, sampler.totalWeight / neurons, rule);
    });
  }

  /** Networks of several sizes from one draw, as `sample` with the same seed would give them. */
  sampleSizes(sizes: readonly number[], seed: number, rule: WeightRule = "sampled"): SampledNetwork[] {
    const most = Math.max(...sizes);
    const drawn = this.#samplers.map((sampler, k) => sampler.draw(most, outputSeed(seed, k)));
    return sizes.map((size) =>
      this.#network((k, sampler) =>
        this.#weigh(firstNeurons(drawn[k], size), k, sampler.totalWeight / size, rule),
      ),
    );
  }

  /**
   * `neurons` units chosen greedily from a larger pool, equal α (refitted). Squared loss: towards the targets; other
   * losses: towards the predictions of the relaxation.
   */
  sampleGreedily(neurons: number, seed: number, pool = 4 * neurons): SampledNetwork {
    this.#checkHidden(pool);
    return this.#network((k, sampler) => {
      const drawn = sampler.draw(pool, outputSeed(seed, k));
      const H = hiddenMatrix(this.#kernels, this.#problem.forms, drawn);
      const { loss, targets } = this.#problem;
      const goal = loss.name === "squared" ? targets[k] : this.relaxedPredictions[k];
      const alpha = sampler.totalWeight / neurons;
      const chosen = selectNeurons(drawn, selectGreedily(H, goal, neurons, alpha));
      return this.#weigh(chosen, k, alpha, "refit");
    });
  }

  /** Outputs of a drawn network on samples. */
  outputs(network: SampledNetwork, samples: Samples): Float64Array[] {
    const forms = this.#forms(samples);
    return network.outputs.map(({ neurons, alpha }) => networkOutputs(this.#kernels, forms, neurons, alpha));
  }

  #forms(samples: Samples): SampleForms {
    const { activation, levels } = this.settings;
    if (liftedOrder(samples.features, activation, levels) !== this.#problem.forms.order) {
      throw new ProblemError(
        `the samples have ${samples.features} features; the model was trained on another number`,
        {
          field: "samples.features",
          value: samples.features,
        },
      );
    }
    return new SampleForms(this.#kernels, samples, activation, levels);
  }

  #network(
    build: (output: number, sampler: NeuronSampler) => { output: TrainedOutput; objective: number },
  ): SampledNetwork {
    const built = this.#samplers.map((sampler, k) => build(k, sampler));
    const total = built.reduce((sum, part) => sum + part.objective, 0);
    return { outputs: built.map((part) => part.output), objective: this.#scale * total };
  }

  #weigh(
    neurons: Neurons,
    k: number,
    alpha: number,
    rule: WeightRule,
  ): { output: TrainedOutput; objective: number } {
    const { forms, loss, targets } = this.#problem;
    const y = targets[k];
    if (rule === "nonNegative") {
      this.#checkHidden(neurons.count);
      const H = hiddenMatrix(this.#kernels, forms, neurons);
      const weights = refitNonNegative(this.#kernels, loss, H, y, this.#price, alpha);
      return { output: { neurons, alpha: weights.alpha }, objective: weights.objective };
    }
    const sums = networkOutputs(this.#kernels, forms, neurons, 1);
    if (rule === "refit") {
      const weights = refitScale(loss, sums, y, this.#price, neurons.count, alpha);
      return { output: { neurons, alpha: weights.alpha }, objective: weights.objective };
    }
    const fit = totalLoss(
      loss,
      sums.map((s) => alpha * s),
      y,
    );
    return { output: { neurons, alpha }, objective: fit + this.#price * neurons.count * alpha };
  }

  #checkHidden(neurons: number): void {
    const n = this.#problem.forms.count;
    if (n * neurons > LARGEST_HIDDEN) {
      throw new ProblemError(
        `${n} samples × ${neurons} neurons are too many hidden outputs to hold (at most ${LARGEST_HIDDEN}): draw fewer, or refit a single weight`,
      );
    }
  }
}

function outputSeed(seed: number, output: number): number {
  return (seed + Math.imul(output, 0x9e3779b1)) | 0;
}

function checkData({ samples, targets }: TrainingData, { loss }: CompleteSettings): void {
  const { count, features, values } = samples;
  if (count < 1 || features < 1) {
    throw new ProblemError(
      `there are ${count} samples of ${features} features; at least one of each is needed`,
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ProblemError(
      `feature ${Math.floor(bad / count)} of sample ${bad % count} is ${values[bad]}; fill in or drop missing values first`,
      { field: "samples.values", index: bad, value: values[bad] },
    );
  }
  if (targets.length === 0) throw new ProblemError("there are no targets", { field: "targets" });
  const labelled: Pick<Loss, "labelsOnly"> = lossByName(loss);
  targets.forEach((y, k) => {
    if (y.length !== count) {
      throw new ProblemError(`targets[${k}] has ${y.length} entries for ${count} samples`, {
        field: `targets[${k}]`,
      });
    }
    y.forEach((value, i) => {
      if (!Number.isFinite(value) || (labelled.labelsOnly && Math.abs(value) !== 1)) {
        const expected = labelled.labelsOnly
          ? `the ${loss} loss needs −1 or +1`
          : "a finite number was expected";
        throw new ProblemError(`target ${i} of output ${k} is ${value}; ${expected}`, {
          field: `targets[${k}]`,
          index: i,
          value,
        });
      }
    });
  });
}
