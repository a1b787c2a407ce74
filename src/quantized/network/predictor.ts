import { ProblemError } from "../../errors.ts";
import type { QuantizedNetwork } from "./network.ts";
import { networkOrder } from "./network.ts";

/** Fixed-point inputs have at most this magnitude. */
const INPUT_RANGE = 2 ** 15 - 1;

/**
 * Predicts with integer additions only in the hidden layer: inputs are rounded to 16-bit fixed point once, xᵀu is read
 * from tables of partial sums (one addition per 8 weights, tables filled by additions), then come one product per
 * neuron, the activation, and one addition; the real weight multiplies once per output (per neuron where neurons have
 * their own).
 */
export class IntegerPredictor {
  readonly network: QuantizedNetwork;
  /** Real value of one unit of the fixed-point inputs. */
  readonly unit: number;
  readonly #order: number;
  readonly #bytes: number;
  readonly #table: Int32Array;
  readonly #input: Int32Array;

  /** @param largest magnitude that scaled inputs reach; larger ones are cut off there. */
  constructor(network: QuantizedNetwork, largest: number) {
    this.network = network;
    this.unit = largest > 0 ? largest / INPUT_RANGE : 1;
    this.#order = networkOrder(network);
    this.#bytes = Math.ceil(this.#order / 8);
    this.#table = new Int32Array(256 * this.#bytes);
    this.#input = new Int32Array(8 * this.#bytes);
  }

  /** Outputs for one sample of scaled features (see `InputScaling`), `features` of them. */
  outputs(x: ArrayLike<number>): Float64Array {
    const { features, levels, outputs, activation } = this.network;
    if (x.length !== features) {
      throw new ProblemError(`the sample has ${x.length} features; the network takes ${features}`, {
        value: x.length,
      });
    }
    for (let i = 0; i < features; i++) {
      const fixed = Math.max(-INPUT_RANGE, Math.min(INPUT_RANGE, Math.round(x[i] / this.unit)));
      for (let k = 0; k < levels; k++) this.#input[i * levels + k] = fixed;
    }
    this.#fillTables(features * levels);
    const result = new Float64Array(outputs.length);
    outputs.forEach(({ neurons, u, v, alpha }, k) => {
      const own = typeof alpha === "number" ? undefined : alpha;
      let integers = 0;
      let reals = 0;
      for (let j = 0; j < neurons; j++) {
        const s = this.#project(u, j);
        const t = v === undefined ? s : this.#project(v, j);
        if (activation === "bilinear") {
          // Exact: below 2⁵³ up to two million weights a neuron.
          if (own === undefined) integers += s * t;
          else reals += own[j] * (s * t);
          continue;
        }
        const { a, b, c } = activation;
        const p = this.#last(u, j);
        const q = v === undefined ? p : this.#last(v, j);
        const hidden = a * this.unit * s * t + 0.5 * b * (q * s + p * t) + (c / this.unit) * p * q;
        reals += own === undefined ? hidden : own[j] * hidden;
      }
      if (activation === "bilinear") {
        const squared = this.unit * this.unit;
        result[k] = own === undefined ? (alpha as number) * squared * integers : squared * reals;
      } else {
        result[k] = this.unit * (own === undefined ? (alpha as number) * reals : reals);
      }
    });
    return result;
  }

  /** table[256·byte + bits] = Σ ±x over the eight coordinates of the byte: each entry one addition from another. */
  #fillTables(length: number): void {
    const table = this.#table;
    const x = this.#input;
    for (let byte = 0; byte < this.#bytes; byte++) {
      const at = 256 * byte;
      let base = 0;
      for (let i = 8 * byte; i < 8 * byte + 8 && i < length; i++) base -= x[i];
      table[at] = base;
      for (let bit = 0; bit < 8; bit++) {
        const i = 8 * byte + bit;
        const twice = i < length ? x[i] + x[i] : 0;
        for (let k = 0; k < 1 << bit; k++) table[at + (1 << bit) + k] = table[at + k] + twice;
      }
    }
  }

  #project(packed: Uint8Array, neuron: number): number {
    const bytes = this.#bytes;
    let sum = 0;
    for (let byte = 0, at = neuron * bytes; byte < bytes; byte++, at++)
      sum += this.#table[256 * byte + packed[at]];
    return sum;
  }

  /** The last coordinate of the neuron: ±1. */
  #last(packed: Uint8Array, neuron: number): number {
    const i = this.#order - 1;
    return (packed[neuron * this.#bytes + (i >> 3)] >> (i & 7)) & 1 ? 1 : -1;
  }
}

/** The class of a sample's outputs, or the value of a regression. */
export function interpret(network: QuantizedNetwork, outputs: ArrayLike<number>): string | number {
  const { meaning } = network;
  if (meaning.kind === "regression") return meaning.offset + meaning.factor * outputs[0];
  if (outputs.length === 1) return meaning.classes[outputs[0] >= 0 ? 1 : 0];
  let best = 0;
  for (let k = 1; k < outputs.length; k++) if (outputs[k] > outputs[best]) best = k;
  return meaning.classes[best];
}
