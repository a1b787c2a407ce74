import type { SampleForms } from "../model/sample-forms.ts";
import type { GramSolver, Program } from "./gram-types.ts";

/** Relative residual at which an iteration stops, and its limit of steps. */
const TOLERANCE = 1e-9;
const MOST_STEPS = 500;

/**
 * Conjugate gradients on (θI + K)v = r with two products of 2nd² operations a step and no matrix beyond d²: for
 * problems where both n² and d⁴ are too many numbers. The Jacobi preconditioner is θ + 2‖𝒳ᵢ‖²; every column starts
 * from its last solution.
 */
export class ConjugateGradientGram implements GramSolver {
  readonly method = "cg";
  readonly factorOperations = 0;
  /** Products with K so far. */
  products = 0;
  readonly #forms: SampleForms;
  readonly #program: Program;
  readonly #norms: Float64Array;
  readonly #matrix: Float64Array;
  #last = new Float64Array(0);
  #theta = 1;

  constructor(forms: SampleForms, program: Program) {
    this.#forms = forms;
    this.#program = program;
    this.#norms = forms.squaredNorms();
    this.#matrix = new Float64Array(forms.order ** 2);
  }

  get bytes(): number {
    return 8 * (this.#norms.length + this.#matrix.length + this.#last.length);
  }

  prepare(theta: number): void {
    this.#theta = theta;
  }

  solve(r: Float64Array, columns: number): void {
    const n = this.#forms.count;
    if (this.#last.length !== n * columns) this.#last = new Float64Array(n * columns);
    for (let c = 0; c < columns; c++) {
      this.#solveColumn(r.subarray(c * n, (c + 1) * n), this.#last.subarray(c * n, (c + 1) * n));
    }
    r.set(this.#last);
  }

  /** x ← solution for b, from x. */
  #solveColumn(b: Float64Array, x: Float64Array): void {
    const n = b.length;
    const residual = new Float64Array(n);
    const direction = new Float64Array(n);
    const product = new Float64Array(n);
    this.#apply(x, product);
    let norm = 0;
    for (let i = 0; i < n; i++) {
      residual[i] = b[i] - product[i];
      norm += b[i] * b[i];
    }
    const goal = TOLERANCE * Math.sqrt(norm);
    let last = 0;
    for (let step = 0; step < MOST_STEPS; step++) {
      let size = 0;
      let rz = 0;
      for (let i = 0; i < n; i++) {
        size += residual[i] * residual[i];
        rz += (residual[i] * residual[i]) / (this.#theta + 2 * this.#norms[i]);
      }
      if (Math.sqrt(size) <= goal) return;
      const beta = step === 0 ? 0 : rz / last;
      last = rz;
      for (let i = 0; i < n; i++) {
        direction[i] = residual[i] / (this.#theta + 2 * this.#norms[i]) + beta * direction[i];
      }
      this.#apply(direction, product);
      let curvature = 0;
      for (let i = 0; i < n; i++) curvature += direction[i] * product[i];
      const alpha = rz / curvature;
      for (let i = 0; i < n; i++) {
        x[i] += alpha * direction[i];
        residual[i] -= alpha * product[i];
      }
    }
  }

  /** out ← (θI + K)v. */
  #apply(v: Float64Array, out: Float64Array): void {
    const { order, count } = this.#forms;
    const S = this.#matrix;
    this.#forms.adjoint(v, S);
    if (this.#program === "quadratic") {
      let trace = 0;
      for (let j = 0; j < order; j++) trace += S[j * order + j];
      for (let j = 0; j < order; j++) S[j * order + j] = trace / order;
    }
    this.#forms.forward(S, out);
    for (let i = 0; i < count; i++) out[i] = this.#theta * v[i] + 2 * out[i];
    this.products++;
  }
}
