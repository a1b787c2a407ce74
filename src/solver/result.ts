import type { ConicPoint } from "../problem/conic-problem.ts";

/**
 * How a solve ended.
 * - `solved`: all tests of termination.ts hold at the tolerance asked, in f64, on the original data.
 * - `solvedInaccurate`: they hold only at the loosened tolerance, and no phase could do better.
 * - `primalInfeasible` / `dualInfeasible` (and inaccurate forms): a certificate was verified.
 * - `interrupted`, `timeLimit`, `iterationLimit`: the current point with its true residuals.
 * - `numericalFailure`: no usable point.
 */
export type Status =
  | "solved"
  | "solvedInaccurate"
  | "primalInfeasible"
  | "primalInfeasibleInaccurate"
  | "dualInfeasible"
  | "dualInfeasibleInaccurate"
  | "interrupted"
  | "timeLimit"
  | "iterationLimit"
  | "numericalFailure";

/**
 * The six error measures of the 7th DIMACS implementation challenge, in the SDPA reading: X is our y, (y, Z) our
 * (x, s). With ‖b‖ and ‖c‖ the largest magnitudes, r_d = Px + Aᵀy + c, r_p = Ax + s − b:
 * ‖r_d‖₂/(1+‖c‖), dist(y, K*)/(1+‖c‖), ‖r_p‖₂/(1+‖b‖), dist(s, K)/(1+‖b‖), (p − d)/(1+|p|+|d|), sᵀy/(1+|p|+|d|).
 * A distance is −λ_min for a PSD block and Euclidean for the others. The fifth may be negative.
 */
export type DimacsErrors = readonly [number, number, number, number, number, number];

/** What is measured of a point in f64 on the original data, in the problem's own units. */
export interface Measures {
  /** ‖Ax + s − b‖∞. */
  readonly primalResidual: number;
  /** ‖Px + Aᵀy + c‖∞. */
  readonly dualResidual: number;
  /** |xᵀPx + cᵀx + bᵀy|. */
  readonly dualityGap: number;
  /** ½xᵀPx + cᵀx. */
  readonly primalObjective: number;
  /** −½xᵀPx − bᵀy. */
  readonly dualObjective: number;
  /** What primalResidual, dualResidual and dualityGap are held against: eps times these (termination.ts). */
  readonly primalScale: number;
  readonly dualScale: number;
  readonly objectiveScale: number;
  readonly dimacs: DimacsErrors;
  /**
   * Estimated error of the objective: what the residuals can hide, |gap| + ‖y‖·‖r_p‖ + ‖x‖·‖r_d‖ by blocks
   * (termination.ts), absolute.
   */
  readonly objectiveError: number;
}

/** A Farkas-type proof, verified in f64. */
export type Certificate =
  | {
      /** bᵀy = −1, y ∈ K*, ‖Aᵀy‖∞ = residual. */
      readonly kind: "primalInfeasible";
      readonly y: Float64Array;
      readonly residual: number;
    }
  | {
      /** cᵀx = −1, s ∈ K, ‖Ax + s‖∞ and ‖Px‖∞ ≤ residual. */
      readonly kind: "dualInfeasible";
      readonly x: Float64Array;
      readonly s: Float64Array;
      readonly residual: number;
    };

export interface Timings {
  readonly total: number;
  readonly setup: number;
  readonly linearSolve: number;
  readonly projection: number;
  readonly acceleration: number;
  /** Second-order phase, when it ran. */
  readonly interior: number;
}

export interface Counters {
  readonly splittingIterations: number;
  readonly interiorIterations: number;
  readonly factorizations: number;
  readonly conjugateGradientSteps: number;
  readonly accelerationAccepted: number;
  readonly accelerationRejected: number;
  readonly penaltyUpdates: number;
}

/** Device time of one kernel over a solve. */
export interface KernelTime {
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** Everything a solve returns. Vectors and numbers are in the units of the ConicProblem. */
export interface Result extends ConicPoint {
  readonly status: Status;
  readonly iterations: number;
  readonly measures: Measures;
  readonly certificate?: Certificate;
  /** Rigorous lower bound on the optimal value (in the ConicProblem's minimisation), with `traceBound` given. */
  readonly lowerBound?: number;
  /** Rigorous upper bound on the dual optimal value (hence on the primal one, without a gap), with `dualTraceBound` given. */
  readonly upperBound?: number;
  /** Remarks on how the result came about: phases, fall-backs, why a bound could not be given. */
  readonly notes: readonly string[];
  readonly seconds: Timings;
  readonly counters: Counters;
  /** Device time per kernel, when `profile` was asked for and the adapter has timestamps. */
  readonly profile?: readonly KernelTime[];
  readonly backend: string;
  readonly adapter: string;
  readonly precision: string;
}
