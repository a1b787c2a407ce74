import { renderVegaLite } from "../../../src/report/figure.ts";
import { writeResults, writeText } from "../moment/lib/results.ts";
import { fourTables, listOption } from "./lib/data.ts";
import { nodeTimes } from "./lib/timing.ts";

/** 0.975 quantile of Student's t with 3 degrees of freedom: four data sets. */
const STUDENT = 3.182;

/**
 * Figure 8: log time against M and P on four data sets cut to 8 inputs and 177 training rows, with the 95 % interval of
 * the mean over the sets. `--neurons 2,4,6 --pieces 3,5,7 --nodes 31`. Time is that of a fixed number of nodes.
 */
export async function run(args: readonly string[]): Promise<void> {
  const sizes = listOption(args, "neurons", [2, 4, 6]);
  const pieceCounts = listOption(args, "pieces", [3, 5, 7]);
  const [nodes] = listOption(args, "nodes", [31]);
  const points: object[] = [];
  const intervals: object[] = [];
  const tables = fourTables(args);
  for (const pieces of pieceCounts) {
    for (const neurons of sizes) {
      const logs: number[] = [];
      for (const { name, data } of tables) {
        const { treeSeconds, rootSeconds } = await nodeTimes(data, neurons, pieces, nodes);
        logs.push(Math.log10(treeSeconds));
        points.push({ name, neurons, pieces, log: Math.log10(treeSeconds), treeSeconds, rootSeconds });
      }
      const mean = logs.reduce((sum, v) => sum + v, 0) / logs.length;
      const deviation = Math.sqrt(logs.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (logs.length - 1));
      const half = (STUDENT * deviation) / Math.sqrt(logs.length);
      intervals.push({ neurons, pieces, mean, low: mean - half, high: mean + half });
      console.log({ pieces, neurons, mean, half });
    }
  }
  const x = { field: "neurons", type: "quantitative", title: "neurons M" };
  const figure = {
    title: `Time of ${nodes} nodes on four data sets, 95 % intervals`,
    hconcat: pieceCounts.map((pieces) => ({
      title: `${pieces} pieces`,
      width: 220,
      height: 260,
      layer: [
        {
          data: { values: intervals.filter((line) => (line as { pieces: number }).pieces === pieces) },
          mark: { type: "errorband", opacity: 0.25 },
          encoding: {
            x,
            y: { field: "low", type: "quantitative", title: "log₁₀ seconds", scale: { zero: false } },
            y2: { field: "high" },
          },
        },
        {
          data: { values: points.filter((line) => (line as { pieces: number }).pieces === pieces) },
          mark: { type: "line", point: true },
          encoding: {
            x,
            y: { field: "log", type: "quantitative" },
            color: { field: "name", type: "nominal", title: null },
          },
        },
      ],
    })),
  };
  writeText("sosx-figure8.svg", await renderVegaLite(figure));
  const list = (values: readonly number[]): string => values.join(",");
  const command = `npm run reproduce -- sosx/figure8 --neurons ${list(sizes)} --pieces ${list(pieceCounts)} --nodes ${nodes}`;
  console.log(`written to ${writeResults("sosx-figure8", command, { points, intervals })}`);
}
