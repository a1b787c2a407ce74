import type { Measure, Workspace } from "../backends/backend.ts";
import { residualScales } from "./measures.ts";
import { measurePoint } from "./phase.ts";
import type { MeasuredPoint, PhaseEnd, PhaseOutcome, SolveContext } from "./phase.ts";
import { driftSlack } from "./termination.ts";
import { referenceTest } from "./reference-termination.ts";
import type { Certificate } from "./result.ts";
import type { SplittingSettings } from "./splitting-settings.ts";
import { runSplitting } from "./splitting.ts";
import type { Check, SplittingStart } from "./splitting.ts";
import { ConvergenceMonitor } from "./convergence.ts";
import type { Statistics } from "./statistics.ts";

/**
 * A check measures the point in full once its quick errors are within this factor of the tolerance; in f32 earlier, since
 * the quick errors then hold rounding that the f64 point does not.
 */
const FULL_MEASURE_FACTOR = { f64: 4, f32: 50 } as const;
/**
 * A candidate ray is verified once ‖Aᵀy‖ or ‖Ax+s‖ over −bᵀy or −cᵀx is within this factor of the tolerance; in f32
 * earlier, since rays of a device are put right in f64 first.
 */
const RAY_FACTOR = { f64: 1e3, f32: 1e5 } as const;

/** A phase that may give up does so once it is this far into its budget and forecasts more than that many budgets. */
const HOPELESS_FROM = 0.15;
const HOPELESS_BUDGETS = 3;

/**
 * A frozen embedding that has not settled the problem by this iteration, makes no progress, and whose differences
 * look like a ray within this tolerance, is called diverging: the homogeneous embedding finds certificates faster.
 */
const DIVERGING_FROM = 400;
const DIVERGING_RAY = 1e-2;

/** In f32 the residuals stop falling: this many iterations without a tenth less mean that the floor is reached. */
const FLOOR_PATIENCE = 150;
const FLOOR_PROGRESS = 0.9;
const FLOOR_FROM = 1e-2;

type Stop = "solved" | "certificate" | "reference" | "hopeless" | "diverging";

/**
 * Runs the splitting until the problem is settled or `maxIterations` of this phase are used up. With `reference`
 * the loop stops at SCS's own test and infeasibility at SCS's own rays; what is reported is measured as always.
 * `mayGiveUp`: end before the budget is used up when the forecast is that it will not do by far.
 */
export async function splittingPhase(
  context: SolveContext,
  workspace: Workspace,
  splitting: SplittingSettings,
  start: SplittingStart,
  statistics: Statistics,
  mayGiveUp = false,
): Promise<PhaseOutcome> {
  const { settings, clock, verifier } = context;
  const reference = settings.method === "reference";
  const { eps, epsInfeasible } = settings;
  let solved: MeasuredPoint | undefined;
  let certificate: Certificate | undefined;
  const monitor = new ConvergenceMonitor();
  const single = workspace.precision === "f32";
  const width = single ? "f32" : "f64";
  let best: MeasuredPoint | undefined;
  let lowest = Infinity;
  let lowestAt = 0;

  const onCheck = async (check: Check): Promise<"continue" | Stop> => {
    const { measure } = check;
    const quick = quickErrors(measure);
    const worst = Math.max(quick.primalResidual, quick.dualResidual, quick.gap);
    monitor.record(check.iteration, 0.5 * measure.xPx + measure.cx, -0.5 * measure.xPx - measure.by, worst);
    settings.onIteration?.({
      phase: "splitting",
      iteration: check.iteration,
      ...quick,
      primalObjective: 0.5 * measure.xPx + measure.cx,
      dualObjective: -0.5 * measure.xPx - measure.by,
      penalty: check.penalty,
      seconds: clock.seconds,
    });
    if (reference) {
      const verdict = referenceTest(measure, { epsAbs: eps, epsRel: eps, epsInfeasible });
      if (verdict === "continue") return "continue";
      if (verdict !== "solved") certificate = await verifyRay(check, verdict);
      return verdict === "solved" ? "reference" : certificate ? "certificate" : "continue";
    }
    if (worst <= FULL_MEASURE_FACTOR[width] * eps) {
      const point = measurePoint(context, await check.readPoint());
      if (!(best && best.error <= point.error)) best = point;
      if (point.error <= eps && monitor.objectiveDrift() <= driftSlack * eps * point.measures.objectiveScale) {
        solved = point;
        return "solved";
      }
    }
    const kind = hint(measure, RAY_FACTOR[width] * epsInfeasible);
    if (kind) certificate = await verifyRay(check, kind);
    if (certificate) return "certificate";
    if (
      splitting.embedding === "frozen" &&
      check.iteration >= DIVERGING_FROM &&
      monitor.iterationsLeft(eps) === Infinity &&
      hint(measure, DIVERGING_RAY)
    ) {
      return "diverging";
    }
    if (worst <= FLOOR_PROGRESS * lowest) {
      lowest = worst;
      lowestAt = check.iteration;
    } else if (single && worst <= FLOOR_FROM && check.iteration - lowestAt >= FLOOR_PATIENCE) return "hopeless";
    const budget = splitting.maxIterations;
    const late = mayGiveUp && check.iteration >= HOPELESS_FROM * budget;
    return late && check.iteration + monitor.iterationsLeft(eps) > HOPELESS_BUDGETS * budget ? "hopeless" : "continue";
  };

  async function verifyRay(check: Check, kind: Certificate["kind"]): Promise<Certificate | undefined> {
    const ray = await check.readRay();
    return kind === "primalInfeasible"
      ? verifier.primalInfeasible(ray.y, epsInfeasible)
      : verifier.dualInfeasible(ray.x, epsInfeasible);
  }

  const outcome = await runSplitting<Stop>(
    workspace,
    { ...splitting, ...(Number.isFinite(clock.secondsLeft) && { timeLimit: clock.secondsLeft }) },
    start,
    { onCheck, ...(settings.signal && { signal: settings.signal }) },
  );

  const { seconds, counters } = statistics;
  seconds.linearSolve += outcome.timings.linearSolve;
  seconds.projection += outcome.timings.projection;
  seconds.acceleration += outcome.timings.acceleration;
  counters.splittingIterations += outcome.iterations;
  counters.factorizations += outcome.counters.factorizations;
  counters.conjugateGradientSteps += outcome.counters.conjugateGradientSteps;
  counters.accelerationAccepted += outcome.counters.accelerationAccepted;
  counters.accelerationRejected += outcome.counters.accelerationRejected;
  counters.penaltyUpdates += outcome.counters.penaltyUpdates;

  const last = solved ?? measurePoint(context, outcome.point);
  const point = best && !(last.error <= best.error) ? best : last;
  const end = phaseEnd(outcome.reason, point.error <= eps);
  return { end, point, ...(certificate && { certificate }) };
}

function phaseEnd(reason: Stop | "iterationLimit" | "timeLimit" | "interrupted" | "nonFinite", met: boolean): PhaseEnd {
  switch (reason) {
    case "solved":
    case "certificate":
    case "diverging":
    case "interrupted":
    case "timeLimit":
    case "nonFinite":
      return reason;
    case "reference":
      return met ? "solved" : "referenceTest";
    case "hopeless":
    case "iterationLimit":
      return met ? "solved" : "exhausted";
  }
}

/** Scaled residuals and gap from the loop's own scalars. */
function quickErrors(m: Measure): { primalResidual: number; dualResidual: number; gap: number } {
  const { primal, dual } = residualScales({
    normB: m.normB,
    normC: m.normC,
    primalSize: Math.max(m.normB, m.normAx, m.normS),
    dualSize: Math.max(m.normC, m.normPx, m.normAty),
  });
  const primalObjective = 0.5 * m.xPx + m.cx;
  const dualObjective = -0.5 * m.xPx - m.by;
  const size = Math.max(1, Math.abs(primalObjective), Math.abs(dualObjective));
  return {
    primalResidual: m.primalResidual / primal,
    dualResidual: m.dualResidual / dual,
    gap: Math.abs(primalObjective - dualObjective) / size,
  };
}

/** Which kind of infeasibility the iterates' differences hint at. */
function hint({ ray }: Measure, factor: number): Certificate["kind"] | undefined {
  if (!ray) return undefined;
  if (ray.by < 0 && ray.normAty <= -factor * ray.by) return "primalInfeasible";
  if (ray.cx < 0 && Math.max(ray.normAxs, ray.normPx) <= -factor * ray.cx) return "dualInfeasible";
  return undefined;
}
