import { coneDim, coneOffsets } from "../problem/cones.ts";
import type { Cone } from "../problem/cones.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";
import { applyAdjoint, applyForward } from "../problem/operators/apply.ts";
import { addSymmetricProduct } from "../problem/sparse-matrix.ts";
import type { ValidatedProblem } from "../problem/validate.ts";
import type { Measures } from "./result.ts";
import { dot, norm2, normInf } from "./vector.ts";

/** Distances of s from K and of y from K*, each as the DIMACS challenge measures them (−λ_min for PSD). */
export interface ConeDistances {
  readonly primal: number;
  readonly dual: number;
}

/**
 * Measures points of one problem in f64 on its original data. Keeps work vectors, so that a check inside the
 * loop allocates nothing.
 */
export class PointMeasurer {
  readonly normB: number;
  readonly normC: number;
  readonly normB2: number;
  readonly normC2: number;
  readonly #problem: ValidatedProblem;
  readonly #offsets: Int32Array;
  readonly #Ax: Float64Array;
  readonly #rp: Float64Array;
  readonly #Px: Float64Array;
  readonly #Aty: Float64Array;
  readonly #rd: Float64Array;

  constructor(problem: ValidatedProblem) {
    this.#problem = problem;
    this.#offsets = coneOffsets(problem.cones);
    const n = problem.c.length;
    const m = problem.b.length;
    this.#Ax = new Float64Array(m);
    this.#rp = new Float64Array(m);
    this.#Px = new Float64Array(n);
    this.#Aty = new Float64Array(n);
    this.#rd = new Float64Array(n);
    this.normB = normInf(problem.b);
    this.normC = normInf(problem.c);
    this.normB2 = norm2(problem.b);
    this.normC2 = norm2(problem.c);
  }

  /**
   * `distances` are those of the point from the cones; omitted for points that lie in them by construction
   * (every iterate of the splitting and of the interior phase).
   */
  measure({ x, y, s }: ConicPoint, distances: ConeDistances = { primal: 0, dual: 0 }): Measures {
    const { P, A, b, c, cones } = this.#problem;
    const Ax = this.#Ax.fill(0);
    const Px = this.#Px.fill(0);
    const Aty = this.#Aty.fill(0);
    const rp = this.#rp;
    const rd = this.#rd;
    applyForward(A, x, Ax);
    applyAdjoint(A, y, Aty);
    if (P) addSymmetricProduct(P, x, Px);
    for (let i = 0; i < rp.length; i++) rp[i] = Ax[i] + s[i] - b[i];
    for (let j = 0; j < rd.length; j++) rd[j] = Px[j] + Aty[j] + c[j];

    const xPx = dot(x, Px);
    const cx = dot(c, x);
    const by = dot(b, y);
    const primalObjective = 0.5 * xPx + cx;
    const dualObjective = -0.5 * xPx - by;
    const gap = primalObjective - dualObjective;

    const primalResidual = normInf(rp);
    const dualResidual = normInf(rd);
    const primalSize = Math.max(this.normB, normInf(Ax), normInf(s));
    const dualSize = Math.max(this.normC, normInf(Px), normInf(Aty));
    const scales = residualScales({ normB: this.normB, normC: this.normC, primalSize, dualSize });
    // Data of size 1e-12 have objectives of that size; where b or c vanishes there is nothing to measure them by.
    const natural = this.normB > 0 && this.normC > 0 ? Math.max(this.normC2 * norm2(x), this.normB2 * norm2(y)) : 1;
    const size = Math.max(Math.min(1, natural), Math.abs(primalObjective), Math.abs(dualObjective));
    const objectiveScale = size > 0 ? size : 1;
    const objectiveError =
      Math.abs(gap) + hiddenPrimal(cones, this.#offsets, y, rp) + hiddenDual(x, rd);

    const both = 1 + Math.abs(primalObjective) + Math.abs(dualObjective);
    return {
      primalResidual,
      dualResidual,
      dualityGap: Math.abs(gap),
      primalObjective,
      dualObjective,
      primalScale: scales.primal,
      dualScale: scales.dual,
      objectiveScale,
      objectiveError,
      dimacs: [
        norm2(rd) / (1 + this.normC),
        distances.dual / (1 + this.normC),
        norm2(rp) / (1 + this.normB),
        distances.primal / (1 + this.normB),
        gap / both,
        dot(s, y) / both,
      ],
    };
  }
}

/**
 * What the ∞-norms of the residuals are held against: 1 + ‖b‖ and 1 + ‖c‖ as in the DIMACS errors, but never more
 * than the largest vector that enters the residual, so that data of size 1e-12 are still solved to relative accuracy.
 */
export function residualScales(norms: {
  readonly normB: number;
  readonly normC: number;
  /** max(‖b‖, ‖Ax‖, ‖s‖) and max(‖c‖, ‖Px‖, ‖Aᵀy‖). */
  readonly primalSize: number;
  readonly dualSize: number;
}): { readonly primal: number; readonly dual: number } {
  const { normB, normC, primalSize, dualSize } = norms;
  return {
    primal: normB > 0 ? Math.min(1 + normB, primalSize) : 1,
    dual: normC > 0 ? Math.min(1 + normC, dualSize) : 1,
  };
}

/**
 * Bound on |y*ᵀr_p| with y* taken as large as y, block by block: since cᵀx = p* + y*ᵀs − y*ᵀr_p for an optimal y*,
 * this is how far a primal residual can push the objective below the optimum.
 */
function hiddenPrimal(cones: readonly Cone[], offsets: Int32Array, y: Float64Array, rp: Float64Array): number {
  let sum = 0;
  cones.forEach((cone, k) => {
    const from = offsets[k];
    const to = from + coneDim(cone);
    if (cone.kind === "zero" || cone.kind === "nonnegative") {
      for (let i = from; i < to; i++) sum += Math.abs(y[i] * rp[i]);
    } else sum += norm2(y, from, to) * norm2(rp, from, to);
  });
  return sum;
}

/** The same for the dual residual: −bᵀy = p* − x*ᵀr_d − s*ᵀy. */
function hiddenDual(x: Float64Array, rd: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) sum += Math.abs(x[j] * rd[j]);
  return sum;
}
