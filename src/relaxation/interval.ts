import { activationRange } from "../networks/activation.ts";
import type { Layer, Network } from "../networks/network.ts";
import type { Box } from "./neuron.ts";

const EPSILON = 2 ** -53;

/** What a layer's neurons can take: before (wᵀx + b) and after the activation. */
export interface LayerBounds {
  readonly pre: Box;
  readonly post: Box;
}

/** Wx + b over a box, rounded outward. */
export function affineRange({ weights, bias }: Layer, box: Box): Box {
  const n = box.lower.length;
  const lower = new Float64Array(bias.length);
  const upper = new Float64Array(bias.length);
  for (let i = 0; i < bias.length; i++) {
    let low = bias[i];
    let high = bias[i];
    let size = Math.abs(bias[i]);
    for (let j = 0; j < n; j++) {
      const w = weights[i * n + j];
      if (w === 0) continue;
      low += w * (w > 0 ? box.lower[j] : box.upper[j]);
      high += w * (w > 0 ? box.upper[j] : box.lower[j]);
      size += Math.abs(w) * Math.max(Math.abs(box.lower[j]), Math.abs(box.upper[j]));
    }
    const error = (n + 2) * EPSILON * size;
    lower[i] = low - error;
    upper[i] = high + error;
  }
  return { lower, upper };
}

/** σ over a box, rounded outward by a few units in the last place. */
export function activatedRange({ activation }: Layer, pre: Box): Box {
  const lower = new Float64Array(pre.lower.length);
  const upper = new Float64Array(pre.lower.length);
  // Library functions are good to a unit or two in the last place; piecewise linear ones are exact.
  const slack = activation.linearBetween === undefined ? 8 * EPSILON : 0;
  for (let i = 0; i < lower.length; i++) {
    const [least, greatest] = activationRange(activation, pre.lower[i], pre.upper[i]);
    lower[i] = least - slack * Math.abs(least);
    upper[i] = greatest + slack * Math.abs(greatest);
  }
  return { lower, upper };
}

/**
 * Bounds of every layer by interval arithmetic. `known` holds bounds that were found for the first layers by other
 * means; they are kept.
 */
export function intervalBounds(network: Network, input: Box, known: readonly LayerBounds[] = []): LayerBounds[] {
  const bounds: LayerBounds[] = [...known];
  for (let k = known.length; k < network.layers.length; k++) {
    const layer = network.layers[k];
    const pre = affineRange(layer, k === 0 ? input : bounds[k - 1].post);
    bounds.push({ pre, post: activatedRange(layer, pre) });
  }
  return bounds;
}
