import type { DenseKernels } from "./dense-kernels.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import {
  addSparseProduct,
  addSparseTransposeProduct,
  addSymmetricProduct,
} from "../problem/sparse-matrix.ts";
import { DenseFactor } from "./dense-factor.ts";
import { requireFinite } from "./finite.ts";
import type { KktSolver } from "./kkt-solver.ts";
import { NormalMatrixAssembler } from "./normal-matrix.ts";

/** Backward error above which a solution is corrected, and the corrections allowed. */
const REFINE_ABOVE = 1e-11;
const REFINEMENTS = 3;
/** Solves checked after an update, and how often afterwards while no correction was needed. */
const CHECKED_SOLVES = 2;
const CHECK_INTERVAL = 8;

/**
 * Eliminates q = R_y⁻¹(Ap − b) and factors H = R_x + P + AᵀR_y⁻¹A = LDLᵀ densely (square-root-free Cholesky).
 * The residual of the KKT system is checked now and then, and corrected when the elimination lost digits.
 */
export class DenseKktSolver implements KktSolver {
  readonly method = "dense";
  private readonly n: number;
  private readonly m: number;
  private readonly P: SparseMatrix | undefined;
  private readonly A: SparseMatrix;
  private readonly kernels: DenseKernels;
  private readonly largestEntry: number;
  private readonly assembler: NormalMatrixAssembler;
  private readonly factor: DenseFactor;
  private solves = 0;
  private corrected = false;
  private rx: Float64Array;
  private ry: Float64Array;
  private readonly work: Float64Array;
  private readonly solution: Float64Array;
  private readonly residual: Float64Array;

  /** P: upper triangle. */
  constructor(P: SparseMatrix | undefined, A: SparseMatrix, kernels: DenseKernels) {
    const n = A.cols;
    this.n = n;
    this.m = A.rows;
    this.P = P;
    this.A = A;
    this.largestEntry = largest(A.values);
    this.kernels = kernels;
    this.assembler = new NormalMatrixAssembler(P, A, kernels);
    this.factor = new DenseFactor(n, kernels);
    this.rx = new Float64Array(n);
    this.ry = new Float64Array(A.rows);
    this.work = new Float64Array(A.rows);
    this.solution = new Float64Array(n + A.rows);
    this.residual = new Float64Array(n + A.rows);
  }

  get description(): string {
    return `dense normal equations, order ${this.n}, ${this.kernels.name} kernels`;
  }

  update(rx: Float64Array, ry: Float64Array): void {
    requireFinite(rx, "rx");
    requireFinite(ry, "ry");
    this.rx = rx.slice();
    this.ry = ry.slice();
    const weights = ry.map((r) => 1 / r);
    this.assembler.assemble(rx, weights, this.factor.matrix);
    this.factor.factorize();
    this.solves = 0;
    this.corrected = false;
  }

  solve(rhs: Float64Array): number {
    const { solution } = this;
    solution.set(rhs);
    this.eliminate(solution);
    const count = this.solves++;
    if (this.corrected || count < CHECKED_SOLVES || count % CHECK_INTERVAL === 0) this.refine(rhs);
    rhs.set(solution);
    return 0;
  }

  private refine(rhs: Float64Array): void {
    const { n, m, solution, residual } = this;
    for (let step = 0, last = Infinity; step < REFINEMENTS; step++) {
      const error = this.evaluateResidual(rhs, solution);
      if (!(error > REFINE_ABOVE && error < 0.5 * last)) break;
      last = error;
      this.corrected = true;
      this.eliminate(residual);
      for (let k = 0; k < n + m; k++) solution[k] += residual[k];
    }
  }

  /** v = [a; b] ← [p; q] through the factored normal equations. */
  private eliminate(v: Float64Array): void {
    const { n, m, A, factor, ry, work } = this;
    const p = v.subarray(0, n);
    const q = v.subarray(n);
    for (let i = 0; i < m; i++) work[i] = q[i] / ry[i];
    addSparseTransposeProduct(A, work, p);
    factor.solve(p);
    for (let i = 0; i < m; i++) q[i] = -q[i];
    addSparseProduct(A, p, q);
    for (let i = 0; i < m; i++) q[i] /= ry[i];
  }

  /**
   * residual = rhs − K x; returns the larger of its two blocks relative to the terms in it (backward error).
   */
  private evaluateResidual(rhs: Float64Array, x: Float64Array): number {
    const { n, m, A, P, rx, ry, residual } = this;
    const p = x.subarray(0, n);
    const q = x.subarray(n);
    const first = residual.subarray(0, n);
    const second = residual.subarray(n);
    const firstSize = Math.max(largest(rhs.subarray(0, n)), this.largestEntry * largest(q));
    const secondSize = Math.max(largest(rhs.subarray(n)), this.largestEntry * largest(p));
    for (let j = 0; j < n; j++) first[j] = rhs[j] - rx[j] * p[j];
    for (let i = 0; i < m; i++) second[i] = rhs[n + i] + ry[i] * q[i];
    addSparseTransposeProduct(A, q, first, -1);
    addSparseProduct(A, p, second, -1);
    if (P !== undefined) addSymmetricProduct(P, p, first, -1);
    return Math.max(largest(first) / (firstSize || 1), largest(second) / (secondSize || 1));
  }
}

function largest(x: Float64Array): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]));
  return most;
}
