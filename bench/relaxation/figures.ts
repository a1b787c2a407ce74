/**
 * The pictures of bench/results: `npx tsx bench/relaxation/figures.ts`: the envelope of a two-input sigmoid neuron,
 * that of a ReLU neuron, and the certified bound against the rounds of the cut loop on the encounter network.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { activationByName } from "../../src/networks/activations.ts";
import { readNetworkFile } from "../../src/networks/read-file.ts";
import { boundNetwork } from "../../src/relaxation/bound.ts";
import { envelopeFigure, roundsFigure } from "../../src/relaxation/figures.ts";
import { ballAround } from "../../src/relaxation/query.ts";
import { renderVegaLite } from "../../src/report/figure.ts";

const folder = new URL("../results/", import.meta.url);
mkdirSync(folder, { recursive: true });
const box = ballAround([0, 0], 1);
for (const [name, weights, bias] of [["sigmoid", [3, -2], -0.5], ["relu", [1, 1.5], -0.5]] as const) {
  const neuron = { weights: Float64Array.from(weights), bias, activation: activationByName(name) };
  writeFileSync(new URL(`neuron-envelope-${name}.svg`, folder), await renderVegaLite(envelopeFigure(neuron, box)));
}
const encounter = await readNetworkFile(new URL("data/encounter.nnet", import.meta.url).pathname);
const objective = { sense: "min", coefficients: Float64Array.of(1, 0, 0, 0, 0), label: "encounter.nnet, y0" } as const;
const { results } = await boundNetwork(encounter, { box: ballAround([-0.1, 0, 0, 0, 0], 0.1) }, [objective], { exact: 60 });
writeFileSync(new URL("bound-rounds.svg", folder), await renderVegaLite(roundsFigure(results[0])));
