import { CgKktSolver } from "../../../linear/cg-kkt.ts";
import type { ConicPoint, ConicProblem } from "../../../problem/conic-problem.ts";
import { applyAdjoint, applyForward, normalDiagonal } from "../../../problem/operators/apply.ts";

/** Nearest points of K and K* on the CPU, in f64 and original units. */
export interface ExactProjection {
  project(v: Float64Array): void;
  projectDual(v: Float64Array): void;
}

/** Weight of the x-block beside AᵀA, relative to its diagonal. */
const RIDGE = 1e-12;
/** Residual of the least-squares correction, relative to what it corrects. */
const RELATIVE = 1e-3;

/**
 * A point of the device, which carries the rounding of f32 and of polynomial projections, put back in f64: the best slack
 * of x is the projection of b − Ax; y takes the least-squares correction of its residual and is projected, which leaves
 * an error of second order. In place, no quadratic objective.
 */
export function polishPoint(
  { A, P, c }: ConicProblem,
  b: Float64Array,
  point: ConicPoint,
  exact: ExactProjection,
  cost: Float64Array = c,
): void {
  point.s.set(b);
  applyForward(A, point.x, point.s, -1);
  exact.project(point.s);
  if (!P) correctDual(A, cost, point.y);
  exact.projectDual(point.y);
}

function correctDual(A: ConicProblem["A"], c: Float64Array, y: Float64Array): void {
  const { rows: m, cols: n } = A;
  const rhs = new Float64Array(n + m);
  for (let j = 0; j < n; j++) rhs[j] = -c[j];
  applyAdjoint(A, y, rhs.subarray(0, n), -1);
  let largest = 0;
  for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(rhs[j]));
  if (!(largest > 0) || !Number.isFinite(largest)) return;
  const ones = new Float64Array(m).fill(1);
  const diagonal = new Float64Array(n);
  normalDiagonal(A, ones, diagonal);
  const ridge = RIDGE * Math.max(Number.MIN_VALUE, diagonal.reduce((max, d) => Math.max(max, d), 0));
  const solver = new CgKktSolver(undefined, A, 100);
  solver.update(new Float64Array(n).fill(ridge), ones);
  // q = A(AᵀA)⁻¹(−r_d) stands in the second half.
  solver.solve(rhs, RELATIVE * largest);
  for (let i = 0; i < m; i++) if (Number.isFinite(rhs[n + i])) y[i] += rhs[n + i];
}
