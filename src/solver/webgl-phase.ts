import type { DeviceOutcome } from "./device-phase.ts";
import { equilibrateProblem } from "./equilibrate.ts";
import type { SolveContext } from "./phase.ts";
import { splittingPhase } from "./splitting-phase.ts";
import type { SplittingSettings } from "./splitting-settings.ts";
import type { SplittingStart } from "./splitting.ts";
import type { Statistics } from "./statistics.ts";

/**
 * The splitting on the CPU with the projections of large PSD blocks on WebGL, in f32. When WebGL fails in the middle the
 * projections go back to the CPU and the splitting goes on. Loads gpu.js.
 *
 * @throws UnsupportedError when the settings insist on WebGL and there is none.
 */
export async function webGlPhase(
  context: SolveContext,
  splitting: SplittingSettings,
  start: SplittingStart,
  statistics: Statistics,
  notes: string[],
): Promise<DeviceOutcome> {
  const { problem, settings, kernels, clock } = context;
  const began = clock.seconds;
  const { openWebGl } = await import("../backends/webgl/solver-access.ts");
  const { equilibrate, rhoX, penalty } = splitting;
  const access = await openWebGl(
    equilibrateProblem(problem, { equilibrate, embedding: "frozen" }),
    { embedding: "frozen", rhoX, penalty, linearSolver: settings.linearSolver },
    kernels,
    settings.backend === "webgl",
  );
  statistics.seconds.setup += clock.seconds - began;
  const point = start === "cold" || start === "resume" ? undefined : start;
  if (!access.workspace) return { done: false, reason: access.reason, point };
  notes.push(`semidefinite blocks from order ${access.from} on are projected by WebGL2 on ${access.renderer}`);
  try {
    const outcome = await splittingPhase(context, access.workspace, splitting, start, statistics);
    const fault = access.fault();
    if (fault !== undefined) notes.push(`WebGL failed (${fault}); its blocks went back to the CPU`);
    return { done: true, outcome, adapter: access.renderer, profile: [], refined: false };
  } finally {
    access.release();
  }
}

/** Whether "auto" may turn to WebGL here: in a browser, with a graphics card behind WebGL2. */
export async function webGlIsHere(): Promise<boolean> {
  if (typeof OffscreenCanvas !== "function") return false;
  const { hasWebGlCard } = await import("../backends/webgl/solver-access.ts");
  return hasWebGlCard();
}
