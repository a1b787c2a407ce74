/** Compressed sparse columns. Row indices inside a column ascend and are unique; explicit zeros are allowed. */
export interface SparseMatrix {
  readonly rows: number;
  readonly cols: number;
  /** Length cols + 1; column j holds entries colPtr[j] … colPtr[j+1] − 1. */
  readonly colPtr: Int32Array;
  readonly rowIdx: Int32Array;
  readonly values: Float64Array;
}

/**
 * Builds a {@link SparseMatrix} from triplets, adding duplicates up and sorting every column. O(nnz + rows + cols).
 * Indices must be in range (the caller validates).
 */
export function sparseFromTriplets(
  rows: number,
  cols: number,
  i: ArrayLike<number>,
  j: ArrayLike<number>,
  v: ArrayLike<number>,
): SparseMatrix {
  const count = v.length;
  // Two stable bucket passes (by row, then by column) leave rows ascending inside each column.
  const rowStart = new Int32Array(rows + 1);
  for (let k = 0; k < count; k++) rowStart[i[k] + 1]++;
  for (let r = 0; r < rows; r++) rowStart[r + 1] += rowStart[r];
  const byRow = new Int32Array(count);
  for (let k = 0; k < count; k++) byRow[rowStart[i[k]]++] = k;
  const colPtr = new Int32Array(cols + 1);
  for (let k = 0; k < count; k++) colPtr[j[k] + 1]++;
  for (let c = 0; c < cols; c++) colPtr[c + 1] += colPtr[c];
  const next = colPtr.slice(0, cols);
  const rowIdx = new Int32Array(count);
  const values = new Float64Array(count);
  for (let p = 0; p < count; p++) {
    const k = byRow[p];
    const q = next[j[k]]++;
    rowIdx[q] = i[k];
    values[q] = v[k];
  }
  // Merge runs of equal row indices in place.
  let write = 0;
  let start = 0;
  for (let c = 0; c < cols; c++) {
    const end = colPtr[c + 1];
    const columnStart = write;
    for (let q = start; q < end; q++) {
      if (write > columnStart && rowIdx[write - 1] === rowIdx[q]) values[write - 1] += values[q];
      else {
        rowIdx[write] = rowIdx[q];
        values[write++] = values[q];
      }
    }
    start = end;
    colPtr[c + 1] = write;
  }
  return write === count
    ? { rows, cols, colPtr, rowIdx, values }
    : { rows, cols, colPtr, rowIdx: rowIdx.slice(0, write), values: values.slice(0, write) };
}

/** y ← y + factor · M x. */
export function addSparseProduct(M: SparseMatrix, x: Float64Array, y: Float64Array, factor = 1): void {
  const { cols, colPtr, rowIdx, values } = M;
  for (let j = 0; j < cols; j++) {
    const xj = factor * x[j];
    if (xj === 0) continue;
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) y[rowIdx[k]] += values[k] * xj;
  }
}

/** x ← x + factor · Mᵀ y. */
export function addSparseTransposeProduct(M: SparseMatrix, y: Float64Array, x: Float64Array, factor = 1): void {
  const { cols, colPtr, rowIdx, values } = M;
  for (let j = 0; j < cols; j++) {
    let sum = 0;
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) sum += values[k] * y[rowIdx[k]];
    x[j] += factor * sum;
  }
}

/** y ← y + factor · M x for a symmetric M given by its upper triangle. */
export function addSymmetricProduct(upper: SparseMatrix, x: Float64Array, y: Float64Array, factor = 1): void {
  const { cols, colPtr, rowIdx, values } = upper;
  for (let j = 0; j < cols; j++) {
    const xj = factor * x[j];
    let sum = 0;
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) {
      const i = rowIdx[k];
      y[i] += values[k] * xj;
      if (i !== j) sum += values[k] * x[i];
    }
    y[j] += factor * sum;
  }
}

/** Mᵀ as compressed columns: the compressed rows of M. */
export function transposeSparse(M: SparseMatrix): SparseMatrix {
  const { rows, cols, colPtr, rowIdx, values } = M;
  const nnz = colPtr[cols];
  const ptr = new Int32Array(rows + 1);
  for (let k = 0; k < nnz; k++) ptr[rowIdx[k] + 1]++;
  for (let r = 0; r < rows; r++) ptr[r + 1] += ptr[r];
  const next = ptr.slice(0, rows);
  const idx = new Int32Array(nnz);
  const val = new Float64Array(nnz);
  for (let j = 0; j < cols; j++) {
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) {
      const q = next[rowIdx[k]]++;
      idx[q] = j;
      val[q] = values[k];
    }
  }
  return { rows: cols, cols: rows, colPtr: ptr, rowIdx: idx, values: val };
}
