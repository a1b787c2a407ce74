import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { SparseLdl } from "../../linear/ldl.ts";
import type { SparseMatrix } from "../../problem/sparse-matrix.ts";
import type { ConeBlock } from "../cones/cone-block.ts";
import { NonnegativeBlock } from "../cones/nonnegative.ts";
import { PsdBlock } from "../cones/psd.ts";
import { SecondOrderBlock } from "../cones/second-order.ts";
import { ZeroBlock } from "../cones/zero.ts";
import type { ReducedKkt } from "./kkt-system.ts";
import { buildPattern, keptForm, placeKept, type KeptCone, type KeptForm } from "./pattern.ts";
import { PsdSchur } from "./psd-schur.ts";

/**
 * Regularisation of the diagonal, absolute and relative to what PSD blocks put there; refinement removes
 * its effect.
 */
const STATIC = 3e-8;
const RELATIVE = 1e-14;
const DENSE_RELATIVE = 4e-15;
const ROUNDING = 2e-15;
const PIVOTS = { threshold: 1e-13, delta: 2e-7 };

/**
 * `slots`: positions in `values` of the diagonal, of the dense upper triangle by columns, or of diagonal,
 * v, −1, u, +1.
 */
type Kept = KeptCone<ConeBlock> & { readonly slots: Int32Array };

/**
 * PSD blocks eliminated, every other cone kept: the quasi-definite matrix [[P + Σ A_bᵀH_b⁻¹A_b, A_kᵀ],
 * [A_k, −H_k]] factored as sparse LDLᵀ. The H of a large second-order cone is written as η²(D + uuᵀ − vvᵀ)
 * with two more unknowns (Domahidi, Chu & Boyd 2013).
 */
export class SparseKkt implements ReducedKkt {
  readonly description: string;
  private readonly n: number;
  private readonly values: Float64Array;
  /** Values of P and A, which never change; zero elsewhere. */
  private readonly fixed: Float64Array;
  private readonly diagonal: Int32Array;
  private readonly signs: Int8Array;
  private readonly ldl: SparseLdl;
  /** Entries of the columns of x come first in `values`. */
  private readonly firstKept: number;
  private balance = 1;
  private readonly schurs: { readonly schur: PsdSchur; readonly slots: Int32Array }[];
  private readonly kept: Kept[] = [];
  private readonly rhs: Float64Array;
  private readonly unit: Float64Array;
  private readonly keptRow: Uint8Array;
  private readonly column: Float64Array;

  constructor(
    P: SparseMatrix | undefined,
    private readonly A: SparseMatrix,
    blocks: readonly ConeBlock[],
    kernels: DenseKernels,
  ) {
    const n = A.cols;
    this.n = n;
    const schurs: PsdSchur[] = [];
    const others: { block: ConeBlock; form: KeptForm }[] = [];
    for (const block of blocks) {
      if (block instanceof PsdBlock) schurs.push(new PsdSchur(A, block, kernels));
      else others.push({ block, form: keptForm(kindOf(block), block.dim) });
    }
    const { order, kept } = placeKept(n, others);
    const pattern = buildPattern(n, order, P, A, schurs, kept);
    this.fixed = pattern.fixed;
    this.values = new Float64Array(pattern.fixed.length);
    this.diagonal = pattern.diagonal;
    this.firstKept = pattern.colPtr[n];
    this.schurs = schurs.map((schur, i) => ({ schur, slots: pattern.schurSlots[i] }));
    this.kept = kept.map((k, i) => ({ ...k, slots: pattern.keptSlots[i] }));
    this.signs = new Int8Array(order).fill(-1);
    this.signs.fill(1, 0, n);
    for (const k of kept) if (k.form === "expanded") this.signs[k.extra + 1] = 1;
    this.ldl = new SparseLdl(order, pattern.colPtr, pattern.rowIdx, kernels);
    this.rhs = new Float64Array(order);
    this.unit = new Float64Array(A.rows);
    this.keptRow = new Uint8Array(A.rows);
    for (const { block } of kept) this.keptRow.fill(1, block.offset, block.offset + block.dim);
    this.column = new Float64Array(A.rows);
    this.description =
      `sparse LDL, order ${order}, ${pattern.rowIdx.length} entries, ` + `${this.ldl.nonzeros} in the factor`;
  }

  isEliminated(block: ConeBlock): boolean {
    return block instanceof PsdBlock;
  }

  /**
   * With x = γx̃ the matrix is [[γ(P + …), A_kᵀ], [A_k, −H_k/γ]]: γ = balance brings both blocks to size
   * one.
   */
  async factor(balance: number, boost: number, yieldIfDue: () => Promise<void>): Promise<boolean> {
    const { values, n, diagonal } = this;
    this.balance = balance;
    values.set(this.fixed);
    for (const { schur, slots } of this.schurs)
      await schur.addTo({ kind: "slots", slots, values }, yieldIfDue);
    for (let k = 0; k < this.firstKept; k++) values[k] *= balance;
    for (let j = 0; j < n; j++) values[diagonal[j]] += boost * (STATIC + RELATIVE * values[diagonal[j]]);
    for (const kept of this.kept) this.putCone(kept);
    this.regulariseColumns();
    for (const { block, at, form } of this.kept) {
      // A dense H near the boundary of its cone is singular to rounding: keep −H negative definite.
      let largest = 0;
      if (form === "dense")
        for (let k = 0; k < block.dim; k++) largest = Math.max(largest, -values[diagonal[at + k]]);
      const shift = boost * (STATIC + DENSE_RELATIVE * largest);
      for (let k = 0; k < block.dim; k++) values[diagonal[at + k]] -= shift;
    }
    for (let k = 0; k < values.length; k++) if (!Number.isFinite(values[k])) return false;
    this.ldl.factor(values, this.signs, PIVOTS);
    return true;
  }

  solve(r: Float64Array, t: Float64Array): void {
    const { n, rhs, balance } = this;
    rhs.fill(0);
    rhs.set(r);
    for (const { block, at } of this.kept) {
      for (let k = 0; k < block.dim; k++) rhs[at + k] = t[block.offset + k] / balance;
    }
    this.ldl.solve(rhs);
    for (let j = 0; j < n; j++) r[j] = balance * rhs[j];
    for (const { block, at } of this.kept) {
      for (let k = 0; k < block.dim; k++) t[block.offset + k] = rhs[at + k];
    }
  }

  /** Pivots of x are differences of sums of a_ij²(H⁻¹)_ii: keep them above the rounding of those sums. */
  private regulariseColumns(): void {
    const { A, unit, values, diagonal, keptRow } = this;
    for (const { block } of this.kept) block.inverseDiagonal(unit);
    for (let j = 0; j < A.cols; j++) {
      let sum = 0;
      for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
        const i = A.rowIdx[k];
        if (keptRow[i] === 1) sum += A.values[k] * A.values[k] * unit[i];
      }
      if (Number.isFinite(sum)) values[diagonal[j]] += ROUNDING * this.balance * sum;
    }
  }

  /** Writes −H of a kept cone. */
  private putCone({ block, slots, form }: Kept): void {
    const { values, unit, column } = this;
    const { offset, dim } = block;
    const f = 1 / this.balance;
    if (form === "diagonal") {
      if (block instanceof NonnegativeBlock)
        for (let k = 0; k < dim; k++) values[slots[k]] = -f * block.ratio[k];
      else for (let k = 0; k < dim; k++) values[slots[k]] = 0;
    } else if (form === "dense") {
      unit.fill(0, offset, offset + dim);
      for (let j = 0, at = 0; j < dim; j++) {
        unit[offset + j] = 1;
        block.applyH(unit, column);
        unit[offset + j] = 0;
        for (let i = 0; i <= j; i++) values[slots[at++]] = -f * column[offset + i];
      }
    } else if (block instanceof SecondOrderBlock) {
      const { w } = block;
      const etaSquared = f * block.etaSquared;
      const eta = Math.sqrt(etaSquared);
      const square = 2 * w[0] * w[0] - 1; // w₀² + ‖w₁‖²
      const d = 0.5 / square;
      const u0 = Math.sqrt(square - d);
      const u1 = (2 * w[0]) / u0;
      const v1 = Math.sqrt((2 + 2 * d) / (square - d));
      values[slots[0]] = -etaSquared * d;
      for (let k = 1; k < dim; k++) values[slots[k]] = -etaSquared;
      values[slots[dim]] = 0;
      for (let k = 1; k < dim; k++) values[slots[dim + k]] = eta * v1 * w[k];
      values[slots[2 * dim]] = -1;
      values[slots[2 * dim + 1]] = eta * u0;
      for (let k = 1; k < dim; k++) values[slots[2 * dim + 1 + k]] = eta * u1 * w[k];
      values[slots[3 * dim + 1]] = 1;
    }
  }
}

function kindOf(block: ConeBlock): "zero" | "nonnegative" | "secondOrder" | "other" {
  if (block instanceof ZeroBlock) return "zero";
  if (block instanceof NonnegativeBlock) return "nonnegative";
  return block instanceof SecondOrderBlock ? "secondOrder" : "other";
}
