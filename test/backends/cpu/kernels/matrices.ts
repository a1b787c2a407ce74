import type { DenseKernels } from "../../../../src/linear/dense-kernels.ts";

/** Reproducible numbers, uniform in (−1, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const high = state >>> 5;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((high * 67108864 + (state >>> 6)) / 9007199254740992) * 2 - 1;
  };
}

export function randomMatrix(rows: number, cols: number, seed: number): Float64Array {
  const next = generator(seed);
  return Float64Array.from({ length: rows * cols }, next);
}

export function randomSymmetric(n: number, seed: number): Float64Array {
  const next = generator(seed);
  const A = new Float64Array(n * n);
  for (let j = 0; j < n; j++) for (let i = j; i < n; i++) A[j * n + i] = A[i * n + j] = next();
  return A;
}

export function identity(n: number): Float64Array {
  const I = new Float64Array(n * n);
  for (let i = 0; i < n; i++) I[i * n + i] = 1;
  return I;
}

/** Column-major product by the definition. */
export function multiply(
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  A: Float64Array,
  B: Float64Array,
): Float64Array {
  const C = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++)
        sum += A[transA ? i * k + p : p * m + i] * B[transB ? p * n + j : j * k + p];
      C[j * m + i] = sum;
    }
  }
  return C;
}

/** Q·diag(values)·Qᵀ for a random orthogonal Q (three Householder reflections), exactly symmetric. */
export function withSpectrum(values: ArrayLike<number>, seed: number): Float64Array {
  const n = values.length;
  const next = generator(seed);
  const A = new Float64Array(n * n);
  for (let i = 0; i < n; i++) A[i * n + i] = values[i];
  for (let round = 0; round < 3; round++) {
    const v = Float64Array.from({ length: n }, next);
    const norm = Math.hypot(...v);
    for (let i = 0; i < n; i++) v[i] /= norm;
    const p = new Float64Array(n);
    for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) p[i] += A[j * n + i] * v[j];
    let dot = 0;
    for (let i = 0; i < n; i++) dot += p[i] * v[i];
    for (let i = 0; i < n; i++) p[i] = 2 * (p[i] - dot * v[i]);
    for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) A[j * n + i] -= v[i] * p[j] + p[i] * v[j];
  }
  for (let j = 0; j < n; j++) for (let i = j; i < n; i++) A[i * n + j] = A[j * n + i];
  return A;
}

/** Largest magnitude; NaN when there is one. */
export function maxAbs(x: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) return NaN;
    largest = Math.max(largest, Math.abs(x[i]));
  }
  return largest;
}

/** Largest entry of x − y. */
export function distance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return maxAbs(Float64Array.from({ length: x.length }, (_, i) => x[i] - y[i]));
}

/** Largest entries of AV − VΛ and VᵀV − I for `count` columns. */
export function eigenErrors(
  kernels: DenseKernels,
  n: number,
  A: Float64Array,
  values: ArrayLike<number>,
  vectors: Float64Array,
  count: number,
): { readonly residual: number; readonly orthogonality: number } {
  const V = vectors.subarray(0, n * count);
  const R = new Float64Array(n * count);
  for (let c = 0; c < count; c++) for (let i = 0; i < n; i++) R[c * n + i] = -values[c] * V[c * n + i];
  kernels.gemm(false, false, n, count, n, 1, A, V, 1, R);
  const G = identity(count);
  kernels.gemm(true, false, count, count, n, 1, V, V, -1, G);
  return { residual: maxAbs(R), orthogonality: maxAbs(G) };
}

/** Spectra met in SDP iterates and those that break eigensolvers. */
export const spectra: Readonly<Record<string, (n: number) => number[]>> = {
  zero: (n) => Array.from({ length: n }, () => 0),
  identity: (n) => Array.from({ length: n }, () => 1),
  "plus and minus one": (n) => Array.from({ length: n }, (_, i) => (i % 3 === 0 ? -1 : 1)),
  "rank one": (n) => Array.from({ length: n }, (_, i) => (i === 0 ? 5 : 0)),
  "negative rank one": (n) => Array.from({ length: n }, (_, i) => (i === 0 ? -5 : 0)),
  "mostly zero": (n) => Array.from({ length: n }, (_, i) => (i % 10 === 0 ? Math.sin(i + 1) : 0)),
  "low rank and noise": (n) =>
    Array.from({ length: n }, (_, i) => (i < n / 10 ? 1 + i : 1e-12 * Math.sin(i))),
  "graded 1e-16 to 1e16": (n) =>
    Array.from({ length: n }, (_, i) => 10 ** (-16 + (32 * i) / Math.max(1, n - 1))),
  "graded with signs": (n) => Array.from({ length: n }, (_, i) => (-1) ** i * 10 ** (-8 + (16 * i) / n)),
  "two tight clusters": (n) => Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1) * (1 + 1e-14 * i)),
  "positive definite": (n) => Array.from({ length: n }, (_, i) => 1 + i),
  "negative definite": (n) => Array.from({ length: n }, (_, i) => -1 - i),
  huge: (n) => Array.from({ length: n }, (_, i) => 1e200 * Math.cos(i)),
  tiny: (n) => Array.from({ length: n }, (_, i) => 1e-200 * Math.cos(i)),
};
