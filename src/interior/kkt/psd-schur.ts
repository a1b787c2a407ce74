import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { SparseMatrix } from "../../problem/sparse-matrix.ts";
import type { PsdBlock } from "../cones/psd.ts";

/**
 * Where entry (p, q) of a Schur complement goes: a full matrix's lower triangle, or given slots of an
 * array.
 */
export type SchurTarget =
  | { readonly kind: "dense"; readonly order: number; readonly values: Float64Array }
  | {
      readonly kind: "slots";
      /**
       * Position of local pair (p, q), p ≥ q, at p(p+1)/2 + q, p and q indexing {@link PsdSchur.columns}.
       */
      readonly slots: Int32Array;
      readonly values: Float64Array;
    };

/** How much faster the dense kernel multiplies than a scalar loop. */
const GEMM_ADVANTAGE = 4;

/**
 * Contribution of one PSD block to AᵀH⁻¹A: entries ⟨A_k, G A_l G⟩ over the columns present in the block.
 * Per column the cheapest of three ways is taken (Fujisawa, Kojima & Nakata 1997): the product G A_k G
 * once, half of it and then single entries, or sums over pairs of nonzeros. Columns come in descending
 * number of nonzeros, so that the costly ones are used least often as the second factor.
 */
export class PsdSchur {
  /** Columns of A with an entry in the block, ascending. */
  readonly columns: Int32Array;
  /** Local indices by descending nonzeros. */
  private readonly byCount: Int32Array;
  /**
   * Entries of local column k: start[k] … start[k+1]−1; i ≥ j; doubled weight off the diagonal in
   * `weights`.
   */
  private readonly start: Int32Array;
  private readonly rows: Int32Array;
  private readonly cols: Int32Array;
  private readonly values: Float64Array;
  private readonly weights: Float64Array;
  /** Sum of nonzeros from position t of byCount on. */
  private readonly tail: Float64Array;
  private readonly order: number;
  private packed = new Float64Array(0);
  private half = new Float64Array(0);
  private full = new Float64Array(0);

  constructor(
    A: SparseMatrix,
    private readonly block: PsdBlock,
    private readonly kernels: DenseKernels,
  ) {
    const n = block.order;
    this.order = n;
    const rowOf = new Int32Array(block.dim);
    const colOf = new Int32Array(block.dim);
    for (let j = 0, k = 0; j < n; j++) {
      for (let i = j; i < n; i++, k++) {
        rowOf[k] = i;
        colOf[k] = j;
      }
    }
    const columns: number[] = [];
    const start: number[] = [0];
    const rows: number[] = [];
    const cols: number[] = [];
    const values: number[] = [];
    const weights: number[] = [];
    for (let c = 0; c < A.cols; c++) {
      const before = values.length;
      const from = lowerBound(A.rowIdx, A.colPtr[c], A.colPtr[c + 1], block.offset);
      for (let k = from; k < A.colPtr[c + 1]; k++) {
        const local = A.rowIdx[k] - block.offset;
        if (local >= block.dim) break;
        if (A.values[k] === 0) continue;
        const i = rowOf[local];
        const j = colOf[local];
        const v = i === j ? A.values[k] : A.values[k] * Math.SQRT1_2;
        rows.push(i);
        cols.push(j);
        values.push(v);
        weights.push(i === j ? v : 2 * v);
      }
      if (values.length > before) {
        columns.push(c);
        start.push(values.length);
      }
    }
    this.columns = Int32Array.from(columns);
    this.start = Int32Array.from(start);
    this.rows = Int32Array.from(rows);
    this.cols = Int32Array.from(cols);
    this.values = Float64Array.from(values);
    this.weights = Float64Array.from(weights);
    const count = (k: number) => this.start[k + 1] - this.start[k];
    this.byCount = Int32Array.from(columns.map((_, k) => k).sort((p, q) => count(q) - count(p) || p - q));
    this.tail = new Float64Array(columns.length + 1);
    for (let t = columns.length - 1; t >= 0; t--) this.tail[t] = this.tail[t + 1] + count(this.byCount[t]);
  }

  /** Adds the block's contribution for its present G. `yieldIfDue` is awaited between columns. */
  async addTo(target: SchurTarget, yieldIfDue: () => Promise<void>): Promise<void> {
    const { order: n, byCount, start, tail } = this;
    const G = this.block.G;
    const total = byCount.length;
    const touched = new Int32Array(n).fill(-1);
    let sinceYield = 0;
    for (let t = 0; t < total; t++) {
      const k = byCount[t];
      const count = start[k + 1] - start[k];
      if (count === 1) {
        this.addSingle(t, G, target);
        sinceYield += 6 * tail[t];
      } else {
        const rank = this.halfProduct(k, G, touched);
        const costFull = (2 * n * n * rank) / GEMM_ADVANTAGE + 3 * tail[t];
        const costHalf = (2 * rank + 4) * tail[t];
        if (costFull < costHalf) this.addFull(t, rank, target);
        else this.addHalf(t, rank, target);
        sinceYield += Math.min(costFull, costHalf) + 4 * n * count;
      }
      if (sinceYield > 2e7) {
        sinceYield = 0;
        await yieldIfDue();
      }
    }
  }

  /** packed ← G[rows of A_k, :], half ← A_k[rows, :] G, both rank×n; returns the number of nonzero rows. */
  private halfProduct(k: number, G: Float64Array, slotOf: Int32Array): number {
    const { order: n, start, rows, cols, values } = this;
    const list: number[] = [];
    for (let e = start[k]; e < start[k + 1]; e++) {
      for (const r of [rows[e], cols[e]]) {
        if (slotOf[r] < 0) {
          slotOf[r] = list.length;
          list.push(r);
        }
      }
    }
    const rank = list.length;
    if (this.packed.length < rank * n) {
      this.packed = new Float64Array(rank * n);
      this.half = new Float64Array(rank * n);
    }
    const { packed, half } = this;
    for (let q = 0; q < n; q++) for (let p = 0; p < rank; p++) packed[q * rank + p] = G[q * n + list[p]];
    half.fill(0, 0, rank * n);
    for (let e = start[k]; e < start[k + 1]; e++) {
      const a = slotOf[rows[e]];
      const b = slotOf[cols[e]];
      const v = values[e];
      if (a === b) {
        for (let q = a; q < rank * n; q += rank) half[q] += v * packed[q];
      } else {
        for (let q = 0; q < rank * n; q += rank) {
          half[q + a] += v * packed[q + b];
          half[q + b] += v * packed[q + a];
        }
      }
    }
    for (const r of list) slotOf[r] = -1;
    return rank;
  }

  private addFull(t: number, rank: number, target: SchurTarget): void {
    const { order: n, byCount, start, rows, cols, weights } = this;
    if (this.full.length === 0) this.full = new Float64Array(n * n);
    const U = this.full;
    const size = rank * n;
    this.kernels.gemm(
      true,
      false,
      n,
      n,
      rank,
      1,
      this.packed.subarray(0, size),
      this.half.subarray(0, size),
      0,
      U,
    );
    for (let u = t; u < byCount.length; u++) {
      const l = byCount[u];
      let sum = 0;
      for (let e = start[l]; e < start[l + 1]; e++) sum += weights[e] * U[cols[e] * n + rows[e]];
      this.put(byCount[t], l, sum, target);
    }
  }

  private addHalf(t: number, rank: number, target: SchurTarget): void {
    const { byCount, start, rows, cols, weights, packed, half } = this;
    for (let u = t; u < byCount.length; u++) {
      const l = byCount[u];
      let sum = 0;
      for (let e = start[l]; e < start[l + 1]; e++) {
        const a = rows[e] * rank;
        const b = cols[e] * rank;
        let entry = 0;
        for (let p = 0; p < rank; p++) entry += packed[a + p] * half[b + p];
        sum += weights[e] * entry;
      }
      this.put(byCount[t], l, sum, target);
    }
  }

  /** A_k has the single entry (i, j): (G A_k G)_{pq} = w/2·(G_pi G_jq + G_pj G_iq). */
  private addSingle(t: number, G: Float64Array, target: SchurTarget): void {
    const { order: n, byCount, start, rows, cols, weights } = this;
    const k = byCount[t];
    const i = rows[start[k]] * n;
    const j = cols[start[k]] * n;
    const w = 0.5 * weights[start[k]];
    for (let u = t; u < byCount.length; u++) {
      const l = byCount[u];
      let sum = 0;
      for (let e = start[l]; e < start[l + 1]; e++) {
        const p = rows[e];
        const q = cols[e];
        sum += weights[e] * (G[i + p] * G[j + q] + G[j + p] * G[i + q]);
      }
      this.put(k, l, w * sum, target);
    }
  }

  private put(k: number, l: number, value: number, target: SchurTarget): void {
    const p = k > l ? k : l;
    const q = k > l ? l : k;
    if (target.kind === "dense") target.values[this.columns[q] * target.order + this.columns[p]] += value;
    else target.values[target.slots[(p * (p + 1)) / 2 + q]] += value;
  }
}

/** First position in [from, to) whose index is ≥ bound. */
function lowerBound(index: Int32Array, from: number, to: number, bound: number): number {
  let lo = from;
  let hi = to;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (index[mid] < bound) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
