import type { DenseKernels } from "../linear/dense-kernels.ts";
import { createKktSolver } from "../linear/choose.ts";
import type { Cone } from "../problem/cones.ts";
import { coneDim, coneOffsets } from "../problem/cones.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";
import { applyAdjoint, applyForward, normalDiagonal, normalEquations, toSparse } from "../problem/operators/apply.ts";
import { addSymmetricProduct } from "../problem/sparse-matrix.ts";
import { svecToMatrix } from "../problem/svec.ts";
import type { ValidatedProblem } from "../problem/validate.ts";
import { certifiedMinEigenvalue, gamma } from "./min-eigenvalue.ts";
import { dot, norm2, normInf } from "./vector.ts";

export type CertifiedBound =
  | { readonly value: number }
  /** Why no bound can be given. */
  | { readonly value: undefined; readonly reason: string };

/** Largest number of columns for which AᵀA is formed densely to bound ‖x‖. */
const largestDenseGram = 3000;

/**
 * Rigorous lower bound on the optimal value from any approximate dual point, given that some optimal s has
 * tr(s) ≤ R, tr being the sum of PSD traces, nonnegative rows and heads of second-order cones.
 *
 * For feasible (x, s) and any y, with r = Px̂ + Aᵀy + c and convexity of ½xᵀPx at x̂:
 * ½xᵀPx + cᵀx ≥ −½x̂ᵀPx̂ − bᵀy + yᵀs + rᵀx ≥ −½x̂ᵀPx̂ − bᵀy + R·min(0, λ_min(y)) − ‖r‖·‖x‖.
 * y is first moved so that r is at rounding level; ‖x‖ ≤ (‖b‖ + √2·R)/σ_min(A). λ_min of y's blocks and
 * σ_min(A)² are bounded below by verified factorisations, and every sum carries its rounding error.
 */
export function certifiedLowerBound(
  problem: ValidatedProblem,
  point: ConicPoint,
  traceBound: number,
  kernels: DenseKernels,
): CertifiedBound {
  const { P, A, b, c, cones } = problem;
  const n = c.length;
  const m = b.length;
  const foreign = cones.find(({ kind }) => !["zero", "nonnegative", "secondOrder", "psd"].includes(kind));
  if (foreign) return { value: undefined, reason: `a trace bound says nothing about the ${foreign.kind} cone` };

  const trace = coneTrace(cones, point.s);
  if (trace > traceBound * (1 + 1e-6) + 1e-9) {
    return {
      value: undefined,
      reason: `the trace at the solution, ${trace.toPrecision(6)}, exceeds the trace bound ${traceBound}`,
    };
  }

  const gradient = c.slice();
  if (P) addSymmetricProduct(P, point.x, gradient);
  const curvature = P ? gradient.map((g, j) => g - c[j]) : new Float64Array(n);

  const y = withoutDualResidual(problem, gradient, point.y, kernels);
  const r = gradient.slice();
  applyAdjoint(A, y, r);
  const sigmaSquared = certifiedSmallestGramEigenvalue(problem, kernels);
  if (!(sigmaSquared > 0)) {
    return { value: undefined, reason: "A has no verified full column rank, so a trace bound does not bound x" };
  }
  const xBound = ((norm2(b) + Math.SQRT2 * traceBound) / Math.sqrt(sigmaSquared)) * (1 + gamma(m + 8));
  // Rounding of r: every entry is a sum of at most m + n + 1 products.
  const rounding = gamma(m + n + 2) * adjointMagnitude(problem, y, gradient);
  const residualTerm = (norm2(r) + rounding) * xBound;

  const lambda = smallestConeEigenvalue(cones, y, kernels);
  const coneTerm = traceBound * Math.min(0, lambda);
  const linear = -dot(b, y);
  const quadratic = -0.5 * dot(point.x, curvature);
  const sumRounding =
    gamma(m + 4) * absoluteDot(b, y) + gamma(2 * n + 8) * (absoluteDot(point.x, curvature) + normInf(curvature));
  const value = linear + quadratic + coneTerm - residualTerm - sumRounding;
  const outward = value - Math.abs(value) * 8 * 2 ** -53;
  return Number.isFinite(outward)
    ? { value: outward }
    : { value: undefined, reason: "the dual point is not finite" };
}

/**
 * Rigorous upper bound on the dual optimal value from any x, given that some dual optimal y has tr(y) ≤ R:
 * −½x'ᵀPx' − bᵀy ≤ ½xᵀPx + cᵀx − (b − Ax)ᵀy ≤ ½xᵀPx + cᵀx + R·max(0, −λ_min(b − Ax)).
 * Equality rows have a y without a sign, so there must be none.
 */
export function certifiedUpperBound(
  problem: ValidatedProblem,
  { x }: Pick<ConicPoint, "x">,
  traceBound: number,
  kernels: DenseKernels,
): CertifiedBound {
  const { P, A, b, c, cones } = problem;
  const foreign = cones.find(({ kind }) => !["nonnegative", "secondOrder", "psd"].includes(kind));
  if (foreign) return { value: undefined, reason: `a trace bound says nothing about the ${foreign.kind} cone` };
  const slack = b.slice();
  applyForward(A, x, slack, -1);
  // Each row of b − Ax is a sum of at most n + 1 products.
  const rounding = gamma(c.length + 2) * (Math.sqrt(squaredFrobenius(problem)) * norm2(x) + norm2(b)) * Math.SQRT2;
  const lambda = smallestConeEigenvalue(cones, slack, kernels) - rounding;
  const Px = new Float64Array(c.length);
  if (P) addSymmetricProduct(P, x, Px);
  const objective = 0.5 * dot(x, Px) + dot(c, x);
  const sumRounding = gamma(2 * c.length + 8) * (absoluteDot(x, Px) + absoluteDot(c, x) + normInf(Px));
  const value = objective + traceBound * Math.max(0, -lambda) + sumRounding;
  const outward = value + Math.abs(value) * 8 * 2 ** -53;
  return Number.isFinite(outward) ? { value: outward } : { value: undefined, reason: "the point is not finite" };
}

/** y moved by least squares so that gradient + Aᵀy vanishes to rounding. */
function withoutDualResidual(
  problem: ValidatedProblem,
  gradient: Float64Array,
  start: Float64Array,
  kernels: DenseKernels,
): Float64Array {
  const { A, b } = problem;
  const n = gradient.length;
  const m = b.length;
  const y = start.slice();
  if (n === 0 || m === 0) return y;
  const solver = createKktSolver({ A }, kernels, "auto");
  const diagonal = new Float64Array(n);
  normalDiagonal(A, new Float64Array(m).fill(1), diagonal);
  const size = normInf(diagonal);
  solver.update(new Float64Array(n).fill(1e-13 * (size > 0 ? size : 1)), new Float64Array(m).fill(1));
  const r = new Float64Array(n);
  const rhs = new Float64Array(n + m);
  for (let pass = 0, last = Infinity; pass < 6; pass++) {
    r.set(gradient);
    applyAdjoint(A, y, r);
    const now = norm2(r);
    if (!(now < 0.5 * last)) break;
    last = now;
    rhs.fill(0);
    for (let j = 0; j < n; j++) rhs[j] = -r[j];
    solver.solve(rhs, now * 1e-10);
    for (let i = 0; i < m; i++) y[i] += rhs[n + i];
  }
  return y;
}

/** Verified lower bound on λ_min(AᵀA); 0 when there is none to give. */
function certifiedSmallestGramEigenvalue({ A, c }: ValidatedProblem, kernels: DenseKernels): number {
  const n = c.length;
  if (n === 0) return Infinity;
  const ones = new Float64Array(A.rows).fill(1);
  const diagonal = new Float64Array(n);
  normalDiagonal(A, ones, diagonal);
  const slack = gamma(A.rows + 4);
  if (normalEquations(A).kind === "diagonal") {
    let least = Infinity;
    for (const d of diagonal) least = Math.min(least, d * (1 - 2 * slack));
    return Math.max(0, least);
  }
  if (n > largestDenseGram) return 0;
  const { colPtr, rowIdx, values } = toSparse(A);
  const gram = new Float64Array(n * n);
  const column = new Float64Array(A.rows);
  for (let j = 0; j < n; j++) {
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) column[rowIdx[k]] = values[k];
    for (let i = j; i < n; i++) {
      let sum = 0;
      for (let k = colPtr[i]; k < colPtr[i + 1]; k++) sum += values[k] * column[rowIdx[k]];
      gram[j * n + i] = sum;
    }
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) column[rowIdx[k]] = 0;
  }
  // |fl(AᵀA) − AᵀA| ≤ γ|A|ᵀ|A| entrywise, whose 2-norm is at most the trace of AᵀA.
  let trace = 0;
  for (const d of diagonal) trace += d;
  return Math.max(0, certifiedMinEigenvalue(kernels, n, gram) - 2 * slack * trace);
}

/** 2-norm bound of the magnitudes summed in gradient + Aᵀy. */
function adjointMagnitude(problem: ValidatedProblem, y: Float64Array, gradient: Float64Array): number {
  return Math.sqrt(squaredFrobenius(problem)) * norm2(y) + 2 * norm2(gradient);
}

/** ‖A‖_F². */
function squaredFrobenius({ A, c }: ValidatedProblem): number {
  const squares = new Float64Array(c.length);
  normalDiagonal(A, new Float64Array(A.rows).fill(1), squares);
  return squares.reduce((sum, d) => sum + d, 0);
}

function coneTrace(cones: readonly Cone[], s: Float64Array): number {
  const offsets = coneOffsets(cones);
  let trace = 0;
  cones.forEach((cone, k) => {
    let at = offsets[k];
    if (cone.kind === "nonnegative") for (let i = 0; i < cone.dim; i++) trace += s[at + i];
    else if (cone.kind === "secondOrder" && cone.dim > 0) trace += s[at];
    else if (cone.kind === "psd") {
      for (let j = 0; j < cone.order; j++) {
        trace += s[at];
        at += cone.order - j;
      }
    }
  });
  return trace;
}

/** Verified lower bound on the least "eigenvalue" of y over all blocks with a trace. */
function smallestConeEigenvalue(cones: readonly Cone[], y: Float64Array, kernels: DenseKernels): number {
  const offsets = coneOffsets(cones);
  let least = Infinity;
  cones.forEach((cone, k) => {
    const from = offsets[k];
    const to = from + coneDim(cone);
    if (cone.kind === "nonnegative") for (let i = from; i < to; i++) least = Math.min(least, y[i]);
    else if (cone.kind === "secondOrder" && cone.dim > 0) {
      const tail = norm2(y, from + 1, to) * (1 + gamma(cone.dim + 4));
      least = Math.min(least, y[from] - tail - Math.abs(y[from] - tail) * 2 ** -52);
    } else if (cone.kind === "psd" && cone.order > 0) {
      const matrix = new Float64Array(cone.order * cone.order);
      svecToMatrix(y, from, cone.order, matrix);
      // Unpacking rounds each off-diagonal entry: a perturbation of at most 2u·‖y‖ in norm.
      const unpacking = norm2(y, from, to) * 2 ** -51;
      least = Math.min(least, certifiedMinEigenvalue(kernels, cone.order, matrix) - unpacking);
    }
  });
  return least === Infinity ? 0 : least;
}

function absoluteDot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] * b[i]);
  return sum;
}
