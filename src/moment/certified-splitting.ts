import { createCpuWorkspace } from "../backends/cpu/create-workspace.ts";
import type { DenseKernels } from "../linear/dense-kernels.ts";
import { validateProblem } from "../problem/validate.ts";
import { equilibrateProblem } from "../solver/equilibrate.ts";
import { planHandover } from "../solver/handover.ts";
import { runSplitting } from "../solver/splitting.ts";
import { splittingSettings } from "../solver/splitting-settings.ts";
import type { AssembledRelaxation } from "./assemble.ts";
import { readMoments } from "./moment-matrix.ts";
import type { Moments } from "./moment-matrix.ts";
import type { Relaxation } from "./relaxation.ts";

/** Iterations between two certificates. */
const CHECK_EVERY = 25;
const MOST_ITERATIONS = 20_000;

export interface GapTest {
  /** A rigorous lower bound from multipliers, −Infinity when there is none. */
  readonly lower: (dual: Float64Array) => number;
  /** A value at a feasible point, helped by the moments. */
  readonly upper: (moments: Moments) => Promise<number>;
  /** (upper − lower)/max(1, |upper|) to stop at. */
  readonly gapTolerance: number;
  /** Seconds; 0 = none. */
  readonly timeLimit: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

export interface GapOutcome {
  readonly reason: "gap" | "limit" | "stopped";
  readonly moments: Moments;
  /** The multipliers with the best certificate. */
  readonly dual: Float64Array;
  readonly lower: number;
  readonly iterations: number;
}

/** Whether the conic core would leave this relaxation to the splitting alone. */
export function needsSplitting({ conic }: AssembledRelaxation): boolean {
  return planHandover(validateProblem(conic)).splittingIterations === Infinity;
}

/**
 * Runs the splitting on a relaxation until the certified gap is small: for problems in a box a bound holds
 * for any multipliers, and closes long before residuals are small.
 */
export async function splitUntilCertified(
  relaxation: Relaxation,
  assembled: AssembledRelaxation,
  kernels: DenseKernels,
  test: GapTest,
): Promise<GapOutcome> {
  const settings = splittingSettings({
    checkEvery: CHECK_EVERY,
    maxIterations: MOST_ITERATIONS,
    ...(test.timeLimit > 0 && { timeLimit: test.timeLimit }),
  });
  const { equilibrate, embedding, rhoX, penalty } = settings;
  const equilibrated = equilibrateProblem(validateProblem(assembled.conic), { equilibrate, embedding });
  const workspace = createCpuWorkspace(equilibrated, { embedding, rhoX, penalty }, kernels);
  const offset = assembled.conic.objective?.offset ?? 0;
  let lower = -Infinity;
  let dual = new Float64Array(assembled.conic.b.length);
  const outcome = await runSplitting<"gap">(workspace, settings, "cold", {
    ...(test.signal && { signal: test.signal }),
    onCheck: async (check) => {
      if (check.iteration === 0) return "continue";
      const { x, y } = await check.readPoint();
      const upper = await test.upper(readMoments(relaxation, x));
      // Nothing is certified before the multipliers' own objective is near enough.
      const estimate = offset - dotProduct(assembled.conic.b, y);
      if (upper - estimate > 20 * test.gapTolerance * Math.max(1, Math.abs(upper))) return "continue";
      const bound = test.lower(y);
      if (bound > lower) {
        lower = bound;
        dual = Float64Array.from(y);
      }
      const gap = (upper - lower) / Math.max(1, Math.abs(upper));
      test.onProgress?.(
        `splitting ${check.iteration}: certified gap ${gap.toExponential(1)}, ${check.seconds.toFixed(1)} s`,
      );
      return gap <= test.gapTolerance ? "gap" : "continue";
    },
  });
  const { reason } = outcome;
  return {
    reason: reason === "gap" ? "gap" : reason === "iterationLimit" ? "limit" : "stopped",
    moments: readMoments(relaxation, outcome.point.x),
    dual: lower > -Infinity ? dual : outcome.point.y,
    lower,
    iterations: outcome.iterations,
  };
}

function dotProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
