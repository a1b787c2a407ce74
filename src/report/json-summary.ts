import type { ConicProblem } from "../problem/conic-problem.ts";
import type { Result, Status } from "../solver/result.ts";
import { finiteOrNull } from "./format.ts";
import { sourceObjective } from "./objective.ts";
import { version } from "../version.ts";

/** What `--json` prints: numbers JSON cannot hold are null. Objectives are in the source's own convention. */
export interface JsonSummary {
  readonly status: Status;
  readonly iterations: number;
  /** Null when the problem was found infeasible or unbounded. */
  readonly primalObjective: number | null;
  readonly dualObjective: number | null;
  /** Rigorous bound on the optimal value of the minimisation (an upper bound where the source maximises). */
  readonly lowerBound: number | null;
  /** Rigorous bound from the other side, with a bound on the dual trace given. */
  readonly upperBound: number | null;
  readonly dimacs: readonly (number | null)[];
  /** Estimated absolute error of the objective: see {@link Measures.objectiveError}. */
  readonly objectiveError: number | null;
  readonly residuals: { readonly primal: number | null; readonly dual: number | null; readonly gap: number | null };
  readonly certificate: { readonly kind: string; readonly residual: number | null } | null;
  /** Each part's share; they do not add up to the total. */
  readonly seconds: Readonly<Record<keyof Result["seconds"], number>>;
  readonly counters: Result["counters"];
  /** Remarks on how the result came about. */
  readonly notes: readonly string[];
  readonly backend: string;
  readonly adapter: string;
  readonly precision: string;
  readonly version: string;
}

/** True for the statuses that say that the problem has no optimal value: a certificate stands instead. */
export function isInfeasible(status: Status): boolean {
  switch (status) {
    case "primalInfeasible":
    case "primalInfeasibleInaccurate":
    case "dualInfeasible":
    case "dualInfeasibleInaccurate":
      return true;
    case "solved":
    case "solvedInaccurate":
    case "interrupted":
    case "timeLimit":
    case "iterationLimit":
    case "numericalFailure":
      return false;
  }
}

/** The parts of a result that fit on a screen, as plain JSON. */
export function jsonSummary(problem: Pick<ConicProblem, "objective">, result: Result): JsonSummary {
  const { measures, certificate } = result;
  const stated = (value: number | undefined): number | null =>
    value === undefined ? null : finiteOrNull(sourceObjective(problem, value));
  const infeasible = isInfeasible(result.status);
  return {
    status: result.status,
    iterations: result.iterations,
    primalObjective: infeasible ? null : stated(measures.primalObjective),
    dualObjective: infeasible ? null : stated(measures.dualObjective),
    lowerBound: stated(result.lowerBound),
    upperBound: stated(result.upperBound),
    dimacs: measures.dimacs.map(finiteOrNull),
    objectiveError: infeasible ? null : finiteOrNull(measures.objectiveError),
    residuals: {
      primal: finiteOrNull(measures.primalResidual),
      dual: finiteOrNull(measures.dualResidual),
      gap: finiteOrNull(measures.dualityGap),
    },
    certificate: certificate ? { kind: certificate.kind, residual: finiteOrNull(certificate.residual) } : null,
    seconds: result.seconds,
    counters: result.counters,
    notes: result.notes,
    backend: result.backend,
    adapter: result.adapter,
    precision: result.precision,
    version,
  };
}
