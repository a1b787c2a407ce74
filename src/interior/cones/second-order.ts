import type { ConeBlock } from "./cone-block.ts";

/**
 * {(t, x): ‖x‖ ≤ t} with Nesterov–Todd scaling W² = η²(2wwᵀ − J), w₀² − ‖w₁‖² = 1, J = diag(1, −1, …, −1)
 * (Alizadeh & Goldfarb 2003; Domahidi, Chu & Boyd 2013).
 */
export class SecondOrderBlock implements ConeBlock {
  readonly degree = 1;
  /** Normalised scaling point w. */
  readonly w: Float64Array;
  /** η². */
  etaSquared = 1;
  private readonly lambda: Float64Array;
  private readonly t1: Float64Array;
  private readonly t2: Float64Array;

  constructor(
    readonly offset: number,
    readonly dim: number,
  ) {
    this.w = new Float64Array(dim);
    this.w[0] = 1;
    this.lambda = new Float64Array(dim);
    this.t1 = new Float64Array(dim);
    this.t2 = new Float64Array(dim);
  }

  setUnit(s: Float64Array, z: Float64Array): void {
    s.fill(0, this.offset, this.offset + this.dim);
    z.fill(0, this.offset, this.offset + this.dim);
    s[this.offset] = 1;
    z[this.offset] = 1;
  }
  accept(s: Float64Array, z: Float64Array): boolean {
    return this.determinant(s, this.offset) > 0 && this.determinant(z, this.offset) > 0;
  }

  updateScaling(s: Float64Array, z: Float64Array): boolean {
    const { offset, dim, w, lambda } = this;
    const sScale = Math.sqrt(this.determinant(s, offset));
    const zScale = Math.sqrt(this.determinant(z, offset));
    if (!(sScale > 0 && zScale > 0)) return false;
    let inner = 0;
    for (let k = 0; k < dim; k++) inner += (s[offset + k] / sScale) * (z[offset + k] / zScale);
    const gamma = Math.sqrt((1 + inner) / 2);
    w[0] = (s[offset] / sScale + z[offset] / zScale) / (2 * gamma);
    let tail = 0;
    for (let k = 1; k < dim; k++) {
      w[k] = (s[offset + k] / sScale - z[offset + k] / zScale) / (2 * gamma);
      tail += w[k] * w[k];
    }
    // The normalisation is exact in w₀ only: recompute it from the tail.
    w[0] = Math.sqrt(1 + tail);
    this.etaSquared = sScale / zScale;
    if (!Number.isFinite(w[0]) || !Number.isFinite(this.etaSquared)) return false;
    for (let k = 0; k < dim; k++) lambda[k] = z[offset + k];
    this.applyW(lambda, 0, lambda, Math.sqrt(this.etaSquared), 1);
    return true;
  }

  applyH(v: Float64Array, out: Float64Array): void {
    const { offset, dim, w, etaSquared } = this;
    let wv = 0;
    for (let k = 0; k < dim; k++) wv += w[k] * v[offset + k];
    out[offset] = etaSquared * (2 * wv * w[0] - v[offset]);
    for (let k = 1; k < dim; k++) out[offset + k] = etaSquared * (2 * wv * w[k] + v[offset + k]);
  }
  applyHInverse(v: Float64Array, out: Float64Array): void {
    const { offset, dim, w, etaSquared } = this;
    let wv = w[0] * v[offset];
    for (let k = 1; k < dim; k++) wv -= w[k] * v[offset + k];
    out[offset] = (2 * wv * w[0] - v[offset]) / etaSquared;
    for (let k = 1; k < dim; k++) out[offset + k] = (-2 * wv * w[k] + v[offset + k]) / etaSquared;
  }

  inverseDiagonal(out: Float64Array): void {
    const { offset, dim, w, etaSquared } = this;
    out[offset] = (2 * w[0] * w[0] - 1) / etaSquared;
    for (let k = 1; k < dim; k++) out[offset + k] = (2 * w[k] * w[k] + 1) / etaSquared;
  }

  affineShift(s: Float64Array, shift: Float64Array): void {
    for (let i = this.offset; i < this.offset + this.dim; i++) shift[i] = s[i];
  }

  combinedShift(
    s: Float64Array,
    _z: Float64Array,
    ds: Float64Array,
    dz: Float64Array,
    sigmaMu: number,
    weight: number,
    shift: Float64Array,
  ): void {
    const { offset, dim, lambda, t1, t2 } = this;
    const eta = Math.sqrt(this.etaSquared);
    this.applyW(dz, offset, t1, eta, 1); // W Δz
    this.applyW(ds, offset, t2, 1 / eta, -1); // W⁻¹ Δs
    // Jordan product (WΔz) ∘ (W⁻¹Δs) − σμ·unit.
    let head = 0;
    for (let k = 0; k < dim; k++) head += t1[k] * t2[k];
    const a0 = t1[0];
    const b0 = t2[0];
    for (let k = 1; k < dim; k++) t1[k] = weight * (a0 * t2[k] + b0 * t1[k]);
    t1[0] = weight * head - sigmaMu;
    // λ \ (·) through the arrow matrix of λ.
    let lt = 0;
    for (let k = 1; k < dim; k++) lt += lambda[k] * t1[k];
    const det = this.determinant(lambda, 0);
    const l0 = lambda[0];
    const first = (l0 * t1[0] - lt) / det;
    for (let k = 1; k < dim; k++) t2[k] = (t1[k] - first * lambda[k]) / l0;
    t2[0] = first;
    this.applyW(t2, 0, t1, eta, 1);
    for (let k = 0; k < dim; k++) shift[offset + k] = s[offset + k] + t1[k];
  }

  dualShift(_z: Float64Array, shift: Float64Array, out: Float64Array): void {
    this.applyHInverse(shift, out);
  }
  maxStep(s: Float64Array, z: Float64Array, ds: Float64Array, dz: Float64Array, limit: number): number {
    return this.stepOf(z, dz, this.stepOf(s, ds, limit));
  }

  /**
   * out ← factor · W̄^{±1} v, W̄ = [[w₀, w₁ᵀ], [w₁, I + w₁w₁ᵀ/(1+w₀)]]; its inverse flips the sign of w₁.
   */
  private applyW(v: Float64Array, at: number, out: Float64Array, factor: number, sign: 1 | -1): void {
    const { dim, w } = this;
    let zeta = 0;
    for (let k = 1; k < dim; k++) zeta += w[k] * v[at + k];
    zeta *= sign;
    const v0 = v[at];
    const slope = sign * (v0 + zeta / (1 + w[0]));
    for (let k = 1; k < dim; k++) out[k] = factor * (v[at + k] + slope * w[k]);
    out[0] = factor * (w[0] * v0 + zeta);
  }

  private tailNorm(v: Float64Array, at: number): number {
    let max = 0;
    for (let k = 1; k < this.dim; k++) max = Math.max(max, Math.abs(v[at + k]));
    if (max === 0) return 0;
    let sum = 0;
    for (let k = 1; k < this.dim; k++) sum += (v[at + k] / max) * (v[at + k] / max);
    return max * Math.sqrt(sum);
  }

  /** v₀² − ‖v₁‖², as a product; ≤ 0 outside the interior. */
  private determinant(v: Float64Array, at: number): number {
    const norm = this.tailNorm(v, at);
    const gap = v[at] - norm;
    return gap > 0 ? gap * (v[at] + norm) : -1;
  }

  /** Largest α ≤ limit with v + αd in the cone: the first root of a quadratic. */
  private stepOf(v: Float64Array, d: Float64Array, limit: number): number {
    const { offset, dim } = this;
    let a = d[offset] * d[offset];
    let b = v[offset] * d[offset];
    for (let k = 1; k < dim; k++) {
      a -= d[offset + k] * d[offset + k];
      b -= v[offset + k] * d[offset + k];
    }
    const c = Math.max(this.determinant(v, offset), 0);
    let alpha = limit;
    const disc = b * b - a * c;
    // a·α² + 2b·α + c ≥ 0 holds at 0; find where it first fails.
    if (disc >= 0) {
      const root = Math.sqrt(disc);
      const q = b >= 0 ? -(b + root) : -b + root;
      const r1 = q === 0 ? Infinity : c / q;
      const r2 = a === 0 ? Infinity : q / a;
      for (const r of [r1, r2]) if (r >= 0 && r < alpha) alpha = r;
    }
    if (d[offset] < 0) alpha = Math.min(alpha, -v[offset] / d[offset]);
    return alpha;
  }
}
