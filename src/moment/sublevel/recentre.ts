import type { Interval } from "../bounds.ts";
import { monomialKey, multiplyMonomials } from "../monomial.ts";
import type { Monomial } from "../monomial.ts";
import { Polynomial } from "../polynomial.ts";
import { addDouble, timesDouble } from "./double-double.ts";
import type { DoubleDouble } from "./double-double.ts";

/** x = centre + radius∘z, with |z| ≤ 1 on the box. */
export interface Centre {
  readonly centre: Float64Array;
  /** Powers of two, at least half the box's lengths. */
  readonly radius: Float64Array;
}

/** @param box bounded */
export function centreOf(box: readonly Interval[]): Centre {
  const centre = Float64Array.from(box, ([low, high]) => low + (high - low) / 2);
  const radius = Float64Array.from(box, ([low, high], v) => {
    const half = Math.max(high - centre[v], centre[v] - low, 1e-14 * Math.abs(centre[v]), 1e-300);
    return 2 ** Math.ceil(Math.log2(half * (1 + 1e-15)));
  });
  return { centre, radius };
}

export interface Recentred {
  readonly polynomial: Polynomial;
  /** Rigorous bound on |p(x) − polynomial(z)| over |z| ≤ 1, from the rounding of the coefficients. */
  readonly error: number;
}

/**
 * p as a polynomial of z. Near a zero of p its terms cancel, which is why sums are kept in twice the
 * precision: what is lost is then the rounding of the small coefficients that remain.
 */
export function recentre(p: Polynomial, { centre, radius }: Centre): Recentred {
  const sums = new Map<string, { readonly monomial: Monomial; value: DoubleDouble }>();
  let size = 0;
  for (const { coefficient, monomial } of p.terms) {
    let parts: { monomial: Monomial; value: DoubleDouble }[] = [{ monomial: [], value: [coefficient, 0] }];
    for (const v of monomial) {
      const constant = parts.map((part) => ({ ...part, value: timesDouble(part.value, centre[v]) }));
      const linear = parts.map((part) => ({
        monomial: multiplyMonomials(part.monomial, [v]),
        // Exact: a power of two.
        value: [part.value[0] * radius[v], part.value[1] * radius[v]] as const,
      }));
      parts = radius[v] > 0 ? [...constant, ...linear] : constant;
    }
    for (const { monomial: key, value } of parts) {
      const name = monomialKey(key);
      const before = sums.get(name);
      if (before) before.value = addDouble(before.value, value);
      else sums.set(name, { monomial: key, value });
    }
    size += monomial.reduce((t, v) => t * (Math.abs(centre[v]) + radius[v]), Math.abs(coefficient));
  }
  let error = 0;
  const terms = [...sums.values()].map(({ monomial, value }) => {
    error += Math.abs(value[1]);
    return { coefficient: value[0], monomial };
  });
  // Each of the products and sums is off by at most 2⁻⁹⁹ of its size.
  const operations = p.terms.length * 2 ** p.degree + 2 * p.degree + 2;
  const underflow = 1e-280;
  return {
    polynomial: Polynomial.fromTerms(terms),
    error: (error + operations * 2 ** -99 * size) * (1 + 1e-12) + underflow,
  };
}

/** Rigorous bound on |p(x)| from above. */
export function magnitudeAt(p: Polynomial, x: Float64Array): number {
  const { polynomial, error } = recentre(p, { centre: x, radius: new Float64Array(x.length) });
  return (Math.abs(polynomial.coefficient([])) + error) * (1 + 1e-15);
}
