import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { SolveClock } from "../../solver/clock.ts";
import type { FeasiblePoint } from "./bounds.ts";
import { feasiblePoint, lowerBound } from "./bounds.ts";
import type { NormPair, Penalties, SplittingEngine, SplittingProblem } from "./engine.ts";

/** Why `solveRelaxation` stopped. */
export type RelaxationStatus = "solved" | "iterationLimit" | "timeLimit" | "interrupted";

/** What `onProgress` is told at every certified check. */
export interface RelaxationProgress {
  readonly iteration: number;
  /** Certified, summed over the outputs. */
  readonly lowerBound: number;
  /** Of a feasible point, summed over the outputs. */
  readonly objective: number;
  readonly relativeGap: number;
  readonly penalty: Penalties;
  readonly seconds: number;
}

export interface RelaxationSettings {
  /** Certified relative gap (objective − bound)/objective to stop at. */
  readonly gap: number;
  readonly maxIterations: number;
  /** Seconds; 0 = none. */
  readonly timeLimit: number;
  /** The engine's σ comes of a run on part of the samples: it is steered, but not balanced from scratch. */
  readonly penaltyKnown?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RelaxationProgress) => void) | undefined;
}

export interface Relaxation {
  readonly status: RelaxationStatus;
  readonly iterations: number;
  /** Certified; no network of the kind has a smaller objective. */
  readonly lowerBound: number;
  readonly objective: number;
  readonly relativeGap: number;
  /** Best feasible point of every output. */
  readonly points: readonly FeasiblePoint[];
  readonly lowerBounds: readonly number[];
  /** Largest rank of the projected blocks at the end, over the outputs. */
  readonly rank: number;
  readonly penalty: Penalties;
  /** Seconds in the certified checks, and all. */
  readonly checkSeconds: number;
  readonly seconds: number;
}

/** Iterations after which σ is balanced; then every half as many again, up to a limit. */
const FIRST_BALANCE = 2;
const LAST_BALANCE = 400;
/**
 * σ ← r·σ‖U‖/‖Z‖ with r = 0.7 while samples are few beside the entries of svec, 4 where they outnumber them: fewest
 * iterations on the problems measured.
 */
const FEW_SAMPLES_RATIO = 0.7;
const MANY_SAMPLES_RATIO = 4;
/** σ stays while the change is within this factor; more where a change costs as much as many iterations. */
const DEAD_ZONE = 1.1;
const WIDEST_DEAD_ZONE = 2;
/** Largest change of σ at a time; taken while the projected blocks are still zero. */
const LARGEST_STEP = 100;

/** (objective − bound)/objective; 0 for a zero objective. */
export function relativeGap(objective: number, bound: number): number {
  return objective > 0 ? Math.max(0, objective - bound) / objective : 0;
}

/**
 * Runs the splitting until the certified gap of every output is small enough. Both ends of the gap are recomputed in
 * f64 on the CPU from the point of the engine: nothing is taken on trust from the device.
 */
export async function solveRelaxation(
  kernels: DenseKernels,
  problem: SplittingProblem,
  engine: SplittingEngine,
  settings: RelaxationSettings,
): Promise<Relaxation> {
  const clock = new SolveClock(settings.timeLimit, settings.signal);
  const { targets } = problem;
  const zero = new Float64Array((problem.forms.order * (problem.forms.order + 1)) / 2);
  const points = targets.map((y) => feasiblePoint(kernels, problem, y, { P: zero, M: zero }));
  const bounds = targets.map(() => 0);
  const open = new Set(targets.keys());
  let checkSeconds = 0;
  let iteration = 0;

  const check = async (): Promise<void> => {
    const start = performance.now();
    for (const k of open) {
      const point = await engine.read(k);
      bounds[k] = Math.max(bounds[k], lowerBound(kernels, problem, targets[k], point));
      const feasible = feasiblePoint(kernels, problem, targets[k], point);
      if (feasible.objective < points[k].objective) points[k] = feasible;
      if (relativeGap(points[k].objective, bounds[k]) <= settings.gap) {
        open.delete(k);
        engine.freeze(k);
      }
    }
    checkSeconds += (performance.now() - start) / 1000;
  };
  const totals = (): { lower: number; objective: number } => ({
    lower: bounds.reduce((sum, b) => sum + b, 0),
    objective: points.reduce((sum, p) => sum + p.objective, 0),
  });

  let status: RelaxationStatus = "solved";
  const steered = problem.loss.name === "squared";
  const ratio = balanceRatio(problem);
  let mark: Mark | undefined;
  let bestGap = Infinity;
  let bestGapAt = 0;
  let balanceAt = steered && settings.penaltyKnown === true ? Infinity : FIRST_BALANCE;
  let checkAt = 10;
  while (open.size > 0) {
    if (iteration >= settings.maxIterations || clock.stop !== undefined) {
      status = clock.stop ?? "iterationLimit";
      if (status === "timeLimit" && iteration > 0) await check();
      break;
    }
    // In pieces of about SLICE seconds, so that limits and Ctrl-C are heard.
    const piece = Math.max(1, Math.floor((SLICE * Math.max(1, iteration)) / (clock.seconds - checkSeconds)));
    const next = Math.min(balanceAt, checkAt, settings.maxIterations, iteration + piece);
    await engine.iterate(next - iteration);
    iteration = next;
    if (iteration === balanceAt) {
      balanceAt = steered && balanceAt >= STEER_FROM ? Infinity : nextBalance(balanceAt);
      await balance(engine, ratio);
    }
    if (iteration === checkAt || iteration === settings.maxIterations) {
      checkAt += Math.max(10, Math.round(0.08 * checkAt));
      await check();
      const { lower, objective } = totals();
      const gap = relativeGap(objective, lower);
      if (steered && open.size > 0 && iteration >= STEER_FROM + STEER_SPACING * (mark === undefined ? 0 : 1)) {
        if (mark === undefined || iteration - mark.iteration >= STEER_SPACING) {
          if (mark !== undefined && gap > STEER_GAP * settings.gap && gap > STEER_SLOW * mark.gap) {
            await steer(engine, mark, lower, objective);
          }
          mark = { iteration, lower, objective, gap };
        }
      }
      // A σ known from part of the samples that leaves the gap wide was no good: balanced after all.
      if (balanceAt === Infinity && iteration >= STEER_FROM && gap > STEER_WIDE) balanceAt = iteration + 1;
      if (gap < 0.9 * bestGap) {
        bestGap = gap;
        bestGapAt = iteration;
      } else if (open.size > 0 && iteration - bestGapAt > Math.max(LEAST_STALL, 0.3 * bestGapAt)) {
        await engine.refine?.(gap);
        bestGapAt = iteration;
      }
      settings.onProgress?.({
        iteration,
        lowerBound: lower,
        objective,
        relativeGap: gap,
        penalty: engine.penalty,
        seconds: clock.seconds,
      });
    }
    await clock.yieldIfDue();
  }
  const { lower, objective } = totals();
  let rank = 0;
  for (const k of targets.keys()) rank = Math.max(rank, ...engine.ranks(k));
  return {
    status,
    iterations: iteration,
    lowerBound: lower,
    objective,
    relativeGap: relativeGap(objective, lower),
    points,
    lowerBounds: bounds,
    rank,
    penalty: engine.penalty,
    checkSeconds,
    seconds: clock.seconds,
  };
}

/**
 * From this iteration on, σ is steered by how both ends of the gap move (squared loss), at checks so many iterations
 * apart, while the gap is so many times the one asked for and shrinks by less than a factor between them.
 */
const STEER_FROM = 27;
const STEER_SPACING = 20;
const STEER_GAP = 3;
const STEER_SLOW = 0.1;
const STEER_WIDE = 0.1;
const STEERING_ZONE = 1.5;
const WIDEST_STEERING_ZONE = 2.5;
const MOST_STEERING = 4;
/** Iterations without a smaller gap, at least, after which an engine is asked for more precision. */
const LEAST_STALL = 60;
/** See {@link solveRelaxation}. */
const SLICE = 0.25;
/** Where {@link pilotPenalty} stops. */
const PILOT_ITERATIONS = 160;
const PILOT_GAP = 1e-3;

/** The penalties that a short run arrives at. */
export async function pilotPenalty(
  kernels: DenseKernels,
  engine: SplittingEngine,
  problem: SplittingProblem,
): Promise<Penalties> {
  const limits = { gap: PILOT_GAP, maxIterations: PILOT_ITERATIONS, timeLimit: 0 };
  return (await solveRelaxation(kernels, problem, engine, limits)).penalty;
}

/** Between half and all of the entries of svec, r goes from one value to the other. */
function balanceRatio({ forms }: SplittingProblem): number {
  const share = (2 * forms.count) / (forms.order * (forms.order + 1));
  const part = Math.min(1, Math.max(0, 2 * share - 1));
  return FEW_SAMPLES_RATIO + part * (MANY_SAMPLES_RATIO - FEW_SAMPLES_RATIO);
}

/** The norm-ratio rule, for the matrices and for the predictions apart. */
async function balance(engine: SplittingEngine, ratio: number): Promise<void> {
  const { matrices, predictions } = await engine.norms();
  const old = engine.penalty;
  const zone = Math.min(WIDEST_DEAD_ZONE, DEAD_ZONE + 0.1 * engine.penaltyCost);
  const sigma = old.matrices * change(matrices, zone, ratio);
  const sigmaU = predictions === undefined ? old.predictions : old.predictions * change(predictions, zone, FEW_SAMPLES_RATIO);
  if (sigma !== old.matrices || sigmaU !== old.predictions) {
    await engine.setPenalty({ matrices: sigma, predictions: sigmaU });
  }
}

/** Both ends of the gap at a check. */
interface Mark {
  readonly iteration: number;
  readonly lower: number;
  readonly objective: number;
  readonly gap: number;
}

/**
 * σ ← σ·(fall of the objective/rise of the bound)² since the mark: a large σ favours the primal end of the gap, a small
 * one the dual end, and both should move alike. The square and the limits: fewest iterations where measured.
 */
async function steer(engine: SplittingEngine, mark: Mark, lower: number, objective: number): Promise<void> {
  const fall = mark.objective - objective;
  const rise = lower - mark.lower;
  if (!(fall > 0 || rise > 0)) return;
  const ratio = Math.min(MOST_STEERING, Math.max(1 / MOST_STEERING, (fall / rise) ** 2));
  const zone = Math.min(WIDEST_STEERING_ZONE, STEERING_ZONE + 0.1 * engine.penaltyCost);
  if (ratio > zone || ratio < 1 / zone) {
    const { matrices, predictions } = engine.penalty;
    await engine.setPenalty({ matrices: matrices * ratio, predictions });
  }
}

/** Factor on σ; 1 where the balance is near enough or nothing has moved yet. */
function change({ primal, dual }: NormPair, zone: number, target: number): number {
  if (primal === 0 && dual === 0) return 1;
  const ratio = Math.min(LARGEST_STEP, Math.max(1 / LARGEST_STEP, (target * dual) / primal));
  return ratio > zone || ratio < 1 / zone ? ratio : 1;
}

function nextBalance(iteration: number): number {
  return Math.min(Math.ceil(1.5 * iteration), iteration + LAST_BALANCE);
}
