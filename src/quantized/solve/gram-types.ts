/** Which of the two convex programs: (22), or (19) of the paper. */
export type Program = "bilinear" | "quadratic";

/** How (θI + K)v = r is solved; see `createGramSolver`. */
export type GramMethod = "cholesky" | "svec" | "cg";

/**
 * Solver for (θI + K)v = r, K = 2·(Gram matrix of the forms 𝒳ᵢ on what the diagonal constraints leave free):
 * K = 2G for the bilinear program. In the quadratic one the diagonals of both blocks are ρ₁1 and ρ₂1:
 * K = 2(G − QQᵀ + ttᵀ/order) with the diagonals Q of the forms in rows and their traces t.
 */
export interface GramSolver {
  readonly method: GramMethod;
  /** Sets θ > 0. */
  prepare(theta: number): void;
  /** r ← v for each of the `columns` right-hand sides (n×columns, column-major). */
  solve(r: Float64Array, columns: number): void;
  /** Operations that `prepare` takes. */
  readonly factorOperations: number;
  /** Bytes held. */
  readonly bytes: number;
}
