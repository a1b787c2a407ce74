import * as z from "zod";
import { fillStandardNormal, seededUniform } from "../../quantized/random.ts";
import { whole } from "../parameters.ts";
import type { GeneratedInputs, Generator } from "./registry.ts";

const parameters = z.strictObject({
  /** Rows of the table: training and test samples together. */
  samples: whole(2).default(200),
  features: whole(1).default(20),
  /** Bilinear neurons planted. */
  planted: whole(1).default(10),
  seed: whole(0).default(1),
});
type Parameters = z.output<typeof parameters>;

/**
 * A table x1 … xd, y of standard normal features and y = Σ αⱼ (xᵀuⱼ)(xᵀvⱼ) with planted u, v ∈ {±1}ᵈ and α uniform
 * in (0, 1): the data of figure 1 of Bartan and Pilanci (2021). The assessment is `power` = Σ y².
 */
export const plantedQuantized: Generator<Parameters> = {
  name: "plantedQuantized",
  task: "quantize",
  parameters,
  generate,
};

function generate({ samples, features, planted, seed }: Parameters): GeneratedInputs {
  const uniform = seededUniform(seed);
  const x = fillStandardNormal(new Float64Array(samples * features), uniform);
  const signs = Float64Array.from({ length: 2 * features * planted }, () => (uniform() < 0.5 ? -1 : 1));
  const alpha = Float64Array.from({ length: planted }, () => uniform());
  const dot = (row: number, neuron: number): number => {
    let sum = 0;
    for (let k = 0; k < features; k++) sum += x[row * features + k] * signs[neuron * features + k];
    return sum;
  };
  const y = Float64Array.from({ length: samples }, (_, i) =>
    alpha.reduce((sum, a, j) => sum + a * dot(i, 2 * j) * dot(i, 2 * j + 1), 0),
  );
  const header = [...Array.from({ length: features }, (_, k) => `x${k + 1}`), "y"].join(",");
  const rows = Array.from(y, (value, i) => [...x.subarray(i * features, (i + 1) * features), value].join(","));
  const power = y.reduce((sum, value) => sum + value * value, 0);
  const bytes = new TextEncoder().encode(`${[header, ...rows].join("\n")}\n`);
  return { inputs: { data: { name: "planted.csv", bytes } }, assess: () => ({ power }) };
}
