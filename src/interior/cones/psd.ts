import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { matrixToSvec, svecToMatrix } from "../../problem/svec.ts";
import type { ConeBlock } from "./cone-block.ts";
import { largestEigenvalue } from "./lanczos.ts";
import { timesSparse } from "./sparse-product.ts";

/**
 * Scratch matrices shared by all PSD blocks of one solve; `take(n)` gives the same views for the same
 * order.
 */
export class PsdScratch {
  private readonly views = new Map<number, Float64Array[]>();
  private readonly buffers: Float64Array[];
  constructor(maxOrder: number) {
    this.buffers = Array.from({ length: 3 }, () => new Float64Array(maxOrder * maxOrder));
  }
  take(order: number): Float64Array[] {
    let views = this.views.get(order);
    if (views === undefined) {
      views = this.buffers.map((b) => (b.length === order * order ? b : b.subarray(0, order * order)));
      this.views.set(order, views);
    }
    return views;
  }
}

/**
 * Orders from which the step to the boundary is found by Lanczos instead of a full eigenvalue computation.
 */
const LANCZOS_ORDER = 48;
/** Condition of G from which H⁻¹ is applied in factored form. */
const ILL_CONDITIONED = 1e5;

/**
 * Symmetric positive semidefinite matrices with Nesterov–Todd scaling (Todd, Toh & Tütüncü 1998): R with
 * RᵀZR = R⁻¹SR⁻ᵀ = Λ diagonal; H V = RRᵀ V RRᵀ and H⁻¹ V = G V G, G = R⁻ᵀR⁻¹.
 */
export class PsdBlock implements ConeBlock {
  readonly dim: number;
  readonly degree: number;
  /** G = (RRᵀ)⁻¹, full symmetric, after updateScaling. */
  readonly G: Float64Array;
  private readonly R: Float64Array;
  private readonly Rinv: Float64Array;
  /** RRᵀ, formed on demand. */
  private readonly W: Float64Array;
  private wReady = false;
  private readonly lambda: Float64Array;
  private readonly cholS: Float64Array;
  private readonly cholZ: Float64Array;
  /** λ\d_s of the current direction, so that R⁻¹ΔsR⁻ᵀ = −(λ\d_s) − RᵀΔzR. */
  private readonly scaledShift: Float64Array;
  /** R⁻¹ΔsR⁻ᵀ of the direction whose step was measured last. */
  private readonly scaledS: Float64Array;
  /** Whether scaledShift is more than λ. */
  private hasCorrection = false;
  private illConditioned = false;

  constructor(
    readonly offset: number,
    readonly order: number,
    private readonly kernels: DenseKernels,
    private readonly scratch: PsdScratch,
  ) {
    const nn = order * order;
    this.dim = (order * (order + 1)) / 2;
    this.degree = order;
    this.G = new Float64Array(nn);
    this.R = new Float64Array(nn);
    this.Rinv = new Float64Array(nn);
    this.W = new Float64Array(nn);
    this.lambda = new Float64Array(order);
    this.cholS = new Float64Array(nn);
    this.cholZ = new Float64Array(nn);
    this.scaledShift = new Float64Array(nn);
    this.scaledS = new Float64Array(nn);
  }

  setUnit(s: Float64Array, z: Float64Array): void {
    s.fill(0, this.offset, this.offset + this.dim);
    z.fill(0, this.offset, this.offset + this.dim);
    this.addUnit(s, 1);
    this.addUnit(z, 1);
  }
  private addUnit(v: Float64Array, t: number): void {
    let k = this.offset;
    for (let j = 0; j < this.order; j++) {
      v[k] += t;
      k += this.order - j;
    }
  }

  accept(s: Float64Array, z: Float64Array): boolean {
    const { order, offset, kernels } = this;
    svecToMatrix(s, offset, order, this.cholS);
    if (!Number.isFinite(this.cholS[0]) || kernels.cholesky(order, this.cholS) >= 0) return false;
    svecToMatrix(z, offset, order, this.cholZ);
    return Number.isFinite(this.cholZ[0]) && kernels.cholesky(order, this.cholZ) < 0;
  }

  /**
   * With S = L_sL_sᵀ, Z = L_zL_zᵀ and M = L_zᵀL_s = UΛVᵀ: R = L_sVΛ^{−1/2}, R⁻¹ = Λ^{−1/2}UᵀL_zᵀ. V and Λ²
   * come from MᵀM, whose eigenvalues lie close together near the central path.
   */
  updateScaling(): boolean {
    const { order: n, kernels, lambda, cholS, cholZ, R, Rinv, G } = this;
    const [M, gram, V] = this.scratch.take(n);
    clearUpper(n, cholS);
    clearUpper(n, cholZ);
    kernels.gemm(true, false, n, n, n, 1, cholZ, cholS, 0, M);
    kernels.syrk(true, n, n, 1, M, 0, gram);
    kernels.eigSymmetric(n, gram, lambda, V);
    const top = lambda[n - 1];
    if (!(top > 0) || !Number.isFinite(top)) return false;
    for (let i = 0; i < n; i++) lambda[i] = Math.sqrt(Math.max(lambda[i], 1e-26 * top));
    kernels.gemm(false, false, n, n, n, 1, cholS, V, 0, R);
    kernels.gemm(false, false, n, n, n, 1, M, V, 0, gram); // UΛ
    for (let j = 0; j < n; j++) {
      const f = 1 / Math.sqrt(lambda[j]);
      const g = f / lambda[j];
      for (let i = j * n; i < (j + 1) * n; i++) {
        R[i] *= f;
        gram[i] *= g;
      }
    }
    kernels.gemm(true, true, n, n, n, 1, gram, cholZ, 0, Rinv);
    kernels.syrk(true, n, n, 1, Rinv, 0, G);
    this.wReady = false;
    let sizeR = 0;
    let sizeG = 0;
    for (let i = 0; i < n; i++) sizeG = Math.max(sizeG, G[i * n + i]);
    for (let i = 0; i < n * n; i++) sizeR = Math.max(sizeR, Math.abs(R[i]));
    this.illConditioned = sizeG * sizeR * sizeR > ILL_CONDITIONED;
    return Number.isFinite(G[0]);
  }

  applyH(v: Float64Array, out: Float64Array): void {
    if (!this.wReady) {
      this.kernels.syrk(false, this.order, this.order, 1, this.R, 0, this.W);
      this.wReady = true;
    }
    this.congruence(this.W, v, out);
  }
  /**
   * G V G, or R⁻ᵀ(R⁻¹VR⁻ᵀ)R⁻¹ once G is badly conditioned: rounding then stays proportional to the result
   * in R's own coordinates, where small eigenvalues of z must not be drowned.
   */
  applyHInverse(v: Float64Array, out: Float64Array): void {
    if (!this.illConditioned) {
      this.congruence(this.G, v, out);
      return;
    }
    const { order: n, kernels, offset, Rinv } = this;
    const [A, B] = this.scratch.take(n);
    if (!timesSparse(n, Rinv, v, offset, B)) {
      svecToMatrix(v, offset, n, A);
      kernels.gemm(false, false, n, n, n, 1, Rinv, A, 0, B);
    }
    kernels.gemm(false, true, n, n, n, 1, B, Rinv, 0, A);
    symmetrize(n, A);
    kernels.gemm(false, false, n, n, n, 1, A, Rinv, 0, B);
    kernels.gemm(true, false, n, n, n, 1, Rinv, B, 0, A);
    symmetrize(n, A);
    matrixToSvec(A, n, out, offset);
  }

  inverseDiagonal(out: Float64Array): void {
    const { order: n, G } = this;
    for (let j = 0, k = this.offset; j < n; j++) {
      for (let i = j; i < n; i++, k++) {
        const product = G[i * n + i] * G[j * n + j];
        out[k] = i === j ? product : product + G[j * n + i] ** 2;
      }
    }
  }

  affineShift(s: Float64Array, shift: Float64Array): void {
    const { order: n, offset, scaledShift } = this;
    this.hasCorrection = false;
    scaledShift.fill(0);
    for (let i = 0; i < n; i++) scaledShift[i * n + i] = this.lambda[i];
    for (let k = offset; k < offset + this.dim; k++) shift[k] = s[k];
  }

  /** Uses the scaled direction of the last {@link maxStep}, which was the affine one. */
  combinedShift(
    s: Float64Array,
    _z: Float64Array,
    _ds: Float64Array,
    _dz: Float64Array,
    sigmaMu: number,
    weight: number,
    shift: Float64Array,
  ): void {
    const { order: n, offset, lambda, kernels, scaledShift, scaledS, R } = this;
    const [T, dZ, product] = this.scratch.take(n);
    this.hasCorrection = true;
    if (weight === 0) product.fill(0);
    else {
      for (let i = 0; i < n * n; i++) dZ[i] = -scaledShift[i] - scaledS[i];
      kernels.gemm(false, false, n, n, n, weight, scaledS, dZ, 0, product);
    }
    for (let j = 0; j < n; j++) {
      for (let i = j; i < n; i++) {
        let q = 0.5 * (product[j * n + i] + product[i * n + j]);
        if (i === j) q -= sigmaMu;
        q *= 2 / (lambda[i] + lambda[j]);
        scaledShift[j * n + i] = q;
        scaledShift[i * n + j] = q;
      }
    }
    kernels.gemm(false, false, n, n, n, 1, R, scaledShift, 0, T);
    kernels.gemm(false, true, n, n, n, 1, T, R, 0, product);
    matrixToSvec(product, n, shift, offset);
    for (let k = offset; k < offset + this.dim; k++) shift[k] += s[k];
    for (let i = 0; i < n; i++) scaledShift[i * n + i] += lambda[i];
  }

  /** H⁻¹s = z and H⁻¹(RQRᵀ) = R⁻ᵀQR⁻¹. */
  dualShift(z: Float64Array, _shift: Float64Array, out: Float64Array): void {
    const { order: n, offset, lambda, kernels, scaledShift, Rinv } = this;
    if (!this.hasCorrection) {
      for (let k = offset; k < offset + this.dim; k++) out[k] = z[k];
      return;
    }
    const [Q, T] = this.scratch.take(n);
    Q.set(scaledShift);
    for (let i = 0; i < n; i++) Q[i * n + i] -= lambda[i];
    kernels.gemm(false, false, n, n, n, 1, Q, Rinv, 0, T);
    kernels.gemm(true, false, n, n, n, 1, Rinv, T, 0, Q);
    matrixToSvec(Q, n, out, offset);
    for (let k = offset; k < offset + this.dim; k++) out[k] += z[k];
  }

  maxStep(_s: Float64Array, _z: Float64Array, ds: Float64Array, _dz: Float64Array, limit: number): number {
    const { order: n, lambda, scaledShift, scaledS } = this;
    this.scalePrimal(ds);
    const [A, B] = this.scratch.take(n);
    // −Λ^{−1/2} Δ Λ^{−1/2}: the step to the boundary is 1 over its largest eigenvalue.
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++) {
        const k = j * n + i;
        const f = 1 / Math.sqrt(lambda[i] * lambda[j]);
        A[k] = -scaledS[k] * f;
        B[k] = (scaledShift[k] + scaledS[k]) * f;
      }
    }
    let alpha = limit;
    for (const D of [A, B]) {
      const top = this.topEigenvalue(D);
      if (top * alpha > 1) alpha = 1 / top;
    }
    return alpha;
  }

  private topEigenvalue(D: Float64Array): number {
    const n = this.order;
    if (n === 1) return D[0];
    if (n >= LANCZOS_ORDER) return largestEigenvalue(n, D);
    const values = new Float64Array(n);
    this.kernels.eigenvalues(n, D, values);
    return values[n - 1];
  }

  /** scaledS ← R⁻¹ΔsR⁻ᵀ; RᵀΔzR follows as −λ\d_s − scaledS. */
  private scalePrimal(ds: Float64Array): void {
    const { order: n, kernels, scaledS, Rinv } = this;
    const [T] = this.scratch.take(n);
    if (!timesSparse(n, Rinv, ds, this.offset, T)) {
      svecToMatrix(ds, this.offset, n, scaledS);
      kernels.gemm(false, false, n, n, n, 1, Rinv, scaledS, 0, T);
    }
    kernels.gemm(false, true, n, n, n, 1, T, Rinv, 0, scaledS);
    symmetrize(n, scaledS);
  }

  /** out ← svec(C mat(v) C) for symmetric C. */
  private congruence(C: Float64Array, v: Float64Array, out: Float64Array): void {
    const { order: n, kernels, offset } = this;
    const [A, B] = this.scratch.take(n);
    if (!timesSparse(n, C, v, offset, B)) {
      svecToMatrix(v, offset, n, A);
      kernels.gemm(false, false, n, n, n, 1, C, A, 0, B);
    }
    kernels.gemm(false, false, n, n, n, 1, B, C, 0, A);
    symmetrize(n, A);
    matrixToSvec(A, n, out, offset);
  }
}

function clearUpper(n: number, L: Float64Array): void {
  for (let j = 1; j < n; j++) L.fill(0, j * n, j * n + j);
}

function symmetrize(n: number, A: Float64Array): void {
  for (let j = 0; j < n; j++) {
    for (let i = j + 1; i < n; i++) {
      const mean = 0.5 * (A[j * n + i] + A[i * n + j]);
      A[j * n + i] = mean;
      A[i * n + j] = mean;
    }
  }
}
