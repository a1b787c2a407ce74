/**
 * argmin ‖Xβ − Y‖² + ridge‖β‖² for X n×p and Y n×q, row after row; β p×q. Householder QR of [X; √ridge·I], columns
 * that depend on earlier ones get coefficient 0.
 */
export function leastSquares(X: Float64Array, Y: Float64Array, n: number, ridge = 0): Float64Array {
  const p = X.length / n;
  const q = Y.length / n;
  const extra = ridge > 0 ? p : 0;
  const rows = n + extra;
  // Column-major copies.
  const A = new Float64Array(rows * p);
  const B = new Float64Array(rows * q);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < p; k++) A[k * rows + i] = X[i * p + k];
    for (let c = 0; c < q; c++) B[c * rows + i] = Y[i * q + c];
  }
  for (let k = 0; k < extra; k++) A[k * rows + n + k] = Math.sqrt(ridge);
  let largest = 0;
  for (let k = 0; k < p; k++) largest = Math.max(largest, norm(A, k * rows, k * rows + rows));
  /** Row of R that each column's pivot fell on; −1 for a dependent column. */
  const pivot = new Int32Array(p).fill(-1);
  const diagonal = new Float64Array(p);
  let rank = 0;
  for (let k = 0; k < p && rank < rows; k++) {
    const start = k * rows + rank;
    const end = (k + 1) * rows;
    const length = norm(A, start, end);
    if (length <= 1e-12 * largest) continue;
    const alpha = A[start] > 0 ? -length : length;
    const head = A[start] - alpha;
    const scale = 1 / (-alpha * head);
    A[start] = head;
    for (let l = k + 1; l < p; l++) reflect(A, start, end, A, l * rows + rank, scale);
    for (let c = 0; c < q; c++) reflect(A, start, end, B, c * rows + rank, scale);
    diagonal[k] = alpha;
    pivot[k] = rank++;
  }
  const beta = new Float64Array(p * q);
  for (let c = 0; c < q; c++) {
    for (let k = p - 1; k >= 0; k--) {
      const row = pivot[k];
      if (row < 0) continue;
      let sum = B[c * rows + row];
      for (let l = k + 1; l < p; l++) sum -= A[l * rows + row] * beta[l * q + c];
      beta[k * q + c] = sum / diagonal[k];
    }
  }
  return beta;
}

function norm(v: Float64Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}

function reflect(A: Float64Array, start: number, end: number, T: Float64Array, at: number, scale: number): void {
  let dot = 0;
  for (let i = start; i < end; i++) dot += A[i] * T[at + i - start];
  const factor = dot * scale;
  for (let i = start; i < end; i++) T[at + i - start] -= factor * A[i];
}
