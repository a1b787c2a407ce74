import type { DenseKernels } from "../backends/cpu/kernels/dense-kernels.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { addSparseProduct, addSparseTransposeProduct, addSymmetricProduct } from "../problem/sparse-matrix.ts";
import { requireFinite } from "./finite.ts";
import type { KktSolver } from "./kkt-solver.ts";
import { NormalMatrixAssembler } from "./normal-matrix.ts";
import { panelBackward, panelForward } from "./panel.ts";

/** Pivots below this share of the largest diagonal entry are rounding noise. */
const PIVOT_FLOOR = 1e-15;
/** What replaces them, as a share of the largest diagonal entry: their directions are left to refinement. */
const PIVOT_REPLACEMENT = 1e-8;
/** Relative residual above which a solution is corrected, and the corrections allowed. */
const REFINE_ABOVE = 1e-11;
const REFINEMENTS = 2;

/**
 * Eliminates q = R_y⁻¹(Ap − b) and factors H = R_x + P + AᵀR_y⁻¹A = LDLᵀ densely (square-root-free Cholesky). The
 * residual of the KKT system is checked after every solve and corrected when the elimination lost digits.
 */
export class DenseKktSolver implements KktSolver {
  readonly method = "dense";
  private readonly n: number;
  private readonly m: number;
  private readonly P: SparseMatrix | undefined;
  private readonly A: SparseMatrix;
  private readonly kernels: DenseKernels;
  private readonly assembler: NormalMatrixAssembler;
  private readonly H: Float64Array;
  private readonly signs: Int8Array;
  private rx: Float64Array;
  private ry: Float64Array;
  private readonly p: Float64Array;
  private readonly q: Float64Array;
  private readonly work: Float64Array;
  private readonly residual: Float64Array;

  /** P: upper triangle. */
  constructor(P: SparseMatrix | undefined, A: SparseMatrix, kernels: DenseKernels) {
    const n = A.cols;
    this.n = n;
    this.m = A.rows;
    this.P = P;
    this.A = A;
    this.kernels = kernels;
    this.assembler = new NormalMatrixAssembler(P, A, kernels);
    this.H = new Float64Array(n * n);
    this.signs = new Int8Array(n).fill(1);
    this.rx = new Float64Array(n);
    this.ry = new Float64Array(A.rows);
    this.p = new Float64Array(n);
    this.q = new Float64Array(A.rows);
    this.work = new Float64Array(A.rows);
    this.residual = new Float64Array(n);
  }

  get description(): string {
    return `dense normal equations, order ${this.n}, ${this.kernels.name} kernels`;
  }

  update(rx: Float64Array, ry: Float64Array): void {
    requireFinite(rx, "rx");
    requireFinite(ry, "ry");
    const { n, H } = this;
    this.rx = rx.slice();
    this.ry = ry.slice();
    this.assembler.assemble(rx, ry.map((r) => 1 / r), H);
    let largest = 0;
    for (let j = 0; j < n; j++) largest = Math.max(largest, H[j * n + j]);
    this.kernels.ldl(n, H, this.signs, PIVOT_FLOOR * largest, PIVOT_REPLACEMENT * largest);
  }

  solve(rhs: Float64Array): number {
    const { n, m, A, ry, p, q, work, residual } = this;
    const a = rhs.subarray(0, n);
    const b = rhs.subarray(n, n + m);
    for (let i = 0; i < m; i++) work[i] = b[i] / ry[i];
    p.set(a);
    addSparseTransposeProduct(A, work, p);
    // The right-hand side of the reduced system, whose size the residual is measured by.
    const size = Math.max(largest(a), largest(p));
    this.solveReduced(p);
    for (let step = 0; ; step++) {
      for (let i = 0; i < m; i++) q[i] = -b[i];
      addSparseProduct(A, p, q);
      for (let i = 0; i < m; i++) q[i] /= ry[i];
      if (step === REFINEMENTS) break;
      // With q so defined the second block holds; what is left of the first is a − (R_x + P)p − Aᵀq.
      for (let j = 0; j < n; j++) residual[j] = a[j] - this.rx[j] * p[j];
      if (this.P !== undefined) addSymmetricProduct(this.P, p, residual, -1);
      addSparseTransposeProduct(A, q, residual, -1);
      if (!(largest(residual) > REFINE_ABOVE * size)) break;
      this.solveReduced(residual);
      for (let j = 0; j < n; j++) p[j] += residual[j];
    }
    a.set(p);
    b.set(q);
    return 0;
  }

  private solveReduced(x: Float64Array): void {
    const { n, H } = this;
    panelForward(H, 0, n, n, x);
    panelBackward(H, 0, n, n, x);
  }
}

function largest(x: Float64Array): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]));
  return most;
}
