import { monomialKey, multiplyMonomials } from "./monomial.ts";
import type { Monomial } from "./monomial.ts";
import type { Polynomial } from "./polynomial.ts";

/**
 * The monomials that a sum of squares equal to f − γ can use, by diagonal inconsistency (Löfberg 2009): m
 * goes when m² is neither a monomial of f nor a product of two other candidates. Repeated until nothing goes.
 * The bound does not change, and an f that is no sum of squares for any γ becomes strongly so: a certificate
 * appears.
 */
export function newtonBasis(f: Polynomial, monomials: readonly Monomial[]): Monomial[] {
  const support = new Set(f.terms.map(({ monomial }) => monomialKey(monomial)));
  support.add("");
  let basis = [...monomials];
  for (;;) {
    const mixed = new Set<string>();
    for (let j = 0; j < basis.length; j++) {
      for (let i = 0; i < j; i++) mixed.add(monomialKey(multiplyMonomials(basis[i], basis[j])));
    }
    const kept = basis.filter((m) => {
      const square = monomialKey(multiplyMonomials(m, m));
      return support.has(square) || mixed.has(square);
    });
    if (kept.length === basis.length) return kept;
    basis = kept;
  }
}
