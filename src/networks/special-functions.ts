const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** erf(z) = 2/√π ∫₀ᶻ exp(−t²) dt, to a few units in the last place. */
export function erf(z: number): number {
  const x = Math.abs(z);
  if (x <= SERIES_LIMIT) return Math.sign(z) * erfSeries(x);
  return Math.sign(z) * (1 - erfcFraction(x));
}

/** 1 − erf(z), with full relative accuracy for large z. */
export function erfc(z: number): number {
  if (z > SERIES_LIMIT) return erfcFraction(z);
  if (z < -SERIES_LIMIT) return 2 - erfcFraction(-z);
  return 1 - Math.sign(z) * erfSeries(Math.abs(z));
}

const SERIES_LIMIT = 2;

/** 2/√π exp(−x²) Σ 2ᵏ x²ᵏ⁺¹ / (2k+1)!!, every term positive (Abramowitz and Stegun 7.1.6). */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** The continued fraction of erfc (Abramowitz and Stegun 7.1.14), x > 0, evaluated backwards. */
function erfcFraction(x: number): number {
  if (x > 27.3) return 0;
  let tail = x;
  for (let k = FRACTION_TERMS; k >= 1; k--) tail = x + k / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}

/** Enough at x = 2 for full accuracy; more than enough beyond. */
const FRACTION_TERMS = 100;
