/**
 * Bounds side by side: `npx tsx bench/relaxation/gap.ts [--dir ../shared/data/nn] [--out bench/results/….jsonl]`.
 * For every task and with and without bound tightening: interval, univariate and neuron bounds, the part of the
 * univariate relaxation's gap to the true optimum that the neuron hulls close, cuts, LPs, seconds.
 */
import { Command } from "commander";
import { boundNetwork } from "../../src/relaxation/bound.ts";
import type { BoundMethod } from "../../src/relaxation/bound.ts";
import { formatSignificant } from "../../src/report/format.ts";
import { renderTable } from "../../src/report/table.ts";
import { packageVersion, Record } from "../record.ts";
import { exampleTasks, indexedTasks } from "./tasks.ts";

interface Row {
  readonly network: string;
  readonly task: string;
  readonly tighten: boolean;
  readonly unstable: number;
  readonly interval: number;
  readonly univariate: number;
  readonly neuron: number;
  readonly exact: number | null;
  readonly exactBy: string | null;
  /** The best value found on the network itself. */
  readonly found: number;
  /** (neuron − univariate)/(exact − univariate); null where the gap is nothing or the optimum unknown. */
  readonly gapClosed: number | null;
  /** Gaps in order (neuron ≤ univariate ≤ interval) and the optimum inside the bounds. */
  readonly sound: boolean;
  readonly cuts: number;
  readonly lps: number;
  readonly tightenLps: number;
  readonly seconds: number;
}

const { dir, out, exact: milpSeconds } = new Command()
  .option("--dir <folder>", "folder with bounds.json and its networks")
  .option("--exact <seconds>", "for true optima that are not known yet, by mixed-integer programming", Number, 5)
  .option("--out <file>")
  .parse()
  .opts<{ dir?: string; out?: string; exact: number }>();
const command = ["npx tsx bench/relaxation/gap.ts", dir && `--dir ${dir}`, out && `--out ${out}`].filter(Boolean).join(" ");
const record = new Record(out, { set: "relaxation-gap", command, versions: { node: process.version, highs: packageVersion("highs") } });

const tasks = [...(await exampleTasks()), ...(dir === undefined ? [] : await indexedTasks(dir))];
const rows: Row[] = [];
for (const { network, label, box, objective, exact: known, exactBy } of tasks) {
  let optimum = known;
  let by: string | undefined = exactBy;
  for (const tighten of [true, false]) {
    const began = performance.now();
    const ask = tighten && known === undefined && network.layers.every(({ activation }) => activation.linearBetween);
    const { results, unstable, tightening } = await boundNetwork(network, { box }, [objective], {
      tighten: tighten ? "univariate" : false,
      exact: ask ? milpSeconds : 0,
    });
    const [result] = results;
    if (result.exact?.proved && result.exact.value !== undefined) [optimum, by] = [result.exact.value, "milp"];
    const boundOf = (method: BoundMethod): number => result.stages.find((stage) => stage.method === method)?.bound ?? NaN;
    const [interval, univariate, neuron] = (["interval", "univariate", "neuron"] as const).map(boundOf);
    const sign = objective.sense === "min" ? 1 : -1;
    const gap = optimum === undefined ? 0 : sign * (optimum - univariate);
    const slack = 1e-7 * (1 + Math.abs(optimum ?? result.networkValue));
    const row: Row = {
      network: network.name ?? "",
      task: label,
      tighten,
      unstable,
      interval,
      univariate,
      neuron,
      exact: optimum ?? null,
      exactBy: by ?? null,
      found: result.networkValue,
      gapClosed: gap > 1e-6 * (1 + Math.abs(optimum ?? 0)) ? (sign * (neuron - univariate)) / gap : null,
      sound:
        sign * neuron >= sign * univariate &&
        sign * univariate >= sign * interval &&
        sign * neuron <= sign * (optimum ?? result.networkValue) + slack &&
        sign * neuron <= sign * result.networkValue + slack,
      cuts: result.cuts,
      lps: result.rounds,
      tightenLps: tightening.lps,
      seconds: (performance.now() - began) / 1000,
    };
    record.add(row);
    rows.push(row);
  }
}

function summary(of: readonly Row[], title: string): void {
  const closed = of.map(({ gapClosed }) => gapClosed).filter((g) => g !== null).sort((a, b) => a - b);
  const mean = closed.reduce((sum, g) => sum + g, 0) / closed.length;
  const median = closed[Math.floor(closed.length / 2)];
  record.add({ summary: title, tasks: of.length, withGap: closed.length, meanGapClosed: mean, medianGapClosed: median, sound: of.every(({ sound }) => sound) });
  const percent = (v: number | undefined): string => (v === undefined || Number.isNaN(v) ? "–" : `${(100 * v).toFixed(1)} %`);
  const unsound = of.filter(({ sound }) => !sound).length;
  console.log(`${title}: ${of.length} tasks, ${unsound} unsound; root gap closed: mean ${percent(mean)}, median ${percent(median)} of ${closed.length}`);
}

const number = (pick: (row: Row) => number | null) => (row: Row): string => {
  const value = pick(row);
  return value === null ? "" : formatSignificant(value, 6);
};
console.log(
  renderTable<Row>(
    [
      { title: "network", align: "left", cell: ({ network }) => network },
      { title: "task", align: "left", cell: ({ task, tighten }) => `${task}${tighten ? ", tightened" : ""}` },
      { title: "unstable", cell: ({ unstable }) => String(unstable) },
      { title: "interval", cell: number((row) => row.interval) },
      { title: "univariate", cell: number((row) => row.univariate) },
      { title: "neuron", cell: number((row) => row.neuron) },
      { title: "optimum", cell: number((row) => row.exact) },
      { title: "gap closed", cell: ({ gapClosed }) => (gapClosed === null ? "" : `${(100 * gapClosed).toFixed(1)} %`) },
      { title: "cuts", cell: ({ cuts }) => String(cuts) },
      { title: "LPs", cell: ({ lps, tightenLps }) => String(lps + tightenLps) },
      { title: "s", cell: ({ seconds }) => seconds.toFixed(2) },
      { title: "", cell: ({ sound }) => (sound ? "" : "UNSOUND") },
    ],
    rows,
  ),
);
for (const tighten of [false, true]) {
  const name = tighten ? "tightened first" : "interval bounds";
  const some = rows.filter((row) => row.tighten === tighten);
  summary(some, `all, ${name}`);
  summary(some.filter(({ network }) => network.startsWith("surface")), `tanh and sigmoid, ${name}`);
}
