import type { Polynomial } from "../polynomial.ts";

/** A polynomial laid out for repeated evaluation: value, gradient and products with the Hessian. */
export class CompiledPolynomial {
  readonly #coefficients: Float64Array;
  readonly #start: Int32Array;
  readonly #variables: Int32Array;

  constructor(polynomial: Polynomial) {
    const terms = polynomial.terms;
    this.#coefficients = Float64Array.from(terms, (t) => t.coefficient);
    this.#start = new Int32Array(terms.length + 1);
    terms.forEach(({ monomial }, k) => (this.#start[k + 1] = this.#start[k] + monomial.length));
    this.#variables = Int32Array.from(terms.flatMap(({ monomial }) => [...monomial]));
  }

  value(x: Float64Array): number {
    let sum = 0;
    for (let k = 0; k < this.#coefficients.length; k++) {
      let product = this.#coefficients[k];
      for (let p = this.#start[k]; p < this.#start[k + 1]; p++) product *= x[this.#variables[p]];
      sum += product;
    }
    return sum;
  }

  /** out ← out + factor·∇p(x). */
  addGradient(x: Float64Array, out: Float64Array, factor = 1): void {
    const variables = this.#variables;
    for (let k = 0; k < this.#coefficients.length; k++) {
      const from = this.#start[k];
      const to = this.#start[k + 1];
      for (let p = from; p < to; p++) {
        let product = factor * this.#coefficients[k];
        for (let q = from; q < to; q++) if (q !== p) product *= x[variables[q]];
        out[variables[p]] += product;
      }
    }
  }

  /** out ← out + factor·∇²p(x)·v. */
  addHessianProduct(x: Float64Array, v: Float64Array, out: Float64Array, factor = 1): void {
    const variables = this.#variables;
    for (let k = 0; k < this.#coefficients.length; k++) {
      const from = this.#start[k];
      const to = this.#start[k + 1];
      if (to - from < 2) continue;
      for (let p = from; p < to; p++) {
        let sum = 0;
        for (let q = from; q < to; q++) {
          if (q === p) continue;
          let product = v[variables[q]];
          for (let o = from; o < to; o++) if (o !== p && o !== q) product *= x[variables[o]];
          sum += product;
        }
        out[variables[p]] += factor * this.#coefficients[k] * sum;
      }
    }
  }
}
