import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import { createKktSolver } from "../../../linear/choose.ts";
import type { KktSolver } from "../../../linear/kkt-solver.ts";
import type { ConicPoint } from "../../../problem/conic-problem.ts";
import { scaleData, scalePoint, unscalePoint } from "../../../problem/equilibrated-problem.ts";
import type { EquilibratedProblem, ScaledData } from "../../../problem/equilibrated-problem.ts";
import type { SparseMatrix } from "../../../problem/sparse-matrix.ts";
import { twoNorm } from "../../cpu/vectors.ts";
import { projectWithBase } from "./cone-base.ts";
import type { ConeBase } from "./cone-base.ts";

/** Residual that an iterative linear solver may leave, relative to its right-hand side. */
const SOLVE_TOLERANCE = 1e-14;

export interface SplittingPointParts {
  readonly problem: EquilibratedProblem;
  /** Â written out. */
  readonly A: SparseMatrix;
  /** Diagonal of W and weight of the x-block, as on the device: the fixed point must be the same. */
  readonly weights: Float64Array;
  readonly rho: number;
  readonly kernels: DenseKernels;
}

/** One step of the splitting from a point v, in f64. */
export interface Evaluation {
  /** u − ũ (n + m), equilibrated: zero exactly at solutions. */
  readonly residual: Float64Array;
  /** ‖residual‖₂. */
  readonly size: number;
  /** The slack before its projection, and what its projection is made of. */
  readonly base: ConeBase;
  /** x, y, s in original units; s ∈ K, y ∈ K*, s ⊥ y up to rounding. */
  readonly point: ConicPoint;
}

/**
 * The state v = (x, w) of the splitting with τ = 1 in f64 on the host, and the map of the iteration at it. The
 * corrections around it come from a device.
 */
export class SplittingPoint {
  readonly penalty: number;
  readonly #parts: SplittingPointParts;
  readonly #data: ScaledData;
  readonly #kkt: KktSolver;
  readonly #v: Float64Array;
  readonly #n: number;
  readonly #m: number;

  /** v of the point (x, y, s), given in original units, for a penalty. b and c are the present ones. */
  constructor(parts: SplittingPointParts, b: Float64Array, c: Float64Array, point: ConicPoint, penalty: number) {
    const { problem, A, weights, rho, kernels } = parts;
    this.#parts = parts;
    this.penalty = penalty;
    this.#data = scaleData(problem, b, c);
    const n = (this.#n = c.length);
    const m = (this.#m = b.length);
    this.#kkt = createKktSolver({ A: { kind: "sparse", rows: m, cols: n, matrix: A } }, kernels);
    this.#kkt.update(new Float64Array(n).fill(rho), weights.map((weight) => 1 / weight));
    const x = new Float64Array(n);
    const y = new Float64Array(m);
    const s = new Float64Array(m);
    scalePoint(problem, this.#data, point, x, y, s);
    this.#v = new Float64Array(n + m);
    this.#v.set(x);
    for (let i = 0; i < m; i++) this.#v[n + i] = y[i] + penalty * weights[i] * s[i];
  }

  /** v ← v + step·direction. */
  move(step: number, direction: ArrayLike<number>): void {
    const v = this.#v;
    for (let i = 0; i < v.length; i++) v[i] += step * direction[i];
  }

  /** ũ, the projection and the difference u − ũ at v. */
  evaluate(): Evaluation {
    const { problem, weights, kernels } = this.#parts;
    const { penalty } = this;
    const [n, m, v] = [this.#n, this.#m, this.#v];
    const t = this.#affine();
    const u = new Float64Array(n + m);
    for (let i = 0; i < n + m; i++) u[i] = 2 * t[i] - v[i];
    const slack = new Float64Array(m);
    for (let i = 0; i < m; i++) slack[i] = -u[n + i] / (penalty * weights[i]);
    const before = slack.slice();
    const blocks = projectWithBase(problem.cones, slack, kernels);
    const residual = new Float64Array(n + m);
    for (let i = 0; i < m; i++) u[n + i] += penalty * weights[i] * slack[i];
    for (let i = 0; i < n + m; i++) residual[i] = u[i] - t[i];
    // Equality rows of y are ũ's: u's differ from them by the residual only.
    const point = { x: u.slice(0, n), y: u.slice(n), s: slack };
    unscalePoint(problem, this.#data, point);
    return { residual, size: twoNorm(residual), base: { slack: before, blocks }, point };
  }

  /** ũ: the x-system, and w + penalty·W(Aũ_x − b) = penalty·q for the second half q of the KKT system's solution. */
  #affine(): Float64Array {
    const { weights, rho } = this.#parts;
    const { penalty } = this;
    const { b, c } = this.#data;
    const [n, m, v] = [this.#n, this.#m, this.#v];
    const rhs = new Float64Array(n + m);
    for (let j = 0; j < n; j++) rhs[j] = rho * v[j] - c[j] / penalty;
    for (let i = 0; i < m; i++) rhs[n + i] = b[i] - v[n + i] / (penalty * weights[i]);
    this.#kkt.solve(rhs, SOLVE_TOLERANCE * (1 + twoNorm(rhs)));
    for (let i = 0; i < m; i++) rhs[n + i] *= penalty;
    return rhs;
  }
}

/** Rows of the cones that a refinement can handle; the others name the obstacle. */
export function refinementObstacle(problem: EquilibratedProblem): string | undefined {
  const other = problem.cones.find(({ kind }) => !["zero", "nonnegative", "secondOrder", "psd"].includes(kind));
  return other && `the ${other.kind} cone has no derivative on the device`;
}
