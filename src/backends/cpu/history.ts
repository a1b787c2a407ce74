import type { AndersonType, HistoryProducts, IterateHistory } from "../backend.ts";
import { distance, dot, twoNorm } from "./vectors.ts";

/** The vectors a history reads and writes; the same objects for its whole life. */
export interface HistoryState {
  /** Input of the last step. */
  readonly input: Float64Array;
  /** Output of the last step; input of the next. */
  readonly v: Float64Array;
}

/**
 * Ring of the last differences of outputs (F), residuals (Y) and, for type I, inputs (S), with AᵀY kept up to
 * date: a new pair costs one pass over A and one over Y.
 */
export class CpuIterateHistory implements IterateHistory {
  readonly #state: HistoryState;
  readonly #type: AndersonType;
  readonly #capacity: number;
  readonly #F: Float64Array[] = [];
  readonly #Y: Float64Array[] = [];
  /** S for type I; Y itself for type II. */
  readonly #A: Float64Array[] = [];
  readonly #matrix: Float64Array;
  readonly #rhs: Float64Array;
  readonly #squaresA: Float64Array;
  readonly #squaresY: Float64Array;
  readonly #lastInput: Float64Array;
  readonly #lastOutput: Float64Array;
  readonly #g: Float64Array;
  readonly #pair = new Float64Array(2);
  /** Pairs recorded since the last reset. */
  #recorded = 0;

  constructor(state: HistoryState, columns: number, type: AndersonType) {
    const dim = state.v.length;
    const k = Math.min(columns, dim);
    this.#state = state;
    this.#type = type;
    this.#capacity = k;
    for (let j = 0; j < k; j++) {
      this.#F.push(new Float64Array(dim));
      this.#Y.push(new Float64Array(dim));
      this.#A.push(type === 1 ? new Float64Array(dim) : this.#Y[j]);
    }
    this.#matrix = new Float64Array(k * k);
    this.#rhs = new Float64Array(k);
    this.#squaresA = new Float64Array(k);
    this.#squaresY = new Float64Array(k);
    this.#lastInput = new Float64Array(dim);
    this.#lastOutput = new Float64Array(dim);
    this.#g = new Float64Array(dim);
  }

  reset(): void {
    this.#recorded = 0;
  }

  record(): HistoryProducts | undefined {
    const { input, v } = this.#state;
    const g = this.#g;
    const lastInput = this.#lastInput;
    const lastOutput = this.#lastOutput;
    const first = this.#recorded === 0;
    const slot = first ? 0 : (this.#recorded - 1) % this.#capacity;
    const s = this.#A[slot];
    const y = this.#Y[slot];
    const f = this.#F[slot];
    if (this.#type === 1) for (let i = 0; i < g.length; i++) s[i] = input[i] - lastInput[i];
    for (let i = 0; i < g.length; i++) {
      const residual = input[i] - v[i];
      y[i] = residual - g[i];
      g[i] = residual;
      f[i] = v[i] - lastOutput[i];
    }
    lastInput.set(input);
    lastOutput.set(v);
    this.#recorded++;
    return first ? undefined : this.#products(slot);
  }

  #products(slot: number): HistoryProducts {
    const k = Math.min(this.#recorded - 1, this.#capacity);
    const stride = this.#capacity;
    const y = this.#Y[slot];
    const a = this.#A[slot];
    const pair = this.#pair;
    for (let j = 0; j < k; j++) {
      twoDots(this.#A[j], y, this.#g, pair);
      this.#matrix[slot * stride + j] = pair[0];
      this.#rhs[j] = pair[1];
      if (j !== slot) this.#matrix[j * stride + slot] = this.#type === 2 ? pair[0] : dot(a, this.#Y[j]);
    }
    this.#squaresA[slot] = dot(a, a);
    this.#squaresY[slot] = this.#type === 2 ? this.#squaresA[slot] : dot(y, y);
    return {
      columns: k,
      matrix: leadingBlock(this.#matrix, stride, k),
      rhs: this.#rhs.subarray(0, k),
      normA: rootOfSum(this.#squaresA, k),
      normY: rootOfSum(this.#squaresY, k),
      normG: twoNorm(this.#g),
    };
  }

  extrapolate(weights: Float64Array): void {
    const { v } = this.#state;
    const F = this.#F;
    let j = 0;
    // Four columns in a pass: v is read and written once for all of them.
    for (; j + 4 <= weights.length; j += 4) {
      const [f0, f1, f2, f3] = [F[j], F[j + 1], F[j + 2], F[j + 3]];
      const [w0, w1, w2, w3] = [weights[j], weights[j + 1], weights[j + 2], weights[j + 3]];
      for (let i = 0; i < v.length; i++) v[i] -= w0 * f0[i] + w1 * f1[i] + (w2 * f2[i] + w3 * f3[i]);
    }
    for (; j < weights.length; j++) {
      const f = F[j];
      const w = weights[j];
      for (let i = 0; i < v.length; i++) v[i] -= w * f[i];
    }
  }

  stepNorm(): number {
    return distance(this.#state.input, this.#state.v);
  }

  restore(): void {
    this.#state.v.set(this.#lastOutput);
  }
}

/** out ← (⟨a, b⟩, ⟨a, c⟩) in one pass over a, in four partial sums that need not wait for one another. */
function twoDots(a: Float64Array, b: Float64Array, c: Float64Array, out: Float64Array): void {
  let b0 = 0;
  let b1 = 0;
  let c0 = 0;
  let c1 = 0;
  const even = a.length - (a.length % 2);
  for (let i = 0; i < even; i += 2) {
    const a0 = a[i];
    const a1 = a[i + 1];
    b0 += a0 * b[i];
    b1 += a1 * b[i + 1];
    c0 += a0 * c[i];
    c1 += a1 * c[i + 1];
  }
  if (even < a.length) {
    b0 += a[even] * b[even];
    c0 += a[even] * c[even];
  }
  out[0] = b0 + b1;
  out[1] = c0 + c1;
}

function leadingBlock(M: Float64Array, stride: number, k: number): Float64Array {
  if (k === stride) return M;
  const block = new Float64Array(k * k);
  for (let j = 0; j < k; j++) block.set(M.subarray(j * stride, j * stride + k), j * k);
  return block;
}

function rootOfSum(squares: Float64Array, k: number): number {
  let sum = 0;
  for (let j = 0; j < k; j++) sum += squares[j];
  return Math.sqrt(sum);
}
