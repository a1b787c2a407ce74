import { svecLength } from "../../src/problem/svec.ts";
import type { Random } from "../../test/backends/webgpu/suite/random.ts";
import { eigenvalues } from "../../test/backends/webgpu/suite/spectra.ts";
import type { Spectrum } from "../../test/backends/webgpu/suite/spectra.ts";

/** A matrix and its projection onto the PSD cone, both as svec. */
export interface KnownProjection {
  /** Rounded to f32. */
  readonly svec: Float32Array;
  /**
   * Of the matrix before it was rounded: the projection is nonexpansive, so that of the rounded one differs by no
   * more than the rounding, 3·10⁻⁸ of the norm.
   */
  readonly projection: Float64Array;
}

/**
 * A matrix of this spectrum whose projection is known without an eigendecomposition, in O(n²): its eigenvectors are
 * the cosines of the DCT with random signs of the rows, v_k(i) = s_i w_k cos(πk(2i+1)/2n), for which
 * Σ_k λ_k v_k(i) v_k(j) = s_i s_j (f(i−j) + f(i+j+1)) with f(t) = ½ Σ_k λ_k w_k² cos(πkt/n).
 */
export function knownProjection(spectrum: Spectrum, n: number, random: Random): KnownProjection {
  return withEigenvalues(spectrum === "GOE" ? semicircle(n) : eigenvalues(spectrum, n, random), random);
}

/** One with `rank` positive eigenvalues and a spread of negative ones, as the iterates of a solve have. */
export function knownLowRank(n: number, rank: number, random: Random): KnownProjection {
  const value = (_: unknown, i: number): number =>
    i < rank ? 0.02 + random.uniform() : -0.01 - random.uniform() ** 2;
  return withEigenvalues(Float64Array.from({ length: n }, value), random);
}

function withEigenvalues(values: Float64Array, random: Random): KnownProjection {
  const n = values.length;
  shuffle(values, random);
  const signs = Int8Array.from({ length: n }, () => (random.uniform() < 0.5 ? -1 : 1));
  const matrix = fromCosines(values, signs);
  const projection = fromCosines(values.map((value) => Math.max(value, 0)), signs);
  return { svec: Float32Array.from(matrix), projection };
}

/** svec of Σ_k λ_k v_k v_kᵀ. */
function fromCosines(values: Float64Array, signs: Int8Array): Float64Array {
  const n = values.length;
  const f = cosineSums(values);
  const svec = new Float64Array(svecLength(n));
  let at = 0;
  for (let j = 0; j < n; j++) {
    svec[at++] = f[0] + f[2 * j + 1];
    const scale = Math.SQRT2 * signs[j];
    for (let i = j + 1; i < n; i++) svec[at++] = scale * signs[i] * (f[i - j] + f[i + j + 1]);
  }
  return svec;
}

/** f(t) for t = 0 … 2n−1. */
function cosineSums(values: Float64Array): Float64Array {
  const n = values.length;
  const period = 2 * n;
  const cosines = Float64Array.from({ length: period }, (_, i) => Math.cos((Math.PI * i) / n));
  return Float64Array.from({ length: period }, (_, t) => {
    let sum = values[0] / 2; // w₀² = 1/n, the others 2/n
    for (let k = 1, angle = t; k < n; k++) {
      sum += values[k] * cosines[angle];
      angle += t;
      if (angle >= period) angle -= period;
    }
    return sum / n;
  });
}

/** The quantiles of Wigner's semicircle law on [−1, 1], the limit of GOE's spectrum. */
function semicircle(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    const p = (i + 0.5) / n;
    let low = -1;
    let high = 1;
    while (high - low > 1e-15) {
      const x = (low + high) / 2;
      if (x <= low || x >= high) break;
      if (0.5 + (x * Math.sqrt(1 - x * x) + Math.asin(x)) / Math.PI < p) low = x;
      else high = x;
    }
    return (low + high) / 2;
  });
}

function shuffle(values: Float64Array, random: Random): void {
  for (let k = values.length - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [values[k], values[other]] = [values[other], values[k]];
  }
}
