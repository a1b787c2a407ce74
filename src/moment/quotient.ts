import { factors, monomialKey } from "./monomial.ts";
import type { Monomial } from "./monomial.ts";
import type { BinaryKind } from "./problem.ts";

/** Maps a monomial to the one it equals on all binary points: x² = 1 or x² = x. */
export type Reduction = (monomial: Monomial) => Monomial;

/** The reduction for these binary variables. */
export function binaryReduction(binary: ReadonlyMap<number, BinaryKind>): Reduction {
  if (binary.size === 0) return (monomial) => monomial;
  return (monomial) => {
    let squareFree = true;
    for (let i = 1; i < monomial.length; i++) if (monomial[i] === monomial[i - 1]) squareFree = false;
    if (squareFree) return monomial;
    const reduced: number[] = [];
    for (const { variable, exponent } of factors(monomial)) {
      const kind = binary.get(variable);
      const kept = kind === undefined ? exponent : kind === "zeroOne" ? 1 : exponent % 2;
      for (let e = 0; e < kept; e++) reduced.push(variable);
    }
    return reduced;
  };
}

/** The distinct images of monomials. */
export function reduceBasis(monomials: readonly Monomial[], reduce: Reduction): Monomial[] {
  const seen = new Map<string, Monomial>();
  for (const monomial of monomials) {
    const image = reduce(monomial);
    const key = monomialKey(image);
    if (!seen.has(key)) seen.set(key, image);
  }
  return [...seen.values()];
}
