import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { ProblemError } from "../../errors.ts";

/** σ(t) = at² + bt + c. */
export interface Polynomial {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** "bilinear" is the network Σ (xᵀu)(xᵀv)α itself, without the lift to 𝒳. */
export type Activation = "bilinear" | Polynomial;

/** n samples of d features. */
export interface Samples {
  readonly count: number;
  readonly features: number;
  /** count×features, column-major: one feature after the other. */
  readonly values: Float64Array;
}

/** Order of the lifted form 𝒳: d for the bilinear activation, dM + 1 for a polynomial one (Theorem 1). */
export function liftedOrder(features: number, activation: Activation, levels: number): number {
  return activation === "bilinear" ? features * levels : features * levels + 1;
}

/**
 * The quadratic forms 𝒳ᵢ of the samples as an operator, Z ↦ (⟨𝒳ᵢ, Z⟩)ᵢ. With x̃ = x ⊗ 1_M (levels −M, −M+2, …, M):
 * 𝒳 = x̃x̃ᵀ for the bilinear activation, [a x̃x̃ᵀ, b x̃/2; b x̃ᵀ/2, c] for at² + bt + c (Bartan and Pilanci 2021,
 * Theorem 1). Nothing of size nd² is ever formed.
 */
export class SampleForms {
  readonly count: number;
  /** Order of the matrices Z. */
  readonly order: number;
  /** dM: columns of x̃. */
  readonly columns: number;
  /** x̃ of every sample, count×columns, column-major. */
  readonly expanded: Float64Array;
  readonly activation: Activation;
  readonly #kernels: DenseKernels;
  readonly #a: number;
  readonly #b: number;
  readonly #c: number;
  readonly #augmented: boolean;
  readonly #work: Float64Array;
  readonly #square: Float64Array;

  constructor(kernels: DenseKernels, samples: Samples, activation: Activation = "bilinear", levels = 1) {
    const { count, features, values } = samples;
    if (values.length !== count * features) {
      throw new ProblemError(
        `samples.values has ${values.length} entries; ${count} samples of ${features} features need ${count * features}`,
        { field: "values" },
      );
    }
    this.#kernels = kernels;
    this.count = count;
    this.columns = features * levels;
    this.order = liftedOrder(features, activation, levels);
    this.activation = activation;
    this.#augmented = activation !== "bilinear";
    const { a, b, c } = activation === "bilinear" ? { a: 1, b: 0, c: 0 } : activation;
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.expanded = levels === 1 ? values : repeatColumns(samples, levels);
    this.#work = new Float64Array(count * this.columns);
    this.#square = new Float64Array(this.#augmented ? this.columns ** 2 : 0);
  }

  /** out ← (⟨𝒳ᵢ, T⟩)ᵢ for symmetric T (order×order). One product of 2nd² operations. */
  forward(T: Float64Array, out: Float64Array): void {
    const { count: n, columns: d, order, expanded: X } = this;
    const work = this.#work;
    let top = T;
    if (this.#augmented) {
      top = this.#square;
      for (let j = 0; j < d; j++) top.set(T.subarray(j * order, j * order + d), j * d);
    }
    this.#kernels.gemm(false, false, n, d, d, this.#a, X, top, 0, work);
    out.fill(this.#augmented ? this.#c * T[order * order - 1] : 0);
    for (let j = 0; j < d; j++) {
      const linear = this.#augmented ? this.#b * T[j * order + d] : 0;
      const column = j * n;
      for (let i = 0; i < n; i++) out[i] += (work[column + i] + linear) * X[column + i];
    }
  }

  /** out ← Σᵢ vᵢ𝒳ᵢ (order×order, both triangles). One product of 2nd² operations. */
  adjoint(v: Float64Array, out: Float64Array): void {
    const { count: n, columns: d, order, expanded: X } = this;
    const work = this.#work;
    for (let j = 0, k = 0; j < d; j++) for (let i = 0; i < n; i++, k++) work[k] = v[i] * X[k];
    const top = this.#augmented ? this.#square : out;
    this.#kernels.gemm(true, false, d, d, n, this.#a, X, work, 0, top);
    for (let j = 0; j < d; j++) {
      for (let i = 0; i < j; i++) {
        const mean = 0.5 * (top[j * d + i] + top[i * d + j]);
        top[j * d + i] = mean;
        top[i * d + j] = mean;
      }
    }
    if (!this.#augmented) return;
    for (let j = 0; j < d; j++) {
      out.set(top.subarray(j * d, j * d + d), j * order);
      let sum = 0;
      for (let i = j * n; i < (j + 1) * n; i++) sum += work[i];
      out[j * order + d] = 0.5 * this.#b * sum;
      out[d * order + j] = 0.5 * this.#b * sum;
    }
    let total = 0;
    for (let i = 0; i < n; i++) total += v[i];
    out[order * order - 1] = this.#c * total;
  }

  /** G ← (⟨𝒳ᵢ, 𝒳ⱼ⟩)ᵢⱼ, n×n: a²k² + b²k/2 + c² with k = x̃ᵢᵀx̃ⱼ. */
  gram(G: Float64Array): void {
    const { count: n, columns: d, expanded: X } = this;
    this.#kernels.syrk(false, n, d, 1, X, 0, G);
    const aa = this.#a ** 2;
    const bb = 0.5 * this.#b ** 2;
    const cc = this.#c ** 2;
    for (let k = 0; k < n * n; k++) G[k] = (aa * G[k] + bb) * G[k] + cc;
  }

  /** The diagonals of the forms, count×order, column-major. */
  diagonals(): Float64Array {
    const { count: n, columns: d, order, expanded: X } = this;
    const out = new Float64Array(n * order);
    for (let k = 0; k < n * d; k++) out[k] = this.#a * X[k] * X[k];
    if (this.#augmented) out.fill(this.#c, n * d);
    return out;
  }

  /** ‖𝒳ᵢ‖_F² of every sample. */
  squaredNorms(): Float64Array {
    const { count: n, columns: d, expanded: X } = this;
    const out = new Float64Array(n);
    for (let j = 0, k = 0; j < d; j++) for (let i = 0; i < n; i++, k++) out[i] += X[k] * X[k];
    for (let i = 0; i < n; i++) out[i] = (this.#a ** 2 * out[i] + 0.5 * this.#b ** 2) * out[i] + this.#c ** 2;
    return out;
  }

  /** Entries svec(𝒳ᵢ) of samples first … first+rows−1, one sample after the other. */
  svecRows(first: number, rows: number, out: Float64Array): void {
    const { count: n, columns: d, order, expanded: X } = this;
    for (let r = 0, k = 0; r < rows; r++) {
      const i = first + r;
      for (let p = 0; p < order; p++) {
        const x = p < d ? X[p * n + i] : 0;
        for (let q = p; q < order; q++, k++) {
          const weight = p === q ? 1 : Math.SQRT2;
          if (q < d) out[k] = weight * this.#a * x * X[q * n + i];
          else out[k] = p === q ? this.#c : weight * 0.5 * this.#b * x;
        }
      }
    }
  }

  /**
   * Bound on ‖fl(Σ vᵢ𝒳ᵢ) − Σ vᵢ𝒳ᵢ‖₂ of {@link adjoint}: (n + 4)·u·Σ|vᵢ|·‖𝒳ᵢ‖ with the norms of absolute values
   * (Higham 2002, §3.5; every entry is a sum of n products).
   */
  adjointRounding(v: Float64Array): number {
    const norms = this.squaredNorms();
    let sum = 0;
    for (let i = 0; i < this.count; i++) sum += Math.abs(v[i]) * Math.sqrt(norms[i]);
    return 1.01 * (this.count + 4) * 2 ** -53 * sum;
  }
}

/** x ⊗ 1_M: every column M times. */
function repeatColumns({ count, features, values }: Samples, levels: number): Float64Array {
  const out = new Float64Array(count * features * levels);
  for (let j = 0; j < features; j++) {
    const column = values.subarray(j * count, (j + 1) * count);
    for (let k = 0; k < levels; k++) out.set(column, (j * levels + k) * count);
  }
  return out;
}
