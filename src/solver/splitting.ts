import type { Awaitable, Measure, Workspace, WorkspaceStatistics } from "../backends/backend.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";
import { createAcceleration } from "./acceleration.ts";
import { nextTask } from "./next-task.ts";
import { createPenaltyRule } from "./penalty.ts";
import type { SplittingSettings } from "./splitting-settings.ts";
import { requireWarmStart } from "./warm-start.ts";

/** What a check sees: scalars at once, vectors on demand (original units). */
export interface Check {
  readonly iteration: number;
  readonly measure: Measure;
  readonly penalty: number;
  /** Seconds since the loop began. */
  readonly seconds: number;
  readPoint(): Awaitable<ConicPoint>;
  readRay(): Awaitable<ConicPoint>;
}

export interface SplittingCallbacks<Stop extends string> {
  /** Every `checkEvery` iterations, from iteration 0 on: "continue" or a reason to stop. */
  readonly onCheck?: (check: Check) => Awaitable<"continue" | Stop>;
  /** Aborting ends the loop within about 50 ms plus one iteration. */
  readonly signal?: AbortSignal;
}

/** Where the iteration begins: zero, a point in original units, or where the workspace stands. */
export type SplittingStart = "cold" | "resume" | ConicPoint;

export interface SplittingOutcome<Stop extends string> {
  /** What `onCheck` returned, or why the loop ended without it. */
  readonly reason: Stop | "iterationLimit" | "timeLimit" | "interrupted" | "nonFinite";
  readonly iterations: number;
  /** The current point in original units, whatever the reason. */
  readonly point: ConicPoint;
  /** Candidate directions of infeasibility, unscaled and of any length. */
  readonly ray: ConicPoint;
  readonly measure: Measure;
  readonly penalty: number;
  readonly counters: SplittingCounters;
  /** Seconds. */
  readonly timings: SplittingTimings;
}

export interface SplittingCounters {
  readonly factorizations: number;
  readonly conjugateGradientSteps: number;
  readonly accelerationAccepted: number;
  readonly accelerationRejected: number;
  readonly penaltyUpdates: number;
}

export interface SplittingTimings {
  readonly total: number;
  readonly linearSolve: number;
  readonly projection: number;
  readonly acceleration: number;
  readonly other: number;
}

/** The event loop gets a turn this often, in milliseconds. */
const YIELD_EVERY = 50;

/**
 * Douglas–Rachford splitting on the homogeneous embedding (O'Donoghue, 2021) or with τ frozen at 1:
 *
 *     ũ ← (I + Q)⁻¹ v,   u ← Π(2ũ − v),   v ← v + α(u − ũ),
 *
 * with a penalty that follows the iterates and an optional acceleration of v.
 *
 * @throws WarmStartError when the starting point does not fit the problem or is not finite.
 */
export async function runSplitting<Stop extends string = never>(
  workspace: Workspace,
  settings: SplittingSettings,
  start: SplittingStart = "cold",
  callbacks: SplittingCallbacks<Stop> = {},
): Promise<SplittingOutcome<Stop>> {
  const began = performance.now();
  const before = { ...workspace.statistics };
  const seconds = (): number => (performance.now() - began) / 1000;
  const rule = createPenaltyRule(settings.penaltyRule);
  const acceleration = createAcceleration(workspace, settings);
  let accelerationTime = 0;
  let penaltyUpdates = 0;
  let lastYield = began;
  let measure: Measure | undefined;
  let reason: SplittingOutcome<Stop>["reason"] = "iterationLimit";

  if (start === "cold") {
    workspace.start();
    workspace.setPenalty(settings.penalty);
  } else if (start !== "resume") workspace.start(requireWarmStart(start, workspace));

  let k = 0;
  for (; k < settings.maxIterations; k++) {
    let clock = performance.now();
    await acceleration.extrapolate(k);
    accelerationTime += performance.now() - clock;

    workspace.affineStep(k);
    workspace.coneStep(k);

    const mayChangePenalty = await acceleration.permitsPenaltyChange(k);
    const checking = k % settings.checkEvery === 0;
    if (checking || (mayChangePenalty && rule.due(k))) {
      measure = await workspace.measure(k);
      if (checking) {
        const verdict = await check(measure);
        if (verdict !== "continue") {
          reason = verdict;
          break;
        }
      }
      const movement = mayChangePenalty && rule.due(k) ? await workspace.movement() : undefined;
      const penalty = mayChangePenalty ? rule.next(workspace.penalty, measure, movement) : undefined;
      if (penalty !== undefined && penalty !== workspace.penalty) {
        workspace.setPenalty(penalty);
        acceleration.reset();
        penaltyUpdates++;
      }
    }

    clock = performance.now();
    await acceleration.advance();
    accelerationTime += performance.now() - clock;

    if (performance.now() - lastYield > YIELD_EVERY) {
      await nextTask();
      lastYield = performance.now();
      if (callbacks.signal?.aborted) {
        reason = "interrupted";
        break;
      }
      if (settings.timeLimit !== undefined && seconds() > settings.timeLimit) {
        reason = "timeLimit";
        break;
      }
    }
  }

  async function check(now: Measure): Promise<SplittingOutcome<Stop>["reason"] | "continue"> {
    if (!isFinite(now)) return "nonFinite";
    if (callbacks.signal?.aborted) return "interrupted";
    if (!callbacks.onCheck) return "continue";
    return callbacks.onCheck({
      iteration: now.iteration,
      measure: now,
      penalty: workspace.penalty,
      seconds: seconds(),
      readPoint: () => workspace.readPoint(),
      readRay: () => workspace.readRay(),
    });
  }

  if (measure?.iteration !== k) measure = await workspace.measure(k);
  const point = await workspace.readPoint();
  const ray = await workspace.readRay();
  return {
    reason,
    iterations: k,
    point,
    ray,
    measure,
    penalty: workspace.penalty,
    counters: {
      factorizations: workspace.statistics.factorizations - before.factorizations,
      conjugateGradientSteps: workspace.statistics.conjugateGradientSteps - before.conjugateGradientSteps,
      accelerationAccepted: acceleration.accepted,
      accelerationRejected: acceleration.rejected,
      penaltyUpdates,
    },
    timings: timings(workspace.statistics, before, accelerationTime / 1000, seconds()),
  };
}

function timings(
  after: WorkspaceStatistics,
  before: WorkspaceStatistics,
  acceleration: number,
  total: number,
): SplittingTimings {
  const linearSolve = after.linearSolve - before.linearSolve;
  const projection = after.projection - before.projection;
  const other = Math.max(0, total - linearSolve - projection - acceleration);
  return { total, linearSolve, projection, acceleration, other };
}

function isFinite(m: Measure): boolean {
  return Number.isFinite(m.primalResidual + m.dualResidual + m.cx + m.by + m.xPx);
}
