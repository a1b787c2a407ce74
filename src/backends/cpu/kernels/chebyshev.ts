import type { DenseHeap } from "./eigen/heap.ts";

/**
 * V ← T_degree((A − c)/e)·V with c, e centre and half width of [lower, upper], by the three-term recurrence
 * T_{j+1} = 2·((A − c)/e)·T_j − T_{j−1} (Saad, Numerical Methods for Large Eigenvalue Problems, §7.4).
 */
export function chebyshevFilter(
  heap: DenseHeap,
  n: number,
  k: number,
  A: Float64Array,
  lower: number,
  upper: number,
  degree: number,
  V: Float64Array,
): void {
  if (degree === 0 || n === 0 || k === 0) return;
  const centre = 0.5 * (upper + lower);
  const half = 0.5 * (upper - lower);
  const length = n * k;
  const h = heap.reserve(n * n + 2 * length);
  h.set(A.length === n * n ? A : A.subarray(0, n * n));
  let older = n * n;
  let newer = older + length;
  h.set(V.length === length ? V : V.subarray(0, length), older);
  for (let i = 0; i < length; i++) h[newer + i] = (-centre / half) * h[older + i];
  heap.multiplyAdd(false, false, n, k, n, 1 / half, 0, n, older, n, newer, n);
  for (let step = 2; step <= degree; step++) {
    const shift = (-2 * centre) / half;
    for (let i = 0; i < length; i++) h[older + i] = shift * h[newer + i] - h[older + i];
    heap.multiplyAdd(false, false, n, k, n, 2 / half, 0, n, newer, n, older, n);
    [older, newer] = [newer, older];
  }
  V.set(h.subarray(newer, newer + length));
}
