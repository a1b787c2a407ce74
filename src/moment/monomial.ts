/**
 * A monomial as the ascending list of its variables' indices, repeated by exponent: x₀²x₃ is [0, 0, 3], and 1
 * is []. Short for the few variables a monomial of a relaxation has, however many variables the problem has.
 */
export type Monomial = readonly number[];

/** A text that is the same for equal monomials only. Indices up to 65 534. */
export function monomialKey(monomial: Monomial): string {
  let key = "";
  for (const v of monomial) key += String.fromCharCode(v + 1);
  return key;
}

/** The product of two monomials. */
export function multiplyMonomials(a: Monomial, b: Monomial): Monomial {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const product = new Array<number>(a.length + b.length);
  let i = 0;
  let j = 0;
  for (let k = 0; k < product.length; k++) {
    product[k] = j >= b.length || (i < a.length && a[i] <= b[j]) ? a[i++] : b[j++];
  }
  return product;
}

/**
 * All monomials of degree at most `degree` in these variables (ascending), by degree, then lexicographically.
 */
export function monomialsUpTo(variables: readonly number[], degree: number): Monomial[] {
  const all: Monomial[] = [[]];
  let last: { monomial: Monomial; from: number }[] = [{ monomial: [], from: 0 }];
  for (let d = 1; d <= degree; d++) {
    const next: typeof last = [];
    for (const { monomial, from } of last) {
      for (let v = from; v < variables.length; v++)
        next.push({ monomial: [...monomial, variables[v]], from: v });
    }
    for (const { monomial } of next) all.push(monomial);
    last = next;
  }
  return all;
}

/** Distinct variables with their exponents. */
export function factors(monomial: Monomial): { readonly variable: number; readonly exponent: number }[] {
  const list: { variable: number; exponent: number }[] = [];
  for (const variable of monomial) {
    const last = list[list.length - 1];
    if (last?.variable === variable) last.exponent++;
    else list.push({ variable, exponent: 1 });
  }
  return list;
}

/** Value of a monomial at x. */
export function monomialValue(monomial: Monomial, x: ArrayLike<number>): number {
  let value = 1;
  for (const v of monomial) value *= x[v];
  return value;
}
