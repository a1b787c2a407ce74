/** Dense vector primitives, f64, no allocation. */

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export function twoNorm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** ‖a − b‖₂. */
export function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = a[i] - b[i];
    sum += d * d;
  }
  return Math.sqrt(sum);
}

/** ‖a‖∞; NaN when any entry is. */
export function maxNorm(a: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]));
  return largest;
}

/** ‖diag(scale)⁻¹ a‖∞. */
export function maxNormDividedBy(a: Float64Array, scale: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] / scale[i]));
  return largest;
}
