import { monomialsUpTo, multiplyMonomials } from "./monomial.ts";
import type { Monomial } from "./monomial.ts";
import { reduceBasis } from "./quotient.ts";
import type { Relaxation } from "./relaxation.ts";

/** Moments of a solved relaxation: values[k] is the moment of relaxation.moments[k]; values[0] = 1. */
export type Moments = Float64Array;

/** The moments in the first columns of x, with the unit moment put in front. */
export function readMoments(relaxation: Relaxation, x: Float64Array): Moments {
  const values = new Float64Array(relaxation.moments.length);
  values[0] = 1;
  values.set(x.subarray(0, values.length - 1), 1);
  return values;
}

/** The moments of the point mass at x. */
export function pointMoments({ moments }: Relaxation, x: ArrayLike<number>): Moments {
  return Float64Array.from(moments, (m) => m.reduce((product, v) => product * x[v], 1));
}

/** Basis of degree d of a clique, quotient by binaries. */
export function cliqueBasis({ cliques, reduce }: Relaxation, clique: number, degree: number): Monomial[] {
  return reduceBasis(monomialsUpTo(cliques[clique], degree), reduce);
}

/** The matrix (L(bᵢ·bⱼ·by)), column-major; undefined when the relaxation lacks a moment of it. */
export function momentMatrix(
  relaxation: Relaxation,
  moments: Moments,
  basis: readonly Monomial[],
  by: Monomial = [],
): Float64Array | undefined {
  const n = basis.length;
  const matrix = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const column = multiplyMonomials(basis[j], by);
    for (let i = j; i < n; i++) {
      const at = relaxation.indexOf(multiplyMonomials(basis[i], column));
      if (at === undefined) return undefined;
      matrix[j * n + i] = moments[at];
      matrix[i * n + j] = moments[at];
    }
  }
  return matrix;
}
