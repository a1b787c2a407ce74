import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { svecLength } from "../../problem/svec.ts";
import type { SampleForms } from "../model/sample-forms.ts";
import { ConjugateGradientGram } from "./gram-cg.ts";
import type { GramMethod, GramSolver, Program } from "./gram-types.ts";

/** Beyond this many entries a dense factor is not formed: 1.2 GB. */
const LARGEST_DENSE = 1.5e8;

/** Cholesky with n unknowns or with the N entries of svec, whichever are fewer; CG where neither fits. */
export function chooseGramMethod(count: number, order: number): GramMethod {
  const svec = svecLength(order);
  const smaller = Math.min(count, svec);
  if (smaller * smaller > LARGEST_DENSE) return "cg";
  return 2 * svec <= count ? "svec" : count * count <= LARGEST_DENSE ? "cholesky" : "svec";
}

/** The solver by the method named, or by {@link chooseGramMethod}. */
export function createGramSolver(
  kernels: DenseKernels,
  forms: SampleForms,
  program: Program,
  method: GramMethod = chooseGramMethod(forms.count, forms.order),
): GramSolver {
  switch (method) {
    case "cholesky":
      return new CholeskyGram(kernels, forms, program);
    case "svec":
      return new SvecGram(kernels, forms, program);
    case "cg":
      return new ConjugateGradientGram(forms, program);
  }
}

/** ½K, n×n: inner products of the forms on what the diagonal constraints leave free. */
export function gramMatrix(kernels: DenseKernels, forms: SampleForms, program: Program): Float64Array {
  const n = forms.count;
  const gram = new Float64Array(n * n);
  forms.gram(gram);
  if (program === "quadratic") {
    const Q = forms.diagonals();
    kernels.syrk(false, n, forms.order, -1, Q, 1, gram);
    kernels.syrk(false, n, 1, 1 / forms.order, rowSums(Q, n, forms.order), 1, gram);
  }
  return gram;
}

/** Cholesky factor of the n×n matrix. */
class CholeskyGram implements GramSolver {
  readonly method = "cholesky";
  readonly #kernels: DenseKernels;
  readonly #count: number;
  readonly #gram: Float64Array;
  readonly #factor: Float64Array;

  constructor(kernels: DenseKernels, forms: SampleForms, program: Program) {
    const n = forms.count;
    this.#kernels = kernels;
    this.#count = n;
    this.#gram = gramMatrix(kernels, forms, program);
    this.#factor = new Float64Array(n * n);
  }

  get factorOperations(): number {
    return this.#count ** 3 / 3;
  }

  get bytes(): number {
    return this.#gram.byteLength + this.#factor.byteLength;
  }

  prepare(theta: number): void {
    const n = this.#count;
    const L = this.#factor;
    for (let k = 0; k < n * n; k++) L[k] = 2 * this.#gram[k];
    for (let i = 0; i < n; i++) L[i * n + i] += theta;
    regularisedCholesky(this.#kernels, n, L, () => {
      for (let k = 0; k < n * n; k++) L[k] = 2 * this.#gram[k];
      for (let i = 0; i < n; i++) L[i * n + i] += theta;
    });
  }

  solve(r: Float64Array, columns: number): void {
    this.#kernels.solveLower(false, false, this.#count, columns, this.#factor, r);
    this.#kernels.solveLower(true, false, this.#count, columns, this.#factor, r);
  }
}

/**
 * Cholesky factor in the space of the matrices: with the forms as rows B (n×N), (θI + 2BBᵀ)⁻¹r =
 * (r − 2B(θI + 2BᵀB)⁻¹Bᵀr)/θ. For n well above N.
 */
class SvecGram implements GramSolver {
  readonly method = "svec";
  readonly #kernels: DenseKernels;
  readonly #forms: SampleForms;
  readonly #program: Program;
  readonly #size: number;
  readonly #normal: Float64Array;
  readonly #factor: Float64Array;
  readonly #chunk: number;
  readonly #rows: Float64Array;
  readonly #entries: Float64Array;
  #theta = 1;

  constructor(kernels: DenseKernels, forms: SampleForms, program: Program) {
    this.#kernels = kernels;
    this.#forms = forms;
    this.#program = program;
    const { count, order } = forms;
    const full = svecLength(order);
    const N = program === "bilinear" ? full : full - order + 1;
    this.#size = N;
    this.#normal = new Float64Array(N * N);
    this.#factor = new Float64Array(N * N);
    this.#chunk = Math.min(count, Math.max(16, Math.floor(4e6 / N)));
    this.#rows = new Float64Array(this.#chunk * N);
    this.#entries = new Float64Array(this.#chunk * full);
    for (let first = 0; first < count; first += this.#chunk) {
      const rows = this.#fill(first);
      kernels.syrk(false, N, rows, 1, this.#rows, 1, this.#normal);
    }
  }

  get factorOperations(): number {
    return this.#size ** 3 / 3;
  }

  get bytes(): number {
    return 8 * (2 * this.#size ** 2 + this.#rows.length + this.#entries.length);
  }

  prepare(theta: number): void {
    const N = this.#size;
    const L = this.#factor;
    const fill = (): void => {
      for (let k = 0; k < N * N; k++) L[k] = 2 * this.#normal[k];
      for (let i = 0; i < N; i++) L[i * N + i] += theta;
    };
    this.#theta = theta;
    fill();
    regularisedCholesky(this.#kernels, N, L, fill);
  }

  solve(r: Float64Array, columns: number): void {
    const { count: n } = this.#forms;
    const N = this.#size;
    const s = new Float64Array(N * columns);
    const part = new Float64Array(this.#chunk * columns);
    for (let first = 0; first < n; first += this.#chunk) {
      const rows = this.#fill(first);
      for (let c = 0; c < columns; c++) {
        part.set(r.subarray(c * n + first, c * n + first + rows), c * rows);
      }
      this.#kernels.gemm(false, false, N, columns, rows, 1, this.#rows, part, 1, s);
    }
    this.#kernels.solveLower(false, false, N, columns, this.#factor, s);
    this.#kernels.solveLower(true, false, N, columns, this.#factor, s);
    for (let first = 0; first < n; first += this.#chunk) {
      const rows = this.#fill(first);
      this.#kernels.gemm(true, false, rows, columns, N, 1, this.#rows, s, 0, part);
      for (let c = 0; c < columns; c++) {
        for (let i = 0; i < rows; i++) {
          const k = c * n + first + i;
          r[k] = (r[k] - 2 * part[c * rows + i]) / this.#theta;
        }
      }
    }
  }

  /** The forms first … as columns of #rows (N×rows); returns how many. */
  #fill(first: number): number {
    const { count, order } = this.#forms;
    const rows = Math.min(this.#chunk, count - first);
    if (this.#program === "bilinear") {
      this.#forms.svecRows(first, rows, this.#rows);
      return rows;
    }
    // Off-diagonal entries, then the trace over the root of the order.
    this.#forms.svecRows(first, rows, this.#entries);
    for (let r = 0, k = 0, e = 0; r < rows; r++) {
      let trace = 0;
      for (let p = 0; p < order; p++) {
        trace += this.#entries[e++];
        for (let q = p + 1; q < order; q++) this.#rows[k++] = this.#entries[e++];
      }
      this.#rows[k++] = trace / Math.sqrt(order);
    }
    return rows;
  }
}

/** Factors L in place; where rounding makes a pivot fail, the diagonal is raised by growing multiples of eps. */
function regularisedCholesky(kernels: DenseKernels, n: number, L: Float64Array, refill: () => void): void {
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, L[i * n + i]);
  for (let lift = 8 * Number.EPSILON * largest; kernels.cholesky(n, L) !== -1; lift *= 16) {
    if (!Number.isFinite(lift)) return;
    refill();
    for (let i = 0; i < n; i++) L[i * n + i] += lift;
  }
}

/** Sums over the rows of an n×columns matrix. */
export function rowSums(Q: Float64Array, n: number, columns: number): Float64Array {
  const sums = new Float64Array(n);
  for (let j = 0, k = 0; j < columns; j++) for (let i = 0; i < n; i++, k++) sums[i] += Q[k];
  return sums;
}
