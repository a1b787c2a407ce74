import type { SpectrumSide } from "../smaller-side.ts";
import { smallerSide } from "../smaller-side.ts";
import { applyReflectors, tridiagonalise } from "./tridiagonal.ts";
import { implicitQl } from "./tridiagonal-ql.ts";

let diagonal = new Float64Array(0);
let subdiagonal = new Float64Array(0);
let tau = new Float64Array(0);
let rows = new Float64Array(0);

function reserve(n: number, withVectors: boolean): void {
  if (diagonal.length < n) {
    diagonal = new Float64Array(n);
    subdiagonal = new Float64Array(n);
    tau = new Float64Array(n);
  }
  if (withVectors && rows.length < n * n) rows = new Float64Array(n * n);
}

/** Largest magnitude in the lower triangle; NaN when an entry is not finite. */
export function largestEntry(n: number, A: Float64Array): number {
  let largest = 0;
  for (let j = 0; j < n; j++) {
    for (let i = j * n + j; i < j * n + n; i++) {
      const value = Math.abs(A[i]);
      if (!(value < Infinity)) return NaN;
      if (value > largest) largest = value;
    }
  }
  return largest;
}

/** Power of two that brings the largest entry into [1, 2) when its square might over- or underflow, else 1. */
export function safeScale(largest: number): number {
  if (largest === 0 || (largest > 1e-100 && largest < 1e100)) return 1;
  return 2 ** -Math.floor(Math.log2(largest));
}

/** Scales A for the reduction and tridiagonalises it; returns the scale, NaN when A is not finite. */
function reduce(n: number, A: Float64Array): number {
  const largest = largestEntry(n, A);
  if (Number.isNaN(largest)) return NaN;
  const scale = safeScale(largest);
  if (scale !== 1) for (let i = 0; i < n * n; i++) A[i] *= scale;
  tridiagonalise(n, A, diagonal, subdiagonal, tau);
  return scale;
}

/** Ascending eigenvalues; all NaN when A is not finite. A is destroyed. */
export function eigenvaluesOnly(n: number, A: Float64Array, values: Float64Array): void {
  reserve(n, false);
  const scale = reduce(n, A);
  if (Number.isNaN(scale) || !implicitQl(n, diagonal, subdiagonal, 0)) {
    values.fill(NaN, 0, n);
    return;
  }
  for (let i = 0; i < n; i++) values[i] = diagonal[i] / scale;
  values.subarray(0, n).sort();
}

/**
 * Ascending eigenvalues of the symmetric A (destroyed) and orthonormal eigenvectors: all of them, or only those of
 * the side of zero that has fewer. Everything is NaN when A is not finite.
 */
export function eigenpairs(
  n: number,
  A: Float64Array,
  values: Float64Array,
  vectors: Float64Array,
  all: boolean,
): SpectrumSide {
  const whole: SpectrumSide = { side: "positive", first: 0, count: n };
  reserve(n, true);
  const scale = reduce(n, A);
  rows.fill(0, 0, n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  if (Number.isNaN(scale) || !implicitQl(n, diagonal, subdiagonal, 0, rows, 0, n)) {
    values.fill(NaN, 0, n);
    vectors.fill(NaN, 0, n * n);
    return whole;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[i] - diagonal[j]);
  for (let i = 0; i < n; i++) values[i] = diagonal[order[i]] / scale;
  const part = all ? whole : smallerSide(n, values);
  for (let c = 0; c < part.count; c++) {
    const source = order[part.first + c] * n;
    vectors.set(rows.subarray(source, source + n), c * n);
  }
  applyReflectors(n, A, tau, vectors, 0, part.count);
  return part;
}
