import { ProblemError } from "../errors.ts";
import type { Monomial } from "./monomial.ts";
import { factors, monomialKey, monomialValue, multiplyMonomials } from "./monomial.ts";

export interface Term {
  readonly coefficient: number;
  readonly monomial: Monomial;
}

/**
 * A polynomial with real coefficients in variables numbered from 0; immutable. Equal monomials are added up
 * and zero coefficients dropped. Names of variables belong to a {@link PolynomialRing}.
 */
export class Polynomial {
  readonly #terms: ReadonlyMap<string, Term>;

  private constructor(terms: ReadonlyMap<string, Term>) {
    this.#terms = terms;
  }

  /** @throws ProblemError for a coefficient that is not finite */
  static fromTerms(terms: Iterable<Term>): Polynomial {
    const map = new Map<string, Term>();
    for (const { coefficient, monomial } of terms) {
      if (!Number.isFinite(coefficient)) {
        throw new ProblemError(`a coefficient of a polynomial must be finite, but is ${coefficient}`, {
          value: coefficient,
        });
      }
      const key = monomialKey(monomial);
      const sum = (map.get(key)?.coefficient ?? 0) + coefficient;
      if (sum === 0) map.delete(key);
      else map.set(key, { coefficient: sum, monomial });
    }
    return new Polynomial(map);
  }

  static constant(value: number): Polynomial {
    return Polynomial.fromTerms([{ coefficient: value, monomial: [] }]);
  }

  /** The variable of this index. */
  static variable(index: number): Polynomial {
    return Polynomial.fromTerms([{ coefficient: 1, monomial: [index] }]);
  }

  get terms(): Term[] {
    return [...this.#terms.values()];
  }

  /** Largest degree of a term; 0 for constants. */
  get degree(): number {
    let degree = 0;
    for (const { monomial } of this.#terms.values()) degree = Math.max(degree, monomial.length);
    return degree;
  }

  get isZero(): boolean {
    return this.#terms.size === 0;
  }

  /** Indices of the variables that occur, ascending. */
  get variables(): number[] {
    const seen = new Set<number>();
    for (const { monomial } of this.#terms.values()) for (const v of monomial) seen.add(v);
    return [...seen].sort((a, b) => a - b);
  }

  coefficient(monomial: Monomial): number {
    return this.#terms.get(monomialKey(monomial))?.coefficient ?? 0;
  }

  plus(other: Polynomial | number): Polynomial {
    return Polynomial.fromTerms([...this.terms, ...asPolynomial(other).terms]);
  }

  minus(other: Polynomial | number): Polynomial {
    return this.plus(asPolynomial(other).times(-1));
  }

  times(other: Polynomial | number): Polynomial {
    if (typeof other === "number") {
      return Polynomial.fromTerms(this.terms.map((t) => ({ ...t, coefficient: t.coefficient * other })));
    }
    const products: Term[] = [];
    for (const a of this.#terms.values()) {
      for (const b of other.#terms.values()) {
        products.push({
          coefficient: a.coefficient * b.coefficient,
          monomial: multiplyMonomials(a.monomial, b.monomial),
        });
      }
    }
    return Polynomial.fromTerms(products);
  }

  /** @throws ProblemError for an exponent that is not a whole number ≥ 0 */
  power(exponent: number): Polynomial {
    if (!Number.isInteger(exponent) || exponent < 0) {
      throw new ProblemError(`an exponent must be a whole number of at least 0, but is ${exponent}`, {
        value: exponent,
      });
    }
    let result = Polynomial.constant(1);
    let square = Polynomial.fromTerms(this.terms);
    for (let e = exponent; e > 0; e >>= 1) {
      if (e & 1) result = result.times(square);
      if (e > 1) square = square.times(square);
    }
    return result;
  }

  /** ∂/∂x_variable. */
  derivative(variable: number): Polynomial {
    const terms: Term[] = [];
    for (const { coefficient, monomial } of this.#terms.values()) {
      const at = monomial.indexOf(variable);
      if (at < 0) continue;
      const exponent = monomial.lastIndexOf(variable) - at + 1;
      terms.push({
        coefficient: coefficient * exponent,
        monomial: [...monomial.slice(0, at), ...monomial.slice(at + 1)],
      });
    }
    return Polynomial.fromTerms(terms);
  }

  /** The derivatives by x₀ … x_{n−1}. */
  gradient(n: number): Polynomial[] {
    return Array.from({ length: n }, (_, v) => this.derivative(v));
  }

  evaluate(x: ArrayLike<number>): number {
    let sum = 0;
    for (const { coefficient, monomial } of this.#terms.values())
      sum += coefficient * monomialValue(monomial, x);
    return sum;
  }

  /** With polynomials put in the place of the variables. */
  substitute(values: readonly Polynomial[]): Polynomial {
    let sum = Polynomial.constant(0);
    for (const { coefficient, monomial } of this.#terms.values()) {
      let product = Polynomial.constant(coefficient);
      for (const { variable, exponent } of factors(monomial)) {
        product = product.times(values[variable].power(exponent));
      }
      sum = sum.plus(product);
    }
    return sum;
  }

  /** Text that {@link PolynomialRing.parse} reads back. */
  toString(name: (variable: number) => string = (v) => `x${v + 1}`): string {
    if (this.isZero) return "0";
    return this.terms
      .map(({ coefficient, monomial }, k) => {
        const powers = factors(monomial).map(({ variable, exponent }) =>
          exponent === 1 ? name(variable) : `${name(variable)}^${exponent}`,
        );
        const size = Math.abs(coefficient);
        const body = [...(size === 1 && powers.length > 0 ? [] : [String(size)]), ...powers].join("*");
        const sign = coefficient < 0 ? "-" : "+";
        return k === 0 ? (sign === "-" ? `-${body}` : body) : ` ${sign} ${body}`;
      })
      .join("");
  }
}

function asPolynomial(value: Polynomial | number): Polynomial {
  return typeof value === "number" ? Polynomial.constant(value) : value;
}
