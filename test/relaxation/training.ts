import { affine, makeNetwork } from "../../src/networks/network.ts";
import type { Network } from "../../src/networks/network.ts";

export interface Sample {
  readonly input: ArrayLike<number>;
  readonly target: readonly number[];
}

export interface Training {
  readonly steps: number;
  /** Adam's step length, falling to a tenth of it along a cosine. */
  readonly rate: number;
  /** Samples in each step, in turn. */
  readonly batch: number;
}

/** Trains a network on the mean squared error with Adam; returns it with its error over all samples. */
export function train(start: Network, samples: readonly Sample[], { steps, rate, batch }: Training): { network: Network; error: number } {
  let network = start;
  const moments = network.layers.map(({ weights, bias }) => [weights, bias].map((p) => [p.map(() => 0), p.map(() => 0)]));
  for (let step = 1; step <= steps; step++) {
    const gradients = network.layers.map(({ weights, bias }) => [weights.map(() => 0), bias.map(() => 0)]);
    for (let k = 0; k < batch; k++) {
      backpropagate(network, samples[((step - 1) * batch + k) % samples.length], gradients, 2 / batch);
    }
    const length = rate * (0.55 + 0.45 * Math.cos((Math.PI * step) / steps));
    network = makeNetwork(
      network.inputSize,
      network.layers.map((layer, l) => {
        const [weights, bias] = [layer.weights, layer.bias].map((values, p) => {
          const [m, v] = moments[l][p];
          return values.map((value, k) => {
            const g = gradients[l][p][k];
            m[k] = 0.9 * m[k] + 0.1 * g;
            v[k] = 0.999 * v[k] + 0.001 * g * g;
            return value - (length * (m[k] / (1 - 0.9 ** step))) / (Math.sqrt(v[k] / (1 - 0.999 ** step)) + 1e-8);
          });
        });
        return { weights, bias, activation: layer.activation };
      }),
    );
  }
  let error = 0;
  for (const { input, target } of samples) {
    forward(network, input).at(-1)?.values.forEach((y, i) => (error += (y - target[i]) ** 2 / samples.length));
  }
  return { network, error };
}

/** Values of every layer and the slopes of its activation. */
function forward(network: Network, input: ArrayLike<number>): { readonly values: Float64Array; readonly slopes: Float64Array }[] {
  let values: Float64Array = Float64Array.from(input);
  return network.layers.map((layer) => {
    const z = affine(layer, values);
    values = z.map((t) => layer.activation.value(t));
    return { values, slopes: z.map((t) => layer.activation.derivative(t)) };
  });
}

function backpropagate(network: Network, { input, target }: Sample, gradients: Float64Array[][], scale: number): void {
  const passes = forward(network, input);
  let back = passes[passes.length - 1].values.map((y, i) => scale * (y - target[i]));
  for (let l = network.layers.length - 1; l >= 0; l--) {
    const before = l === 0 ? Float64Array.from(input) : passes[l - 1].values;
    const { weights } = network.layers[l];
    const n = before.length;
    const next = new Float64Array(n);
    for (let i = 0; i < back.length; i++) {
      const delta = back[i] * passes[l].slopes[i];
      if (delta === 0) continue;
      gradients[l][1][i] += delta;
      for (let j = 0; j < n; j++) {
        gradients[l][0][i * n + j] += delta * before[j];
        next[j] += delta * weights[i * n + j];
      }
    }
    back = next;
  }
}
