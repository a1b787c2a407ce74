import { renderVegaLite } from "../../../src/report/figure.ts";
import { writeResults, writeText } from "../moment/lib/results.ts";
import { fourTables, listOption, powerLaw } from "./lib/data.ts";
import { passTime } from "./lib/timing.ts";

/** 0.975 quantile of Student's t with 3 degrees of freedom: four data sets. */
const STUDENT = 3.182;

interface Point {
  readonly name: string;
  readonly neurons: number;
  readonly pieces: number;
  /** log₁₀ of passSeconds. */
  readonly log: number;
  readonly passSeconds: number;
  readonly secondsPerLp: number;
}

interface Interval {
  readonly neurons: number;
  readonly pieces: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Figure 8: log time against M and P on four data sets cut to 8 inputs and 177 training rows, with the 95 % interval of
 * the mean over the sets. `--neurons 2,4,8,12,16 --pieces 3,5,7,9 --nodes 8` (some five minutes on one core). Time is that
 * of the paper's pass: N·M node LPs, timed at five depths.
 */
export async function run(args: readonly string[]): Promise<void> {
  const sizes = listOption(args, "neurons", [2, 4, 8, 12, 16]);
  const pieceCounts = listOption(args, "pieces", [3, 5, 7, 9]);
  const [nodes] = listOption(args, "nodes", [8]);
  const points: Point[] = [];
  const intervals: Interval[] = [];
  const tables = fourTables(args);
  const start = performance.now();
  for (const pieces of pieceCounts) {
    for (const neurons of sizes) {
      const logs: number[] = [];
      for (const { name, data } of tables) {
        const { passSeconds, secondsPerLp } = await passTime(data, neurons, pieces, nodes, () => undefined);
        logs.push(Math.log10(passSeconds));
        points.push({ name, neurons, pieces, log: Math.log10(passSeconds), passSeconds, secondsPerLp });
      }
      const mean = logs.reduce((sum, v) => sum + v, 0) / logs.length;
      const deviation = Math.sqrt(logs.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (logs.length - 1));
      const half = (STUDENT * deviation) / Math.sqrt(logs.length);
      intervals.push({ neurons, pieces, mean, low: mean - half, high: mean + half });
      const elapsed = ((performance.now() - start) / 1000).toFixed(0);
      console.log(`${elapsed} s: P = ${pieces}, M = ${neurons}: log₁₀ of seconds ${mean.toFixed(2)} ± ${half.toFixed(2)}`);
    }
  }
  // Exponents of M for every P, over the sets' means.
  const fits = pieceCounts.map((pieces) => {
    const own = intervals.filter((line) => line.pieces === pieces);
    return { pieces, ...powerLaw(own.map(({ neurons }) => neurons), own.map(({ mean }) => 10 ** mean)) };
  });
  console.log(fits);
  const x = { field: "neurons", type: "quantitative", title: "neurons M" };
  const figure = {
    title: "Time of N·M node LPs on four data sets, 95 % intervals",
    hconcat: pieceCounts.map((pieces) => ({
      title: `${pieces} pieces`,
      width: 220,
      height: 260,
      layer: [
        {
          data: { values: intervals.filter((line) => line.pieces === pieces) },
          mark: { type: "errorband", opacity: 0.25 },
          encoding: {
            x,
            y: { field: "low", type: "quantitative", title: "log₁₀ processor seconds", scale: { zero: false } },
            y2: { field: "high" },
          },
        },
        {
          data: { values: points.filter((line) => line.pieces === pieces) },
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
  console.log(`written to ${writeResults("sosx-figure8", command, { nodes, points, intervals, fits })}`);
}
