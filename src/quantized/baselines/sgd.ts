import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { Loss } from "../model/loss.ts";
import type { Samples } from "../model/sample-forms.ts";
import { fillStandardNormal, seededUniform, shuffled } from "../random.ts";

/** Bilinear networks ŷ = α Σⱼ (xᵀuⱼ)(xᵀvⱼ) trained by stochastic gradients, for comparison. */
export interface GradientSettings {
  readonly neurons: number;
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly momentum: number;
  /** Straight-through: the forward pass sees sign(u), sign(v), the gradient passes as if it were the identity. */
  readonly straightThrough: boolean;
}

/** Weights (features×neurons, column-major) and the one second-layer weight. */
export interface BilinearWeights {
  readonly neurons: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly alpha: number;
}

/**
 * Momentum SGD. Float networks keep α = 1/m as the paper does; straight-through ones learn α. Gradients are averaged
 * over the batch and clipped to norm 1 relative to the size of the weights, so that one learning rate serves data of
 * any scale.
 */
export function trainByGradients(
  kernels: DenseKernels,
  samples: Samples,
  y: Float64Array,
  loss: Loss,
  settings: GradientSettings,
): BilinearWeights {
  const { count: n, features: d } = samples;
  const { neurons: m, straightThrough, learningRate, momentum } = settings;
  const uniform = seededUniform(settings.seed);
  const size = d * m;
  const u = fillStandardNormal(new Float64Array(size), uniform);
  const v = fillStandardNormal(new Float64Array(size), uniform);
  if (!straightThrough) for (const w of [u, v]) for (let k = 0; k < size; k++) w[k] /= Math.sqrt(d);
  else for (const w of [u, v]) for (let k = 0; k < size; k++) w[k] *= 0.1;
  const velocityU = new Float64Array(size);
  const velocityV = new Float64Array(size);
  const gradientU = new Float64Array(size);
  const gradientV = new Float64Array(size);
  let alpha = 1 / m;
  let velocityAlpha = 0;
  const batch = Math.min(settings.batch, n);
  const X = new Float64Array(batch * d);
  const left = new Float64Array(batch * m);
  const right = new Float64Array(batch * m);
  const signU = new Float64Array(size);
  const signV = new Float64Array(size);
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = shuffled(n, uniform);
    const rate = learningRate * (1 - epoch / settings.epochs);
    for (let first = 0; first + batch <= n; first += batch) {
      for (let j = 0; j < d; j++) {
        for (let i = 0; i < batch; i++) X[j * batch + i] = samples.values[j * n + order[first + i]];
      }
      const wu = straightThrough ? signsOf(u, signU) : u;
      const wv = straightThrough ? signsOf(v, signV) : v;
      kernels.gemm(false, false, batch, m, d, 1, X, wu, 0, left);
      kernels.gemm(false, false, batch, m, d, 1, X, wv, 0, right);
      let gradientAlpha = 0;
      const slope = new Float64Array(batch);
      for (let i = 0; i < batch; i++) {
        let sum = 0;
        for (let j = 0, k = i; j < m; j++, k += batch) sum += left[k] * right[k];
        slope[i] = loss.slope(alpha * sum, y[order[first + i]]) / batch;
        gradientAlpha += slope[i] * sum;
      }
      for (let j = 0, k = 0; j < m; j++) {
        for (let i = 0; i < batch; i++, k++) {
          const s = left[k];
          left[k] = slope[i] * right[k];
          right[k] = slope[i] * s;
        }
      }
      kernels.gemm(true, false, d, m, batch, alpha * m, X, left, 0, gradientU);
      kernels.gemm(true, false, d, m, batch, alpha * m, X, right, 0, gradientV);
      step(u, velocityU, gradientU, rate, momentum);
      step(v, velocityV, gradientV, rate, momentum);
      if (straightThrough) {
        for (const w of [u, v]) for (let k = 0; k < size; k++) w[k] = Math.max(-1, Math.min(1, w[k]));
        // α moves by a relative step: its scale is that of the data, not that of the weights.
        velocityAlpha = momentum * velocityAlpha - Math.sign(gradientAlpha) * 0.1 * rate * alpha;
        alpha = Math.max(1e-12, alpha + velocityAlpha);
      }
    }
  }
  return {
    neurons: m,
    u: straightThrough ? signsOf(u, u) : u,
    v: straightThrough ? signsOf(v, v) : v,
    alpha,
  };
}

/** One clipped momentum step. */
function step(
  w: Float64Array,
  velocity: Float64Array,
  gradient: Float64Array,
  rate: number,
  momentum: number,
): void {
  let g = 0;
  let size = 0;
  for (let k = 0; k < w.length; k++) {
    g += gradient[k] * gradient[k];
    size += w[k] * w[k];
  }
  const clip = Math.min(1, Math.sqrt(size) / (Math.sqrt(g) || 1));
  for (let k = 0; k < w.length; k++) {
    velocity[k] = momentum * velocity[k] - rate * clip * gradient[k];
    w[k] += velocity[k];
  }
}

function signsOf(w: Float64Array, out: Float64Array): Float64Array {
  for (let k = 0; k < w.length; k++) out[k] = w[k] >= 0 ? 1 : -1;
  return out;
}

/**
 * Post-training quantization: signs of the weights and the one scale c that brings Ẑ = Σ sign(uⱼ)sign(vⱼ)ᵀ nearest to
 * Z* = α Σ uⱼvⱼᵀ: c = ⟨Ẑ, Z*⟩/⟨Ẑ, Ẑ⟩. (The paper prints ⟨Z*, Z*⟩ below the line.)
 */
export function quantizeAfterTraining(
  kernels: DenseKernels,
  features: number,
  weights: BilinearWeights,
): BilinearWeights {
  const { neurons: m, u, v, alpha } = weights;
  const d = features;
  const signU = signsOf(u, new Float64Array(u.length));
  const signV = signsOf(v, new Float64Array(v.length));
  const Z = new Float64Array(d * d);
  const quantized = new Float64Array(d * d);
  kernels.gemm(false, true, d, d, m, alpha, u, v, 0, Z);
  kernels.gemm(false, true, d, d, m, 1, signU, signV, 0, quantized);
  let across = 0;
  let own = 0;
  for (let k = 0; k < d * d; k++) {
    across += quantized[k] * Z[k];
    own += quantized[k] * quantized[k];
  }
  return { neurons: m, u: signU, v: signV, alpha: own > 0 ? across / own : 0 };
}

/** ŷ = α Σⱼ (xᵀuⱼ)(xᵀvⱼ). */
export function bilinearOutputs(
  kernels: DenseKernels,
  samples: Samples,
  weights: BilinearWeights,
): Float64Array {
  const { count: n, features: d, values } = samples;
  const out = new Float64Array(n);
  // Σ uⱼvⱼᵀ first: neurons are many, features few.
  const Z = new Float64Array(d * d);
  kernels.gemm(false, true, d, d, weights.neurons, weights.alpha, weights.u, weights.v, 0, Z);
  const XZ = new Float64Array(n * d);
  kernels.gemm(false, false, n, d, d, 1, values, Z, 0, XZ);
  for (let k = 0; k < n * d; k++) out[k % n] += XZ[k] * values[k];
  return out;
}
