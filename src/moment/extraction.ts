import type { DenseKernels } from "../linear/dense-kernels.ts";
import { cliqueBasis, momentMatrix } from "./moment-matrix.ts";
import type { Moments } from "./moment-matrix.ts";
import { monomialValue, multiplyMonomials } from "./monomial.ts";
import type { Relaxation } from "./relaxation.ts";

/** Points that carry the moments of a clique. */
export interface Extraction {
  /** points[j][i]: value of the clique's i-th variable. */
  readonly points: readonly Float64Array[];
  readonly weights: readonly number[];
  /** max |y_α − Σ wⱼ xⱼ^α| over the moments used, over max(1, |y_α|). */
  readonly residual: number;
}

/**
 * The points behind a flat moment matrix (Henrion & Lasserre 2005): multiplication by each variable on the
 * quotient space of M_{d−1}. In the orthonormal basis that the moments themselves give (the GNS construction)
 * these matrices are symmetric and commute, so that the eigenvectors of a random combination of them
 * diagonalise all: the part that the ordered Schur form of a non-symmetric combination plays otherwise.
 *
 * @param rank number of points; that of M_d when it is flat
 * @returns undefined when moments are missing or rank M_{d−1} < rank
 */
export function extractPoints(
  relaxation: Relaxation,
  moments: Moments,
  clique: number,
  d: number,
  rank: number,
  kernels: DenseKernels,
): Extraction | undefined {
  const variables = relaxation.cliques[clique];
  const basis = cliqueBasis(relaxation, clique, d - 1);
  const n = basis.length;
  const matrix = momentMatrix(relaxation, moments, basis);
  if (!matrix || rank > n || rank < 1) return undefined;
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  kernels.eigSymmetric(n, matrix.slice(), values, vectors);
  // Columns of V: orthonormal in the inner product ⟨p, q⟩ = L(pq).
  const V = new Float64Array(n * rank);
  for (let j = 0; j < rank; j++) {
    const from = n - rank + j;
    if (!(values[from] > 0)) return undefined;
    const factor = 1 / Math.sqrt(values[from]);
    for (let i = 0; i < n; i++) V[j * n + i] = factor * vectors[from * n + i];
  }
  const multiplication: Float64Array[] = [];
  for (const v of variables) {
    const shifted = momentMatrix(relaxation, moments, basis, [v]);
    if (!shifted) return undefined;
    multiplication.push(congruence(kernels, n, rank, V, shifted));
  }
  // A fixed irrational-like combination keeps runs the same and separates points almost surely.
  const combined = new Float64Array(rank * rank);
  multiplication.forEach((X, i) => {
    const weight = 0.5 + ((0.6180339887498949 * (i + 1)) % 1);
    for (let k = 0; k < combined.length; k++) combined[k] += weight * X[k];
  });
  const ignored = new Float64Array(rank);
  const Q = new Float64Array(rank * rank);
  kernels.eigSymmetric(rank, combined, ignored, Q);
  const points: Float64Array[] = [];
  const weights: number[] = [];
  for (let j = 0; j < rank; j++) {
    const q = Q.subarray(j * rank, (j + 1) * rank);
    points.push(Float64Array.from(multiplication, (X) => quadraticForm(rank, X, q)));
    // Weight of the point: the squared component of the function 1.
    let component = 0;
    for (let l = 0; l < rank; l++) {
      let one = 0;
      for (let i = 0; i < n; i++) one += V[l * n + i] * matrix[i];
      component += q[l] * one;
    }
    weights.push(component * component);
  }
  return { points, weights, residual: residualOf(relaxation, moments, clique, d, points, weights) };
}

function congruence(
  kernels: DenseKernels,
  n: number,
  r: number,
  V: Float64Array,
  S: Float64Array,
): Float64Array {
  const SV = new Float64Array(n * r);
  kernels.gemm(false, false, n, r, n, 1, S, V, 0, SV);
  const X = new Float64Array(r * r);
  kernels.gemm(true, false, r, r, n, 1, V, SV, 0, X);
  return X;
}

function quadraticForm(n: number, X: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) sum += q[i] * X[j * n + i] * q[j];
  return sum;
}

function residualOf(
  relaxation: Relaxation,
  moments: Moments,
  clique: number,
  d: number,
  points: readonly Float64Array[],
  weights: readonly number[],
): number {
  const variables = relaxation.cliques[clique];
  const full = points.map((point) => {
    const x = new Float64Array(relaxation.problem.n);
    variables.forEach((v, i) => (x[v] = point[i]));
    return x;
  });
  const basis = cliqueBasis(relaxation, clique, d - 1);
  let worst = 0;
  for (const a of basis) {
    for (const b of basis) {
      const product = multiplyMonomials(a, b);
      const at = relaxation.indexOf(product);
      if (at === undefined) continue;
      const sum = full.reduce((total, x, j) => total + weights[j] * monomialValue(product, x), 0);
      worst = Math.max(worst, Math.abs(sum - moments[at]) / Math.max(1, Math.abs(moments[at])));
    }
  }
  return worst;
}
