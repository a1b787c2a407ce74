/**
 * svec: the lower triangle of a symmetric matrix, column by column, off-diagonals times √2, so that
 * ⟨X, Y⟩ = svec(X)ᵀ svec(Y). Entry (i, j), i ≥ j, of an order-n matrix stands at j·n − j(j−1)/2 + (i − j).
 */

/** Length of svec for a matrix of this order. */
export function svecLength(order: number): number {
  return (order * (order + 1)) / 2;
}

/** Position of entry (i, j) in svec; the two may come in either order. Zero-based. */
export function svecIndex(order: number, i: number, j: number): number {
  const row = i > j ? i : j;
  const col = i > j ? j : i;
  return col * order - (col * (col - 1)) / 2 + (row - col);
}

/** Unpacks svec (read at `offset`) into a full column-major order×order matrix. */
export function svecToMatrix(svec: Float64Array, offset: number, order: number, matrix: Float64Array): void {
  let k = offset;
  for (let j = 0; j < order; j++) {
    matrix[j * order + j] = svec[k++];
    for (let i = j + 1; i < order; i++) {
      const value = svec[k++] * Math.SQRT1_2;
      matrix[j * order + i] = value;
      matrix[i * order + j] = value;
    }
  }
}

/** Packs the lower triangle of a full column-major matrix into svec (written at `offset`). */
export function matrixToSvec(matrix: Float64Array, order: number, svec: Float64Array, offset: number): void {
  let k = offset;
  for (let j = 0; j < order; j++) {
    svec[k++] = matrix[j * order + j];
    for (let i = j + 1; i < order; i++) svec[k++] = matrix[j * order + i] * Math.SQRT2;
  }
}
