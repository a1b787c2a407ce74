import { errorsOf, evaluate, predict, refitOutputBias, refitOutputLayer } from "./losses.ts";
import type { Errors } from "./losses.ts";
import { evaluatePiecewise } from "./piecewise-linear.ts";
import type { Parameters, TrainingProblem } from "./training-problem.ts";
import { preActivations } from "./training-problem.ts";

/** A network found on the way, with its errors on the training samples. */
export interface FoundNetwork {
  readonly parameters: Parameters;
  /** With f in the hidden layer. */
  readonly pwl: Errors;
  /** With σ itself. */
  readonly activation: Errors;
  /** What found it, e.g. "node 12", "cell search", "start". */
  readonly source: string;
}

/** Which output parameters are fitted again for σ: none but b₂ (the paper's setting), or W₂ and b₂. */
export type Refit = "bias" | "layer";

/**
 * The best networks so far: `best` has the least loss of the training problem (f, W₂*, everything within bounds: an upper
 * bound for the tree), `network` the least training MSE with σ itself. Neither ever gets worse.
 */
export class Incumbents {
  best: FoundNetwork | undefined;
  network: FoundNetwork | undefined;
  private readonly problem: TrainingProblem;
  private readonly refit: Refit;

  constructor(problem: TrainingProblem, refit: Refit) {
    this.problem = problem;
    this.refit = refit;
  }

  /** Loss of `best`; Infinity before there is one. */
  get value(): number {
    return this.best === undefined ? Infinity : this.lossOf(this.best.pwl);
  }

  private lossOf(errors: Errors): number {
    return this.problem.loss === "mae" ? errors.mae : errors.mse;
  }

  /** Looks at hidden weights; returns whether `best` improved. */
  consider(hidden: Float64Array, source: string): boolean {
    const inside = this.repair(hidden);
    const { problem } = this;
    const f = (x: number): number => evaluatePiecewise(problem.pwl, x);
    const G = preActivations(problem.design, problem.samples, inside, problem.neurons).map(f);
    const { outputWeights } = problem;
    const parameters = { hidden: inside, outputWeights, outputBias: refitOutputBias(problem, G) };
    const pwl = evaluate(problem, parameters, f);
    this.considerNetwork(hidden, source);
    if (!(this.lossOf(pwl) < this.value)) return false;
    this.best = { parameters, pwl, activation: this.withActivation(parameters), source };
    return true;
  }

  /** Looks at hidden weights for σ alone. */
  private considerNetwork(hidden: Float64Array, source: string): void {
    const { problem, refit } = this;
    const sigma = (x: number): number => problem.activation.value(x);
    const G = preActivations(problem.design, problem.samples, hidden, problem.neurons).map(sigma);
    const layer =
      refit === "layer"
        ? refitOutputLayer(problem, G)
        : { outputWeights: problem.outputWeights, outputBias: refitOutputBias(problem, G) };
    this.keepNetwork({ hidden, ...layer }, source);
  }

  /** Takes a whole network (a start from elsewhere) as it is, if it is the best for σ. */
  keepNetwork(parameters: Parameters, source: string): void {
    const activation = this.withActivation(parameters);
    if (this.network !== undefined && !(activation.mse < this.network.activation.mse)) return;
    const f = (x: number): number => evaluatePiecewise(this.problem.pwl, x);
    this.network = { parameters, activation, pwl: evaluate(this.problem, parameters, f), source };
  }

  private withActivation(parameters: Parameters): Errors {
    const { problem } = this;
    return errorsOf(predict(problem, parameters, (x) => problem.activation.value(x)), problem.targets);
  }

  /**
   * Hidden weights within their bounds whose pre-activations stay in [p₀, p_P]: a neuron that leaves it is drawn towards
   * the constant in the middle, as far as needed.
   */
  private repair(hidden: Float64Array): Float64Array {
    const { problem } = this;
    const { neurons: M, samples: N, features, bounds, pwl } = problem;
    const width = features + 1;
    const [low, high] = [pwl.breakpoints[0], pwl.breakpoints[pwl.breakpoints.length - 1]];
    const clamp = (v: number, [a, b]: readonly [number, number]): number => Math.min(b, Math.max(a, v));
    const inside = hidden.map((v, k) => clamp(v, k % width === features ? bounds.bias : bounds.weight));
    const middle = clamp(clamp((low + high) / 2, [low, high]), bounds.bias);
    for (let turn = 0; turn < 3; turn++) {
      const x = preActivations(problem.design, N, inside, M);
      for (let j = 0; j < M; j++) {
        let factor = 1;
        for (let i = 0; i < N; i++) {
          const v = x[i * M + j];
          if (v > high) factor = Math.min(factor, (high - middle) / (v - middle));
          if (v < low) factor = Math.min(factor, (low - middle) / (v - middle));
        }
        if (factor >= 1) continue;
        // A hair less, so that rounding does not put it outside again.
        factor *= 1 - 1e-12;
        for (let k = 0; k < features; k++) inside[j * width + k] = clamp(inside[j * width + k] * factor, bounds.weight);
        const bias = middle + factor * (inside[j * width + features] - middle);
        inside[j * width + features] = clamp(bias, bounds.bias);
      }
    }
    return inside;
  }
}
