import type { SparseMatrix } from "../../problem/sparse-matrix.ts";
import {
  addSparseProduct,
  addSparseTransposeProduct,
  addSymmetricProduct,
} from "../../problem/sparse-matrix.ts";
import type { ConeBlock } from "../cones/cone-block.ts";
import { axpy, dot } from "../vector.ts";

/**
 * Factors and solves what is left after some cones were eliminated from the system of {@link KktSystem}.
 */
export interface ReducedKkt {
  /** For the log. */
  readonly description: string;
  /** Whether the block's rows were eliminated through H⁻¹. */
  isEliminated(block: ConeBlock): boolean;
  /**
   * Forms and factors the matrix for the blocks' present H. False when that fails. `balance`: the typical
   * size of H, ‖s‖/‖z‖, by which regularisations are weighed; `boost` multiplies them.
   */
  factor(balance: number, boost: number, yieldIfDue: () => Promise<void>): Promise<boolean>;
  /**
   * Solves [[P + A_eᵀH_e⁻¹A_e, A_kᵀ], [A_k, −H_k]] [x; z_k] = [r; t_k] approximately, in place: r (length
   * n) becomes x; the kept rows of t (length m) become z_k, its eliminated rows are left alone.
   */
  solve(r: Float64Array, t: Float64Array): void;
}

/** Rounds of plain iterative refinement before GMRES takes over, and the most vectors that it keeps. */
const PLAIN_ROUNDS = 2;
const MAX_KRYLOV = 14;

/**
 * The system P x + Aᵀz = r, A x − H z = t that every direction needs, solved by a {@link ReducedKkt} as
 * preconditioner: a few rounds of iterative refinement, then flexible GMRES (Saad 1993) on what is left.
 * The rows of eliminated cones hold by construction up to rounding; what is driven down is the residual of
 * the first row and of the kept rows, which is what decides about feasibility at the end.
 */
export class KktSystem {
  /**
   * Residual, and the direction of one preconditioned step; the eliminated rows of residualZ are scratch.
   */
  private readonly residualX: Float64Array;
  private readonly residualZ: Float64Array;
  private readonly stepX: Float64Array;
  private readonly stepZ: Float64Array;
  private readonly product: Float64Array;
  private readonly krylov: { v: Float64Array; x: Float64Array; z: Float64Array }[] = [];
  private readonly keptRows: Int32Array;
  refinementSteps = 0;

  constructor(
    private readonly P: SparseMatrix | undefined,
    private readonly A: SparseMatrix,
    private readonly blocks: readonly ConeBlock[],
    private readonly reduced: ReducedKkt,
  ) {
    this.residualX = new Float64Array(A.cols);
    this.stepX = new Float64Array(A.cols);
    this.residualZ = new Float64Array(A.rows);
    this.stepZ = new Float64Array(A.rows);
    this.product = new Float64Array(A.rows);
    const kept: number[] = [];
    for (const block of blocks) {
      if (reduced.isEliminated(block)) continue;
      for (let i = block.offset; i < block.offset + block.dim; i++) kept.push(i);
    }
    this.keptRows = Int32Array.from(kept);
  }

  isEliminated(block: ConeBlock): boolean {
    return this.reduced.isEliminated(block);
  }

  factor(balance: number, boost: number, yieldIfDue: () => Promise<void>): Promise<boolean> {
    return this.reduced.factor(balance, boost, yieldIfDue);
  }

  /**
   * `dualShift`, where given, adds H·dualShift to t on the eliminated rows. Writes x and z to a residual of
   * at most max(relative·‖(r, t_kept)‖, absolute), or as far as it goes. Returns the residual left,
   * relative to the right-hand side (2-norms).
   */
  solve(
    r: Float64Array,
    t: Float64Array,
    x: Float64Array,
    z: Float64Array,
    relative: number,
    absolute: number,
    dualShift?: Float64Array,
  ): number {
    const { residualX, residualZ, stepX, stepZ } = this;
    residualX.set(r);
    residualZ.set(t);
    const scale = Math.max(this.size(residualX, residualZ), 1e-300);
    const goal = Math.max(relative * scale, absolute);
    this.precondition(residualX, residualZ, true, dualShift);
    x.set(stepX);
    z.set(stepZ);
    this.residual(r, t, x, z);
    let size = this.size(residualX, residualZ);
    if (!Number.isFinite(size)) return Infinity;
    for (let round = 0; round < PLAIN_ROUNDS && size > goal; round++) {
      this.precondition(residualX, residualZ, false);
      this.refinementSteps++;
      axpy(1, stepX, x);
      axpy(1, stepZ, z);
      this.residual(r, t, x, z);
      const next = this.size(residualX, residualZ);
      if (!(next < 0.9 * size)) {
        // Not contracting: take the step back and leave it to GMRES.
        axpy(-1, stepX, x);
        axpy(-1, stepZ, z);
        this.residual(r, t, x, z);
        size = this.size(residualX, residualZ);
        break;
      }
      size = next;
    }
    for (let cycle = 0; cycle < 2 && size > goal; cycle++) {
      const before = size;
      size = this.gmres(r, t, x, z, size, goal);
      if (size > 0.3 * before) break;
    }
    return size / scale;
  }

  /**
   * One cycle from the present residual of size `beta`; adds the correction unless it makes matters worse.
   */
  private gmres(
    r: Float64Array,
    t: Float64Array,
    x: Float64Array,
    z: Float64Array,
    beta: number,
    goal: number,
  ): number {
    const { residualX, residualZ, stepX, stepZ, keptRows, A } = this;
    const n = A.cols;
    const length = n + keptRows.length;
    const H: Float64Array[] = [];
    const cosines: number[] = [];
    const sines: number[] = [];
    const g = new Float64Array(MAX_KRYLOV + 1);
    g[0] = beta;
    this.gather(this.vectors(0, length).v, 1 / beta);
    let k = 0;
    for (; k < MAX_KRYLOV; k++) {
      const basis = this.vectors(k, length);
      this.scatter(basis.v);
      this.precondition(residualX, residualZ, false);
      this.refinementSteps++;
      basis.x.set(stepX);
      basis.z.set(stepZ);
      this.apply(stepX, stepZ);
      const w = this.vectors(k + 1, length).v;
      this.gather(w, 1);
      const h = new Float64Array(k + 2);
      for (let pass = 0; pass < 2; pass++) {
        for (let i = 0; i <= k; i++) {
          const v = this.krylov[i].v;
          const inner = dot(v, w);
          h[i] += inner;
          axpy(-inner, v, w);
        }
      }
      h[k + 1] = Math.sqrt(dot(w, w));
      const done = !(h[k + 1] > 1e-300);
      if (!done) for (let i = 0; i < length; i++) w[i] /= h[k + 1];
      for (let i = 0; i < k; i++) {
        const a = cosines[i] * h[i] + sines[i] * h[i + 1];
        h[i + 1] = -sines[i] * h[i] + cosines[i] * h[i + 1];
        h[i] = a;
      }
      const norm = Math.hypot(h[k], h[k + 1]);
      if (!(norm > 0)) break;
      cosines.push(h[k] / norm);
      sines.push(h[k + 1] / norm);
      h[k] = norm;
      g[k + 1] = -sines[k] * g[k];
      g[k] *= cosines[k];
      H.push(h);
      if (Math.abs(g[k + 1]) <= goal || done) {
        k++;
        break;
      }
    }
    const y = new Float64Array(k);
    for (let i = k - 1; i >= 0; i--) {
      let sum = g[i];
      for (let j = i + 1; j < k; j++) sum -= H[j][i] * y[j];
      y[i] = sum / H[i][i];
    }
    if (!y.every((value) => Number.isFinite(value))) return beta;
    stepX.fill(0);
    stepZ.fill(0);
    for (let i = 0; i < k; i++) {
      axpy(y[i], this.krylov[i].x, stepX);
      axpy(y[i], this.krylov[i].z, stepZ);
    }
    axpy(1, stepX, x);
    axpy(1, stepZ, z);
    this.residual(r, t, x, z);
    const size = this.size(residualX, residualZ);
    if (size < beta) return size;
    axpy(-1, stepX, x);
    axpy(-1, stepZ, z);
    this.residual(r, t, x, z);
    return this.size(residualX, residualZ);
  }

  private vectors(k: number, length: number): { v: Float64Array; x: Float64Array; z: Float64Array } {
    while (this.krylov.length <= k) {
      this.krylov.push({
        v: new Float64Array(length),
        x: new Float64Array(this.A.cols),
        z: new Float64Array(this.A.rows),
      });
    }
    return this.krylov[k];
  }

  /**
   * stepX, stepZ ← approximate solution for (rx, rz); the eliminated rows of rz count only when `first`.
   */
  private precondition(rx: Float64Array, rz: Float64Array, first: boolean, dualShift?: Float64Array): void {
    const { A, blocks, reduced, stepX, stepZ, keptRows, product } = this;
    const eliminated = blocks.filter((block) => reduced.isEliminated(block));
    stepX.set(rx);
    if (first) {
      stepZ.fill(0);
      for (const block of eliminated) {
        block.applyHInverse(rz, stepZ);
        if (dualShift === undefined) continue;
        for (let i = block.offset; i < block.offset + block.dim; i++) stepZ[i] += dualShift[i];
      }
      addSparseTransposeProduct(A, stepZ, stepX);
    }
    for (const i of keptRows) stepZ[i] = rz[i];
    reduced.solve(stepX, stepZ);
    // Eliminated rows: z = H⁻¹(A x − t).
    product.fill(0);
    if (first) {
      for (const block of eliminated) {
        for (let i = block.offset; i < block.offset + block.dim; i++) product[i] = -rz[i];
      }
    }
    addSparseProduct(A, stepX, product);
    for (const block of eliminated) {
      block.applyHInverse(product, stepZ);
      if (!first || dualShift === undefined) continue;
      for (let i = block.offset; i < block.offset + block.dim; i++) stepZ[i] -= dualShift[i];
    }
  }

  /** residualX ← r − Px − Aᵀz; kept rows of residualZ ← t − Ax + Hz. */
  private residual(r: Float64Array, t: Float64Array, x: Float64Array, z: Float64Array): void {
    this.apply(x, z);
    const { residualX, residualZ } = this;
    for (let j = 0; j < r.length; j++) residualX[j] = r[j] - residualX[j];
    for (const i of this.keptRows) residualZ[i] = t[i] - residualZ[i];
  }

  /** residualX ← Px + Aᵀz; kept rows of residualZ ← Ax − Hz. */
  private apply(x: Float64Array, z: Float64Array): void {
    const { A, P, residualX, residualZ, product, blocks, reduced, keptRows } = this;
    residualX.fill(0);
    addSparseTransposeProduct(A, z, residualX);
    if (P !== undefined) addSymmetricProduct(P, x, residualX);
    if (keptRows.length === 0) return;
    product.fill(0);
    addSparseProduct(A, x, product);
    for (const block of blocks) if (!reduced.isEliminated(block)) block.applyH(z, residualZ);
    for (const i of keptRows) residualZ[i] = product[i] - residualZ[i];
  }

  /** out ← factor · (residualX, kept rows of residualZ). */
  private gather(out: Float64Array, factor: number): void {
    const { residualX, residualZ, keptRows } = this;
    const n = residualX.length;
    for (let j = 0; j < n; j++) out[j] = factor * residualX[j];
    for (let k = 0; k < keptRows.length; k++) out[n + k] = factor * residualZ[keptRows[k]];
  }

  private scatter(v: Float64Array): void {
    const { residualX, residualZ, keptRows } = this;
    const n = residualX.length;
    for (let j = 0; j < n; j++) residualX[j] = v[j];
    for (let k = 0; k < keptRows.length; k++) residualZ[keptRows[k]] = v[n + k];
  }

  private size(x: Float64Array, z: Float64Array): number {
    let sum = dot(x, x);
    for (const i of this.keptRows) sum += z[i] * z[i];
    return Math.sqrt(sum);
  }
}
