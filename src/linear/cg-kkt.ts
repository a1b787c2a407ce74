import { applyAdjoint, applyForward, normalDiagonal } from "../problem/operators/apply.ts";
import type { LinearOperator } from "../problem/operators/linear-operator.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { addSymmetricProduct } from "../problem/sparse-matrix.ts";
import { requireFinite } from "./finite.ts";
import type { KktSolver } from "./kkt-solver.ts";

/** Tolerance without one given, relative to the right-hand side of the reduced system. */
const DEFAULT_RELATIVE_TOLERANCE = 1e-12;

/**
 * Preconditioned conjugate gradients (M. R. Hestenes, E. Stiefel, 1952; Jacobi preconditioner) on
 * (R_x + P + AᵀR_y⁻¹A) p = a + AᵀR_y⁻¹b, then q = R_y⁻¹(Ap − b). Needs only products with A and Aᵀ.
 */
export class CgKktSolver implements KktSolver {
  readonly method = "cg";
  private readonly n: number;
  private readonly m: number;
  private readonly P: SparseMatrix | undefined;
  private readonly A: LinearOperator;
  private readonly maxIterations: number;
  private readonly rx: Float64Array;
  private readonly inverseRy: Float64Array;
  private readonly preconditioner: Float64Array;
  private readonly x: Float64Array;
  private readonly residual: Float64Array;
  private readonly direction: Float64Array;
  private readonly product: Float64Array;
  private readonly image: Float64Array;

  /** P: upper triangle. `maxIterations` per solve defaults to 2n + 100. */
  constructor(P: SparseMatrix | undefined, A: LinearOperator, maxIterations = 2 * A.cols + 100) {
    const n = A.cols;
    this.n = n;
    this.m = A.rows;
    this.P = P;
    this.A = A;
    this.maxIterations = maxIterations;
    this.rx = new Float64Array(n);
    this.inverseRy = new Float64Array(A.rows);
    this.preconditioner = new Float64Array(n).fill(1);
    this.x = new Float64Array(n);
    this.residual = new Float64Array(n);
    this.direction = new Float64Array(n);
    this.product = new Float64Array(n);
    this.image = new Float64Array(A.rows);
  }

  get description(): string {
    return `conjugate gradients on the normal equations, order ${this.n}, Jacobi preconditioner`;
  }

  update(rx: Float64Array, ry: Float64Array): void {
    requireFinite(rx, "rx");
    requireFinite(ry, "ry");
    const { n, m, P, preconditioner } = this;
    this.rx.set(rx);
    for (let i = 0; i < m; i++) this.inverseRy[i] = 1 / ry[i];
    preconditioner.fill(0);
    normalDiagonal(this.A, this.inverseRy, preconditioner);
    for (let j = 0; j < n; j++) preconditioner[j] += rx[j];
    if (P !== undefined) {
      for (let j = 0; j < n; j++) {
        for (let p = P.colPtr[j]; p < P.colPtr[j + 1]; p++) {
          if (P.rowIdx[p] === j) preconditioner[j] += P.values[p];
        }
      }
    }
    for (let j = 0; j < n; j++) preconditioner[j] = 1 / preconditioner[j];
  }

  solve(rhs: Float64Array, tolerance?: number, guess?: Float64Array): number {
    const { n, m, A, x, residual, direction, product, image, inverseRy, preconditioner } = this;
    const a = rhs.subarray(0, n);
    const b = rhs.subarray(n, n + m);
    for (let i = 0; i < m; i++) image[i] = b[i] * inverseRy[i];
    residual.set(a);
    applyAdjoint(A, image, residual);
    const target = tolerance ?? DEFAULT_RELATIVE_TOLERANCE * largestMagnitude(residual);
    if (guess === undefined) x.fill(0);
    else {
      x.set(guess);
      this.multiply(x, product);
      for (let j = 0; j < n; j++) residual[j] -= product[j];
    }
    let iterations = 0;
    let rho = 0;
    while (largestMagnitude(residual) > target && iterations < this.maxIterations) {
      const before = rho;
      rho = 0;
      for (let j = 0; j < n; j++) rho += residual[j] * residual[j] * preconditioner[j];
      const beta = iterations === 0 ? 0 : rho / before;
      if (iterations === 0) direction.fill(0);
      for (let j = 0; j < n; j++) direction[j] = residual[j] * preconditioner[j] + beta * direction[j];
      this.multiply(direction, product);
      let curvature = 0;
      for (let j = 0; j < n; j++) curvature += direction[j] * product[j];
      if (!(curvature > 0)) break;
      const step = rho / curvature;
      for (let j = 0; j < n; j++) {
        x[j] += step * direction[j];
        residual[j] -= step * product[j];
      }
      iterations++;
    }
    for (let i = 0; i < m; i++) image[i] = -b[i];
    applyForward(A, x, image);
    a.set(x);
    for (let i = 0; i < m; i++) b[i] = image[i] * inverseRy[i];
    return iterations;
  }

  /** out = (R_x + P + AᵀR_y⁻¹A) v. */
  private multiply(v: Float64Array, out: Float64Array): void {
    const { n, m, A, image, rx, inverseRy } = this;
    for (let j = 0; j < n; j++) out[j] = rx[j] * v[j];
    if (this.P !== undefined) addSymmetricProduct(this.P, v, out);
    image.fill(0);
    applyForward(A, v, image);
    for (let i = 0; i < m; i++) image[i] *= inverseRy[i];
    applyAdjoint(A, image, out);
  }
}

function largestMagnitude(x: Float64Array): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]));
  return most;
}
