import type { Result } from "../solver/result.ts";
import type { Settings } from "../solver/settings.ts";
import { solve } from "../solver/solve.ts";
import { assembleRelaxation } from "./assemble.ts";
import type { AssembledRelaxation } from "./assemble.ts";
import type { Relaxation } from "./relaxation.ts";
import { readMoments } from "./moment-matrix.ts";
import type { Moments } from "./moment-matrix.ts";

/**
 * - `solved`: to the tolerance asked, or close to it (`accurate` false).
 * - `infeasible`: no moments exist, so the polynomial problem has no feasible point; verified certificate.
 * - `unbounded`: the relaxation has no finite value; verified certificate, or a monomial no matrix holds.
 * - `stopped`: interrupted or out of time. - `failed`: no value to rely on.
 */
export type RelaxationStatus = "solved" | "infeasible" | "unbounded" | "stopped" | "failed";

export interface SolvedRelaxation {
  readonly relaxation: Relaxation;
  readonly assembled: AssembledRelaxation;
  readonly status: RelaxationStatus;
  readonly accurate: boolean;
  /** Value of the relaxation in the scaled problem's units: the mean of primal and dual objective. */
  readonly value: number;
  readonly moments: Moments;
  /** Multipliers of all rows: Gram matrices and multipliers of equalities. */
  readonly dual: Float64Array;
  /** Of the conic solver; absent when the structure alone gave the answer. */
  readonly result: Result | undefined;
}

/** Solves a relaxation with the conic core. */
export async function solveRelaxation(
  relaxation: Relaxation,
  settings: Partial<Settings> = {},
  assembled = assembleRelaxation(relaxation),
): Promise<SolvedRelaxation> {
  if (relaxation.uncovered) {
    const empty = new Float64Array(assembled.conic.b.length);
    const moments = new Float64Array(relaxation.moments.length);
    return {
      relaxation,
      assembled,
      status: "unbounded",
      accurate: true,
      value: -Infinity,
      moments,
      dual: empty,
      result: undefined,
    };
  }
  const result = await solve(assembled.conic, settings);
  const offset = assembled.conic.objective?.offset ?? 0;
  const { primalObjective, dualObjective } = result.measures;
  const status = relaxationStatus(result);
  return {
    relaxation,
    assembled,
    status,
    accurate: result.status === "solved",
    value:
      status === "unbounded"
        ? -Infinity
        : status === "infeasible"
          ? Infinity
          : (primalObjective + dualObjective) / 2 + offset,
    moments: readMoments(relaxation, result.x),
    dual: result.y,
    result,
  };
}

function relaxationStatus({ status }: Result): RelaxationStatus {
  switch (status) {
    case "solved":
    case "solvedInaccurate":
      return "solved";
    case "primalInfeasible":
    case "primalInfeasibleInaccurate":
      return "infeasible";
    case "dualInfeasible":
    case "dualInfeasibleInaccurate":
      return "unbounded";
    case "interrupted":
    case "timeLimit":
      return "stopped";
    case "iterationLimit":
    case "numericalFailure":
      return "failed";
  }
}
