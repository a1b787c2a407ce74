/** Solves [[D, Aᵀ], [A, −R_y]] [p; q] = [a; b] for one structure of A, D > 0 and R_y > 0 diagonal. */
export interface StructuredPiece {
  /** The arithmetic is a closed form that loses no digits: no refinement is needed. */
  readonly exact: boolean;
  readonly description: string;
  /** D and ry may be views; they are not kept beyond what `solve` needs of them. */
  update(D: Float64Array, ry: Float64Array): void;
  /** Overwrites a by p and b by q. */
  solve(a: Float64Array, b: Float64Array): void;
}
