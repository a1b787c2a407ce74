import type { Cone } from "./cones.ts";
import type { LinearOperator } from "./operators/linear-operator.ts";
import type { SparseMatrix } from "./sparse-matrix.ts";

/**
 * minimize ½xᵀPx + cᵀx subject to Ax + s = b, s ∈ K;
 * dual: maximize −½xᵀPx − bᵀy subject to Px + Aᵀy + c = 0, y ∈ K*.
 * x ∈ Rⁿ (n = c.length), s, y ∈ Rᵐ (m = b.length). Data only: nothing here is ever modified by a solver.
 */
export interface ConicProblem {
  /** n×n symmetric positive semidefinite: the upper triangle, or all of it (then it must be symmetric). Default 0. */
  readonly P?: SparseMatrix;
  readonly c: Float64Array;
  /** m×n linear operator. */
  readonly A: LinearOperator;
  readonly b: Float64Array;
  /** K, in row order. Their dimensions add up to m. */
  readonly cones: readonly Cone[];
  readonly name?: string;
  /** How the problem's source states its objective: reported = sign · value + offset. Default sign 1, offset 0. */
  readonly objective?: ObjectiveConvention;
}

export interface ObjectiveConvention {
  readonly sign: 1 | -1;
  readonly offset: number;
}

/** A primal-dual point, finite or not, in the units of the ConicProblem. */
export interface ConicPoint {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly s: Float64Array;
}
