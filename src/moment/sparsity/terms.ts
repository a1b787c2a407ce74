import { monomialKey, multiplyMonomials } from "../monomial.ts";
import type { Monomial } from "../monomial.ts";
import type { Polynomial } from "../polynomial.ts";
import type { Reduction } from "../quotient.ts";

/** A matrix of moments before it is split: L(multiplier · bᵢ · bⱼ). */
export interface Candidate {
  readonly multiplier: Polynomial;
  readonly basis: readonly Monomial[];
}

/**
 * Block-diagonal term sparsity (Wang, Magron & Lasserre 2021): two basis monomials belong together when their
 * product (times a term of the multiplier) lies in the support; the support then grows by the products inside
 * the blocks, until nothing changes. Returns, for every candidate, its blocks of basis indices.
 *
 * @param support keys of the monomials of objective and constraints
 */
export function termBlocks(
  candidates: readonly Candidate[],
  support: ReadonlySet<string>,
  reduce: Reduction,
  rounds = 20,
): number[][][] {
  const known = new Set(support);
  for (const { multiplier, basis } of candidates) {
    if (multiplier.degree > 0) continue;
    for (const b of basis) known.add(monomialKey(reduce(multiplyMonomials(b, b))));
  }
  const products = candidates.map(({ multiplier, basis }) => productKeys(multiplier, basis, reduce));
  let blocks: number[][][] = [];
  for (let round = 0; round < rounds; round++) {
    blocks = candidates.map(({ basis }, k) =>
      components(basis.length, (i, j) => products[k](i, j).some((p) => known.has(p))),
    );
    const before = known.size;
    blocks.forEach((parts, k) => {
      for (const part of parts) {
        for (const i of part)
          for (const j of part) if (j <= i) for (const p of products[k](i, j)) known.add(p);
      }
    });
    if (known.size === before) break;
  }
  return blocks;
}

function productKeys(
  multiplier: Polynomial,
  basis: readonly Monomial[],
  reduce: Reduction,
): (i: number, j: number) => string[] {
  const terms = multiplier.terms;
  const cache = new Map<number, string[]>();
  return (i, j) => {
    const at = i >= j ? i * basis.length + j : j * basis.length + i;
    let keys = cache.get(at);
    if (!keys) {
      const product = multiplyMonomials(basis[i], basis[j]);
      keys = terms.map(({ monomial }) => monomialKey(reduce(multiplyMonomials(monomial, product))));
      cache.set(at, keys);
    }
    return keys;
  };
}

/** Connected components of a graph on 0 … n − 1, each ascending. */
function components(n: number, joined: (i: number, j: number) => boolean): number[][] {
  const parent = Array.from({ length: n }, (_, i) => i);
  const root = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) if (root(i) !== root(j) && joined(i, j)) parent[root(i)] = root(j);
  }
  const parts = new Map<number, number[]>();
  for (let i = 0; i < n; i++) {
    const r = root(i);
    const part = parts.get(r);
    if (part) part.push(i);
    else parts.set(r, [i]);
  }
  return [...parts.values()];
}
