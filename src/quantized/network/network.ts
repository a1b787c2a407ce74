import { ProblemError } from "../../errors.ts";
import type { Activation } from "../model/sample-forms.ts";
import type { SampledNetwork } from "../train.ts";
import { packSigns } from "./bits.ts";

/** How raw inputs become the features that the first layer sees: (x − offset)·factor, then a constant if asked for. */
export interface InputScaling {
  readonly names: readonly string[];
  readonly offset: readonly number[];
  readonly factor: readonly number[];
  /** Whether a feature that is always 1 follows the others. */
  readonly constant: boolean;
}

/** What the outputs mean. */
export type OutputMeaning =
  | { readonly kind: "regression"; readonly target: string; readonly offset: number; readonly factor: number }
  /** One output: negative means classes[0]. Several: the largest output names the class. */
  | { readonly kind: "classification"; readonly target: string; readonly classes: readonly string[] };

/** First-layer signs of one output, packed, and its second layer. */
export interface NetworkOutput {
  readonly neurons: number;
  /** Bit 1 is +1; neuron after neuron, each padded to whole bytes, lowest bit first. */
  readonly u: Uint8Array;
  /** undefined for neurons uᵀ𝒳u. */
  readonly v: Uint8Array | undefined;
  /** One weight for all neurons, or one each; signed. */
  readonly alpha: number | Float64Array;
}

/** A trained network: ŷ = Σⱼ αⱼ uⱼᵀ𝒳vⱼ per output, signs ±1, 𝒳 the lifted form of x (see `SampleForms`). */
export interface QuantizedNetwork {
  readonly activation: Activation;
  /** M: every feature is repeated so often, so its weight is an even or odd integer in [−M, M]. */
  readonly levels: number;
  /** Features that the first layer sees, the constant one included. */
  readonly features: number;
  readonly outputs: readonly NetworkOutput[];
  readonly input: InputScaling;
  readonly meaning: OutputMeaning;
}

/** Coordinates of u and v: features × levels, and one more for a polynomial activation. */
export function networkOrder({
  features,
  levels,
  activation,
}: Pick<QuantizedNetwork, "features" | "levels" | "activation">): number {
  return features * levels + (activation === "bilinear" ? 0 : 1);
}

/** Bits of the first layer and numbers of the second: what the network stores. */
export function networkSize(network: QuantizedNetwork): { readonly bits: number; readonly scalars: number } {
  const order = networkOrder(network);
  let bits = 0;
  let scalars = 0;
  for (const { neurons, v, alpha } of network.outputs) {
    bits += neurons * order * (v === undefined ? 1 : 2);
    scalars += typeof alpha === "number" ? 1 : alpha.length;
  }
  return { bits, scalars };
}

/** Packs a drawn network. Neurons of weight zero are dropped. @throws ProblemError where the orders disagree. */
export function packNetwork(
  sampled: SampledNetwork,
  shape: Pick<QuantizedNetwork, "activation" | "levels" | "features" | "input" | "meaning">,
): QuantizedNetwork {
  const order = networkOrder(shape);
  const outputs = sampled.outputs.map(({ neurons, alpha }): NetworkOutput => {
    if (neurons.order !== order) {
      throw new ProblemError(
        `the neurons have ${neurons.order} weights; ${shape.features} features need ${order}`,
      );
    }
    const { u, v, signs } = neurons;
    const single = typeof alpha === "number" && signs.every((s) => s === signs[0]);
    const kept: number[] = [];
    for (let j = 0; j < neurons.count; j++)
      if ((typeof alpha === "number" ? alpha : alpha[j]) !== 0) kept.push(j);
    return {
      neurons: kept.length,
      u: packSigns(u, order, kept),
      v: v === u ? undefined : packSigns(v, order, kept),
      alpha: single
        ? alpha * (signs[0] ?? 1)
        : Float64Array.from(kept, (j) => signs[j] * (typeof alpha === "number" ? alpha : alpha[j])),
    };
  });
  return { ...shape, outputs };
}
