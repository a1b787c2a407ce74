/**
 * Dense f64 linear algebra that the CPU path is built on. Matrices are full, column-major, in plain
 * Float64Arrays with leading dimension = number of rows. Two implementations: WebAssembly SIMD and
 * TypeScript.
 */
export interface DenseKernels {
  readonly name: "wasm-simd" | "typescript";
  /** Threads that large operations run on. Default 1. */
  readonly threads?: number;
  /** The same kernels on the calling thread alone, for work that is itself one of several. Default: these. */
  readonly serial?: DenseKernels;

  /** C ← alpha·op(A)·op(B) + beta·C, op = identity or transpose; C is m×n, the inner dimension k. */
  gemm(
    transA: boolean,
    transB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    A: Float64Array,
    B: Float64Array,
    beta: number,
    C: Float64Array,
  ): void;

  /**
   * C ← alpha·A·Aᵀ + beta·C (A n×k), or alpha·Aᵀ·A + beta·C when `trans` (A k×n). Both triangles of C are
   * written.
   */
  syrk(
    trans: boolean,
    n: number,
    k: number,
    alpha: number,
    A: Float64Array,
    beta: number,
    C: Float64Array,
  ): void;

  /**
   * Eigendecomposition of a symmetric matrix (lower triangle read; A is destroyed): ascending eigenvalues
   * into `values`, orthonormal eigenvectors into the columns of `vectors` (n×n).
   */
  eigSymmetric(n: number, A: Float64Array, values: Float64Array, vectors: Float64Array): void;

  /** Ascending eigenvalues only (lower triangle read; A is destroyed). */
  eigenvalues(n: number, A: Float64Array, values: Float64Array): void;

  /**
   * The eigenpairs on the smaller side of zero. `values` receives all n eigenvalues ascending; `vectors`
   * (n×n room) receives `count` orthonormal columns for values[first … first+count−1].
   */
  eigSmallerSide(
    n: number,
    A: Float64Array,
    values: Float64Array,
    vectors: Float64Array,
  ): { readonly side: "negative" | "positive"; readonly first: number; readonly count: number };

  /**
   * A = LLᵀ in the lower triangle (upper left alone). Returns −1, or the column of the first pivot that is
   * not > 0.
   */
  cholesky(n: number, A: Float64Array): number;

  /**
   * A = LDLᵀ without pivoting, unit L in the strict lower triangle, D on the diagonal (upper left alone). A
   * pivot whose sign differs from `signs` or whose magnitude is ≤ `threshold` is replaced by
   * signs[j]·`delta`; the number of replacements is returned.
   */
  ldl(n: number, A: Float64Array, signs: Int8Array, threshold: number, delta: number): number;

  /** B ← L⁻¹B or L⁻ᵀB for lower triangular L (n×n; unit diagonal when `unit`), B n×k. */
  solveLower(trans: boolean, unit: boolean, n: number, k: number, L: Float64Array, B: Float64Array): void;

  /** L ← L⁻¹ for lower triangular L in place (strict upper left alone). */
  invertLower(n: number, L: Float64Array): void;

  /**
   * V ← T(A)·V for symmetric A (n×n, both triangles read) and k columns of V (n×k): T the Chebyshev
   * polynomial of this degree that stays within ±1 on [lower, upper] and grows outside, so that
   * eigenvectors outside gain on V.
   */
  chebyshevFilter(
    n: number,
    k: number,
    A: Float64Array,
    lower: number,
    upper: number,
    degree: number,
    V: Float64Array,
  ): void;
}
