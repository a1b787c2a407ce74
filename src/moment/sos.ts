import type { DenseKernels } from "../linear/dense-kernels.ts";
import { loadDenseKernels } from "../backends/cpu/kernels/load.ts";
import { svecToMatrix } from "../problem/svec.ts";
import { certifiedMinEigenvalue } from "../solver/min-eigenvalue.ts";
import { absorbResidual } from "./certify.ts";
import type { LastRelaxation } from "./hierarchy-result.ts";
import { monomialKey, multiplyMonomials } from "./monomial.ts";
import type { Monomial } from "./monomial.ts";
import type { Polynomial } from "./polynomial.ts";
import { isNorm } from "./problem.ts";

/** vᵀQv times the inequality of this index (−1: times 1). */
export interface GramTerm {
  readonly constraint: number;
  readonly basis: readonly Monomial[];
  /** Column-major, order basis.length. */
  readonly gram: Float64Array;
  /** Verified lower bound on λ_min; slightly negative values are what the bound's certification pays for. */
  readonly minEigenvalue: number;
}

/** equality · Σ coefficients·multipliers. */
export interface EqualityTerm {
  readonly constraint: number;
  readonly multipliers: readonly Monomial[];
  readonly coefficients: Float64Array;
}

/**
 * f − γ = Σ gⱼ·vⱼᵀQⱼvⱼ + Σ hᵢ·pᵢ in the scaled variables z = x/scale, with f, g and h multiplied by the
 * powers of two stated (so that nothing is rounded on the way).
 */
export interface SosCertificate {
  /** In the units of the scaled objective; γ/objectiveScale bounds the minimum. */
  readonly gamma: number;
  readonly scale: Float64Array;
  readonly objectiveScale: number;
  readonly inequalityScale: readonly number[];
  readonly equalityScale: readonly number[];
  readonly grams: readonly GramTerm[];
  readonly equalities: readonly EqualityTerm[];
  /** Largest |coefficient| of f − γ − Σ…: added up in twice the working precision. */
  readonly identityError: number;
  /** Sum of these magnitudes: the most the identity can be off where |zᵢ| ≤ 1. */
  readonly identityErrorSum: number;
}

/** The certificate that the last relaxation's multipliers are, its identity checked. Undefined for norms. */
export async function sosCertificate(last: LastRelaxation): Promise<SosCertificate | undefined> {
  const { scaled, relaxation, assembled } = last;
  const { objective } = relaxation.problem;
  if (isNorm(objective)) return undefined;
  const kernels = await loadDenseKernels();
  const y = absorbResidual(assembled, last.dual);
  const grams = assembled.blocks.map(({ basis, row, constraint }): GramTerm => {
    const n = basis.length;
    const gram = new Float64Array(n * n);
    if (n === 1) gram[0] = y[row];
    else svecToMatrix(y, row, n, gram);
    return { constraint, basis, gram, minEigenvalue: minEigenvalue(kernels, n, gram) };
  });
  const equalities = relaxation.equalities.map(({ multipliers, constraint }, k): EqualityTerm => {
    const from = assembled.equalityRows[k];
    return { constraint, multipliers, coefficients: y.slice(from, from + multipliers.length) };
  });
  const expansion = new ExactExpansion((m) => monomialKey(relaxation.reduce(m)));
  for (const { coefficient, monomial } of objective.terms) expansion.add(monomial, coefficient, 1);
  for (const { constraint, basis, gram } of grams) {
    const multiplier = constraint < 0 ? undefined : relaxation.problem.inequalities[constraint];
    for (let j = 0; j < basis.length; j++) {
      for (let i = 0; i < basis.length; i++) {
        subtractProduct(
          expansion,
          multiplier,
          multiplyMonomials(basis[i], basis[j]),
          gram[j * basis.length + i],
        );
      }
    }
  }
  for (const { constraint, multipliers, coefficients } of equalities) {
    multipliers.forEach((m, k) =>
      subtractProduct(expansion, relaxation.problem.equalities[constraint], m, coefficients[k]),
    );
  }
  const gamma = expansion.take("");
  let largest = 0;
  let sum = 0;
  for (const value of expansion.values()) {
    largest = Math.max(largest, Math.abs(value));
    sum += Math.abs(value);
  }
  return {
    gamma,
    scale: scaled.scale,
    objectiveScale: scaled.objectiveScale,
    inequalityScale: scaled.inequalityScale,
    equalityScale: scaled.equalityScale,
    grams,
    equalities,
    identityError: largest,
    identityErrorSum: sum,
  };
}

function minEigenvalue(kernels: DenseKernels, n: number, gram: Float64Array): number {
  return certifiedMinEigenvalue(kernels, n, gram);
}

function subtractProduct(
  expansion: ExactExpansion,
  p: Polynomial | undefined,
  by: Monomial,
  factor: number,
): void {
  if (factor === 0) return;
  if (!p) {
    expansion.add(by, -factor, 1);
    return;
  }
  for (const { coefficient, monomial } of p.terms)
    expansion.add(multiplyMonomials(monomial, by), -factor, coefficient);
}

/**
 * Coefficients as unevaluated sums of two numbers: Dot2 of Ogita, Rump & Oishi (2005), as if in twice the
 * precision.
 */
class ExactExpansion {
  readonly #sums = new Map<string, { high: number; low: number }>();
  readonly #key: (monomial: Monomial) => string;

  constructor(key: (monomial: Monomial) => string) {
    this.#key = key;
  }

  /** Adds a·b to the coefficient. */
  add(monomial: Monomial, a: number, b: number): void {
    const key = this.#key(monomial);
    let sum = this.#sums.get(key);
    if (!sum) this.#sums.set(key, (sum = { high: 0, low: 0 }));
    const product = a * b;
    const error = b === 1 ? 0 : productError(a, b, product);
    const high = sum.high + product;
    const rest = high - sum.high;
    sum.low += sum.high - (high - rest) + (product - rest) + error;
    sum.high = high;
  }

  /** Removes a coefficient and returns it. */
  take(key: string): number {
    const sum = this.#sums.get(key);
    this.#sums.delete(key);
    return sum ? sum.high + sum.low : 0;
  }

  values(): number[] {
    return [...this.#sums.values()].map(({ high, low }) => high + low);
  }
}

/** a·b − fl(a·b), exactly (Dekker & Veltkamp). */
function productError(a: number, b: number, product: number): number {
  const splitter = 134217729;
  const ca = splitter * a;
  const ah = ca - (ca - a);
  const al = a - ah;
  const cb = splitter * b;
  const bh = cb - (cb - b);
  const bl = b - bh;
  return al * bl - (product - ah * bh - al * bh - ah * bl);
}
