import type { Entry } from "./index-file.ts";
import type { Outcome } from "./solvers.ts";

/** How an outcome stands against what the index knows. */
export interface Verdict {
  /** |objective − reference| / |reference| (absolute below 1e-3); undefined without either. */
  readonly error: number | undefined;
  /** Right status, and the objective within `tolerance`; undefined when the index knows nothing. */
  readonly right: boolean | undefined;
  /** An answer claimed with confidence that is wrong: the worst case. */
  readonly falseClaim: boolean;
}

/** Judges an outcome with a relative tolerance on the objective, or the reference's own spread where that is wider. */
export function judge(entry: Entry, outcome: Outcome, tolerance: number): Verdict {
  const { reference, expected, spread } = entry;
  const scale = reference === undefined || Math.abs(reference) < 1e-3 ? 1 : Math.abs(reference);
  const error =
    reference === undefined || outcome.objective === undefined
      ? undefined
      : Math.abs(outcome.objective - reference) / scale;
  if (expected === undefined) return { error, right: undefined, falseClaim: false };
  const close = error !== undefined && error <= Math.max(tolerance, spread / scale);
  const claims = ["solved", "primalInfeasible", "dualInfeasible"].includes(outcome.status);
  const right = outcome.status === expected && (expected !== "solved" || close);
  return { error, right, falseClaim: claims && !right };
}
