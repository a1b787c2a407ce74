import type { DenseKernels } from "../../../linear/dense-kernels.ts";

/** Vectors kept beyond the wanted ones: they carry the eigenvalues that come and go across zero. */
const GUARD = 10;
/** Degree of the very first filter, and bounds of the later ones. */
const FIRST_DEGREE = 6;
const MIN_DEGREE = 3;
const MAX_DEGREE = 20;
/** Share of the Frobenius norm of a change by which the end of the spectrum is taken to have moved. */
const DRIFT_SHARE = 0.5;
/** Filters tried before giving up. */
const MAX_ROUNDS = 6;
/** Growth of the largest eigenvector in one filter, above which the basis would become dependent. */
const MAX_GROWTH = 1e7;

/** The wanted side as computed: P̂ = V·diag(values)·Vᵀ with all values > 0. */
export interface TrackedSide {
  readonly count: number;
  readonly values: Float64Array;
  /** n×count. */
  readonly vectors: Float64Array;
}

/**
 * The positive eigenspace of a slowly changing symmetric matrix Y, followed by Chebyshev-filtered subspace
 * iteration (Zhou, Saad, Tiago & Chelikowsky 2006) from the last basis: filter, CholeskyQR2, Rayleigh–Ritz.
 *
 * Error bound. Let V₁ be the Ritz vectors with values Θ₁ > 0, P̂ = V₁Θ₁V₁ᵀ, R = YV₁ − V₁Θ₁ (orthogonal to
 * V₁) and Π the projector off V₁. Then Y = P̂ + ΠYΠ + (V₁Rᵀ + RV₁ᵀ), whose last term has Frobenius norm
 * √2‖R‖_F, and projection onto the cone is non-expansive, so that ‖P̂ − P(Y)‖_F ≤ √2‖R‖_F + ‖P(ΠYΠ)‖_F. If
 * c·I − (Y − P̂) has a Cholesky factor, then ΠYΠ ≼ c·I and the last norm is at most c·√(n − r): no missed
 * positive eigenvalue above c can hide. {@link SubspaceTracker.advance} makes the first term small, {@link
 * SubspaceTracker.certifies} tests the second.
 */
export class SubspaceTracker {
  readonly order: number;
  /** Products of Y with the basis so far. */
  products = 0;
  readonly #kernels: DenseKernels;
  #basis: Float64Array;
  #size: number;
  /** Interval of the spectrum to damp: from below the smallest eigenvalue to the last guard value. */
  #lower: number;
  #upper: number;
  /** Largest eigenvalue. */
  #top: number;
  /** Degree with which the next call starts: what the last one needed. */
  #degree = FIRST_DEGREE;

  /**
   * @param values ascending eigenvalues of Y (all n) when `vectors` was made.
   * @param vectors orthonormal eigenvectors of the `count` largest.
   */
  constructor(
    kernels: DenseKernels,
    order: number,
    values: Float64Array,
    vectors: Float64Array,
    count: number,
  ) {
    this.order = order;
    this.#kernels = kernels;
    this.#size = Math.min(order, count + GUARD);
    this.#basis = new Float64Array(order * this.#size);
    this.#basis.set(vectors.subarray(0, order * count));
    let state = 7;
    for (let i = order * count; i < this.#basis.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      this.#basis[i] = state / 4294967296 - 0.5;
    }
    this.#lower = values[0];
    this.#top = values[order - 1];
    this.#upper = Math.min(values[order - this.#size], 0.5 * values[0] * 1e-3);
  }

  /** Columns of the basis. */
  get size(): number {
    return this.#size;
  }

  /**
   * Improves the basis for Y, at Frobenius distance `drift` from the matrix the tracker was made for, until
   * √2‖R‖_F ≤ tolerance (absolute); undefined when it does not get there or the rank outgrew the basis.
   */
  advance(Y: Float64Array, drift: number, tolerance: number): TrackedSide | undefined {
    const lower = this.#lower - DRIFT_SHARE * drift;
    let degree = this.#degree;
    let spent = 0;
    let previous = NaN;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (!(this.#upper > lower)) return undefined;
      degree = Math.min(degree, this.#degreeLimit(lower));
      this.#kernels.chebyshevFilter(this.order, this.#size, Y, lower, this.#upper, degree, this.#basis);
      this.products += degree + 1;
      spent += degree;
      if (!this.#orthonormalise()) return undefined;
      const { side, residual, guard } = this.#rayleighRitz(Y);
      if (side.count > 0) this.#top = side.values[side.count - 1];
      if (side.count + 2 > this.#size || !Number.isFinite(residual)) return undefined;
      this.#upper = Math.min(guard, 1e-3 * lower);
      if (residual <= tolerance) {
        const slack = residual < 0.02 * tolerance ? 1 : 0;
        this.#degree = Math.max(MIN_DEGREE, Math.min(MAX_DEGREE, spent - slack));
        return side;
      }
      // The residual falls geometrically with the degree, once the random guards are damped: give up when the
      // rounds left would not do.
      if (round > 1) {
        const gain = Math.log(previous / residual) / degree;
        const missing = Math.log(residual / tolerance) / gain;
        if (!(gain > 0) || missing > degree * (MAX_ROUNDS - 1 - round)) return undefined;
        degree = Math.max(MIN_DEGREE, Math.min(MAX_DEGREE, Math.ceil(1.1 * missing) + 1));
      }
      previous = residual;
    }
    return undefined;
  }

  /**
   * T_d(x) ≈ (x + √(x² − 1))^d/2 outside [−1, 1]: the degree at which the largest eigenvector grows too
   * far.
   */
  #degreeLimit(lower: number): number {
    const x = (2 * this.#top - this.#upper - lower) / (this.#upper - lower);
    return Math.max(MIN_DEGREE, Math.floor(Math.log(2 * MAX_GROWTH) / Math.acosh(Math.max(1.01, x))));
  }

  /** Whether c·I − (Y − P̂) is positive definite. `remainder` holds Y − P̂ and is overwritten. */
  certifies(remainder: Float64Array, c: number): boolean {
    const n = this.order;
    for (let i = 0; i < n * n; i++) remainder[i] = -remainder[i];
    for (let i = 0; i < n; i++) remainder[i * n + i] += c;
    return this.#kernels.cholesky(n, remainder) < 0;
  }

  /** CholeskyQR2 (Yamamoto et al. 2015) on columns scaled to norm one. */
  #orthonormalise(): boolean {
    const n = this.order;
    const m = this.#size;
    for (let c = 0; c < m; c++) {
      let sum = 0;
      for (let i = c * n; i < (c + 1) * n; i++) sum += this.#basis[i] ** 2;
      const inverse = 1 / Math.sqrt(sum);
      if (!(inverse > 0 && inverse < Infinity)) return false;
      for (let i = c * n; i < (c + 1) * n; i++) this.#basis[i] *= inverse;
    }
    const gram = new Float64Array(m * m);
    for (let pass = 0; pass < 2; pass++) {
      this.#kernels.syrk(true, m, n, 1, this.#basis, 0, gram);
      if (this.#kernels.cholesky(m, gram) >= 0) return false;
      for (let j = 0; j < m; j++) gram.fill(0, j * m, j * m + j);
      this.#kernels.invertLower(m, gram);
      const next = new Float64Array(n * m);
      this.#kernels.gemm(false, true, n, m, m, 1, this.#basis, gram, 0, next);
      this.#basis = next;
    }
    return true;
  }

  /**
   * Ritz pairs of Y in the basis, which becomes the Ritz vectors, ascending; √2 times the positive ones'
   * residual.
   */
  #rayleighRitz(Y: Float64Array): { side: TrackedSide; residual: number; guard: number } {
    const n = this.order;
    const m = this.#size;
    const image = new Float64Array(n * m);
    this.#kernels.gemm(false, false, n, m, n, 1, Y, this.#basis, 0, image);
    const small = new Float64Array(m * m);
    this.#kernels.gemm(true, false, m, m, n, 1, this.#basis, image, 0, small);
    const ritz = new Float64Array(m);
    const turn = new Float64Array(m * m);
    this.#kernels.eigSymmetric(m, small, ritz, turn);
    const vectors = new Float64Array(n * m);
    const images = new Float64Array(n * m);
    this.#kernels.gemm(false, false, n, m, m, 1, this.#basis, turn, 0, vectors);
    this.#kernels.gemm(false, false, n, m, m, 1, image, turn, 0, images);
    this.#basis = vectors;
    let first = m;
    let sum = 0;
    while (first > 0 && ritz[first - 1] > 0) {
      first--;
      for (let i = first * n; i < (first + 1) * n; i++) sum += (images[i] - ritz[first] * vectors[i]) ** 2;
    }
    const side = { count: m - first, values: ritz.slice(first), vectors: vectors.slice(first * n) };
    return { side, residual: Math.SQRT2 * Math.sqrt(sum), guard: ritz[0] };
  }
}
