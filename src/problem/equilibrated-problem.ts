import type { Cone } from "./cones.ts";
import type { ConicPoint, ConicProblem } from "./conic-problem.ts";
import type { LinearOperator } from "./operators/linear-operator.ts";
import type { SparseMatrix } from "./sparse-matrix.ts";

/**
 * A problem in the variables x̂ = σ_p E⁻¹x, ŝ = σ_p Ds, ŷ = σ_d D⁻¹y, with D, E > 0 diagonal:
 * Â = DAE, P̂ = EPE·σ_d/σ_p, b̂ = σ_p Db, ĉ = σ_d Ec, and box bounds scaled along.
 */
export interface EquilibratedProblem {
  readonly original: ConicProblem;
  readonly cones: readonly Cone[];
  /** Upper triangle of P̂; absent when P is absent or zero. */
  readonly P?: SparseMatrix;
  /**
   * Â where it was materialised (sparse A); otherwise A itself, to be wrapped in D and E by the workspace.
   */
  readonly A: LinearOperator;
  readonly scaledOperator: boolean;
  readonly rowScale: Float64Array;
  readonly colScale: Float64Array;
  /** How σ_p and σ_d are chosen from Db and Ec. */
  readonly dataScaling: DataScaling;
}

/**
 * - `none`: σ_p = σ_d = 1.
 * - `common`: σ_p = σ_d = 1/max(‖Db‖∞, ‖Ec‖∞), as SCS; needed where P ties the two together.
 * - `separate`: σ_p = 1/‖Db‖₂, σ_d = 1/‖Ec‖₂.
 */
export type DataScaling = "none" | "common" | "separate";

/** b̂, ĉ and their scales. */
export interface ScaledData {
  readonly b: Float64Array;
  readonly c: Float64Array;
  readonly primalScale: number;
  readonly dualScale: number;
}

const SMALLEST = 1e-4;
const LARGEST = 1e4;

/** Rows and columns of (almost) nothing are left alone, huge ones are brought down in steps. */
export function clampNorm(norm: number): number {
  return norm < SMALLEST ? 1 : Math.min(norm, LARGEST);
}

/** b̂ and ĉ for b and c in original units. */
export function scaleData(scaled: EquilibratedProblem, b: Float64Array, c: Float64Array): ScaledData {
  const bHat = b.map((value, i) => value * scaled.rowScale[i]);
  const cHat = c.map((value, j) => value * scaled.colScale[j]);
  let primalScale = 1;
  let dualScale = 1;
  if (scaled.dataScaling === "common") {
    primalScale = dualScale = 1 / clampNorm(Math.max(maxAbs(bHat), maxAbs(cHat)));
  } else if (scaled.dataScaling === "separate") {
    primalScale = inverseOrOne(twoNorm(bHat));
    dualScale = inverseOrOne(twoNorm(cHat));
  }
  for (let i = 0; i < bHat.length; i++) bHat[i] *= primalScale;
  for (let j = 0; j < cHat.length; j++) cHat[j] *= dualScale;
  return { b: bHat, c: cHat, primalScale, dualScale };
}

/** Original units to the equilibrated space; writes x̂, ŷ, ŝ. */
export function scalePoint(
  scaled: EquilibratedProblem,
  data: ScaledData,
  point: ConicPoint,
  x: Float64Array,
  y: Float64Array,
  s: Float64Array,
): void {
  const { rowScale, colScale } = scaled;
  for (let j = 0; j < x.length; j++) x[j] = (point.x[j] / colScale[j]) * data.primalScale;
  for (let i = 0; i < y.length; i++) {
    y[i] = (point.y[i] / rowScale[i]) * data.dualScale;
    s[i] = point.s[i] * rowScale[i] * data.primalScale;
  }
}

/** Equilibrated x̂, ŷ, ŝ (divided by `tau`) to original units, in place. */
export function unscalePoint(
  scaled: EquilibratedProblem,
  data: ScaledData,
  point: ConicPoint,
  tau = 1,
): void {
  const { rowScale, colScale } = scaled;
  const primal = 1 / (data.primalScale * tau);
  const dual = 1 / (data.dualScale * tau);
  for (let j = 0; j < point.x.length; j++) point.x[j] *= colScale[j] * primal;
  for (let i = 0; i < point.y.length; i++) {
    point.y[i] *= rowScale[i] * dual;
    point.s[i] *= primal / rowScale[i];
  }
}

function maxAbs(v: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < v.length; i++) largest = Math.max(largest, Math.abs(v[i]));
  return largest;
}

/** ‖v‖₂, guarded against overflow. */
function twoNorm(v: Float64Array): number {
  const largest = maxAbs(v);
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += (v[i] / largest) ** 2;
  return largest * Math.sqrt(sum);
}

function inverseOrOne(norm: number): number {
  return norm > 0 && Number.isFinite(1 / norm) ? 1 / norm : 1;
}
