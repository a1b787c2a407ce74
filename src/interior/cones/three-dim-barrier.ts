/**
 * The barrier f* of a three-dimensional dual cone K*, in the form f*(z) = −log r(z) − Σᵢ
 * weightsᵢ·log(signᵢ·zᵢ), with the derivatives of r; and z̃ = −∇f(s) of its conjugate f, the point of K*
 * with ∇f*(z̃) = −s.
 */
export interface DualBarrier {
  readonly weights: readonly [number, number, number];
  /** A point with s = −∇f*(z). */
  readonly unit: { readonly s: readonly number[]; readonly z: readonly number[] };
  insidePrimal(s: Float64Array): boolean;
  insideDual(z: Float64Array): boolean;
  /** r, its gradient into `gradient` and Hessian (row-major 3×3) into `hessian`. */
  evaluate(z: Float64Array, gradient: Float64Array, hessian: Float64Array): number;
  /** −Σ weightsᵢ·log(signᵢ·zᵢ). */
  separable(z: Float64Array): number;
  /** Derivative of r's Hessian in direction u, row-major 3×3. */
  hessianDerivative(z: Float64Array, u: Float64Array, out: Float64Array): void;
  /** z̃ = −∇f(s). False when it cannot be computed. */
  conjugatePoint(s: Float64Array, out: Float64Array): boolean;
}

/**
 * Dual of the exponential cone {(x, y, z): y·exp(x/y) ≤ z}: r = z₂ − z₁ − z₁·log(z₃/−z₁) (Dahl & Andersen
 * 2022).
 */
export const exponentialDual: DualBarrier = {
  weights: [1, 0, 1],
  unit: {
    s: [-1.0513839453, 0.5564096194, 1.2589678847],
    z: [-1.0513839453, 0.5564096194, 1.2589678847],
  },
  insidePrimal(s) {
    return s[1] > 0 && s[2] > 0 && s[1] * Math.log(s[2] / s[1]) - s[0] > 0;
  },
  insideDual(z) {
    return z[0] < 0 && z[2] > 0 && z[1] - z[0] - z[0] * Math.log(z[2] / -z[0]) > 0;
  },
  evaluate(z, gradient, hessian) {
    const l = Math.log(z[2] / -z[0]);
    gradient[0] = -l;
    gradient[1] = 1;
    gradient[2] = -z[0] / z[2];
    hessian.fill(0);
    hessian[0] = 1 / z[0];
    hessian[2] = hessian[6] = -1 / z[2];
    hessian[8] = z[0] / (z[2] * z[2]);
    return z[1] - z[0] - z[0] * l;
  },
  separable(z) {
    return -Math.log(-z[0]) - Math.log(z[2]);
  },
  hessianDerivative(z, u, out) {
    out.fill(0);
    out[0] = -u[0] / (z[0] * z[0]);
    out[2] = out[6] = u[2] / (z[2] * z[2]);
    out[8] = u[0] / (z[2] * z[2]) - (2 * z[0] * u[2]) / (z[2] * z[2] * z[2]);
  },
  conjugatePoint(s, out) {
    // With w = 1/(s₂·(−z₁)): w + log(1 + w) = log(s₃/s₂) − s₁/s₂.
    const delta = Math.log(s[2] / s[1]) - s[0] / s[1];
    if (!(delta > 0) || !Number.isFinite(delta)) return false;
    let w = delta > 2 ? delta - Math.log(delta) : delta / 2;
    for (let k = 0; k < 30; k++) {
      const change = (w + Math.log1p(w) - delta) / (1 + 1 / (1 + w));
      w = Math.max(w - change, 0.1 * w);
      if (Math.abs(change) <= 1e-15 * w) break;
    }
    const t = 1 / (s[1] * w);
    out[0] = -t;
    out[2] = (1 + s[1] * t) / s[2];
    out[1] = 1 / s[1] - t * (1 + Math.log(out[2] / t));
    return Number.isFinite(out[0]) && Number.isFinite(out[1]) && Number.isFinite(out[2]);
  },
};

/**
 * Dual of the power cone {(x, y, z): x^α·y^(1−α) ≥ |z|}: r = (z₁/α)^{2α}(z₂/(1−α))^{2−2α} − z₃² (Chares
 * 2009).
 */
export function powerDual(alpha: number): DualBarrier {
  const a = 2 * alpha;
  const b = 2 - 2 * alpha;
  const phiOf = (z: Float64Array) => Math.exp(a * Math.log(z[0] / alpha) + b * Math.log(z[1] / (1 - alpha)));
  return {
    weights: [1 - alpha, alpha, 0],
    unit: {
      s: [Math.sqrt(1 + alpha), Math.sqrt(2 - alpha), 0],
      z: [Math.sqrt(1 + alpha), Math.sqrt(2 - alpha), 0],
    },
    insidePrimal(s) {
      return s[0] > 0 && s[1] > 0 && Math.exp(a * Math.log(s[0]) + b * Math.log(s[1])) - s[2] * s[2] > 0;
    },
    insideDual(z) {
      return z[0] > 0 && z[1] > 0 && phiOf(z) - z[2] * z[2] > 0;
    },
    evaluate(z, gradient, hessian) {
      const phi = phiOf(z);
      gradient[0] = (a * phi) / z[0];
      gradient[1] = (b * phi) / z[1];
      gradient[2] = -2 * z[2];
      hessian.fill(0);
      hessian[0] = (a * (a - 1) * phi) / (z[0] * z[0]);
      hessian[1] = hessian[3] = (a * b * phi) / (z[0] * z[1]);
      hessian[4] = (b * (b - 1) * phi) / (z[1] * z[1]);
      hessian[8] = -2;
      return phi - z[2] * z[2];
    },
    separable(z) {
      return -(1 - alpha) * Math.log(z[0]) - alpha * Math.log(z[1]);
    },
    hessianDerivative(z, u, out) {
      const phi = phiOf(z);
      const p = u[0] / z[0];
      const q = u[1] / z[1];
      out.fill(0);
      out[0] = ((a * (a - 1) * phi) / (z[0] * z[0])) * ((a - 2) * p + b * q);
      out[1] = out[3] = ((a * b * phi) / (z[0] * z[1])) * ((a - 1) * p + (b - 1) * q);
      out[4] = ((b * (b - 1) * phi) / (z[1] * z[1])) * (a * p + (b - 2) * q);
    },
    conjugatePoint(s, out) {
      // With h = z₃²/r: z₁ = (1+α+2αh)/s₁, z₂ = (2−α+2(1−α)h)/s₂, z₃ = −2h/s₃, and φ = 4h(1+h)/s₃².
      const s3 = Math.abs(s[2]);
      if (s3 < 1e-300) {
        out[0] = (1 + alpha) / s[0];
        out[1] = (2 - alpha) / s[1];
        out[2] = 0;
        return Number.isFinite(out[0]) && Number.isFinite(out[1]);
      }
      const value = (u: number): number => {
        const h = Math.exp(u);
        const left =
          a * Math.log((1 + alpha + a * h) / (alpha * s[0])) +
          b * Math.log((2 - alpha + b * h) / ((1 - alpha) * s[1]));
        return Math.log(4) + u + Math.log1p(h) - 2 * Math.log(s3) - left;
      };
      const slope = (u: number): number => {
        const h = Math.exp(u);
        return 1 + h / (1 + h) - (a * a * h) / (1 + alpha + a * h) - (b * b * h) / (2 - alpha + b * h);
      };
      let lo = -700;
      let hi = 300;
      let u = 0;
      for (let k = 0; k < 200; k++) {
        const f = value(u);
        if (Number.isNaN(f)) return false;
        if (f > 0) hi = u;
        else lo = u;
        let next = u - f / slope(u);
        if (!(next > lo && next < hi)) next = 0.5 * (lo + hi);
        if (Math.abs(next - u) <= 1e-15 * Math.max(1, Math.abs(u))) break;
        u = next;
      }
      const h = Math.exp(u);
      out[0] = (1 + alpha + a * h) / s[0];
      out[1] = (2 - alpha + b * h) / s[1];
      out[2] = (-2 * h) / s[2];
      return Number.isFinite(out[0]) && Number.isFinite(out[1]) && Number.isFinite(out[2]);
    },
  };
}
