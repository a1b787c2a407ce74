import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import {
  addSparseProduct,
  addSparseTransposeProduct,
  addSymmetricProduct,
} from "../problem/sparse-matrix.ts";
import type { ConeBlock } from "./cones/cone-block.ts";
import { NonnegativeBlock } from "./cones/nonnegative.ts";
import type { KktSystem } from "./kkt/kkt-system.ts";
import { axpy, dot } from "./vector.ts";

/**
 * Accuracy asked of the linear solves (that for the constant right-hand side apart), relative to the
 * right-hand side and in units of the scaled data.
 */
const CONSTANT_RELATIVE = 1e-10;
const RELATIVE = 1e-12;
const ABSOLUTE = 1e-15;
/** What a solve may leave of the present infeasibility. */
const SHARE = 1e-4;

/** A point of the homogeneous embedding. */
export interface Iterate {
  readonly x: Float64Array;
  readonly s: Float64Array;
  readonly z: Float64Array;
  tau: number;
  kappa: number;
}

export function newIterate(n: number, m: number): Iterate {
  return { x: new Float64Array(n), s: new Float64Array(m), z: new Float64Array(m), tau: 1, kappa: 1 };
}

export function copyIterate(from: Iterate, to: Iterate): void {
  to.x.set(from.x);
  to.s.set(from.s);
  to.z.set(from.z);
  to.tau = from.tau;
  to.kappa = from.kappa;
}

/** to ← from + α·step. */
export function stepIterate(from: Iterate, alpha: number, step: Iterate, to: Iterate): void {
  copyIterate(from, to);
  axpy(alpha, step.x, to.x);
  axpy(alpha, step.s, to.s);
  axpy(alpha, step.z, to.z);
  to.tau += alpha * step.tau;
  to.kappa += alpha * step.kappa;
}

/**
 * The homogeneous embedding of a conic quadratic program (Goulart & Chen 2024, after Andersen & Ye 1999):
 *   Px + Aᵀz + cτ = 0,  Ax + s = bτ,  κ + cᵀx + bᵀz + xᵀPx/τ = 0,  (s, z, τ, κ) in the cones.
 * Holds the residuals of the present iterate and computes Newton directions of it.
 */
export class Embedding {
  /** −(Px + Aᵀz + cτ). */
  readonly rx: Float64Array;
  /** −(Ax + s − bτ). */
  readonly rz: Float64Array;
  /** −(κ + cᵀx + bᵀz + xᵀPx/τ). */
  rTau = 0;
  /** Px. */
  readonly Px: Float64Array;
  /** Aᵀz. */
  readonly Atz: Float64Array;
  /** Ax + s. */
  readonly AxPlusS: Float64Array;
  cx = 0;
  bz = 0;
  xPx = 0;
  mu = 1;
  readonly degree: number;
  /** Solution of the system for the right-hand side (−c, b). */
  private readonly x2: Float64Array;
  private readonly z2: Float64Array;
  private readonly right: Float64Array;
  private readonly target: Float64Array;
  private readonly dualShift: Float64Array;
  private denominator = 1;

  constructor(
    readonly P: SparseMatrix | undefined,
    readonly A: SparseMatrix,
    readonly c: Float64Array,
    readonly b: Float64Array,
    readonly blocks: readonly ConeBlock[],
    private readonly kkt: KktSystem,
  ) {
    const n = c.length;
    const m = b.length;
    this.rx = new Float64Array(n);
    this.rz = new Float64Array(m);
    this.Px = new Float64Array(n);
    this.Atz = new Float64Array(n);
    this.AxPlusS = new Float64Array(m);
    this.x2 = new Float64Array(n);
    this.z2 = new Float64Array(m);
    this.right = new Float64Array(n);
    this.target = new Float64Array(m);
    this.dualShift = new Float64Array(m);
    this.degree = blocks.reduce((sum, block) => sum + block.degree, 0);
  }

  /** Residuals and μ of an iterate. */
  evaluate(v: Iterate): void {
    const { P, A, c, b, rx, rz, Px, Atz, AxPlusS } = this;
    Px.fill(0);
    if (P !== undefined) addSymmetricProduct(P, v.x, Px);
    Atz.fill(0);
    addSparseTransposeProduct(A, v.z, Atz);
    AxPlusS.set(v.s);
    addSparseProduct(A, v.x, AxPlusS);
    for (let j = 0; j < rx.length; j++) rx[j] = -(Px[j] + Atz[j] + c[j] * v.tau);
    for (let i = 0; i < rz.length; i++) rz[i] = b[i] * v.tau - AxPlusS[i];
    this.cx = dot(c, v.x);
    this.bz = dot(b, v.z);
    this.xPx = dot(v.x, Px);
    this.rTau = -(v.kappa + this.cx + this.bz + this.xPx / v.tau);
    this.mu = (dot(v.s, v.z) + v.tau * v.kappa) / (this.degree + 1);
  }

  /** Solves for the constant right-hand side (−c, b) after a new factorisation. False on failure. */
  prepare(v: Iterate): boolean {
    const { c, b, right, x2, z2, target } = this;
    for (let j = 0; j < c.length; j++) right[j] = -c[j];
    const left = this.kkt.solve(right, b, x2, z2, CONSTANT_RELATIVE, 0);
    if (!Number.isFinite(left)) return false;
    // κ/τ + ‖x₂ − x/τ‖²_P + ⟨z₂, H z₂⟩: positive by construction.
    this.denominator = v.kappa / v.tau;
    for (const block of this.blocks) {
      block.applyH(z2, target);
      let square = 0;
      for (let i = block.offset; i < block.offset + block.dim; i++) square += z2[i] * target[i];
      // Negative by rounding only, where H is singular to working precision.
      if (square > 0) this.denominator += square;
    }
    if (this.P !== undefined) {
      const difference = right;
      for (let j = 0; j < c.length; j++) difference[j] = x2[j] - v.x[j] / v.tau;
      const product = new Float64Array(c.length);
      addSymmetricProduct(this.P, difference, product);
      this.denominator += dot(difference, product);
    }
    return this.denominator > 0 && Number.isFinite(this.denominator);
  }

  /**
   * Newton direction: residuals reduced by `reduction`, complementarity Δs + HΔz = −shift,
   * κΔτ + τΔκ = −kappaShift. Returns the relative residual of the linear solve.
   */
  direction(v: Iterate, reduction: number, shift: Float64Array, kappaShift: number, d: Iterate): number {
    const { rx, rz, right, target, c, b, x2, z2, Px, A } = this;
    for (let j = 0; j < rx.length; j++) right[j] = reduction * rx[j];
    for (let i = 0; i < rz.length; i++) target[i] = reduction * rz[i];
    const { dualShift } = this;
    for (const block of this.blocks) {
      if (this.kkt.isEliminated(block)) block.dualShift(v.z, shift, dualShift);
      else for (let i = block.offset; i < block.offset + block.dim; i++) target[i] += shift[i];
    }
    const infeasibility = reduction * Math.sqrt(dot(rx, rx) + dot(rz, rz));
    const absolute = Math.max(ABSOLUTE * v.tau, SHARE * infeasibility);
    const left = this.kkt.solve(right, target, d.x, d.z, RELATIVE, absolute, dualShift);
    const numerator =
      reduction * this.rTau + kappaShift / v.tau - dot(c, d.x) - dot(b, d.z) - (2 / v.tau) * dot(Px, d.x);
    d.tau = -numerator / this.denominator;
    axpy(d.tau, x2, d.x);
    axpy(d.tau, z2, d.z);
    // Δs of cones that couple their rows from the feasibility row: complementarity would multiply the
    // rounding of Δz
    // by a huge H. Half-lines are the reverse: their small s needs the relative accuracy of
    // complementarity.
    for (let i = 0; i < rz.length; i++) target[i] = reduction * rz[i] + b[i] * d.tau;
    addSparseProduct(A, d.x, target, -1);
    d.s.set(target);
    for (const block of this.blocks) {
      if (block.degree === 0) d.s.fill(0, block.offset, block.offset + block.dim);
      else if (block instanceof NonnegativeBlock) {
        block.applyH(d.z, d.s);
        for (let i = block.offset; i < block.offset + block.dim; i++) d.s[i] = -shift[i] - d.s[i];
      }
    }
    d.kappa = -(kappaShift + v.kappa * d.tau) / v.tau;
    return left;
  }
}
