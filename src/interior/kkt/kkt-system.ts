import type { SparseMatrix } from "../../problem/sparse-matrix.ts";
import {
  addSparseProduct,
  addSparseTransposeProduct,
  addSymmetricProduct,
} from "../../problem/sparse-matrix.ts";
import type { ConeBlock } from "../cones/cone-block.ts";
import { axpy, normInf } from "../vector.ts";

/** Factors and solves what is left after some cones were eliminated from the system of {@link KktSystem}. */
export interface ReducedKkt {
  /** For the log. */
  readonly description: string;
  /** Whether the block's rows were eliminated through H⁻¹. */
  isEliminated(block: ConeBlock): boolean;
  /** Forms and factors the matrix for the blocks' present H. False when that fails. */
  factor(yieldIfDue: () => Promise<void>): Promise<boolean>;
  /**
   * Solves [[P + A_eᵀH_e⁻¹A_e, A_kᵀ], [A_k, −H_k]] [x; z_k] = [r; t_k] approximately, in place: r (length n)
   * becomes x; the kept rows of t (length m) become z_k, its eliminated rows are left alone.
   */
  solve(r: Float64Array, t: Float64Array): void;
}

/** Most rounds of iterative refinement. */
const MAX_REFINEMENTS = 8;

/**
 * The system P x + Aᵀz = r, A x − H z = t that every direction needs, solved by a {@link ReducedKkt} with iterative
 * refinement. The rows of eliminated cones hold by construction up to rounding; what refinement drives down is the
 * residual of the first row, which is what decides about feasibility at the end.
 */
export class KktSystem {
  private readonly residualX: Float64Array;
  private readonly residualZ: Float64Array;
  private readonly work: Float64Array;
  private readonly correctionX: Float64Array;
  refinementSteps = 0;

  constructor(
    private readonly P: SparseMatrix | undefined,
    private readonly A: SparseMatrix,
    private readonly blocks: readonly ConeBlock[],
    private readonly reduced: ReducedKkt,
  ) {
    this.residualX = new Float64Array(A.cols);
    this.correctionX = new Float64Array(A.cols);
    this.residualZ = new Float64Array(A.rows);
    this.work = new Float64Array(A.rows);
  }

  factor(yieldIfDue: () => Promise<void>): Promise<boolean> {
    return this.reduced.factor(yieldIfDue);
  }

  /** Writes x and z. Returns the residual left, relative to the right-hand side. */
  solve(r: Float64Array, t: Float64Array, x: Float64Array, z: Float64Array): number {
    const { residualX, residualZ, correctionX } = this;
    x.fill(0);
    z.fill(0);
    residualX.set(r);
    residualZ.set(t);
    const scale = Math.max(normInf(r), this.keptNorm(t), 1e-300);
    let previous = Infinity;
    const bestX = x.slice();
    const bestZ = z.slice();
    for (let round = 0; ; round++) {
      this.applyReduced(residualX, residualZ, correctionX, round === 0);
      axpy(1, correctionX, x);
      axpy(1, this.work, z);
      this.residual(r, t, x, z);
      const size = Math.max(normInf(residualX), this.keptNorm(residualZ));
      if (!(size < previous)) {
        if (round > 0) {
          x.set(bestX);
          z.set(bestZ);
        }
        return round > 0 ? previous / scale : Infinity;
      }
      const slow = size > 0.5 * previous;
      previous = size;
      if (size <= 1e-14 * scale || round >= MAX_REFINEMENTS || slow) return size / scale;
      bestX.set(x);
      bestZ.set(z);
      this.refinementSteps++;
    }
  }

  /** correctionX, work ← approximate solution for the right-hand side (rx, rz); eliminated rows of rz only count first. */
  private applyReduced(rx: Float64Array, rz: Float64Array, dx: Float64Array, first: boolean): void {
    const { A, blocks, reduced, work } = this;
    dx.set(rx);
    work.set(rz);
    if (first) {
      for (const block of blocks) {
        if (reduced.isEliminated(block)) block.applyHInverse(rz, work);
        else work.fill(0, block.offset, block.offset + block.dim);
      }
      addSparseTransposeProduct(A, work, dx);
      for (const block of blocks) {
        if (!reduced.isEliminated(block)) {
          for (let i = block.offset; i < block.offset + block.dim; i++) work[i] = rz[i];
        }
      }
    }
    reduced.solve(dx, work);
    // Eliminated rows: z = H⁻¹(A x − t), t only in the first round.
    const { residualZ } = this;
    for (const block of blocks) {
      if (!reduced.isEliminated(block)) continue;
      for (let i = block.offset; i < block.offset + block.dim; i++) residualZ[i] = first ? -rz[i] : 0;
    }
    addSparseProduct(A, dx, residualZ);
    for (const block of blocks) if (reduced.isEliminated(block)) block.applyHInverse(residualZ, work);
  }

  /** residualX ← r − Px − Aᵀz; kept rows of residualZ ← t − Ax + Hz. */
  private residual(r: Float64Array, t: Float64Array, x: Float64Array, z: Float64Array): void {
    const { A, P, residualX, residualZ, blocks, reduced } = this;
    residualX.set(r);
    addSparseTransposeProduct(A, z, residualX, -1);
    if (P !== undefined) addSymmetricProduct(P, x, residualX, -1);
    residualZ.fill(0);
    for (const block of blocks) if (!reduced.isEliminated(block)) block.applyH(z, residualZ);
    for (const block of blocks) {
      if (reduced.isEliminated(block)) continue;
      for (let i = block.offset; i < block.offset + block.dim; i++) residualZ[i] += t[i];
    }
    addSparseProduct(A, x, residualZ, -1);
  }

  private keptNorm(v: Float64Array): number {
    let max = 0;
    for (const block of this.blocks) {
      if (this.reduced.isEliminated(block)) continue;
      for (let i = block.offset; i < block.offset + block.dim; i++) {
        const a = Math.abs(v[i]);
        if (!(a <= max)) max = a;
      }
    }
    return max;
  }
}
