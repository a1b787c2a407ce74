import { safeBound } from "../node-relaxation.ts";
import type { Multipliers, PieceRanges } from "../node-relaxation.ts";
import type { RelaxationData } from "../training-problem.ts";
import type { EngineLimits, NodeAnswer, NodeRequest, WarmState } from "./engine.ts";
import type { SplittingStep } from "./splitting-step.ts";
import { BatchState } from "./splitting-step.ts";

/** Where a node's splitting stood. */
interface SplittingState extends WarmState {
  readonly penalty: number;
  /** s of {@link SplittingStep}, one node. */
  readonly s: Float32Array;
}

export interface AccuracyOptions {
  /** Iterations per node at most. Default 2000. */
  readonly maxIterations?: number | undefined;
  /**
   * A node is solved when its point's loss is as near to its bound, and x to Ũ(w₁, b₁) on average, over the range of the
   * breakpoints. Default 1e-4.
   */
  readonly tolerance?: number | undefined;
}

/** Of warm starts: the same on the CPU and on a device. */
export const SPLITTING = "splitting";

/** Iterations between changes of the penalties. */
const BALANCE = 100;

/** What iterates: the CPU or a device. Afterwards the state holds s, z and v of the last iteration. */
export interface Iterations {
  /** Iterations between looks at the bounds. */
  readonly between: number;
  advance(state: BatchState, ranges: readonly PieceRanges[], count: number): void | Promise<void>;
}

/**
 * Nodes at once by operator splitting: all share one matrix and differ in the hulls that (x_ij, g_ij) are projected on,
 * so one small factorisation and a few dense products serve them all in every iteration. Inexact solves are safe: bounds
 * come from {@link safeBound}, in double precision, wherever the iterations ran.
 */
export class BatchSolver {
  private readonly problem: RelaxationData;
  private readonly step: SplittingStep;
  private readonly iterations: Iterations;
  private readonly maxIterations: number;
  private readonly tolerance: number;

  constructor(problem: RelaxationData, step: SplittingStep, iterations: Iterations, options: AccuracyOptions = {}) {
    this.problem = problem;
    this.step = step;
    this.iterations = iterations;
    this.maxIterations = options.maxIterations ?? 2000;
    this.tolerance = options.tolerance ?? 1e-4;
  }

  /** All requests at once, whatever their number. */
  async solve(requests: readonly NodeRequest[], limits: EngineLimits = {}): Promise<NodeAnswer[]> {
    const { between } = this.iterations;
    const { step } = this;
    const start = performance.now();
    const state = new BatchState(step.layout, requests.length);
    requests.forEach(({ warm }, b) => {
      const from = warm?.engine === SPLITTING ? (warm as SplittingState) : undefined;
      if (from === undefined) step.initialise(state, b);
      else step.restore(state, b, from.s, from.penalty);
    });
    const ranges = requests.map((request) => request.ranges);
    const trackers = requests.map(() => new Tracker());
    const answers = new Array<NodeAnswer>(requests.length);
    let active = requests.map((_, b) => b);
    const most = Math.max(between, Math.ceil(this.maxIterations * (limits.effort ?? 1)));
    let iteration = 0;
    let sinceBalance = 0;
    while (active.length > 0) {
      const count = Math.min(between, most - iteration);
      await this.iterations.advance(state, active.map((b) => ranges[b]), count);
      iteration += count;
      sinceBalance += count;
      const balance = sinceBalance >= BALANCE;
      if (balance) sinceBalance = 0;
      const late = limits.seconds !== undefined && (performance.now() - start) / 1000 > limits.seconds;
      const stay: number[] = [];
      active.forEach((b, slot) => {
        const tracker = trackers[b];
        tracker.iterations = iteration;
        const done = this.look(state, slot, ranges[b], tracker, limits.cutoff);
        if (done || iteration >= most || late) answers[b] = this.answer(state, slot, tracker);
        else {
          if (balance) step.balance(state, slot);
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
    if (safeBound(problem, ranges, multipliers, { ray: true }) > 0) {
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
    const warm: SplittingState = { engine: SPLITTING, penalty: state.penalty[slot], s: state.save(slot) };
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
}

class Tracker {
  bound = -Infinity;
  objective = NaN;
  infeasibility = Infinity;
  solved = false;
  iterations = 0;
  multipliers: Multipliers | undefined;
}
