/** Which end of an ascending spectrum was chosen: eigenvalues first … first + count − 1. */
export interface SpectrumSide {
  readonly side: "negative" | "positive";
  readonly first: number;
  readonly count: number;
}

/** Eigenvalues within this many units of rounding of the largest one are zero for the choice of a side. */
const NULL_ROUNDINGS = 4;

/**
 * The side of zero with fewer of the ascending `values`. Eigenvalues that cannot be told from zero
 * (|λ| ≤ 4·eps·max|λ|) belong to neither, so that a large null space costs no vectors.
 */
export function smallerSide(n: number, values: Float64Array): SpectrumSide {
  if (n === 0) return { side: "positive", first: 0, count: 0 };
  const largest = Math.max(Math.abs(values[0]), Math.abs(values[n - 1]));
  const zero = NULL_ROUNDINGS * Number.EPSILON * largest;
  let negative = 0;
  while (negative < n && values[negative] < -zero) negative++;
  let positive = 0;
  while (positive < n - negative && values[n - 1 - positive] > zero) positive++;
  if (negative < positive) return { side: "negative", first: 0, count: negative };
  return { side: "positive", first: n - positive, count: positive };
}
