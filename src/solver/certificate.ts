import { coneDim, coneOffsets } from "../problem/cones.ts";
import { applyAdjoint, applyForward, columnNorms, rowNorms } from "../problem/operators/apply.ts";
import { addSymmetricProduct } from "../problem/sparse-matrix.ts";
import type { ValidatedProblem } from "../problem/validate.ts";
import type { Certificate } from "./result.ts";
import { dot, isFiniteVector, normInf, scaledCopy } from "./vector.ts";

/** Nearest points of K and K*, in place on a vector of length m. */
export interface ConeProjection {
  project(v: Float64Array): void;
  projectDual(v: Float64Array): void;
}

/**
 * Verifies candidates for infeasibility certificates in f64 on the original data. The tests do not change when
 * the data, a column or the candidate are scaled:
 *
 * - y ∈ K*, bᵀy < 0 and ‖b‖·|A_jᵀy| ≤ ε‖A_j‖·(−bᵀy) for every column j. Every feasible x would satisfy
 *   −bᵀy ≤ |xᵀAᵀy|, so Σ‖A_j‖|x_j| ≥ ‖b‖/ε: nothing of the size of the data is feasible.
 * - s ∈ K, cᵀx < 0, ‖c‖·|(Ax+s)_i| ≤ ε‖A_i‖(−cᵀx) with ‖A_i‖ the largest row norm of i's cone block, and
 *   ‖c‖‖Px‖ ≤ ε‖P‖(−cᵀx): the same statement about the dual, so that the primal is unbounded or infeasible.
 */
export class CertificateVerifier {
  readonly #problem: ValidatedProblem;
  readonly #projection: ConeProjection;
  #columns: Float64Array | undefined;
  #rows: Float64Array | undefined;

  constructor(problem: ValidatedProblem, projection: ConeProjection) {
    this.#problem = problem;
    this.#projection = projection;
  }

  /** The certificate scaled to bᵀy = −1, or undefined when the candidate proves nothing. y may lie off K*. */
  primalInfeasible(candidate: Float64Array, epsInfeasible: number): Certificate | undefined {
    const { A, b, c } = this.#problem;
    if (!isFiniteVector(candidate)) return undefined;
    let y: Float64Array = candidate.slice();
    this.#projection.projectDual(y);
    const by = dot(b, y);
    if (!(by < 0) || !Number.isFinite(by)) return undefined;
    y = scaledCopy(y, -1 / by);
    if (!isFiniteVector(y)) return undefined;
    const Aty = new Float64Array(c.length);
    applyAdjoint(A, y, Aty);
    const columns = (this.#columns ??= columnNorms(A));
    const normB = normInf(b);
    for (let j = 0; j < Aty.length; j++) {
      if (!(normB * Math.abs(Aty[j]) <= epsInfeasible * columns[j])) return undefined;
    }
    return { kind: "primalInfeasible", y, residual: normInf(Aty) };
  }

  /** The certificate scaled to cᵀx = −1, or undefined when the candidate proves nothing. */
  dualInfeasible(candidate: Float64Array, epsInfeasible: number): Certificate | undefined {
    const { P, A, b, c } = this.#problem;
    if (!isFiniteVector(candidate)) return undefined;
    const cx = dot(c, candidate);
    if (!(cx < 0) || !Number.isFinite(cx)) return undefined;
    const x = scaledCopy(candidate, -1 / cx);
    if (!isFiniteVector(x)) return undefined;
    // The best s for this x is the projection of −Ax.
    const s = new Float64Array(b.length);
    applyForward(A, x, s, -1);
    const residual = s.slice();
    this.#projection.project(s);
    for (let i = 0; i < s.length; i++) residual[i] -= s[i];
    const rows = (this.#rows ??= this.#blockRowNorms());
    const normC = normInf(c);
    for (let i = 0; i < residual.length; i++) {
      if (!(normC * Math.abs(residual[i]) <= epsInfeasible * rows[i])) return undefined;
    }
    let worst = normInf(residual);
    if (P) {
      const Px = new Float64Array(x.length);
      addSymmetricProduct(P, x, Px);
      const curvature = normInf(Px);
      if (!(normC * curvature <= epsInfeasible * normInf(P.values))) return undefined;
      worst = Math.max(worst, curvature);
    }
    return { kind: "dualInfeasible", x, s, residual: worst };
  }

  /** Row norms of A, every row of a cone that couples its rows taking the block's largest. */
  #blockRowNorms(): Float64Array {
    const { A, cones } = this.#problem;
    const norms = rowNorms(A);
    const offsets = coneOffsets(cones);
    cones.forEach((cone, k) => {
      if (cone.kind === "zero" || cone.kind === "nonnegative") return;
      const from = offsets[k];
      const to = from + coneDim(cone);
      norms.fill(normInf(norms, from, to), from, to);
    });
    return norms;
  }
}
