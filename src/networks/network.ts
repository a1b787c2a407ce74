import { ProblemError } from "../errors.ts";
import type { Activation } from "./activation.ts";

/** y = σ(Wx + b), σ entrywise. */
export interface Layer {
  /** W, outputs × inputs, row after row. */
  readonly weights: Float64Array;
  /** Length outputs. */
  readonly bias: Float64Array;
  readonly activation: Activation;
}

/**
 * What a .nnet file knows of the units its network was trained in: the first layer sees (raw − inputMean)/inputRange,
 * the raw output is outputRange·y + outputMean.
 */
export interface Normalization {
  readonly inputLower: Float64Array;
  readonly inputUpper: Float64Array;
  readonly inputMean: Float64Array;
  readonly inputRange: Float64Array;
  readonly outputMean: number;
  readonly outputRange: number;
}

/**
 * The normalisation as .nnet files list it: entries of the inputs first, those of the output last in `means` and
 * `ranges`.
 */
export function makeNormalization(
  inputs: number,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  means: ArrayLike<number>,
  ranges: ArrayLike<number>,
): Normalization {
  const first = (values: ArrayLike<number>): Float64Array => Float64Array.from({ length: inputs }, (_, k) => values[k]);
  return {
    inputLower: first(lower),
    inputUpper: first(upper),
    inputMean: first(means),
    inputRange: first(ranges),
    outputMean: means[means.length - 1],
    outputRange: ranges[ranges.length - 1],
  };
}

/** A feed-forward network. Data only. */
export interface Network {
  readonly name?: string;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly layers: readonly Layer[];
  readonly normalization?: Normalization;
}

/** Inputs of a layer. */
export function layerInputs(layer: Layer): number {
  return layer.weights.length / layer.bias.length;
}

/**
 * Assembles a network, checking that layers fit together and hold finite numbers.
 * @throws ProblemError saying which layer does not
 */
export function makeNetwork(
  inputSize: number,
  layers: readonly Layer[],
  extra: { readonly name?: string | undefined; readonly normalization?: Normalization | undefined } = {},
): Network {
  if (!Number.isInteger(inputSize) || inputSize < 1) {
    throw new ProblemError(`a network must have at least one input, but inputSize is ${inputSize}`, { field: "inputSize" });
  }
  if (layers.length === 0) throw new ProblemError("a network must have at least one layer", { field: "layers" });
  let inputs = inputSize;
  layers.forEach(({ weights, bias }, k) => {
    const outputs = bias.length;
    if (outputs === 0) throw new ProblemError(`layers[${k}] has no outputs`, { field: `layers[${k}].bias` });
    if (weights.length !== outputs * inputs) {
      throw new ProblemError(
        `layers[${k}] has ${outputs} biases and ${inputs} inputs, so its weights must be ${outputs} × ${inputs} = ` +
          `${outputs * inputs} numbers, but they are ${weights.length}`,
        { field: `layers[${k}].weights` },
      );
    }
    for (const [name, values] of [["weights", weights], ["bias", bias]] as const) {
      const index = values.findIndex((v) => !Number.isFinite(v));
      if (index >= 0) {
        throw new ProblemError(`layers[${k}].${name}[${index}] is ${values[index]}; it must be finite`, {
          field: `layers[${k}].${name}`,
          index,
          value: values[index],
        });
      }
    }
    inputs = outputs;
  });
  return {
    ...(extra.name !== undefined && { name: extra.name }),
    inputSize,
    outputSize: inputs,
    layers,
    ...(extra.normalization !== undefined && { normalization: extra.normalization }),
  };
}

/** Wx + b. */
export function affine({ weights, bias }: Layer, x: ArrayLike<number>): Float64Array {
  const n = weights.length / bias.length;
  return bias.map((b, i) => {
    let sum = b;
    for (let j = 0; j < n; j++) sum += weights[i * n + j] * x[j];
    return sum;
  });
}

/** The output at x. */
export function evaluateNetwork(network: Network, x: ArrayLike<number>): Float64Array {
  let values = Float64Array.from(x);
  for (const layer of network.layers) values = affine(layer, values).map((z) => layer.activation.value(z));
  return values;
}

/** objectiveᵀ·output at x, and its gradient in x (right derivatives at kinks). */
export function evaluateGradient(
  network: Network,
  objective: ArrayLike<number>,
  x: ArrayLike<number>,
): { readonly value: number; readonly gradient: Float64Array } {
  const slopes: Float64Array[] = [];
  let values = Float64Array.from(x);
  for (const layer of network.layers) {
    const z = affine(layer, values);
    slopes.push(z.map((v) => layer.activation.derivative(v)));
    values = z.map((v) => layer.activation.value(v));
  }
  let value = 0;
  for (let i = 0; i < values.length; i++) value += objective[i] * values[i];
  let back = Float64Array.from(objective);
  for (let k = network.layers.length - 1; k >= 0; k--) {
    const layer = network.layers[k];
    const inputs = layerInputs(layer);
    const next = new Float64Array(inputs);
    for (let i = 0; i < back.length; i++) {
      const factor = back[i] * slopes[k][i];
      if (factor === 0) continue;
      for (let j = 0; j < inputs; j++) next[j] += factor * layer.weights[i * inputs + j];
    }
    back = next;
  }
  return { value, gradient: back };
}

/**
 * The same network in raw units, its normalisation folded into the first and the last layer.
 * @throws ProblemError where it has none, or its last layer is not linear
 */
export function withRawUnits(network: Network): Network {
  const { normalization, layers } = network;
  if (normalization === undefined) {
    throw new ProblemError("this network comes without a normalisation: its units are raw already", { field: "normalization" });
  }
  const { inputMean, inputRange, outputMean, outputRange } = normalization;
  const last = layers.length - 1;
  if (layers[last].activation.linearBetween?.length !== 0) {
    throw new ProblemError("the last layer must be linear to put its output in raw units", { field: `layers[${last}]` });
  }
  const raw = layers.map((layer, k) => {
    const n = layerInputs(layer);
    let { weights, bias } = layer;
    if (k === 0) {
      bias = bias.map((b, i) => {
        let sum = b;
        for (let j = 0; j < n; j++) sum -= (weights[i * n + j] * inputMean[j]) / inputRange[j];
        return sum;
      });
      weights = weights.map((w, p) => w / inputRange[p % n]);
    }
    if (k === last) {
      weights = weights.map((w) => w * outputRange);
      bias = bias.map((b) => b * outputRange + outputMean);
    }
    return { weights, bias, activation: layer.activation };
  });
  return makeNetwork(network.inputSize, raw, { name: network.name });
}

/** `5-50-50-5, relu`: sizes and activations in a few words. */
export function describeNetwork(network: Network): string {
  const sizes = [network.inputSize, ...network.layers.map(({ bias }) => bias.length)].join("-");
  const names = [...new Set(network.layers.slice(0, -1).map(({ activation }) => activation.name))];
  const lastName = network.layers[network.layers.length - 1].activation.name;
  if (lastName !== "identity" && !names.includes(lastName)) names.push(lastName);
  return names.length === 0 ? sizes : `${sizes}, ${names.join(", ")}`;
}
