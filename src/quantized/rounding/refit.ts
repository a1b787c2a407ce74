import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { Loss } from "../model/loss.ts";
import { totalLoss } from "../model/loss.ts";

/** A choice of second-layer weights and what it costs. */
export interface Weights {
  readonly alpha: number | Float64Array;
  /** Σφ + weightPrice·Σ|α|. */
  readonly objective: number;
}

/**
 * The best single α ≥ 0 for outputs α·f: min over α of Σφ(αfᵢ, yᵢ) + price·m·α, f the sum of the hidden outputs. The
 * network still stores one number.
 */
export function refitScale(
  loss: Loss,
  sums: Float64Array,
  y: Float64Array,
  price: number,
  count: number,
  start: number,
): Weights {
  const scaled = new Float64Array(sums.length);
  const value = (alpha: number): number => {
    for (let i = 0; i < sums.length; i++) scaled[i] = alpha * sums[i];
    return totalLoss(loss, scaled, y) + price * count * alpha;
  };
  const alpha = minimizeConvex(value, start);
  return { alpha, objective: value(alpha) };
}

/** A minimizer over α ≥ 0 of a convex function: bracket by doubling from `start`, then golden section. */
function minimizeConvex(value: (alpha: number) => number, start: number): number {
  let high = start > 0 ? start : 1;
  for (let k = 0; k < 60 && value(2 * high) < value(high); k++) high *= 2;
  high *= 2;
  let low = 0;
  const golden = 0.6180339887498949;
  let x1 = high - golden * (high - low);
  let x2 = low + golden * (high - low);
  let f1 = value(x1);
  let f2 = value(x2);
  while (high - low > 1e-10 * high) {
    if (f1 > f2) {
      low = x1;
      x1 = x2;
      f1 = f2;
      f2 = value((x2 = low + golden * (high - low)));
    } else {
      high = x2;
      x2 = x1;
      f2 = f1;
      f1 = value((x1 = high - golden * (high - low)));
    }
  }
  return value(0) <= Math.min(f1, f2) ? 0 : f1 < f2 ? x1 : x2;
}

/** Largest samples × neurons for the fits that hold all hidden outputs. */
export const LARGEST_HIDDEN = 4e7;

/**
 * Non-negative weights: min over α ≥ 0 of Σφ((Hα)ᵢ, yᵢ) + price·Σα, H samples×count. Squared loss by coordinate
 * descent on HᵀH, other losses by the primal-dual method of Chambolle and Pock (2011) with over-relaxation; the best
 * iterate is kept, `start` included.
 */
export function refitNonNegative(
  kernels: DenseKernels,
  loss: Loss,
  H: Float64Array,
  y: Float64Array,
  price: number,
  start: number,
): Weights {
  const n = y.length;
  const m = H.length / n;
  const alpha = new Float64Array(m).fill(start);
  const objective = (weights: Float64Array): number => {
    const f = new Float64Array(n);
    kernels.gemm(false, false, n, 1, m, 1, H, weights, 0, f);
    return totalLoss(loss, f, y) + price * weights.reduce((sum, a) => sum + a, 0);
  };
  if (loss.name === "squared") coordinateDescent(kernels, H, y, price, alpha);
  else primalDual(kernels, loss, H, y, price, alpha, objective);
  const even = new Float64Array(m).fill(start);
  const before = objective(even);
  const after = objective(alpha);
  return after <= before ? { alpha, objective: after } : { alpha: even, objective: before };
}

function coordinateDescent(
  kernels: DenseKernels,
  H: Float64Array,
  y: Float64Array,
  price: number,
  alpha: Float64Array,
): void {
  const n = y.length;
  const m = alpha.length;
  const residual = Float64Array.from(y);
  kernels.gemm(false, false, n, 1, m, -1, H, alpha, 1, residual);
  const norms = new Float64Array(m);
  for (let j = 0; j < m; j++) for (let k = j * n; k < (j + 1) * n; k++) norms[j] += H[k] * H[k];
  const sweeps = Math.min(20_000, Math.max(200, Math.round(4e8 / H.length)));
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let moved = 0;
    let size = 0;
    for (let j = 0; j < m; j++) {
      if (norms[j] === 0) {
        alpha[j] = 0;
        continue;
      }
      let inner = 0;
      for (let i = 0, k = j * n; i < n; i++, k++) inner += H[k] * residual[i];
      const next = Math.max(0, alpha[j] + (inner - 0.5 * price) / norms[j]);
      const change = next - alpha[j];
      if (change !== 0) {
        for (let i = 0, k = j * n; i < n; i++, k++) residual[i] -= change * H[k];
        alpha[j] = next;
        moved += Math.abs(change) * Math.sqrt(norms[j]);
      }
      size += next * Math.sqrt(norms[j]);
    }
    if (moved <= 1e-9 * size) return;
  }
}

function primalDual(
  kernels: DenseKernels,
  loss: Loss,
  H: Float64Array,
  y: Float64Array,
  price: number,
  alpha: Float64Array,
  objective: (weights: Float64Array) => number,
): void {
  const n = y.length;
  const m = alpha.length;
  const norm = operatorNorm(kernels, H, n, m);
  if (norm === 0) return;
  const scale = Math.max(1e-12, alpha.reduce((sum, a) => sum + a, 0) / Math.sqrt(m));
  const tau = scale / norm;
  const sigma = 1 / (scale * norm);
  const dual = new Float64Array(n);
  const product = new Float64Array(n);
  const gradient = new Float64Array(m);
  const extrapolated = Float64Array.from(alpha);
  const best = Float64Array.from(alpha);
  let least = objective(alpha);
  for (let k = 1; k <= 400; k++) {
    kernels.gemm(false, false, n, 1, m, 1, H, extrapolated, 0, product);
    // prox of the conjugate by Moreau: q − σ·prox(q/σ).
    for (let i = 0; i < n; i++) {
      const q = dual[i] + sigma * product[i];
      dual[i] = q - sigma * loss.prox(q / sigma, y[i], 1 / sigma);
    }
    kernels.gemm(true, false, m, 1, n, 1, H, dual, 0, gradient);
    for (let j = 0; j < m; j++) {
      const next = Math.max(0, alpha[j] - tau * (gradient[j] + price));
      extrapolated[j] = 2 * next - alpha[j];
      alpha[j] = next;
    }
    if (k % 20 === 0) {
      const value = objective(alpha);
      if (value < least) {
        least = value;
        best.set(alpha);
      }
    }
  }
  alpha.set(best);
}

/** ‖H‖₂ from above by 5 %, by power steps. */
function operatorNorm(kernels: DenseKernels, H: Float64Array, n: number, m: number): number {
  const x = new Float64Array(m).fill(1 / Math.sqrt(m));
  for (let j = 0; j < m; j++) x[j] *= 1 + 0.1 * Math.cos(j);
  const z = new Float64Array(n);
  let norm = 0;
  for (let k = 0; k < 30; k++) {
    kernels.gemm(false, false, n, 1, m, 1, H, x, 0, z);
    kernels.gemm(true, false, m, 1, n, 1, H, z, 0, x);
    const size = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
    if (size === 0) return 0;
    norm = Math.sqrt(size);
    for (let j = 0; j < m; j++) x[j] /= size;
  }
  return 1.05 * norm;
}

/**
 * Chooses `count` of the neurons with outputs H (samples×pool) one after the other so that α times their sum comes
 * nearest to the targets, all with the same α. Returns their numbers.
 */
export function selectGreedily(
  H: Float64Array,
  targets: Float64Array,
  count: number,
  alpha: number,
): number[] {
  const n = targets.length;
  const pool = H.length / n;
  const residual = Float64Array.from(targets);
  const norms = new Float64Array(pool);
  for (let j = 0; j < pool; j++) for (let k = j * n; k < (j + 1) * n; k++) norms[j] += H[k] * H[k];
  const free = new Uint8Array(pool).fill(1);
  const chosen: number[] = [];
  while (chosen.length < Math.min(count, pool)) {
    let best = -1;
    let least = Infinity;
    for (let j = 0; j < pool; j++) {
      if (free[j] === 0) continue;
      let inner = 0;
      for (let i = 0, k = j * n; i < n; i++, k++) inner += H[k] * residual[i];
      const change = alpha * (alpha * norms[j] - 2 * inner);
      if (change < least) {
        least = change;
        best = j;
      }
    }
    free[best] = 0;
    chosen.push(best);
    for (let i = 0, k = best * n; i < n; i++, k++) residual[i] -= alpha * H[k];
  }
  return chosen;
}
