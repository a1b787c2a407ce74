import { activationByName, identity } from "../../src/networks/activations.ts";
import { evaluateNetwork, makeNetwork } from "../../src/networks/network.ts";
import type { Layer, Network } from "../../src/networks/network.ts";
import { fillNormal, seededRandom } from "../../bench/random.ts";

/** A random network with the given layer sizes, linear at its end; weights of the size training starts from. */
export function randomNetwork(sizes: readonly number[], activation: string, seed: number, gain = 1.5): Network {
  const random = seededRandom(seed);
  const layers: Layer[] = sizes.slice(1).map((outputs, k) => {
    const inputs = sizes[k];
    const weights = fillNormal(new Float64Array(inputs * outputs), random).map((w) => (gain * w) / Math.sqrt(inputs));
    const bias = fillNormal(new Float64Array(outputs), random).map((b) => 0.3 * b);
    return { weights, bias, activation: k + 2 < sizes.length ? activationByName(activation) : identity };
  });
  return makeNetwork(sizes[0], layers, { name: `random ${activation}` });
}

/**
 * Trains a network (squared error, Adam over all of a grid) to the Franke-like surface
 * sin(2x₁) cos(1.5x₂) + x₁x₂/2 on [−1, 1]²; returns it with its mean squared error.
 */
export function trainedNetwork(activation: string, hidden: readonly number[], steps: number, seed: number): { network: Network; error: number } {
  let network = randomNetwork([2, ...hidden, 1], activation, seed, 1);
  const points: [number, number][] = [];
  for (let i = 0; i <= 8; i++) for (let k = 0; k <= 8; k++) points.push([i / 4 - 1, k / 4 - 1]);
  const target = ([a, b]: [number, number]): number => Math.sin(2 * a) * Math.cos(1.5 * b) + 0.5 * a * b;
  const moments = network.layers.map(({ weights, bias }) => [weights, bias].map((p) => [p.map(() => 0), p.map(() => 0)]));
  for (let step = 1; step <= steps; step++) {
    const gradients = network.layers.map(({ weights, bias }) => [weights.map(() => 0), bias.map(() => 0)]);
    for (const x of points) backpropagate(network, x, target(x), gradients, 2 / points.length);
    network = makeNetwork(
      2,
      network.layers.map((layer, l) => {
        const [weights, bias] = [layer.weights, layer.bias].map((values, p) => {
          const [m, v] = moments[l][p];
          return values.map((value, k) => {
            const g = gradients[l][p][k];
            m[k] = 0.9 * m[k] + 0.1 * g;
            v[k] = 0.999 * v[k] + 0.001 * g * g;
            return value - (0.03 * (m[k] / (1 - 0.9 ** step))) / (Math.sqrt(v[k] / (1 - 0.999 ** step)) + 1e-8);
          });
        });
        return { weights, bias, activation: layer.activation };
      }),
      { name: `trained ${activation}` },
    );
  }
  const error = points.reduce((sum, x) => sum + (evaluateNetwork(network, x)[0] - target(x)) ** 2, 0) / points.length;
  return { network, error };
}

function backpropagate(network: Network, x: readonly number[], target: number, gradients: Float64Array[][], scale: number): void {
  const inputs: Float64Array[] = [];
  const slopes: Float64Array[] = [];
  let values = Float64Array.from(x);
  for (const { weights, bias, activation } of network.layers) {
    inputs.push(values);
    const n = values.length;
    const z = bias.map((b, i) => {
      let sum = b;
      for (let j = 0; j < n; j++) sum += weights[i * n + j] * values[j];
      return sum;
    });
    slopes.push(z.map((t) => activation.derivative(t)));
    values = z.map((t) => activation.value(t));
  }
  let back = Float64Array.of(scale * (values[0] - target));
  for (let l = network.layers.length - 1; l >= 0; l--) {
    const n = inputs[l].length;
    const next = new Float64Array(n);
    for (let i = 0; i < back.length; i++) {
      const delta = back[i] * slopes[l][i];
      gradients[l][1][i] += delta;
      for (let j = 0; j < n; j++) {
        gradients[l][0][i * n + j] += delta * inputs[l][j];
        next[j] += delta * network.layers[l].weights[i * n + j];
      }
    }
    back = next;
  }
}

/** Least and greatest value of a one-output network over a grid on a box. */
export function gridRange(network: Network, lower: Float64Array, upper: Float64Array, steps: number): [number, number] {
  const n = lower.length;
  let [least, greatest] = [Infinity, -Infinity];
  for (let index = 0; index < (steps + 1) ** n; index++) {
    const x = lower.map((l, j) => l + ((upper[j] - l) * (Math.floor(index / (steps + 1) ** j) % (steps + 1))) / steps);
    const [y] = evaluateNetwork(network, x);
    [least, greatest] = [Math.min(least, y), Math.max(greatest, y)];
  }
  return [least, greatest];
}
