/**
 * Solves [[R_x + P, Aᵀ], [A, −R_y]] [p; q] = [a; b] for diagonal R_x, R_y > 0 held fixed between updates.
 * Implementations: sparse LDLᵀ, dense Cholesky of the normal equations, preconditioned conjugate gradients,
 * and operators that know their own normal equations.
 */
export interface KktSolver {
  readonly method: "ldl" | "dense" | "cg" | "structured";
  /** One line for the log: sizes, fill, ordering. */
  readonly description: string;
  /** Refactors for new diagonals (lengths n and m). Throws {@link Error} only on non-finite input. */
  update(rx: Float64Array, ry: Float64Array): void;
  /**
   * Overwrites rhs = [a; b] (length n + m) by [p; q]. `tolerance` is the absolute residual an iterative method may
   * leave; `guess` (length n) its starting p. Direct methods ignore both. Returns the inner iterations used.
   */
  solve(rhs: Float64Array, tolerance?: number, guess?: Float64Array): number;
}
