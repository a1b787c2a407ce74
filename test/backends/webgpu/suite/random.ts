import type { DenseKernels } from "../../../../src/linear/dense-kernels.ts";

/** Seeded numbers. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Uniform in (0, 1) (mulberry32). */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296 + 1e-10;
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  integer(below: number): number {
    return Math.floor(this.uniform() * below) % below;
  }

  /** Normal numbers, rounded to f32 so that both sides of a comparison see the same data. */
  vector(length: number): Float64Array {
    return Float64Array.from({ length }, () => Math.fround(this.normal()));
  }
}

/**
 * Quantile of the standard normal distribution, to 2e-3 (Winitzki's inverse of the error function): a normal sample
 * without luck in its smallest members.
 */
export function normalQuantile(p: number): number {
  const u = 2 * p - 1;
  const log = Math.log(1 - u * u);
  const half = 2 / (Math.PI * 0.147) + log / 2;
  return Math.SQRT2 * Math.sign(u) * Math.sqrt(Math.sqrt(half * half - log / 0.147) - half);
}

/** A random orthogonal matrix (column-major). */
export function orthogonal(n: number, random: Random, dense: DenseKernels): Float64Array {
  const factor = Float64Array.from({ length: n * n }, () => random.normal());
  const gram = new Float64Array(n * n);
  dense.syrk(false, n, n, 1, factor, 0, gram);
  const Q = new Float64Array(n * n);
  dense.eigSymmetric(n, gram, new Float64Array(n), Q);
  return Q;
}

/** Q·diag(values)·Qᵀ, exactly symmetric. */
export function fromEigen(n: number, values: Float64Array, Q: Float64Array, dense: DenseKernels): Float64Array {
  const scaled = Q.slice();
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) scaled[j * n + i] *= values[j];
  const M = new Float64Array(n * n);
  dense.gemm(false, true, n, n, n, 1, scaled, Q, 0, M);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < j; i++) M[i * n + j] = M[j * n + i] = (M[i * n + j] + M[j * n + i]) / 2;
  }
  return M;
}
