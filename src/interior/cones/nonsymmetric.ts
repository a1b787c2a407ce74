import type { ConeBlock } from "./cone-block.ts";
import type { DualBarrier } from "./three-dim-barrier.ts";

/**
 * A three-dimensional nonsymmetric cone (exponential, power). H is Tunçel's primal–dual scaling of rank-two
 * updates, which maps z to s and −∇f(s) to −∇f*(z), or μ∇²f*(z) where the pair is too central for it to be
 * defined (Dahl & Andersen 2022; Goulart & Chen 2024).
 */
export class NonsymmetricBlock implements ConeBlock {
  readonly dim = 3;
  readonly degree = 3;
  private readonly H = new Float64Array(9);
  private readonly Hinv = new Float64Array(9);
  /** ∇²f*(z) and ∇f*(z) of the last scaling. */
  private readonly hessian = new Float64Array(9);
  private readonly gradient = new Float64Array(3);
  private readonly rGradient = new Float64Array(3);
  private readonly rHessian = new Float64Array(9);
  private r = 1;
  private readonly ls = new Float64Array(3);
  private readonly lz = new Float64Array(3);
  private readonly conjugate = new Float64Array(3);

  constructor(
    readonly offset: number,
    private readonly dual: DualBarrier,
  ) {}

  setUnit(s: Float64Array, z: Float64Array): void {
    for (let k = 0; k < 3; k++) {
      s[this.offset + k] = this.dual.unit.s[k];
      z[this.offset + k] = this.dual.unit.z[k];
    }
  }

  accept(s: Float64Array, z: Float64Array, mu: number): boolean {
    this.load(s, z);
    const { ls, lz } = this;
    if (!this.dual.insidePrimal(ls) || !this.dual.insideDual(lz)) return false;
    const local = (ls[0] * lz[0] + ls[1] * lz[1] + ls[2] * lz[2]) / 3;
    if (!(local > SMALLEST_SHARE * mu)) return false;
    return this.barrier() + 3 * Math.log(local) <= WIDEST;
  }

  updateScaling(s: Float64Array, z: Float64Array, mu: number): boolean {
    this.load(s, z);
    const { ls, lz, H, hessian, gradient, conjugate } = this;
    this.derivatives();
    if (!this.dual.conjugatePoint(ls, conjugate)) return false;
    let done = false;
    // s̃ = −∇f*(z), z̃ = −∇f(s).
    const st = [-gradient[0], -gradient[1], -gradient[2]];
    const zt = conjugate;
    const sz = ls[0] * lz[0] + ls[1] * lz[1] + ls[2] * lz[2];
    const muCone = sz / 3;
    const muTilde = (st[0] * zt[0] + st[1] * zt[1] + st[2] * zt[2]) / 3;
    const dS = [0, 1, 2].map((k) => ls[k] - muCone * st[k]);
    const dZ = [0, 1, 2].map((k) => lz[k] - muCone * zt[k]);
    const dSdZ = dS[0] * dZ[0] + dS[1] * dZ[1] + dS[2] * dZ[2];
    const off = muCone * muTilde - 1;
    const Hzt = multiply(hessian, zt);
    const curvature = zt[0] * Hzt[0] + zt[1] * Hzt[1] + zt[2] * Hzt[2] - 3 * muTilde * muTilde;
    if (Math.abs(off) > 1e-6 && Math.abs(curvature) > 1e-14 && sz > 0 && dSdZ > 0) {
      const rest = [0, 1, 2].map((k) => Hzt[k] - muTilde * st[k]);
      let norm = 0;
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          const e = hessian[3 * i + j] - (st[i] * st[j]) / 3 - (rest[i] * rest[j]) / curvature;
          norm += e * e;
        }
      }
      const t = muCone * Math.sqrt(norm);
      // The direction orthogonal to z and z̃.
      const axis = [
        lz[1] * zt[2] - lz[2] * zt[1],
        lz[2] * zt[0] - lz[0] * zt[2],
        lz[0] * zt[1] - lz[1] * zt[0],
      ];
      const length = Math.hypot(axis[0], axis[1], axis[2]);
      if (t > 0 && length > 0 && Number.isFinite(t)) {
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < 3; j++) {
            H[3 * i + j] =
              (ls[i] * ls[j]) / sz + (dS[i] * dS[j]) / dSdZ + (t * (axis[i] / length) * axis[j]) / length;
          }
        }
        done = invert3(H, this.Hinv, 0);
      }
    }
    if (!done) {
      for (let k = 0; k < 9; k++) H[k] = mu * hessian[k];
      done = invert3(H, this.Hinv);
    }
    return done;
  }

  applyH(v: Float64Array, out: Float64Array): void {
    this.apply(this.H, v, out);
  }
  applyHInverse(v: Float64Array, out: Float64Array): void {
    this.apply(this.Hinv, v, out);
  }

  inverseDiagonal(out: Float64Array): void {
    for (let k = 0; k < 3; k++) out[this.offset + k] = this.Hinv[4 * k];
  }

  affineShift(s: Float64Array, shift: Float64Array): void {
    for (let k = this.offset; k < this.offset + 3; k++) shift[k] = s[k];
  }

  /** e = s + σμ∇f*(z) − ½∇³f*(z)[Δz, ∇²f*(z)⁻¹Δs]. */
  combinedShift(
    s: Float64Array,
    _z: Float64Array,
    ds: Float64Array,
    dz: Float64Array,
    sigmaMu: number,
    weight: number,
    shift: Float64Array,
  ): void {
    const { offset, hessian, gradient, rGradient, rHessian, r, lz } = this;
    const inverse = new Float64Array(9);
    const correction = [0, 0, 0];
    if (weight !== 0 && invert3(hessian, inverse)) {
      const u = dz.slice(offset, offset + 3);
      const w = multiply(inverse, ds.subarray(offset, offset + 3));
      const rHessianDot = new Float64Array(9);
      this.dual.hessianDerivative(lz, u, rHessianDot);
      const gDot = multiply(rHessian, u);
      const rDot = rGradient[0] * u[0] + rGradient[1] * u[1] + rGradient[2] * u[2];
      const weights = this.dual.weights;
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          let d = (gDot[i] * rGradient[j] + rGradient[i] * gDot[j]) / (r * r);
          d -= (2 * rGradient[i] * rGradient[j] * rDot) / (r * r * r);
          d += -rHessianDot[3 * i + j] / r + (rHessian[3 * i + j] * rDot) / (r * r);
          if (i === j && weights[i] !== 0) d -= (2 * weights[i] * u[i]) / (lz[i] * lz[i] * lz[i]);
          correction[i] += 0.5 * d * w[j];
        }
      }
    }
    const usable = correction.every((v) => Number.isFinite(v)) ? weight : 0;
    for (let k = 0; k < 3; k++) {
      shift[offset + k] = s[offset + k] + sigmaMu * gradient[k] - (usable === 0 ? 0 : usable * correction[k]);
    }
  }

  dualShift(_z: Float64Array, shift: Float64Array, out: Float64Array): void {
    this.applyHInverse(shift, out);
  }
  maxStep(s: Float64Array, z: Float64Array, ds: Float64Array, dz: Float64Array, limit: number): number {
    const { offset, ls, lz } = this;
    const inside = (alpha: number): boolean => {
      for (let k = 0; k < 3; k++) {
        ls[k] = s[offset + k] + alpha * ds[offset + k];
        lz[k] = z[offset + k] + alpha * dz[offset + k];
      }
      return this.dual.insidePrimal(ls) && this.dual.insideDual(lz);
    };
    let alpha = limit;
    if (!inside(limit)) {
      // The cone is convex: bisection between a point inside and one outside.
      let out = limit;
      let lo = 0;
      for (let k = 0; k < 60 && (out - lo > 1e-3 * out || lo === 0); k++) {
        const mid = 0.5 * (lo + out);
        if (inside(mid)) lo = mid;
        else out = mid;
      }
      alpha = lo;
    }
    this.load(s, z);
    return alpha;
  }

  /** f(s) + f*(z) + 3 ≥ −3·log(⟨s, z⟩/3), with equality on the central path; f(s) = −3 − f*(−∇f(s)). */
  private barrier(): number {
    if (!this.dual.conjugatePoint(this.ls, this.conjugate)) return Infinity;
    return this.valueAt(this.lz) - this.valueAt(this.conjugate);
  }

  private valueAt(z: Float64Array): number {
    const g = new Float64Array(3);
    const h = new Float64Array(9);
    return -Math.log(this.dual.evaluate(z, g, h)) + this.dual.separable(z);
  }

  private load(s: Float64Array, z: Float64Array): void {
    for (let k = 0; k < 3; k++) {
      this.ls[k] = s[this.offset + k];
      this.lz[k] = z[this.offset + k];
    }
  }

  /** ∇f* and ∇²f* at lz. */
  private derivatives(): void {
    const { lz, rGradient, rHessian, gradient, hessian } = this;
    const weights = this.dual.weights;
    const r = this.dual.evaluate(lz, rGradient, rHessian);
    this.r = r;
    for (let i = 0; i < 3; i++) {
      gradient[i] = -rGradient[i] / r - (weights[i] === 0 ? 0 : weights[i] / lz[i]);
      for (let j = 0; j < 3; j++) {
        hessian[3 * i + j] = (rGradient[i] * rGradient[j]) / (r * r) - rHessian[3 * i + j] / r;
      }
      if (weights[i] !== 0) hessian[4 * i] += weights[i] / (lz[i] * lz[i]);
    }
  }

  private apply(M: Float64Array, v: Float64Array, out: Float64Array): void {
    const o = this.offset;
    const a = v[o];
    const b = v[o + 1];
    const c = v[o + 2];
    for (let i = 0; i < 3; i++) out[o + i] = M[3 * i] * a + M[3 * i + 1] * b + M[3 * i + 2] * c;
  }
}

/** How far from the central path a pair may go: ⟨s, z⟩/3 against μ, and the barrier's excess. */
const SMALLEST_SHARE = 0.05;
const WIDEST = 1;

/** Smallest pivot of a matrix of unit diagonal that is more than rounding. */
const SMALLEST_PIVOT = 4e-16;

function multiply(M: Float64Array, v: ArrayLike<number>): number[] {
  return [0, 1, 2].map((i) => M[3 * i] * v[0] + M[3 * i + 1] * v[1] + M[3 * i + 2] * v[2]);
}

/**
 * out ← M⁻¹ of the symmetric positive definite 3×3 M, by Cholesky with pivots kept above rounding (near the
 * boundary of the cone M is singular to working precision). False when the entries are not usable, or a
 * pivot is not positive.
 */
function invert3(M: Float64Array, out: Float64Array, smallest = SMALLEST_PIVOT): boolean {
  // Scaled to unit diagonal first: the entries differ by many orders near the boundary.
  const d = [0, 1, 2].map((i) => 1 / Math.sqrt(M[4 * i]));
  const m10 = M[3] * d[0] * d[1];
  const m20 = M[6] * d[0] * d[2];
  const m21 = M[7] * d[1] * d[2];
  const l11 = Math.sqrt(Math.max(1 - m10 * m10, smallest));
  const l21 = (m21 - m20 * m10) / l11;
  const l22 = Math.sqrt(Math.max(1 - m20 * m20 - l21 * l21, smallest));
  if (!(l11 > 0 && l22 > 0)) return false;
  // L⁻¹ rows.
  const i10 = -m10 / l11;
  const i11 = 1 / l11;
  const i20 = -(m20 + l21 * i10) / l22;
  const i21 = (-l21 * i11) / l22;
  const i22 = 1 / l22;
  const rows = [
    [1, 0, 0],
    [i10, i11, 0],
    [i20, i21, i22],
  ];
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += rows[k][i] * rows[k][j];
      out[3 * i + j] = sum * d[i] * d[j];
    }
  }
  return Number.isFinite(out[0] + out[4] + out[8]);
}
