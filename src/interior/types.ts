import type { Cone } from "../problem/cones.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";

/**
 * minimize ½xᵀPx + cᵀx subject to Ax + s = b, s ∈ K, with A explicit. P is given by its upper triangle;
 * entries below the diagonal are ignored.
 */
export interface InteriorProblem {
  readonly P?: SparseMatrix;
  readonly A: SparseMatrix;
  readonly c: Float64Array;
  readonly b: Float64Array;
  readonly cones: readonly Cone[];
}

/**
 * When the interior-point method stops. All are relative measures in the problem's own units; where a 1 is
 * added, it is replaced by the size of the data if that is smaller.
 */
export interface InteriorTolerances {
  /**
   * ‖Ax+s−b‖/(1+‖b‖) and ‖Px+Aᵀy+c‖/(1+‖c‖), ∞-norms of b and c, 2-norms of the residuals. Default 1e-8.
   */
  readonly feasibility: number;
  /** |xᵀPx+cᵀx+bᵀy|/(1+|primal|+|dual|). Default 1e-8. */
  readonly gap: number;
  /**
   * What gap and residuals together may hide of the objective: |gap| + Σ‖y_b‖‖r_b‖ over the cones + Σ|x_j
   * r_j|, relative to max(1, |primal|, |dual|). Default 100 times `gap`.
   */
  readonly objective: number;
  /** ‖Aᵀy‖∞ at bᵀy = −1, or ‖Ax+s‖∞ and ‖Px‖∞ at cᵀx = −1. Default 1e-8. */
  readonly infeasibility: number;
}

/** What is known after an iteration, in the problem's own units. */
export interface InteriorProgress {
  readonly iteration: number;
  readonly primalObjective: number;
  readonly dualObjective: number;
  /** Relative, as in {@link InteriorTolerances}. */
  readonly primalResidual: number;
  readonly dualResidual: number;
  readonly gap: number;
  readonly objectiveError: number;
  /** Complementarity of the embedding, in its scaled units. */
  readonly mu: number;
  readonly tau: number;
  readonly kappa: number;
  readonly step: number;
  readonly sigma: number;
  /** Seconds since the call. */
  readonly seconds: number;
}

export interface InteriorOptions {
  readonly tolerances?: Partial<InteriorTolerances>;
  /** Default 100. */
  readonly maxIterations?: number;
  /** Called after every iteration; "stop" returns the best point so far. */
  readonly onIteration?: (progress: InteriorProgress) => "continue" | "stop";
  /** Awaited several times per iteration; lets other work of the thread run. */
  readonly yieldIfDue?: () => Promise<void>;
}

export type InteriorReason =
  | "optimal"
  | "primalInfeasible"
  | "dualInfeasible"
  | "stalled"
  | "iterationLimit"
  | "stopped"
  | "numericalFailure";

/** Seconds spent. */
export interface InteriorTimings {
  total: number;
  setup: number;
  /** Forming and factoring the linear systems. */
  factorization: number;
  /** Solving them, refinement included. */
  solve: number;
  /** Scalings, steps and corrections of the cones. */
  cones: number;
}

export interface InteriorCounters {
  factorizations: number;
  solves: number;
  refinementSteps: number;
}

/** Candidate proof, normalised to bᵀy = −1 or cᵀx = −1; `residual` as in {@link InteriorTolerances}. */
export type CertificateCandidate =
  | { readonly kind: "primalInfeasible"; readonly y: Float64Array; readonly residual: number }
  | {
      readonly kind: "dualInfeasible";
      readonly x: Float64Array;
      readonly s: Float64Array;
      readonly residual: number;
    };

/** The point returned is the best one seen, with its measures in `best`. */
export interface InteriorResult {
  readonly reason: InteriorReason;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly s: Float64Array;
  readonly certificate?: CertificateCandidate;
  readonly best: InteriorProgress;
  readonly iterations: number;
  readonly timings: InteriorTimings;
  readonly counters: InteriorCounters;
}
