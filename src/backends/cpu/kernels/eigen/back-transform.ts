import type { DenseHeap } from "./heap.ts";

/** Reflectors applied together. */
const BLOCK = 32;

/** Doubles of scratch that {@link backTransform} needs. */
export function backTransformRoom(n: number): number {
  return BLOCK * (3 * n + 2 * BLOCK);
}

/**
 * V ← Q·V for `count` columns of V (leading dimension n), Q = H₀H₁… from the reflectors below the diagonal
 * of A. Blocks of reflectors act as I − Y·T·Yᵀ (compact WY, Schreiber & Van Loan 1989), all matrix
 * products.
 */
export function backTransform(
  heap: DenseHeap,
  h: Float64Array,
  n: number,
  a: number,
  tau: number,
  v: number,
  count: number,
  scratch: number,
): void {
  if (count === 0 || n < 2) return;
  const y = scratch;
  const w = y + n * BLOCK;
  const tw = w + n * BLOCK;
  const t = tw + n * BLOCK;
  const gram = t + BLOCK * BLOCK;
  const reflectors = n - 1;
  for (let start = Math.floor((reflectors - 1) / BLOCK) * BLOCK; start >= 0; start -= BLOCK) {
    const cols = Math.min(BLOCK, reflectors - start);
    const rows = n - start - 1;
    for (let c = 0; c < cols; c++) {
      const column = a + (start + c) * n;
      h.fill(0, y + c * rows, y + c * rows + c);
      h.copyWithin(y + c * rows + c, column + start + c + 1, column + n);
    }
    h.fill(0, gram, gram + cols * cols);
    heap.multiplyAdd(true, false, cols, cols, rows, 1, y, rows, y, rows, gram, cols);
    formTriangle(h, cols, gram, t, tau + start);
    h.fill(0, w, w + cols * count);
    const target = v + start + 1;
    heap.multiplyAdd(true, false, cols, count, rows, 1, y, rows, target, n, w, cols);
    h.fill(0, tw, tw + cols * count);
    heap.multiplyAdd(false, false, cols, count, cols, 1, t, cols, w, cols, tw, cols);
    heap.multiplyAdd(false, false, rows, count, cols, -1, y, rows, tw, cols, target, n);
  }
}

/** Upper triangular T with H₁…H_c = I − Y·T·Yᵀ from the Gram matrix YᵀY. */
function formTriangle(h: Float64Array, cols: number, gram: number, t: number, tau: number): void {
  h.fill(0, t, t + cols * cols);
  for (let c = 0; c < cols; c++) {
    const factor = h[tau + c];
    const column = t + c * cols;
    for (let p = 0; p < c; p++) {
      let sum = 0;
      for (let q = p; q < c; q++) sum += h[t + q * cols + p] * h[gram + c * cols + q];
      h[column + p] = -factor * sum;
    }
    h[column + c] = factor;
  }
}
