import type { DenseKernels } from "../../backends/cpu/kernels/dense-kernels.ts";
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

/** Regularisation of the diagonal, absolute and relative to what PSD blocks put there; refinement removes its effect. */
const STATIC = 1e-9;
const RELATIVE = 1e-14;
const DENSE_RELATIVE = 4e-15;
const PIVOTS = { threshold: 1e-13, delta: 2e-7 };

/** `slots`: positions in `values` of the diagonal, of the dense upper triangle by columns, or of diagonal, v, −1, u, +1. */
type Kept = KeptCone<ConeBlock> & { readonly slots: Int32Array };

/**
 * PSD blocks eliminated, every other cone kept: the quasi-definite matrix [[P + Σ A_bᵀH_b⁻¹A_b, A_kᵀ], [A_k, −H_k]]
 * factored as sparse LDLᵀ. The H of a large second-order cone is written as η²(D + uuᵀ − vvᵀ) with two more unknowns
 * (Domahidi, Chu & Boyd 2013).
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
  private readonly schurs: { readonly schur: PsdSchur; readonly slots: Int32Array }[];
  private readonly kept: Kept[] = [];
  private readonly rhs: Float64Array;
  private readonly unit: Float64Array;
  private readonly column: Float64Array;

  constructor(
    P: SparseMatrix | undefined,
    A: SparseMatrix,
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
    this.schurs = schurs.map((schur, i) => ({ schur, slots: pattern.schurSlots[i] }));
    this.kept = kept.map((k, i) => ({ ...k, slots: pattern.keptSlots[i] }));
    this.signs = new Int8Array(order).fill(-1);
    this.signs.fill(1, 0, n);
    for (const k of kept) if (k.form === "expanded") this.signs[k.extra + 1] = 1;
    this.ldl = new SparseLdl(order, pattern.colPtr, pattern.rowIdx, kernels);
    this.rhs = new Float64Array(order);
    this.unit = new Float64Array(A.rows);
    this.column = new Float64Array(A.rows);
    this.description =
      `sparse LDL, order ${order}, ${pattern.rowIdx.length} entries, ` + `${this.ldl.nonzeros} in the factor`;
  }

  isEliminated(block: ConeBlock): boolean {
    return block instanceof PsdBlock;
  }

  async factor(yieldIfDue: () => Promise<void>): Promise<boolean> {
    const { values, n, diagonal } = this;
    values.set(this.fixed);
    for (const { schur, slots } of this.schurs) await schur.addTo({ kind: "slots", slots, values }, yieldIfDue);
    for (let j = 0; j < n; j++) values[diagonal[j]] += STATIC + RELATIVE * values[diagonal[j]];
    for (const kept of this.kept) this.putCone(kept);
    for (const { block, at, form } of this.kept) {
      // A dense H near the boundary of its cone is singular to rounding: keep −H negative definite.
      let largest = 0;
      if (form === "dense") for (let k = 0; k < block.dim; k++) largest = Math.max(largest, -values[diagonal[at + k]]);
      const shift = STATIC + DENSE_RELATIVE * largest;
      for (let k = 0; k < block.dim; k++) values[diagonal[at + k]] -= shift;
    }
    for (let k = 0; k < values.length; k++) if (!Number.isFinite(values[k])) return false;
    this.ldl.factor(values, this.signs, PIVOTS);
    return true;
  }

  solve(r: Float64Array, t: Float64Array): void {
    const { n, rhs } = this;
    rhs.fill(0);
    rhs.set(r);
    for (const { block, at } of this.kept) {
      for (let k = 0; k < block.dim; k++) rhs[at + k] = t[block.offset + k];
    }
    this.ldl.solve(rhs);
    for (let j = 0; j < n; j++) r[j] = rhs[j];
    for (const { block, at } of this.kept) {
      for (let k = 0; k < block.dim; k++) t[block.offset + k] = rhs[at + k];
    }
  }

  /** Writes −H of a kept cone. */
  private putCone({ block, slots, form }: Kept): void {
    const { values, unit, column } = this;
    const { offset, dim } = block;
    if (form === "diagonal") {
      if (block instanceof NonnegativeBlock) for (let k = 0; k < dim; k++) values[slots[k]] = -block.ratio[k];
      else for (let k = 0; k < dim; k++) values[slots[k]] = 0;
    } else if (form === "dense") {
      unit.fill(0, offset, offset + dim);
      for (let j = 0, at = 0; j < dim; j++) {
        unit[offset + j] = 1;
        block.applyH(unit, column);
        unit[offset + j] = 0;
        for (let i = 0; i <= j; i++) values[slots[at++]] = -column[offset + i];
      }
    } else if (block instanceof SecondOrderBlock) {
      const { w, etaSquared } = block;
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
