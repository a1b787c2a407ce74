import type { Network } from "../networks/network.ts";
import { layerInputs } from "../networks/network.ts";
import type { LayerBounds } from "./interval.ts";
import type { NetworkLp } from "./network-lp.ts";
import { objectiveValue } from "./query.ts";
import type { Objective } from "./query.ts";
import type { Box } from "./neuron.ts";

/** An objective to be minimised, as a cost on the columns of a relaxation. A `max` objective has its sign turned. */
export interface LinearObjective {
  readonly cost: Float64Array;
  readonly constant: number;
  /** Bound on the rounding errors of the cost over the box of the columns. */
  readonly error: number;
  /** Its value at an output of the network. */
  evaluate(output: ArrayLike<number>): number;
}

/** Layers that get columns: a linear last layer goes into the cost. */
export function columnLayers({ layers }: Network): number {
  return layers[layers.length - 1].activation.name === "identity" ? layers.length - 1 : layers.length;
}

/** @param lp the relaxation of the first {@link columnLayers} layers */
export function linearObjective(
  network: Network,
  lp: NetworkLp,
  input: Box,
  bounds: readonly LayerBounds[],
  objective: Objective,
): LinearObjective {
  const sign = objective.sense === "min" ? 1 : -1;
  const { coefficients } = objective;
  const count = columnLayers(network);
  const first = count === 0 ? 0 : lp.outputs[count - 1];
  const cost = new Float64Array(lp.columns.lower.length);
  let constant = sign * (objective.constant ?? 0);
  let error = 0;
  if (count === network.layers.length) coefficients.forEach((c, i) => (cost[first + i] = sign * c));
  else {
    const last = network.layers[count];
    const n = layerInputs(last);
    const source = count === 0 ? input : bounds[count - 1].post;
    const size = new Float64Array(n);
    let constantSize = Math.abs(constant);
    coefficients.forEach((c, i) => {
      if (c === 0) return;
      constant += sign * c * last.bias[i];
      constantSize += Math.abs(c * last.bias[i]);
      for (let j = 0; j < n; j++) {
        const part = c * last.weights[i * n + j];
        cost[first + j] += sign * part;
        size[j] += Math.abs(part);
      }
    });
    error = constantSize;
    size.forEach((s, j) => (error += s * Math.max(Math.abs(source.lower[j]), Math.abs(source.upper[j]))));
    error *= 2 * (coefficients.length + 2) * 2 ** -53;
  }
  return { cost, constant, error, evaluate: (output) => sign * objectiveValue(objective, output) };
}
