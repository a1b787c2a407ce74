import { activationByName, identity } from "../../src/networks/activations.ts";
import { evaluateNetwork, makeNetwork } from "../../src/networks/network.ts";
import type { Layer, Network } from "../../src/networks/network.ts";
import { fillNormal, seededRandom } from "../../bench/random.ts";
import { train } from "./training.ts";
import type { Sample } from "./training.ts";

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

/** A network trained to sin(2x₁) cos(1.5x₂) + x₁x₂/2 on [−1, 1]², with its mean squared error. */
export function trainedNetwork(activation: string, hidden: readonly number[], steps: number, seed: number): { network: Network; error: number } {
  const samples: Sample[] = [];
  for (let i = 0; i <= 8; i++) {
    for (let k = 0; k <= 8; k++) {
      const [a, b] = [i / 4 - 1, k / 4 - 1];
      samples.push({ input: [a, b], target: [Math.sin(2 * a) * Math.cos(1.5 * b) + 0.5 * a * b] });
    }
  }
  return train(randomNetwork([2, ...hidden, 1], activation, seed, 1), samples, { steps, rate: 0.03, batch: samples.length });
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
