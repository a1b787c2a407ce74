import type { DenseKernels } from "../linear/dense-kernels.ts";
import { sparseOperator } from "../problem/operators/sparse.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import { svecIndex, svecLength } from "../problem/svec.ts";
import { certifiedMinEigenvalue, gamma } from "../solver/min-eigenvalue.ts";
import { solve } from "../solver/solve.ts";
import type { Monomial } from "./monomial.ts";
import { monomialKey, monomialsUpTo, multiplyMonomials } from "./monomial.ts";
import { newtonBasis } from "./newton-basis.ts";
import { Polynomial } from "./polynomial.ts";

/** Bases larger than this are not tried. */
const LARGEST_BASIS = 120;

/**
 * A radius R with ‖x‖ ≤ R wherever f(x) ≤ level, or undefined when none is found.
 *
 * Looks for f − λ‖x‖² + C = vᵀGv with G positive definite, by a semidefinite program that maximises λ_min(G);
 * verified by distributing what is left of the identity over G and a verified bound on λ_min(G). Then λ‖x‖² ≤
 * level + C.
 */
export async function sublevelRadius(
  f: Polynomial,
  n: number,
  level: number,
  kernels: DenseKernels,
): Promise<number | undefined> {
  const half = f.degree / 2;
  if (!Number.isInteger(half) || half < 1) return undefined;
  let size = 1;
  for (let d = 1; d <= half; d++) size *= (n + d) / d;
  if (size > LARGEST_BASIS) return undefined;
  const basis = newtonBasis(
    f,
    monomialsUpTo(
      Array.from({ length: n }, (_, v) => v),
      half,
    ),
  );
  for (const [lambda, constant] of [
    [0.25, 0.5],
    [0.05, 0.5],
    [0.25, 4],
    [0.02, 4],
    [0.02, 100],
    [0.002, 1000],
  ] as const) {
    const shift = constant * Math.max(1, Math.abs(level)) - level;
    const p = Polynomial.fromTerms([
      ...f.terms,
      { coefficient: shift, monomial: [] },
      ...Array.from({ length: n }, (_, v) => ({ coefficient: -lambda, monomial: [v, v] })),
    ]);
    if (!(await isPositiveDefinite(p, basis, kernels))) continue;
    return Math.sqrt(Math.max(0, level + shift) / lambda) * (1 + 1e-12);
  }
  return undefined;
}

/** Whether p = vᵀGv with a verified positive definite G. */
async function isPositiveDefinite(
  p: Polynomial,
  basis: readonly Monomial[],
  kernels: DenseKernels,
): Promise<boolean> {
  const order = basis.length;
  const index = new Map<string, number>();
  const column: number[] = [];
  const counts: number[] = [];
  for (let j = 0; j < order; j++) {
    for (let i = j; i < order; i++) {
      const key = monomialKey(multiplyMonomials(basis[i], basis[j]));
      let at = index.get(key);
      if (at === undefined) {
        at = index.size;
        index.set(key, at);
        counts.push(0);
      }
      counts[at] += i === j ? 1 : 2;
      column[svecIndex(order, i, j)] = at;
    }
  }
  const c = new Float64Array(index.size);
  for (const { coefficient, monomial } of p.terms) {
    const at = index.get(monomialKey(monomial));
    if (at === undefined) return false;
    c[at] = coefficient;
  }
  // min L(p) with tr M = 1, M ⪰ 0: the multiplier of the trace is the largest λ_min of a Gram matrix.
  const rows: number[] = [];
  const cols: number[] = [];
  const values: number[] = [];
  const b = new Float64Array(1 + svecLength(order));
  b[0] = 1;
  for (let j = 0; j < order; j++) {
    rows.push(0);
    cols.push(column[svecIndex(order, j, j)]);
    values.push(1);
    for (let i = j; i < order; i++) {
      const k = svecIndex(order, i, j);
      rows.push(1 + k);
      cols.push(column[k]);
      values.push(i === j ? -1 : -Math.SQRT2);
    }
  }
  const result = await solve(
    {
      c,
      A: sparseOperator(sparseFromTriplets(b.length, c.length, rows, cols, values)),
      b,
      cones: [
        { kind: "zero", dim: 1 },
        { kind: "psd", order },
      ],
    },
    { eps: 1e-7 },
  );
  if (result.status !== "solved" && result.status !== "solvedInaccurate") return false;
  // G = Z + μI, then shifted entry by entry so that it represents p.
  const mu = -result.y[0];
  const G = new Float64Array(order * order);
  const sums = new Float64Array(c.length);
  const magnitudes = new Float64Array(c.length);
  const each = (visit: (i: number, j: number, at: number) => void): void => {
    for (let j = 0; j < order; j++)
      for (let i = j; i < order; i++) visit(i, j, column[svecIndex(order, i, j)]);
  };
  each((i, j) => {
    const z = result.y[1 + svecIndex(order, i, j)];
    G[j * order + i] = i === j ? z + mu : z * Math.SQRT1_2;
  });
  const collect = (): void => {
    sums.fill(0);
    magnitudes.fill(0);
    each((i, j, at) => {
      const value = G[j * order + i] * (i === j ? 1 : 2);
      sums[at] += value;
      magnitudes[at] += Math.abs(value);
    });
  };
  collect();
  each((i, j, at) => (G[j * order + i] += (c[at] - sums[at]) / counts[at]));
  collect();
  // What rounding leaves is itself vᵀEv with ‖E‖ at most the sum of its coefficients.
  let left = 0;
  for (let k = 0; k < c.length; k++)
    left += Math.abs(c[k] - sums[k]) + gamma(order * order + 4) * magnitudes[k];
  each((i, j) => (G[i * order + j] = G[j * order + i]));
  return certifiedMinEigenvalue(kernels, order, G) > left;
}
