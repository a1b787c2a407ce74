/**
 * Where the PSD-lifted relaxation pays: `npx tsx bench/relaxation/lifted.ts [--dir ../shared/data/nn] [--out FILE]`.
 * On ReLU tasks with at most `--most` unstable neurons: neuron hulls and lifted bound, both after bound tightening,
 * the part of the univariate gap each closes, and seconds.
 */
import { Command } from "commander";
import { boundNetwork } from "../../src/relaxation/bound.ts";
import { liftedBound } from "../../src/relaxation/lifted-bound.ts";
import { formatSignificant } from "../../src/report/format.ts";
import { renderTable } from "../../src/report/table.ts";
import { Record } from "../record.ts";
import { exampleTasks, indexedTasks } from "./tasks.ts";

interface Row {
  readonly network: string;
  readonly task: string;
  readonly order: number;
  readonly status: string;
  readonly univariate: number;
  readonly neuron: number;
  readonly lifted: number;
  readonly exact: number | null;
  readonly neuronClosed: number | null;
  readonly liftedClosed: number | null;
  readonly neuronSeconds: number;
  readonly liftedSeconds: number;
}

const { dir, out, most } = new Command()
  .option("--dir <folder>", "folder with bounds.json and its networks")
  .option("--most <count>", "inputs and unstable neurons together", Number, 45)
  .option("--out <file>")
  .parse()
  .opts<{ dir?: string; out?: string; most: number }>();
const command = ["npx tsx bench/relaxation/lifted.ts", dir && `--dir ${dir}`, `--most ${most}`, out && `--out ${out}`].filter(Boolean).join(" ");
const record = new Record(out, { set: "relaxation-lifted", command, versions: { node: process.version } });
const rows: Row[] = [];
for (const { network, label, box, objective, exact: known } of [...(await exampleTasks()), ...(dir === undefined ? [] : await indexedTasks(dir))]) {
  if (network.inputSize > most || !network.layers.every(({ activation }) => activation.linearBetween)) continue;
  const began = performance.now();
  const { results: [result], bounds, unstable } = await boundNetwork(network, { box }, [objective], { tighten: "univariate" });
  const neuronSeconds = (performance.now() - began) / 1000;
  if (unstable === 0 || network.inputSize + unstable > most) continue;
  const lifted = await liftedBound(network, { box }, bounds, objective, { timeLimit: 30 });
  const [, univariate, neuron] = result.stages.map(({ bound }) => bound);
  const exact = known ?? null;
  const gap = exact === null || exact - univariate < 1e-6 * (1 + Math.abs(exact)) ? null : exact - univariate;
  const row: Row = {
    network: network.name ?? "",
    task: label,
    order: lifted.order,
    status: lifted.status,
    univariate,
    neuron,
    lifted: lifted.bound,
    exact,
    neuronClosed: gap === null ? null : (neuron - univariate) / gap,
    liftedClosed: gap === null ? null : (lifted.bound - univariate) / gap,
    neuronSeconds,
    liftedSeconds: lifted.seconds,
  };
  record.add(row);
  rows.push(row);
}
const percent = (v: number | null): string => (v === null ? "" : `${(100 * v).toFixed(1)} %`);
console.log(
  renderTable<Row>(
    [
      { title: "network", align: "left", cell: ({ network }) => network },
      { title: "task", align: "left", cell: ({ task }) => task },
      { title: "order", cell: ({ order }) => String(order) },
      { title: "univariate", cell: ({ univariate }) => formatSignificant(univariate, 6) },
      { title: "neuron", cell: ({ neuron }) => formatSignificant(neuron, 6) },
      { title: "lifted", cell: ({ lifted }) => formatSignificant(lifted, 6) },
      { title: "optimum", cell: ({ exact }) => (exact === null ? "" : formatSignificant(exact, 6)) },
      { title: "neuron closes", cell: ({ neuronClosed }) => percent(neuronClosed) },
      { title: "lifted closes", cell: ({ liftedClosed }) => percent(liftedClosed) },
      { title: "s", cell: ({ neuronSeconds }) => neuronSeconds.toFixed(2) },
      { title: "s, lifted", cell: ({ liftedSeconds }) => liftedSeconds.toFixed(2) },
    ],
    rows,
  ),
);
