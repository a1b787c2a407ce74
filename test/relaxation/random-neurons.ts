import { seededRandom } from "../../bench/random.ts";
import { activationByName } from "../../src/networks/activations.ts";
import type { Activation } from "../../src/networks/activation.ts";
import { argumentRange } from "../../src/relaxation/neuron.ts";
import type { Box, Neuron } from "../../src/relaxation/neuron.ts";

/** Every activation of the registry, with parameters that reach each of its shapes. */
export const testActivations: readonly { readonly label: string; readonly activation: Activation }[] = [
  ["relu", "relu"],
  ["leaky relu", "leaky_relu", { slope: 0.1 }],
  ["leaky relu, steeper left", "leaky_relu", { slope: 1.7 }],
  ["leaky relu, falling left", "leaky_relu", { slope: -0.3 }],
  ["softplus", "softplus"],
  ["elu", "elu", { alpha: 1 }],
  ["elu, alpha 2", "elu", { alpha: 2 }],
  ["sigmoid", "sigmoid"],
  ["tanh", "tanh"],
  ["arctan", "arctan"],
  ["softsign", "softsign"],
  ["erf", "erf"],
  ["exp", "exp"],
  ["silu", "silu"],
  ["gelu", "gelu"],
  ["clip", "clip", { low: -1, high: 1 }],
  ["cubic", "polynomial", { coefficients: [0.2, -0.5, 0.3, 0.25] }],
  ["falling quadratic", "polynomial", { coefficients: [1, 0.5, -0.4] }],
].map(([label, name, parameters]) => ({
  label: label as string,
  activation: activationByName(name as string, (parameters ?? {}) as Record<string, number>),
}));

export interface NeuronCase {
  readonly neuron: Neuron;
  readonly box: Box;
  readonly x: Float64Array;
}

/**
 * A random neuron with n inputs, a box and a point of it, sometimes on a face; the range of the argument is at most
 * about 8 wide, and holds at most one inflection.
 */
export function randomNeuron(activation: Activation, n: number, random: () => number): NeuronCase {
  for (;;) {
    const weights = Float64Array.from({ length: n }, () => (random() < 0.5 ? -1 : 1) * (0.05 + random()));
    const lower = Float64Array.from(weights, () => 2 * (random() - 0.5) * 2);
    const upper = lower.map((l) => l + 0.05 + 2 * random());
    let neuron: Neuron = { weights, bias: 0, activation };
    const [low, high] = argumentRange(neuron, { lower, upper });
    const scale = (1 + 7 * random()) / (high - low);
    for (let j = 0; j < n; j++) weights[j] *= scale;
    neuron = { ...neuron, bias: -scale * ((low + high) / 2) + 3 * (random() - 0.5) * 2 };
    const [from, to] = argumentRange(neuron, { lower, upper });
    if (activation.inflections.filter((z) => from < z && z < to).length > 1) continue;
    const x = lower.map((l, j) => {
      const part = random() < 0.15 ? Math.round(random()) : random();
      return part === 1 ? upper[j] : l + part * (upper[j] - l);
    });
    return { neuron, box: { lower, upper }, x };
  }
}

export { seededRandom };
