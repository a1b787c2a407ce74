import { renderVegaLite } from "../../../src/report/figure.ts";
import { writeResults, writeText } from "../moment/lib/results.ts";
import { distillation, listOption, PAPER, powerLaw } from "./lib/data.ts";
import { passTime, rootSeconds } from "./lib/timing.ts";
import type { PassTime } from "./lib/timing.ts";

/**
 * Figure 1, time against M on the distillation data: `--neurons 5,10,16,20,24,30 --nodes 16 --root-limit 60` (two to five
 * minutes on one core). Node LPs are timed at five depths; N·M of them make the paper's pass. Beside it one cold root
 * relaxation by HiGHS, where it ends within the limit. The exponents of fitted power laws stand beside the paper's.
 */
export async function run(args: readonly string[]): Promise<void> {
  const sizes = listOption(args, "neurons", PAPER.map(({ neurons }) => neurons));
  const [nodes] = listOption(args, "nodes", [16]);
  const [limit] = listOption(args, "root-limit", [60]);
  const data = distillation(args);
  const start = performance.now();
  const progress = (line: string): void => console.log(`${((performance.now() - start) / 1000).toFixed(0)} s: ${line}`);
  const times: (PassTime & { readonly rootSeconds: number | null })[] = [];
  for (const neurons of sizes) {
    const line = await passTime(data, neurons, 3, nodes, progress);
    const root = await rootSeconds(data, neurons, limit);
    progress(`M = ${neurons}: pass ${line.passSeconds.toFixed(1)} s, HiGHS's root ${root?.toFixed(1) ?? `> ${limit}`} s`);
    times.push({ ...line, rootSeconds: root ?? null });
  }
  const roots = times.filter((t): t is PassTime & { readonly rootSeconds: number } => t.rootSeconds !== null);
  const fits = {
    paper: powerLaw(PAPER.map(({ neurons }) => neurons), PAPER.map(({ seconds }) => seconds)),
    pass: powerLaw(sizes, times.map(({ passSeconds }) => passSeconds)),
    lp: powerLaw(sizes, times.map(({ secondsPerLp }) => secondsPerLp)),
    ...(roots.length < 2 ? {} : { root: powerLaw(roots.map((t) => t.neurons), roots.map((t) => t.rootSeconds)) }),
  };
  console.log(fits);
  const law = (fit: { exponent: number } | undefined): string => `M^${fit?.exponent.toFixed(2) ?? "?"}`;
  const series = [
    ...PAPER.map(({ neurons, seconds }) => ({ neurons, seconds, series: `paper, ${law(fits.paper)}` })),
    ...times.map((t) => ({ neurons: t.neurons, seconds: t.passSeconds, series: `N·M node LPs in batches, ${law(fits.pass)}` })),
    ...times.map((t) => ({ neurons: t.neurons, seconds: t.secondsPerLp, series: `one of them, ${law(fits.lp)}` })),
    ...roots.map((t) => ({ neurons: t.neurons, seconds: t.rootSeconds, series: `root by HiGHS, ${law(fits.root)}` })),
  ];
  const figure = {
    title: "Time against the number of neurons, 3 pieces",
    width: 520,
    height: 320,
    data: { values: series },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "neurons", type: "quantitative", scale: { type: "log" }, title: "neurons M" },
      y: { field: "seconds", type: "quantitative", scale: { type: "log" }, title: "processor seconds" },
      color: { field: "series", type: "nominal", title: null },
    },
  };
  writeText("sosx-figure1.svg", await renderVegaLite(figure));
  const command = `npm run reproduce -- sosx/figure1 --neurons ${sizes.join(",")} --nodes ${nodes} --root-limit ${limit}`;
  console.log(`written to ${writeResults("sosx-figure1", command, { nodes, times, fits })}`);
}
