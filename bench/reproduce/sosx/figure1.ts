import { renderVegaLite } from "../../../src/report/figure.ts";
import { writeResults, writeText } from "../moment/lib/results.ts";
import { distillation, listOption, PAPER, powerLaw } from "./lib/data.ts";
import { nodeTimes } from "./lib/timing.ts";
import type { NodeTimes } from "./lib/timing.ts";

/**
 * Figure 1, time against M on the distillation data: `--neurons 5,10,16,20,24,30 --nodes 63`. The exponents of fitted
 * power laws stand beside the paper's.
 */
export async function run(args: readonly string[]): Promise<void> {
  const sizes = listOption(args, "neurons", PAPER.map(({ neurons }) => neurons));
  const [nodes] = listOption(args, "nodes", [63]);
  const data = distillation(args);
  const times: NodeTimes[] = [];
  for (const neurons of sizes) {
    const line = await nodeTimes(data, neurons, 3, nodes);
    times.push(line);
    console.log(line);
  }
  const fits = {
    paper: powerLaw(PAPER.map(({ neurons }) => neurons), PAPER.map(({ seconds }) => seconds)),
    tree: powerLaw(sizes, times.map(({ treeSeconds }) => treeSeconds)),
    root: powerLaw(sizes, times.map(({ rootSeconds }) => rootSeconds)),
  };
  console.log(fits);
  const law = (v: number): string => v.toFixed(2);
  const series = [
    ...PAPER.map(({ neurons, seconds }) => ({ neurons, seconds, series: `paper, M^${law(fits.paper.exponent)}` })),
    ...times.map((t) => ({
      neurons: t.neurons,
      seconds: t.treeSeconds,
      series: `${nodes} nodes in batches, M^${law(fits.tree.exponent)}`,
    })),
    ...times.map((t) => ({
      neurons: t.neurons,
      seconds: t.rootSeconds,
      series: `root by HiGHS, M^${law(fits.root.exponent)}`,
    })),
  ];
  const figure = {
    title: "Time against the number of neurons, 3 pieces",
    width: 520,
    height: 320,
    data: { values: series },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "neurons", type: "quantitative", scale: { type: "log" }, title: "neurons M" },
      y: { field: "seconds", type: "quantitative", scale: { type: "log" }, title: "seconds" },
      color: { field: "series", type: "nominal", title: null },
    },
  };
  writeText("sosx-figure1.svg", await renderVegaLite(figure));
  const command = `npm run reproduce -- sosx/figure1 --neurons ${sizes.join(",")} --nodes ${nodes}`;
  console.log(`written to ${writeResults("sosx-figure1", command, { times, fits })}`);
}
