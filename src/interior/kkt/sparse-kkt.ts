import type { DenseKernels } from "../../backends/cpu/kernels/dense-kernels.ts";
import { SparseLdl } from "../../linear/ldl.ts";
import type { SparseMatrix } from "../../problem/sparse-matrix.ts";
import type { ConeBlock } from "../cones/cone-block.ts";
import { NonnegativeBlock } from "../cones/nonnegative.ts";
import { PsdBlock } from "../cones/psd.ts";
import { SecondOrderBlock } from "../cones/second-order.ts";
import { ZeroBlock } from "../cones/zero.ts";
import type { ReducedKkt } from "./kkt-system.ts";
import { PsdSchur } from "./psd-schur.ts";

/** Second-order cones above this dimension enter as diagonal plus rank two. */
const DENSE_CONE = 6;
/** Regularisation of the diagonal, absolute and relative to what PSD blocks put there; refinement removes its effect. */
const STATIC = 1e-9;
const RELATIVE = 1e-14;
const DENSE_RELATIVE = 4e-15;
const PIVOTS = { threshold: 1e-13, delta: 2e-7 };

interface Kept {
  readonly block: ConeBlock;
  /** Order of the first row in the reduced matrix. */
  readonly at: number;
  /** Positions in `values`: the diagonal, the dense upper triangle by columns, or diagonal, v, −1, u, +1. */
  readonly slots: Int32Array;
  readonly form: "diagonal" | "dense" | "expanded";
  /** First of the two extra unknowns of an expanded cone. */
  readonly extra: number;
}

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
    let order = n;
    const positions: { block: ConeBlock; at: number; form: Kept["form"]; extra: number }[] = [];
    for (const block of blocks) {
      if (block instanceof PsdBlock) {
        schurs.push(new PsdSchur(A, block, kernels));
        continue;
      }
      const form =
        block instanceof ZeroBlock || block instanceof NonnegativeBlock
          ? "diagonal"
          : block instanceof SecondOrderBlock && block.dim > DENSE_CONE
            ? "expanded"
            : "dense";
      positions.push({ block, at: order, form, extra: 0 });
      order += block.dim;
    }
    for (const p of positions) {
      if (p.form !== "expanded") continue;
      p.extra = order;
      order += 2;
    }
    const pattern = buildPattern(n, order, P, A, schurs, positions);
    this.fixed = pattern.fixed;
    this.values = new Float64Array(pattern.fixed.length);
    this.diagonal = pattern.diagonal;
    this.schurs = schurs.map((schur, i) => ({ schur, slots: pattern.schurSlots[i] }));
    this.kept = positions.map((p, i) => ({ ...p, slots: pattern.keptSlots[i] }));
    this.signs = new Int8Array(order).fill(-1);
    this.signs.fill(1, 0, n);
    for (const p of positions) if (p.form === "expanded") this.signs[p.extra + 1] = 1;
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

interface Pattern {
  readonly colPtr: Int32Array;
  readonly rowIdx: Int32Array;
  readonly fixed: Float64Array;
  readonly diagonal: Int32Array;
  readonly schurSlots: Int32Array[];
  readonly keptSlots: Int32Array[];
}

/** The upper triangle of the reduced matrix, and where everybody's numbers go in it. */
function buildPattern(
  n: number,
  order: number,
  P: SparseMatrix | undefined,
  A: SparseMatrix,
  schurs: readonly PsdSchur[],
  positions: readonly { block: ConeBlock; at: number; form: Kept["form"]; extra: number }[],
): Pattern {
  // For every x column: the PSD blocks that contain it, with its local index.
  const inBlocks: [schur: number, local: number][][] = Array.from({ length: n }, () => []);
  schurs.forEach((schur, b) => schur.columns.forEach((j, local) => inBlocks[j].push([b, local])));
  const schurSlots = schurs.map(({ columns }) => new Int32Array((columns.length * (columns.length + 1)) / 2));
  const keptRow = new Int32Array(A.rows).fill(-1);
  for (const { block, at } of positions) for (let k = 0; k < block.dim; k++) keptRow[block.offset + k] = at + k;

  const colPtr = new Int32Array(order + 1);
  const diagonal = new Int32Array(order);
  let capacity = 1024;
  let rowIdx = new Int32Array(capacity);
  let fixed = new Float64Array(capacity);
  let count = 0;
  const push = (row: number, value: number): number => {
    if (count === capacity) {
      capacity *= 2;
      const rows = new Int32Array(capacity);
      rows.set(rowIdx);
      rowIdx = rows;
      const values = new Float64Array(capacity);
      values.set(fixed);
      fixed = values;
    }
    rowIdx[count] = row;
    fixed[count] = value;
    return count++;
  };

  const slotOf = new Int32Array(n).fill(-1);
  for (let j = 0; j < n; j++) {
    const from = count;
    const slot = (row: number): number => (slotOf[row] >= 0 ? slotOf[row] : (slotOf[row] = push(row, 0)));
    diagonal[j] = slot(j);
    if (P !== undefined) {
      for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++) if (P.rowIdx[k] <= j) fixed[slot(P.rowIdx[k])] += P.values[k];
    }
    for (const [b, local] of inBlocks[j]) {
      const { columns } = schurs[b];
      const base = (local * (local + 1)) / 2;
      for (let q = 0; q <= local; q++) schurSlots[b][base + q] = slot(columns[q]);
    }
    for (let k = from; k < count; k++) slotOf[rowIdx[k]] = -1;
    colPtr[j + 1] = count;
  }

  // Columns of the kept rows: A's row above, then the cone's own block.
  const rowsOfA = rowsAsLists(A, keptRow, order);
  const keptSlots: Int32Array[] = [];
  for (const { block, at, form } of positions) {
    const own: number[] = [];
    for (let k = 0; k < block.dim; k++) {
      const column = at + k;
      for (let p = rowsOfA.start[column]; p < rowsOfA.start[column + 1]; p++) push(rowsOfA.column[p], rowsOfA.value[p]);
      if (form === "dense") {
        for (let i = 0; i <= k; i++) own.push(push(at + i, 0));
      } else own.push(push(column, 0));
      diagonal[column] = own[own.length - 1];
      colPtr[column + 1] = count;
    }
    keptSlots.push(Int32Array.from(own));
  }
  positions.forEach(({ block, at, form, extra }, index) => {
    if (form !== "expanded") return;
    const own = Array.from(keptSlots[index]);
    for (let e = extra; e < extra + 2; e++) {
      for (let k = 0; k < block.dim; k++) own.push(push(at + k, 0));
      diagonal[e] = push(e, 0);
      own.push(diagonal[e]);
      colPtr[e + 1] = count;
    }
    keptSlots[index] = Int32Array.from(own);
  });
  return {
    colPtr,
    rowIdx: rowIdx.slice(0, count),
    fixed: fixed.slice(0, count),
    diagonal,
    schurSlots,
    keptSlots,
  };
}

/** Rows of A listed under the reduced column that each becomes. */
function rowsAsLists(
  A: SparseMatrix,
  keptRow: Int32Array,
  order: number,
): { start: Int32Array; column: Int32Array; value: Float64Array } {
  const start = new Int32Array(order + 1);
  for (let k = 0; k < A.rowIdx.length; k++) if (keptRow[A.rowIdx[k]] >= 0) start[keptRow[A.rowIdx[k]] + 1]++;
  for (let i = 0; i < order; i++) start[i + 1] += start[i];
  const next = start.slice(0, order);
  const column = new Int32Array(start[order]);
  const value = new Float64Array(start[order]);
  for (let j = 0; j < A.cols; j++) {
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
      const target = keptRow[A.rowIdx[k]];
      if (target < 0) continue;
      const q = next[target]++;
      column[q] = j;
      value[q] = A.values[k];
    }
  }
  return { start, column, value };
}
