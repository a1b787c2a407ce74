import type { HistoryProducts, IterateHistory } from "../backend.ts";
import { distance, dot, twoNorm } from "./vectors.ts";

/** The vectors a history reads and writes; the same objects for its whole life. */
export interface HistoryState {
  /** Input of the last step. */
  readonly input: Float64Array;
  /** Output of the last step; input of the next. */
  readonly v: Float64Array;
}

/** Ring of the last differences of (input, residual) pairs, with their inner products kept up to date. */
export class CpuIterateHistory implements IterateHistory {
  readonly #state: HistoryState;
  readonly #capacity: number;
  readonly #S: Float64Array[] = [];
  readonly #Y: Float64Array[] = [];
  readonly #SY: Float64Array;
  readonly #YY: Float64Array;
  readonly #Sg: Float64Array;
  readonly #Yg: Float64Array;
  readonly #normS2: Float64Array;
  readonly #normY2: Float64Array;
  readonly #lastInput: Float64Array;
  readonly #lastOutput: Float64Array;
  readonly #g: Float64Array;
  /** Pairs recorded since the last reset. */
  #recorded = 0;

  constructor(state: HistoryState, columns: number) {
    const dim = state.v.length;
    const k = Math.min(columns, dim);
    this.#state = state;
    this.#capacity = k;
    for (let j = 0; j < k; j++) {
      this.#S.push(new Float64Array(dim));
      this.#Y.push(new Float64Array(dim));
    }
    this.#SY = new Float64Array(k * k);
    this.#YY = new Float64Array(k * k);
    this.#Sg = new Float64Array(k);
    this.#Yg = new Float64Array(k);
    this.#normS2 = new Float64Array(k);
    this.#normY2 = new Float64Array(k);
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
    const first = this.#recorded === 0;
    const slot = first ? 0 : (this.#recorded - 1) % this.#capacity;
    const s = this.#S[slot];
    const y = this.#Y[slot];
    for (let i = 0; i < g.length; i++) {
      const residual = input[i] - v[i];
      s[i] = input[i] - this.#lastInput[i];
      y[i] = residual - g[i];
      g[i] = residual;
    }
    this.#lastInput.set(input);
    this.#lastOutput.set(v);
    this.#recorded++;
    return first ? undefined : this.#products(slot);
  }

  #products(slot: number): HistoryProducts {
    const k = Math.min(this.#recorded - 1, this.#capacity);
    const stride = this.#capacity;
    const s = this.#S[slot];
    const y = this.#Y[slot];
    for (let j = 0; j < k; j++) {
      this.#SY[slot * stride + j] = dot(this.#S[j], y);
      this.#SY[j * stride + slot] = dot(s, this.#Y[j]);
      this.#YY[slot * stride + j] = this.#YY[j * stride + slot] = dot(this.#Y[j], y);
      this.#Sg[j] = dot(this.#S[j], this.#g);
      this.#Yg[j] = dot(this.#Y[j], this.#g);
    }
    this.#normS2[slot] = dot(s, s);
    this.#normY2[slot] = dot(y, y);
    return {
      columns: k,
      SY: leadingBlock(this.#SY, stride, k),
      YY: leadingBlock(this.#YY, stride, k),
      Sg: this.#Sg.subarray(0, k),
      Yg: this.#Yg.subarray(0, k),
      normS: rootOfSum(this.#normS2, k),
      normY: rootOfSum(this.#normY2, k),
      normG: twoNorm(this.#g),
    };
  }

  extrapolate(weights: Float64Array): void {
    const { v } = this.#state;
    for (let j = 0; j < weights.length; j++) {
      const weight = weights[j];
      const s = this.#S[j];
      const y = this.#Y[j];
      for (let i = 0; i < v.length; i++) v[i] -= weight * (s[i] - y[i]);
    }
  }

  stepNorm(): number {
    return distance(this.#state.input, this.#state.v);
  }

  restore(): void {
    this.#state.v.set(this.#lastOutput);
  }
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
