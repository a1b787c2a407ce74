import type { Refiner } from "../backends/webgpu/solver-access.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";
import type { DeviceSession, DeviceSessions } from "./device-session.ts";
import { measurePoint } from "./phase.ts";
import type { MeasuredPoint, SolveContext } from "./phase.ts";
import type { Statistics } from "./statistics.ts";

/** Corrections at most; each wins about three digits. */
const MOST_CORRECTIONS = 8;
/** Iterations of one correction at most. */
const MOST_ITERATIONS = 1000;
/** A correction that leaves more than this of the error before it is the last one. */
const PROGRESS = 0.5;
/** Residual that a correction is to leave, relative: what is still missing to the tolerance, within these. */
const TOLERANCES = [3e-4, 3e-2] as const;
const MARGIN = 0.1;

export interface RefinementOutcome {
  readonly end: "solved" | "exhausted" | "interrupted" | "timeLimit";
  readonly point: MeasuredPoint;
  /** Whether a correction was kept. */
  readonly corrected: boolean;
  /** What was done, for the log. */
  readonly description: string;
}

/**
 * Takes a point of the device past f32 there: corrections found in f32 around a point in f64 (backends/webgpu/refine).
 * `exhausted`, with the best point, when the corrections stop winning. A lost device or one without memory is not an
 * error here: it ends the phase, with the best point.
 */
export async function refinementPhase(
  context: SolveContext,
  sessions: DeviceSessions,
  session: DeviceSession,
  start: ConicPoint,
  statistics: Statistics,
): Promise<RefinementOutcome> {
  const { problem, settings, kernels, clock } = context;
  const { counters } = statistics;
  const before = counters.splittingIterations;
  const allowed = Math.max(0, settings.maxIterations - before);
  let best = measurePoint(context, start);
  let refiner: Refiner | undefined;
  try {
    const began = clock.seconds;
    refiner = await sessions.refiner(session, kernels, start, problem);
    statistics.seconds.setup += clock.seconds - began;
    best = better(best, measurePoint(context, refiner.point));
    while (best.error > settings.eps && !clock.stop) {
      const { corrections, iterations } = refiner.traffic;
      if (corrections >= MOST_CORRECTIONS || iterations >= allowed) break;
      const wanted = (MARGIN * settings.eps) / best.error;
      const won = await refiner.correct({
        tolerance: Math.min(TOLERANCES[1], Math.max(TOLERANCES[0], wanted)),
        iterations: Math.min(MOST_ITERATIONS, allowed - iterations),
        stop: () => clock.stop !== undefined,
      });
      counters.splittingIterations = before + refiner.traffic.iterations;
      if (!won) break;
      const point = measurePoint(context, refiner.point);
      report(context, point, before + refiner.traffic.iterations, session.workspace.penalty);
      const last = !(point.error <= PROGRESS * best.error);
      best = better(best, point);
      if (last) break;
      await clock.yieldIfDue();
    }
    const corrected = refiner.traffic.corrections > 0;
    return { end: ending(context, best), point: best, corrected, description: describe(refiner, best) };
  } catch (error) {
    const fault = sessions.fault(error);
    if (fault === undefined) throw error;
    sessions.close();
    const reason = fault === "memory" ? "the device has not enough memory" : "the device was lost";
    const corrected = (refiner?.traffic.corrections ?? 0) > 0;
    return { end: "exhausted", point: best, corrected, description: `the refinement on the device ended: ${reason}` };
  } finally {
    if (session.device.lostReason === undefined) refiner?.release();
  }
}

function better(a: MeasuredPoint, b: MeasuredPoint): MeasuredPoint {
  return b.error < a.error ? b : a;
}

function ending({ settings, clock }: SolveContext, { error }: MeasuredPoint): RefinementOutcome["end"] {
  return error <= settings.eps ? "solved" : (clock.stop ?? "exhausted");
}

function describe({ traffic }: Refiner, { error }: MeasuredPoint): string {
  const { corrections, iterations, sentBytes, receivedBytes } = traffic;
  const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;
  return (
    `refined on the device to an error of ${error.toExponential(1)}: corrections ${corrections}, iterations ` +
    `${iterations}, sent ${kilobytes(sentBytes)}, received ${kilobytes(receivedBytes)}`
  );
}

function report({ settings, clock }: SolveContext, { measures }: MeasuredPoint, iteration: number, penalty: number): void {
  settings.onIteration?.({
    phase: "splitting",
    iteration,
    primalResidual: measures.primalResidual / measures.primalScale,
    dualResidual: measures.dualResidual / measures.dualScale,
    gap: measures.dualityGap / measures.objectiveScale,
    primalObjective: measures.primalObjective,
    dualObjective: measures.dualObjective,
    penalty,
    seconds: clock.seconds,
  });
}
