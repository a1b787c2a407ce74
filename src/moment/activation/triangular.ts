/**
 * The triangular factor R of a tall matrix that comes in pieces: RᵀR = BᵀB, by Householder reflections on R
 * with each piece below it. Keeps R alone, so that its size does not depend on the number of rows, without
 * squaring the condition number as a Gram matrix would.
 */
export class StreamedTriangular {
  readonly cols: number;
  /** Upper triangular, row-major cols×cols. */
  readonly R: Float64Array;

  constructor(cols: number) {
    this.cols = cols;
    this.R = new Float64Array(cols * cols);
  }

  /** Adds rows (row-major count×cols); `piece` is used as work space. */
  add(piece: Float64Array, count: number): void {
    const n = this.cols;
    const R = this.R;
    for (let j = 0; j < n; j++) {
      let tail = 0;
      for (let i = 0; i < count; i++) tail += piece[i * n + j] ** 2;
      if (tail === 0) continue;
      const head = R[j * n + j];
      const norm = Math.sqrt(head * head + tail);
      const pivot = head > 0 ? -norm : norm;
      const first = head - pivot;
      const beta = 2 / (first * first + tail);
      for (let k = j + 1; k < n; k++) {
        let sum = first * R[j * n + k];
        for (let i = 0; i < count; i++) sum += piece[i * n + j] * piece[i * n + k];
        sum *= beta;
        R[j * n + k] -= sum * first;
        for (let i = 0; i < count; i++) piece[i * n + k] -= sum * piece[i * n + j];
      }
      R[j * n + j] = pivot;
    }
  }

  /** Least-squares solution of the first columns against the last one; columns of rank zero get 0. */
  solveLast(): Float64Array {
    const n = this.cols - 1;
    const { R, cols } = this;
    const x = new Float64Array(n);
    let largest = 0;
    for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(R[j * cols + j]));
    for (let j = n - 1; j >= 0; j--) {
      let sum = R[j * cols + n];
      for (let k = j + 1; k < n; k++) sum -= R[j * cols + k] * x[k];
      const pivot = R[j * cols + j];
      x[j] = Math.abs(pivot) > 1e-13 * largest ? sum / pivot : 0;
    }
    return x;
  }
}
