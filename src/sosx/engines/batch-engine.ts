import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { loadDenseKernels } from "../../backends/cpu/kernels/load.ts";
import { safeBound } from "../node-relaxation.ts";
import type { Multipliers, PieceRanges } from "../node-relaxation.ts";
import type { TrainingProblem } from "../training-problem.ts";
import type { EngineLimits, NodeAnswer, NodeRequest, RelaxationEngine, WarmState } from "./engine.ts";
import { BatchState, SplittingStep } from "./splitting-step.ts";

/** Where a node's splitting stood. */
interface SplittingState extends WarmState {
  readonly penalty: number;
  /** s of {@link SplittingStep}, one node. */
  readonly s: Float32Array;
}

export interface BatchOptions {
  /** Nodes at once. Default 64. */
  readonly batch?: number | undefined;
  /** Iterations per node at most. Default 2000. */
  readonly maxIterations?: number | undefined;
  /**
   * A node is solved when its point's loss is as near to its bound, and x to Ũ(w₁, b₁) on average, over the range of the
   * breakpoints. Default 1e-4.
   */
  readonly tolerance?: number | undefined;
}

/** Iterations between looks at the bounds. */
const CHECK = 25;

/**
 * Many nodes at once by operator splitting: all share one matrix and differ in the hulls that (x_ij, g_ij) are projected
 * on, so one small factorisation and two dense products serve a whole batch in every iteration. Inexact solves are
 * safe: bounds come from {@link safeBound}.
 */
export class BatchEngine implements RelaxationEngine {
  readonly name = "batch";
  readonly batch: number;
  private readonly problem: TrainingProblem;
  private readonly step: SplittingStep;
  private readonly maxIterations: number;
  private readonly tolerance: number;

  private constructor(problem: TrainingProblem, kernels: DenseKernels, options: BatchOptions) {
    this.problem = problem;
    this.step = new SplittingStep(problem, kernels);
    this.batch = options.batch ?? 64;
    this.maxIterations = options.maxIterations ?? 2000;
    this.tolerance = options.tolerance ?? 1e-4;
  }

  static async create(problem: TrainingProblem, options: BatchOptions = {}): Promise<BatchEngine> {
    return new BatchEngine(problem, await loadDenseKernels(), options);
  }

  solve(requests: readonly NodeRequest[], limits: EngineLimits = {}): Promise<NodeAnswer[]> {
    const answers: NodeAnswer[] = [];
    for (let from = 0; from < requests.length; from += this.batch) {
      answers.push(...this.solveBatch(requests.slice(from, from + this.batch), limits));
    }
    return Promise.resolve(answers);
  }

  private solveBatch(requests: readonly NodeRequest[], limits: EngineLimits): NodeAnswer[] {
    const { step } = this;
    const start = performance.now();
    const state = new BatchState(step.layout, requests.length);
    requests.forEach(({ warm }, b) => {
      const from = warm?.engine === this.name ? (warm as SplittingState) : undefined;
      if (from === undefined) step.initialise(state, b);
      else step.restore(state, b, from.s, from.penalty);
    });
    const ranges = requests.map((request) => request.ranges);
    const trackers = requests.map(() => new Tracker());
    const answers = new Array<NodeAnswer>(requests.length);
    let active = requests.map((_, b) => b);
    const most = Math.max(CHECK, Math.ceil(this.maxIterations * (limits.effort ?? 1)));
    for (let iteration = 1; active.length > 0; iteration++) {
      step.advance(state, active.map((b) => ranges[b]));
      if (iteration % CHECK !== 0 && iteration < most) continue;
      const late = limits.seconds !== undefined && (performance.now() - start) / 1000 > limits.seconds;
      const stay: number[] = [];
      active.forEach((b, slot) => {
        const tracker = trackers[b];
        tracker.iterations = iteration;
        const done = this.look(state, slot, ranges[b], tracker, limits.cutoff);
        if (done || iteration >= most || late) answers[b] = this.answer(state, slot, tracker);
        else {
          if (iteration % (4 * CHECK) === 0) step.balance(state, slot);
          stay.push(slot);
        }
      });
      if (stay.length < active.length) {
        active = stay.map((slot) => active[slot]);
        state.keep(stay);
      }
    }
    return answers;
  }

  /** Bound and loss of a slot; whether its node is finished. */
  private look(
    state: BatchState,
    slot: number,
    ranges: PieceRanges,
    tracker: Tracker,
    cutoff: number | undefined,
  ): boolean {
    const { problem, step, tolerance } = this;
    const multipliers = step.multipliers(state, slot);
    const bound = safeBound(problem, ranges, multipliers);
    if (bound > tracker.bound || tracker.multipliers === undefined) {
      tracker.bound = Math.max(bound, tracker.bound);
      tracker.multipliers = multipliers;
    }
    if (safeBound(problem, ranges, multipliers, true) > 0) {
      tracker.bound = Infinity;
      return true;
    }
    tracker.objective = step.loss(state, slot);
    tracker.infeasibility = step.linkError(state, slot);
    if (cutoff !== undefined && tracker.bound >= cutoff) return true;
    const gap = tracker.objective - Math.max(0, tracker.bound);
    // A loss below the bound belongs to a point that is not feasible yet.
    tracker.solved = tracker.infeasibility <= tolerance && Math.abs(gap) <= tolerance;
    return tracker.solved;
  }

  private answer(state: BatchState, slot: number, tracker: Tracker): NodeAnswer {
    const { bound, objective, solved, iterations, multipliers } = tracker;
    if (bound === Infinity) return { bound, objective: NaN, solved: true, iterations };
    const warm: SplittingState = { engine: this.name, penalty: state.penalty[slot], s: state.save(slot) };
    const point = this.step.point(state, slot);
    return {
      bound,
      objective,
      solved,
      iterations,
      ...point,
      ...(multipliers === undefined ? {} : { multipliers }),
      warm,
    };
  }

  dispose(): void {
    // Nothing outside the heap.
  }
}

class Tracker {
  bound = -Infinity;
  objective = NaN;
  infeasibility = Infinity;
  solved = false;
  iterations = 0;
  multipliers: Multipliers | undefined;
}
