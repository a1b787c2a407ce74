import { UnsupportedError } from "../../errors.ts";
import { unpackSigns } from "./bits.ts";
import type { QuantizedNetwork } from "./network.ts";
import { networkOrder } from "./network.ts";

/** f(x) = Σⱼ σ(xᵀwⱼ)αⱼ with integer weights w in {−M, …, M}. */
export interface PolynomialNetwork {
  readonly activation: { readonly a: number; readonly b: number; readonly c: number };
  readonly features: number;
  readonly neurons: number;
  /** features×neurons, column-major. */
  readonly weights: Int8Array;
  readonly alpha: Float64Array;
}

/**
 * The converse of Theorem 1: each pair (u, v) becomes neurons σ(xᵀw) through
 * 2uᵀ𝒳v = (u+v)ᵀ𝒳(u+v) − uᵀ𝒳u − vᵀ𝒳v. With the last coordinates p, q = ±1 of u, v:
 * - uᵀ𝒳u = σ(p·xᵀũ), vᵀ𝒳v = σ(q·xᵀṽ);
 * - p = q: (u+v)ᵀ𝒳(u+v) = 4σ(xᵀw), w = p(ũ+ṽ)/2;
 * - p = −q: the last coordinate cancels and 4a(xᵀw)², w = (ũ+ṽ)/2, is a pure square: at² = ½(σ(t) + σ(−t)) − σ(0),
 *   which takes two neurons and a zero neuron.
 * Copies of a feature (levels) add up to one integer weight.
 *
 * @throws UnsupportedError for the bilinear activation, which is no σ(xᵀw).
 */
export function toPolynomialNetwork(network: QuantizedNetwork, output = 0): PolynomialNetwork {
  const { activation, features, levels } = network;
  if (activation === "bilinear") {
    throw new UnsupportedError("a bilinear network has no activation σ: train with the coefficients of one");
  }
  const order = networkOrder(network);
  const { neurons, u, v, alpha } = network.outputs[output];
  const U = unpackSigns(u, order, neurons);
  const V = v === undefined ? U : unpackSigns(v, order, neurons);
  const weights: number[] = [];
  const weightsOut: number[] = [];
  let atZero = 0;
  const add = (w: readonly number[], factor: number): void => {
    weights.push(...w);
    weightsOut.push(factor);
  };
  for (let j = 0; j < neurons; j++) {
    const p = U[j * order + order - 1];
    const q = V[j * order + order - 1];
    const left = Array.from({ length: features }, (_, i) => levelSum(U, j * order + i * levels, levels));
    const right = Array.from({ length: features }, (_, i) => levelSum(V, j * order + i * levels, levels));
    const weight = typeof alpha === "number" ? alpha : alpha[j];
    const half = left.map((s, i) => (s + right[i]) / 2);
    if (v === undefined) {
      add(
        left.map((s) => p * s),
        weight,
      );
      continue;
    }
    if (p === q) {
      add(
        half.map((s) => p * s),
        2 * weight,
      );
    } else {
      add(half, weight);
      add(
        half.map((s) => -s),
        weight,
      );
      atZero -= 2 * weight;
    }
    add(
      left.map((s) => p * s),
      -0.5 * weight,
    );
    add(
      right.map((s) => q * s),
      -0.5 * weight,
    );
  }
  if (atZero !== 0) add(new Array<number>(features).fill(0), atZero);
  return {
    activation,
    features,
    neurons: weightsOut.length,
    weights: Int8Array.from(weights),
    alpha: Float64Array.from(weightsOut),
  };
}

/** f(x) for one sample. */
export function polynomialOutput(network: PolynomialNetwork, x: ArrayLike<number>): number {
  const { features, neurons, weights, alpha, activation } = network;
  let total = 0;
  for (let j = 0; j < neurons; j++) {
    let t = 0;
    for (let i = 0; i < features; i++) t += weights[j * features + i] * x[i];
    total += alpha[j] * ((activation.a * t + activation.b) * t + activation.c);
  }
  return total;
}

function levelSum(signs: Int8Array, first: number, levels: number): number {
  let sum = 0;
  for (let k = 0; k < levels; k++) sum += signs[first + k];
  return sum;
}
