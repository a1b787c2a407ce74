/**
 * The few operations that the eigensolver leaves to a backend, on one array of doubles. Places are offsets in
 * doubles; matrices are column-major with a leading dimension.
 */
export interface DenseHeap {
  /**
   * Makes room for this many doubles and returns the array; earlier arrays and their contents become
   * invalid.
   */
  reserve(doubles: number): Float64Array;

  /** C += alpha·op(A)·op(B), C m×n, inner dimension k. */
  multiplyAdd(
    transA: boolean,
    transB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    c: number,
    ldc: number,
  ): void;

  /** Householder reduction of the lower triangle of A (n×n); `work` has room for 3n doubles. */
  tridiagonalise(n: number, a: number, d: number, e: number, tau: number, work: number): void;

  /**
   * Implicit QL on d (n) and e (room for n); rows of Q, `width` long, are turned along when width > 0.
   * `work` has room for 2n doubles. Eigenvalues unsorted; false when it did not converge.
   */
  implicitQl(n: number, d: number, e: number, q: number, width: number, work: number): boolean;
}
