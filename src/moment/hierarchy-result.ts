import type { AssembledRelaxation } from "./assemble.ts";
import type { CertifiedValue } from "./certify.ts";
import type { Candidate } from "./local/local-search.ts";
import type { Moments } from "./moment-matrix.ts";
import type { Relaxation } from "./relaxation.ts";
import type { ScaledProblem } from "./scaling.ts";
import type { RelaxationStatus } from "./solve-relaxation.ts";

/**
 * - `optimal`: a feasible point within the gap tolerance of the bound.
 * - `bounded`: a bound, but no point that meets it; a higher order may help.
 * - `unbounded`: the relaxation of the last order has no finite value (the problem itself is unbounded when
 *   `unboundedProblem`). - `infeasible`: no feasible point, certified. - `stopped`: interrupted or out of
 * time.
 * - `failed`: the solver gave no value to rely on.
 */
export type HierarchyStatus = "optimal" | "bounded" | "unbounded" | "infeasible" | "stopped" | "failed";

/** One relaxation of the hierarchy, in the problem's own units and sense. */
export interface OrderReport {
  readonly order: number;
  readonly status: RelaxationStatus;
  /** Status of the conic solver, for the log. */
  readonly solverStatus: string;
  readonly value: number;
  readonly certifiedBound: CertifiedValue;
  readonly flat: boolean;
  readonly ranks: readonly number[];
  readonly extractionResidual: number | undefined;
  readonly blocks: readonly { readonly size: number; readonly count: number }[];
  readonly moments: number;
  readonly cliques: number;
  readonly iterations: number;
  readonly seconds: number;
}

/**
 * Results are in the problem's own units. For a maximisation, "lower" reads "upper" and the other way round.
 */
export interface HierarchyResult {
  readonly status: HierarchyStatus;
  readonly order: number;
  /** Value of the last relaxation; ±Infinity when unbounded or infeasible, NaN when it was not solved. */
  readonly relaxationValue: number;
  /** Best rigorous bound of all orders. */
  readonly certifiedLowerBound: CertifiedValue;
  /** Value at the best feasible point found. */
  readonly upperBound: number | undefined;
  /** Points within the gap tolerance of the relaxation's value. */
  readonly minimizers: readonly Float64Array[];
  /** Best point found, minimiser or not, with its largest violation of a constraint. */
  readonly bestPoint: Candidate | undefined;
  readonly flat: boolean;
  readonly ranks: readonly number[];
  /** Eigenvalues of moment matrices below this times the largest were counted as zero. */
  readonly rankTolerance: number | undefined;
  readonly unboundedProblem: boolean;
  readonly orders: readonly OrderReport[];
  readonly notes: readonly string[];
  readonly seconds: number;
  readonly backend: string;
  /** The last relaxation, for certificates and further reading; in scaled units. */
  readonly last: LastRelaxation | undefined;
}

export interface LastRelaxation {
  readonly scaled: ScaledProblem;
  readonly relaxation: Relaxation;
  readonly assembled: AssembledRelaxation;
  readonly moments: Moments;
  readonly dual: Float64Array;
}
