/** Small f64 vector functions used where measures and certificates are computed. */

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export function norm2(a: Float64Array, from = 0, to = a.length): number {
  const scale = normInf(a, from, to);
  if (scale === 0 || !Number.isFinite(scale)) return scale;
  let sum = 0;
  for (let i = from; i < to; i++) {
    const t = a[i] / scale;
    sum += t * t;
  }
  return scale * Math.sqrt(sum);
}

/** Largest magnitude; NaN if any entry is NaN. */
export function normInf(a: Float64Array, from = 0, to = a.length): number {
  let max = 0;
  for (let i = from; i < to; i++) {
    const t = Math.abs(a[i]);
    if (!(t <= max)) {
      if (t !== t) return NaN;
      max = t;
    }
  }
  return max;
}

export function isFiniteVector(a: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (!Number.isFinite(a[i])) return false;
  return true;
}

export function scaledCopy(a: Float64Array, factor: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = factor * a[i];
  return out;
}
