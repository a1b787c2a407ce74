import { CgKktSolver } from "../../../linear/cg-kkt.ts";
import { maxNorm, twoNorm } from "../../cpu/vectors.ts";
import type { Cone } from "../../../problem/cones.ts";
import type { ConicPoint, ConicProblem } from "../../../problem/conic-problem.ts";
import { applyAdjoint, applyForward, normalDiagonal } from "../../../problem/operators/apply.ts";

/** Nearest points of K and K* on the CPU, in f64 and original units. */
export interface ExactProjection {
  project(v: Float64Array): void;
  projectDual(v: Float64Array): void;
}

/** Weight of the x-block beside AᵀA, relative to its diagonal. */
const RIDGE = 1e-12;
/** Residual of a least-squares correction, relative to what it corrects. */
const RELATIVE = 1e-3;
/** Conjugate-gradient steps of one correction. */
const MOST_STEPS = 100;
/** Rounds at most; they end early when the residual stops falling. */
const MOST_ROUNDS = 8;
/** Cubed orders of blocks projected in all rounds together (an eigendecomposition costs about 20 times as much). */
const AFFORDABLE = 1e8;

/**
 * Puts a point of the device, which carries the rounding of f32 and of polynomial projections, right in f64, by
 * alternating projections: y between {y : Aᵀy = −c} and K*, the slack between {b − Ax} and K, always ending in the
 * cones. They start within f32 of both sets, where a few rounds take off most of what is left.
 */
export class Polisher {
  readonly #problem: ConicProblem;
  readonly #exact: ExactProjection;
  readonly #rounds: number;
  #solver: CgKktSolver | undefined;

  constructor(problem: ConicProblem, exact: ExactProjection) {
    this.#problem = problem;
    this.#exact = exact;
    this.#rounds = Math.max(1, Math.min(MOST_ROUNDS, Math.floor(AFFORDABLE / (1 + cubedOrders(problem.cones)))));
  }

  /** In place; b and c are the problem's present ones. */
  polish(point: ConicPoint, b: Float64Array, c: Float64Array): void {
    this.#polishPrimal(point, b);
    if (this.#problem.P) this.#exact.projectDual(point.y);
    else this.#polishDual(point.y, c);
  }

  #polishPrimal({ x, s }: ConicPoint, b: Float64Array): void {
    const { A } = this.#problem;
    let last = Infinity;
    for (let round = 0; ; round++) {
      s.set(b);
      applyForward(A, x, s, -1);
      const residual = s.slice();
      this.#exact.project(s);
      for (let i = 0; i < s.length; i++) residual[i] -= s[i];
      const size = twoNorm(residual);
      if (round === this.#rounds - 1 || !(size > 0 && size < last)) return;
      last = size;
      const right = new Float64Array(x.length);
      applyAdjoint(A, residual, right);
      const step = this.#solve(right).subarray(0, x.length);
      for (let j = 0; j < x.length; j++) x[j] += step[j];
    }
  }

  #polishDual(y: Float64Array, c: Float64Array): void {
    const { A } = this.#problem;
    const n = c.length;
    let last = Infinity;
    for (let round = 0; round < this.#rounds; round++) {
      const right = new Float64Array(n);
      for (let j = 0; j < n; j++) right[j] = -c[j];
      applyAdjoint(A, y, right, -1);
      const size = twoNorm(right);
      if (!(size > 0 && size < last)) break;
      last = size;
      const step = this.#solve(right).subarray(n);
      for (let i = 0; i < y.length; i++) y[i] += step[i];
      this.#exact.projectDual(y);
    }
    if (last === Infinity) this.#exact.projectDual(y);
  }

  /** (p, Ap) with AᵀAp = right; zero when that is not finite. */
  #solve(right: Float64Array): Float64Array {
    const { A } = this.#problem;
    const rhs = new Float64Array(A.cols + A.rows);
    rhs.set(right);
    const size = maxNorm(right);
    if (!(size > 0) || !Number.isFinite(size)) return rhs.fill(0);
    this.#solver ??= leastSquares(A);
    this.#solver.solve(rhs, RELATIVE * size);
    return rhs.every(Number.isFinite) ? rhs : rhs.fill(0);
  }
}

function leastSquares(A: ConicProblem["A"]): CgKktSolver {
  const ones = new Float64Array(A.rows).fill(1);
  const diagonal = new Float64Array(A.cols);
  normalDiagonal(A, ones, diagonal);
  const ridge = RIDGE * Math.max(Number.MIN_VALUE, maxNorm(diagonal));
  const solver = new CgKktSolver(undefined, A, MOST_STEPS);
  solver.update(new Float64Array(A.cols).fill(ridge), ones);
  return solver;
}

function cubedOrders(cones: readonly Cone[]): number {
  let sum = 0;
  for (const cone of cones) if (cone.kind === "psd") sum += cone.order ** 3;
  return sum;
}
