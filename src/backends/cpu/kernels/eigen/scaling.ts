/** Largest magnitude in the lower triangle; NaN when an entry there is not finite. */
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

/** Power of two that brings the largest entry near one when its square might over- or underflow, else 1. */
export function safeScale(largest: number): number {
  if (largest === 0 || (largest > 1e-100 && largest < 1e100)) return 1;
  return 2 ** Math.max(-1000, Math.min(1000, -Math.floor(Math.log2(largest))));
}
