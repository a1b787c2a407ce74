import type { SparseMatrix } from "../sparse-matrix.ts";

/**
 * The matrix A of a ConicProblem as data. `rows` and `cols` are stated by each kind; what a kind does
 * (forward, adjoint, normal equations) stands in the file of its name beside this one.
 */
export type LinearOperator =
  | SparseOperator
  | QuadraticFormOperator
  | SegmentedOperator
  | SelectionOperator
  | StackOperator
  | ScaledOperator;

/** An explicit sparse matrix. */
export interface SparseOperator {
  readonly kind: "sparse";
  readonly rows: number;
  readonly cols: number;
  readonly matrix: SparseMatrix;
}

/**
 * svec(Z) ↦ (x₁ᵀZx₁, …, x_kᵀZx_k). rows = samples, cols = order(order+1)/2. Forward diag(XZXᵀ), adjoint
 * svec(Xᵀdiag(v)X), AAᵀ = (XXᵀ)∘(XXᵀ).
 */
export interface QuadraticFormOperator {
  readonly kind: "quadraticForm";
  readonly rows: number;
  readonly cols: number;
  readonly order: number;
  /** X, rows×order, row-major. */
  readonly samples: Float64Array;
}

/**
 * One nonzero per row: (Ax)_i = weights[i] · x[index[i]] (weights default to 1). AᵀA is diagonal, and its
 * solve a weighted segmented mean: the shape of moment matrices, where entries repeat moments.
 */
export interface SegmentedOperator {
  readonly kind: "segmented";
  readonly rows: number;
  readonly cols: number;
  readonly index: Int32Array;
  readonly weights?: Float64Array;
}

/** Rows of the identity: (Ax)_i = x[index[i]], each column at most once. `index` omitted: the identity. */
export interface SelectionOperator {
  readonly kind: "selection";
  readonly rows: number;
  readonly cols: number;
  readonly index?: Int32Array;
}

/** Parts above one another (equal cols), beside one another (equal rows), or on the diagonal. */
export interface StackOperator {
  readonly kind: "stack";
  readonly direction: "vertical" | "horizontal" | "diagonal";
  readonly rows: number;
  readonly cols: number;
  readonly parts: readonly LinearOperator[];
}

/** factor · operator. */
export interface ScaledOperator {
  readonly kind: "scaled";
  readonly rows: number;
  readonly cols: number;
  readonly factor: number;
  readonly operator: LinearOperator;
}
