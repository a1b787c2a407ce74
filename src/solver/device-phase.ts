import { UnsupportedError } from "../errors.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";
import { chooseRefinement, CORRECTED_FROM, stopsEarly } from "./handover.ts";
import type { PhaseEnd, PhaseOutcome, SolveContext } from "./phase.ts";
import { refinementPhase } from "./refinement-phase.ts";
import type { KernelTime } from "./result.ts";
import { splittingPhase } from "./splitting-phase.ts";
import type { SplittingSettings } from "./splitting-settings.ts";
import type { SplittingStart } from "./splitting.ts";
import type { Statistics } from "./statistics.ts";
import type { DeviceSession, DeviceSessions } from "./device-session.ts";

/** A lost device is replaced this many times before the CPU takes over. */
const MOST_REBUILDS = 3;

/** Ends of the splitting from which corrections go on. */
const REFINED: readonly PhaseEnd[] = ["solved", "exhausted"];

/** The splitting on a device, or why it could not go on there (then `point` is where the CPU may start). */
export type DeviceOutcome =
  | {
      readonly done: true;
      readonly outcome: PhaseOutcome;
      readonly adapter: string;
      readonly profile: readonly KernelTime[];
      /** Whether corrections on the device took the point past f32. */
      readonly refined: boolean;
    }
  | { readonly done: false; readonly reason: string; readonly point: ConicPoint | undefined };

/**
 * Runs the splitting on the device. When the device is lost, at any moment, a fresh one goes on from the last point that
 * was copied to the host; after {@link MOST_REBUILDS} losses, or when memory does not suffice, the caller must.
 */
export async function devicePhase(
  context: SolveContext,
  sessions: DeviceSessions,
  splitting: SplittingSettings,
  start: SplittingStart,
  statistics: Statistics,
  notes: string[],
): Promise<DeviceOutcome> {
  let point: ConicPoint | undefined = start === "cold" || start === "resume" ? undefined : start;
  let { penalty } = splitting;
  for (let losses = 0; ; losses++) {
    let session: DeviceSession | undefined;
    try {
      const began = context.clock.seconds;
      session = await sessions.open(context.problem, context.settings, { ...splitting, penalty }, context.kernels);
      statistics.seconds.setup += context.clock.seconds - began;
      const { workspace } = session;
      const left = splitting.maxIterations - statistics.counters.splittingIterations;
      const refinement = plannedRefinement(context, session);
      const outcome = await splittingPhase(
        refinement?.early ? atLeast(context, CORRECTED_FROM) : context,
        workspace,
        { ...splitting, maxIterations: Math.max(1, left) },
        point ?? "cold",
        statistics,
      );
      const { adapter } = workspace;
      const unfinished = REFINED.includes(outcome.end) && outcome.point.error > context.settings.eps;
      if (!unfinished || refinement?.on !== "device") {
        if (unfinished && context.settings.precision === "refined" && refinement) {
          notes.push(`past f32 on the CPU: ${refinement.reason}`);
        }
        const end = unfinished ? "exhausted" : outcome.end;
        const profile = await session.profile();
        return { done: true, outcome: { ...outcome, end }, adapter, profile, refined: false };
      }
      const refined = await refinementPhase(context, sessions, session, outcome.point, statistics);
      notes.push(refined.description);
      const profile = session.device.lostReason === undefined ? await session.profile() : [];
      return { done: true, outcome: refined, adapter, profile, refined: refined.corrected };
    } catch (error) {
      const fault = sessions.fault(error);
      if (fault === undefined) {
        if (losses > 0 && error instanceof UnsupportedError) {
          return { done: false, reason: "the device was lost and none took its place", point };
        }
        throw error;
      }
      if (session) {
        const { workspace } = session;
        statistics.counters.splittingIterations += workspace.measuredAt;
        if (workspace.checkpoint) {
          point = workspace.checkpoint;
          penalty = workspace.penalty;
        }
      }
      sessions.close();
      if (fault === "memory") return { done: false, reason: "the device has not enough memory", point };
      if (losses >= MOST_REBUILDS) return { done: false, reason: `the device was lost ${losses + 1} times`, point };
      notes.push("the device was lost; a fresh one goes on from the last checkpoint");
    }
  }
}

/** Who goes past f32 if need be, and whether f32 ends early for it; undefined where the settings end with f32. */
function plannedRefinement(
  { problem, settings }: SolveContext,
  { device }: DeviceSession,
): { readonly on: "device" | "cpu"; readonly reason: string; readonly early: boolean } | undefined {
  const { precision, refinement, eps } = settings;
  if (precision === "f32") return undefined;
  const { software } = device.adapter;
  const { on, reason } = chooseRefinement(problem, software, refinement);
  const early = (on === "device" || precision === "refined") && stopsEarly(problem, software, on, eps);
  return { on, reason, early };
}

/** The same solve with a tolerance that is no tighter than this. */
function atLeast(context: SolveContext, eps: number): SolveContext {
  return { ...context, settings: { ...context.settings, eps: Math.max(eps, context.settings.eps) } };
}
