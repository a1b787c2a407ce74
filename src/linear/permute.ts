import type { SymmetricPattern } from "./amd.ts";

/** inverse[order[k]] = k. */
export function invertPermutation(order: Int32Array): Int32Array {
  const inverse = new Int32Array(order.length);
  for (let k = 0; k < order.length; k++) inverse[order[k]] = k;
  return inverse;
}

/**
 * The upper triangle of the pattern with rows and columns renumbered; rows inside a column are not sorted.
 */
export function permutePattern(pattern: SymmetricPattern, inverse: Int32Array): SymmetricPattern {
  const { n, colPtr, rowIdx } = pattern;
  const ptr = new Int32Array(n + 1);
  for (let j = 0; j < n; j++) {
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) ptr[Math.max(inverse[rowIdx[p]], inverse[j]) + 1]++;
  }
  for (let j = 0; j < n; j++) ptr[j + 1] += ptr[j];
  const fill = ptr.slice(0, n);
  const idx = new Int32Array(colPtr[n]);
  for (let j = 0; j < n; j++) {
    const b = inverse[j];
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const a = inverse[rowIdx[p]];
      idx[fill[a > b ? a : b]++] = a > b ? b : a;
    }
  }
  return { n, colPtr: ptr, rowIdx: idx };
}
