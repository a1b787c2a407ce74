import type { DenseKernels } from "../linear/dense-kernels.ts";
import { applyAdjoint, toSparse } from "../problem/operators/apply.ts";
import { svecToMatrix } from "../problem/svec.ts";
import { certifiedMinEigenvalue, gamma } from "../solver/min-eigenvalue.ts";
import type { AssembledRelaxation, PlacedBlock } from "./assemble.ts";
import { blockRows } from "./assemble.ts";
import { magnitudes, monomialRange } from "./bounds.ts";
import type { Interval } from "./bounds.ts";
import type { Monomial } from "./monomial.ts";
import type { Relaxation } from "./relaxation.ts";

export type CertifiedValue =
  | { readonly value: number }
  /** Why nothing is certified. */
  | { readonly value: undefined; readonly reason: string };

/**
 * Rigorous lower bound on the minimum of the polynomial problem from any dual point y of its relaxation.
 *
 * y defines the identity f = γ + Σⱼ gⱼ·vⱼᵀQⱼvⱼ + Σ hᵢ·pᵢ + Σ_α r_α x^α, so at every minimiser in the box
 * f ≥ γ + Σⱼ min(0, λ_min(Qⱼ))·max gⱼ‖vⱼ‖² − Σ |r_α| max|x^α|. First r is moved into the Gram matrices of the
 * moment blocks as far as it goes. λ_min is verified by a factorisation, and every sum carries its rounding
 * error.
 *
 * @param y multipliers of the rows (any lengths of Gram matrices, any signs)
 * @param box holds a minimiser
 * @param normBound bound on the norm at a minimiser, for a norm objective
 */
export function certifyLowerBound(
  relaxation: Relaxation,
  assembled: AssembledRelaxation,
  y: Float64Array,
  box: readonly Interval[],
  kernels: DenseKernels,
  normBound = Infinity,
): CertifiedValue {
  const { conic, blocks, normColumn } = assembled;
  const open = box.findIndex(([low, high]) => !Number.isFinite(low) || !Number.isFinite(high));
  if (open >= 0) {
    const name = relaxation.problem.ring.names[open];
    return {
      value: undefined,
      reason: `no bounds on ${name} follow from the constraints; add a ball or bounds`,
    };
  }
  if (normColumn !== undefined && !Number.isFinite(normBound)) {
    return { value: undefined, reason: "no bound on the norm is known" };
  }
  if (!y.every(Number.isFinite)) return { value: undefined, reason: "the dual point is not finite" };
  const size = magnitudes(box);
  const dual = absorbResidual(assembled, y);
  const A = toSparse(conic.A);

  // r = c + Aᵀy, with the magnitude of what was added up.
  let bound = 0;
  let magnitude = 0;
  let additions = 8;
  const add = (value: number, weight = Math.abs(value)): void => {
    bound += value;
    magnitude += weight;
    additions++;
  };
  for (let i = 0; i < dual.length; i++) add(-conic.b[i] * dual[i], 4 * Math.abs(conic.b[i] * dual[i]));
  add(conic.objective?.offset ?? 0);
  for (let j = 0; j < conic.c.length; j++) {
    let r = conic.c[j];
    let absolute = Math.abs(r);
    const count = A.colPtr[j + 1] - A.colPtr[j];
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
      const product = A.values[k] * dual[A.rowIdx[k]];
      r += product;
      absolute += Math.abs(product);
    }
    const most = j === normColumn ? normBound : monomialBound(relaxation.moments[j + 1], size);
    // Entries of A and of Gram matrices carry a rounded √2 each.
    add(-(Math.abs(r) + gamma(count + 10) * absolute) * most);
  }

  for (const block of blocks) {
    const lambda = blockEigenvalue(block, dual, kernels);
    if (lambda >= 0) continue;
    add(lambda * traceBound(block, box, size));
  }
  let at = 0;
  for (const cone of conic.cones) {
    if (cone.kind === "secondOrder") {
      let tail = 0;
      for (let i = 1; i < cone.dim; i++) tail += dual[at + i] ** 2;
      const lambda = dual[at] - Math.sqrt(tail) * (1 + gamma(cone.dim + 4));
      if (lambda < 0) add(lambda * normBound);
    }
    if (cone.kind === "nonnegative" && normColumn !== undefined) {
      for (let i = at; i < normRowsEnd(assembled, at, cone.dim); i++)
        if (dual[i] < 0) add(2 * dual[i] * normBound);
    }
    at += cone.kind === "psd" ? (cone.order * (cone.order + 1)) / 2 : "dim" in cone ? cone.dim : 0;
  }
  const value = bound - gamma(additions + 8) * magnitude * 2;
  return Number.isFinite(value) ? { value } : { value: undefined, reason: "the bound is not finite" };
}

/** λ_min of a block's Gram matrix, verified from below. */
function blockEigenvalue(block: PlacedBlock, y: Float64Array, kernels: DenseKernels): number {
  const n = block.basis.length;
  if (n === 1) return y[block.row];
  const matrix = new Float64Array(n * n);
  svecToMatrix(y, block.row, n, matrix);
  let square = 0;
  for (let i = block.row; i < block.row + blockRows(block); i++) square += y[i] * y[i];
  return certifiedMinEigenvalue(kernels, n, matrix) - Math.sqrt(square) * 2 ** -50;
}

/** Bound on g(x)·‖v(x)‖² over the box. */
export function traceBound(
  { multiplier, basis }: PlacedBlock,
  box: readonly Interval[],
  size: Float64Array,
): number {
  let squares = 0;
  for (const b of basis) squares += monomialBound(b, size) ** 2;
  let most = 0;
  for (const { coefficient, monomial } of multiplier.terms) {
    const [low, high] = monomialRange(monomial, box);
    most += Math.max(coefficient * low, coefficient * high);
  }
  return Math.max(0, most) * squares * (1 + 1e-12);
}

function monomialBound(monomial: Monomial, size: Float64Array): number {
  let product = 1;
  for (const v of monomial) product *= size[v];
  return product * (1 + 1e-13);
}

/** The rows t ± r come first among the nonnegative ones. */
function normRowsEnd({ blocks }: AssembledRelaxation, from: number, dim: number): number {
  let end = from + dim;
  for (const { basis, row } of blocks) if (basis.length === 1 && row < end) end = row;
  return end;
}

/** y with c + Aᵀy spread over the Gram matrices of the moment blocks: there AᵀA is diagonal. */
export function absorbResidual({ conic, blocks }: AssembledRelaxation, y: Float64Array): Float64Array {
  const inMoments = new Uint8Array(y.length);
  for (const block of blocks) {
    if (block.kind === "moment") inMoments.fill(1, block.row, block.row + blockRows(block));
  }
  const A = toSparse(conic.A);
  const dual = y.slice();
  for (let pass = 0; pass < 2; pass++) {
    const r = conic.c.slice();
    applyAdjoint(conic.A, dual, r);
    for (let j = 0; j < r.length; j++) {
      let weight = 0;
      for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++)
        if (inMoments[A.rowIdx[k]]) weight += A.values[k] ** 2;
      if (weight === 0) continue;
      for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
        if (inMoments[A.rowIdx[k]]) dual[A.rowIdx[k]] -= (A.values[k] * r[j]) / weight;
      }
    }
  }
  return dual;
}
