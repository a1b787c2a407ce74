import { isLinearOn } from "../networks/activation.ts";
import { layerInputs } from "../networks/network.ts";
import type { Layer, Network } from "../networks/network.ts";
import { CutLoop } from "./cut-loop.ts";
import type { CutKind, CutLoopLimits } from "./cut-loop.ts";
import { activatedRange, intervalBounds } from "./interval.ts";
import type { LayerBounds } from "./interval.ts";
import type { LpEngine } from "./lp/linear-program.ts";
import { networkLp } from "./network-lp.ts";
import type { InputSet } from "./query.ts";

export interface TightenResult {
  readonly bounds: readonly LayerBounds[];
  /** LPs solved. */
  readonly lps: number;
}

/**
 * Bounds of every neuron by minimising and maximising its argument over the relaxation of the layers before it, layer
 * by layer, each on the bounds found so far. Neurons that are linear on their range are left alone.
 */
export async function tightenBounds(
  network: Network,
  input: InputSet,
  engine: LpEngine,
  kind: CutKind,
  limits: CutLoopLimits,
): Promise<TightenResult> {
  const constraints = input.constraints ?? [];
  let bounds: LayerBounds[] = intervalBounds(network, input.box);
  let lps = 0;
  // Over a box alone, intervals are exact for the first layer.
  const start = constraints.length > 0 ? 0 : 1;
  for (let k = start; k < network.layers.length; k++) {
    const layer = network.layers[k];
    const { pre } = bounds[k];
    const wanted = [...pre.lower.keys()].filter((i) => !isLinearOn(layer.activation, pre.lower[i], pre.upper[i]));
    if (wanted.length === 0) continue;
    if (performance.now() > limits.deadline || limits.signal?.aborted) break;
    const lp = networkLp(network.layers.slice(0, k), input.box, constraints, bounds);
    const loop = await CutLoop.open(engine, lp);
    const [lower, upper] = [pre.lower.slice(), pre.upper.slice()];
    try {
      const first = k === 0 ? 0 : lp.outputs[k - 1];
      for (const i of wanted) {
        for (const sign of [1, -1]) {
          if (performance.now() > limits.deadline || limits.signal?.aborted) break;
          const { cost, constant, error } = argumentCost(layer, i, sign, first, lp.columns.lower.length, bounds[k - 1] ?? { post: input.box });
          const { bound, rounds } = await loop.run(cost, kind, limits);
          lps += rounds.length;
          const value = sign * (bound + constant - error);
          if (sign > 0) lower[i] = Math.max(lower[i], value);
          else upper[i] = Math.min(upper[i], value);
        }
        // Rounding may let the two sides of a nearly fixed neuron pass each other.
        if (lower[i] > upper[i]) [lower[i], upper[i]] = [upper[i], lower[i]];
      }
    } finally {
      loop.close();
    }
    const better = { lower, upper };
    bounds = intervalBounds(network, input.box, [...bounds.slice(0, k), { pre: better, post: activatedRange(layer, better) }]);
  }
  return { bounds, lps };
}

/** sign·(wᵀx + b) of a neuron as a cost on the columns of the layer before, with a bound on the sum's rounding. */
function argumentCost(
  layer: Layer,
  index: number,
  sign: number,
  first: number,
  columns: number,
  before: Pick<LayerBounds, "post">,
): { readonly cost: Float64Array; readonly constant: number; readonly error: number } {
  const n = layerInputs(layer);
  const cost = new Float64Array(columns);
  let size = Math.abs(layer.bias[index]);
  for (let j = 0; j < n; j++) {
    const w = layer.weights[index * n + j];
    cost[first + j] = sign * w;
    size += Math.abs(w) * Math.max(Math.abs(before.post.lower[j]), Math.abs(before.post.upper[j]));
  }
  return { cost, constant: sign * layer.bias[index], error: 4 * 2 ** -53 * size };
}
