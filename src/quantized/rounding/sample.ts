import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { FeasiblePoint } from "../solve/bounds.ts";
import type { Program } from "../solve/gram-types.ts";
import { fillStandardNormal, seededUniform } from "../random.ts";
import type { Neurons } from "./neurons.ts";

/** γ = ln(1 + √2): sinh γ = 1. */
export const GAMMA = Math.log(1 + Math.SQRT2);

/** Draws neurons of one output from the optimum of its relaxation; any number, without solving again. */
export interface NeuronSampler {
  /** Σ|αⱼ| of a network of these neurons: ρπ/γ (bilinear). Each neuron gets this over m. */
  readonly totalWeight: number;
  draw(count: number, seed: number): Neurons;
}

/**
 * Trigonometric covariance shaping in closed form (Theorem 2; Krivine): with V, Z over ρ,
 * Q* = [sinh γV, sin γZ; sin γZ, sinh γV] elementwise is PSD with unit diagonal and arcsin Q*₁₂ = γZ, so for
 * (u, v) = sign N(0, Q*) the network with αⱼ = ρπ/(γm) has mean output ⟨𝒳, 2Z⟩.
 *
 * Q* commutes with swapping its halves: u + v and u − v are independent with covariances sinh γV ± sin γZ, so two
 * eigendecompositions of order d replace one of order 2d. Eigenvalues below zero (rounding) are clipped; the signs do
 * not see the scale of a row.
 */
export function bilinearSampler(kernels: DenseKernels, order: number, point: FeasiblePoint): NeuronSampler {
  const { P, M, rho } = point;
  const size = order * order;
  const plus = new Float64Array(size);
  const minus = new Float64Array(size);
  if (rho > 0) {
    for (let k = 0; k < size; k++) {
      const V = (0.5 * (P[k] + M[k])) / rho;
      const Z = (0.5 * (P[k] - M[k])) / rho;
      plus[k] = Math.sinh(GAMMA * V) + Math.sin(GAMMA * Z);
      minus[k] = Math.sinh(GAMMA * V) - Math.sin(GAMMA * Z);
    }
  }
  const factorPlus = positiveFactor(kernels, order, plus);
  const factorMinus = positiveFactor(kernels, order, minus);
  return {
    totalWeight: (rho * Math.PI) / GAMMA,
    draw: (count, seed) => {
      const uniform = seededUniform(seed);
      const u = new Int8Array(order * count);
      const v = new Int8Array(order * count);
      forEachChunk(count, (first, columns) => {
        const s = gaussians(kernels, order, factorPlus, columns, uniform);
        const t = gaussians(kernels, order, factorMinus, columns, uniform);
        for (let k = 0; k < order * columns; k++) {
          u[first * order + k] = s[k] + t[k] >= 0 ? 1 : -1;
          v[first * order + k] = s[k] - t[k] >= 0 ? 1 : -1;
        }
      });
      return { count, order, u, v, signs: new Int8Array(count).fill(1) };
    },
  };
}

/**
 * Rounding of the quadratic program (19): neurons uᵀ𝒳u with u = sign N(0, Z₁/ρ₁) and positive weight, or from Z₂ and
 * negative (Goemans and Williamson). E uuᵀ = (2/π) arcsin(Z/ρ) is not proportional to Z, so unlike the bilinear
 * rounding this one has a bias that more neurons do not remove.
 */
export function quadraticSampler(kernels: DenseKernels, order: number, point: FeasiblePoint): NeuronSampler {
  const factors = [point.P, point.M].map((matrix) =>
    positiveFactor(kernels, order, Float64Array.from(matrix)),
  );
  const rhoP = point.P[0];
  const rhoM = point.M[0];
  const total = rhoP + rhoM;
  return {
    totalWeight: (total * Math.PI) / 2,
    draw: (count, seed) => {
      const uniform = seededUniform(seed);
      const u = new Int8Array(order * count);
      const signs = new Int8Array(count);
      // Positive and negative neurons alternate in the proportion of ρ₁ to ρ₂, so that every prefix has both.
      for (let j = 0; j < count; j++) {
        const share = total > 0 ? rhoP / total : 0.5;
        signs[j] = Math.floor((j + 1) * share + 0.5) > Math.floor(j * share + 0.5) ? 1 : -1;
      }
      forEachChunk(count, (first, columns) => {
        const draws = factors.map((factor) => gaussians(kernels, order, factor, columns, uniform));
        for (let j = 0; j < columns; j++) {
          const from = draws[signs[first + j] > 0 ? 0 : 1];
          for (let i = 0; i < order; i++) u[(first + j) * order + i] = from[j * order + i] >= 0 ? 1 : -1;
        }
      });
      return { count, order, u, v: u, signs };
    },
  };
}

/** The sampler of the program. */
export function neuronSampler(
  kernels: DenseKernels,
  program: Program,
  order: number,
  point: FeasiblePoint,
): NeuronSampler {
  return program === "bilinear"
    ? bilinearSampler(kernels, order, point)
    : quadraticSampler(kernels, order, point);
}

/** F with FFᵀ the positive part of C (destroyed). */
function positiveFactor(kernels: DenseKernels, order: number, C: Float64Array): Float64Array {
  const values = new Float64Array(order);
  const F = new Float64Array(order * order);
  kernels.eigSymmetric(order, C, values, F);
  for (let j = 0; j < order; j++) {
    const root = Math.sqrt(Math.max(0, values[j]));
    for (let i = j * order; i < (j + 1) * order; i++) F[i] *= root;
  }
  return F;
}

/** Columns of N(0, FFᵀ). */
function gaussians(
  kernels: DenseKernels,
  order: number,
  F: Float64Array,
  columns: number,
  uniform: () => number,
): Float64Array {
  const noise = fillStandardNormal(new Float64Array(order * CHUNK), uniform);
  const out = new Float64Array(order * columns);
  kernels.gemm(false, false, order, columns, order, 1, F, noise, 0, out);
  return out;
}

/** Draws come in chunks of a fixed size, so that the first m neurons do not depend on how many were asked for. */
const CHUNK = 256;

function forEachChunk(count: number, visit: (first: number, columns: number) => void): void {
  for (let first = 0; first < count; first += CHUNK) visit(first, Math.min(CHUNK, count - first));
}
