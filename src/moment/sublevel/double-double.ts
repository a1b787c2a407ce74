/** An unevaluated sum high + low with |low| ≤ ulp(high)/2: some 106 bits (Dekker 1971). */
export type DoubleDouble = readonly [high: number, low: number];

const SPLITTER = 2 ** 27 + 1;

function split(a: number): DoubleDouble {
  const c = SPLITTER * a;
  const high = c - (c - a);
  return [high, a - high];
}

/** a·b exactly, away from overflow and underflow (Dekker). */
export function twoProduct(a: number, b: number): DoubleDouble {
  const p = a * b;
  const [ah, al] = split(a);
  const [bh, bl] = split(b);
  return [p, al * bl - (p - ah * bh - al * bh - ah * bl)];
}

/** a + b exactly (Knuth). */
export function twoSum(a: number, b: number): DoubleDouble {
  const s = a + b;
  const t = s - a;
  return [s, a - (s - t) + (b - t)];
}

/** a·b, off by at most 2⁻¹⁰² of its size. */
export function timesDouble([high, low]: DoubleDouble, b: number): DoubleDouble {
  const [p, e] = twoProduct(high, b);
  return twoSum(p, e + low * b);
}

/** a + b, off by at most 2⁻¹⁰⁰ of |a| + |b|. */
export function addDouble(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const [s, e] = twoSum(a[0], b[0]);
  const [t, f] = twoSum(a[1], b[1]);
  const [u, g] = twoSum(s, e + t);
  return twoSum(u, g + f);
}
