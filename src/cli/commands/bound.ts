import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { SettingsError } from "../../errors.ts";
import { describeNetwork, withRawUnits } from "../../networks/network.ts";
import type { Network } from "../../networks/network.ts";
import { readNetworkFile } from "../../networks/read-file.ts";
import { boundNetwork, defaultBoundOptions } from "../../relaxation/bound.ts";
import type { BoundMethod, BoundReport, BoundResult, BoundStage } from "../../relaxation/bound.ts";
import { boundRecord } from "../../relaxation/bound-record.ts";
import { roundsFigure } from "../../relaxation/figures.ts";
import { readInputSet, readPoints } from "../../relaxation/input-file.ts";
import { parseObjective } from "../../relaxation/objective-text.ts";
import { ballAround } from "../../relaxation/query.ts";
import type { InputSet, Objective } from "../../relaxation/query.ts";
import { renderVegaLite } from "../../report/figure.ts";
import { formatCount, formatSeconds, formatSignificant } from "../../report/format.ts";
import { renderTable } from "../../report/table.ts";
import { InterruptHandler } from "../interrupt.ts";
import { numberBetween, wholeNumber } from "../options.ts";
import { checkDistinct, checkWritable, replaceText } from "../output-file.ts";

interface BoundCommandOptions {
  readonly box: string;
  readonly objective: readonly string[];
  readonly method: BoundMethod;
  readonly tighten?: boolean;
  readonly engine: "highs" | "splitting";
  readonly rounds: number;
  readonly timeLimit: number;
  readonly exact?: number;
  readonly lifted?: boolean;
  readonly row?: number;
  readonly clip?: readonly [number, number];
  readonly divide: number;
  readonly raw?: boolean;
  readonly json?: string | true;
  readonly figure?: string | true;
  readonly quiet?: boolean;
}

const HELP = `
The box: a JSON file {"lower": [...], "upper": [...]} (numbers stand for all inputs), with linear constraints
"constraints": [{"coefficients": [...], "lower": 0, "upper": 1}] if wanted; or eps:0.01@points.csv, the ball of that
radius in the maximum norm around every row of a table (its last columns are the inputs).

Objectives: "y0 - y1", "max 2*y3 + 1", or a property "y0 - y1 >= 0". Without any, every output is minimised and
maximised. Certified bounds hold for the true network whatever the accuracy of the linear programs.

Examples:
  $ spectrahedron bound net.nnet --box box.json --objective "y0 - y1 >= 0" --tighten
  $ spectrahedron bound net.onnx --box eps:0.01@images.csv --divide 255 --clip 0:1 --row 3 --json
  $ spectrahedron bound net.json --box box.json --method univariate --figure rounds.svg

With --json, one JSON object for each objective, one a line.`;

/** `spectrahedron bound NET --box BOX`. */
export function boundCommand(): Command {
  return new Command("bound")
    .description("bound the outputs of a trained network over a box of inputs")
    .argument("<network>", "network: .json, .nnet or .onnx, also with .gz")
    .requiredOption("--box <box>", "JSON file, or eps:RADIUS@TABLE.csv")
    .option("--objective <expression>", "what to bound; repeatable", collect, [])
    .addOption(
      new Option("--method <name>", "relaxation").choices(["interval", "univariate", "neuron"]).default("neuron"),
    )
    .option("--tighten", "bound the neurons layer by layer with linear programs first")
    .addOption(new Option("--engine <name>", "solver of linear programs").choices(["highs", "splitting"]).default("highs"))
    .option("--rounds <count>", "linear programs at most per objective and kind of cut", wholeNumber(1), defaultBoundOptions.rounds)
    .option("--time-limit <seconds>", "for each box; 0 = none", numberBetween(0, Number.MAX_VALUE), 0)
    .option("--exact <seconds>", "look for the true optimum (ReLU) by mixed-integer programming", numberBetween(0, 1e9))
    .option("--lifted", "add the semidefinite bound (ReLU networks with some dozens of unstable neurons)")
    .option("--row <number>", "only this row of the table, from 1", wholeNumber(1))
    .option("--clip <low:high>", "cut eps balls off at these values", parseClip)
    .option("--divide <number>", "divide the table's values by this", numberBetween(Number.MIN_VALUE, Number.MAX_VALUE), 1)
    .option("--raw", "take box and outputs in raw units (networks with a normalisation)")
    .option("--json [file]", "write the results as JSON lines; standard output without a file")
    .option("--figure [file]", "draw the bound against the rounds as SVG (default NETWORK-bound.svg)")
    .option("--quiet", "print nothing but errors and what --json asks for")
    .addHelpText("after", HELP)
    .action(runBound);
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function parseClip(text: string): readonly [number, number] {
  const parts = text.split(":").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (parts.length !== 2 || !(parts[0] < parts[1])) {
    throw new SettingsError(`--clip takes LOW:HIGH, e.g. 0:1, but got "${text}"`, { field: "clip", value: text });
  }
  return [parts[0], parts[1]];
}

async function runBound(file: string, options: BoundCommandOptions): Promise<void> {
  const toStdout = options.json === true || options.json === "-";
  const jsonFile = toStdout ? undefined : (options.json as string | undefined);
  const ball = /^eps:([^@]*)@(.+)$/.exec(options.box);
  const read = await readNetworkFile(file);
  const network = options.raw ? withRawUnits(read) : read;
  const figureFile = options.figure === true ? `${network.name ?? "network"}-bound.svg` : options.figure;
  const outputs = [jsonFile, figureFile].filter((path) => path !== undefined);
  checkDistinct([file, ball ? ball[2] : options.box], outputs);
  for (const path of outputs) await checkWritable(path);
  const objectives =
    options.objective.length > 0
      ? options.objective.map((text) => parseObjective(text, network.outputSize))
      : everyOutput(network);
  const inputs = ball ? await balls(network, ball[1], ball[2], options) : [await readBox(network, options.box)];
  // Standard output belongs to the JSON lines when those are asked for.
  const print = (text: string): void => {
    if (!options.quiet) (toStdout ? process.stderr : process.stdout).write(text);
  };
  print(`${network.name ?? file}: ${describeNetwork(network)}\n`);

  const lines: string[] = [];
  let first: BoundResult | undefined;
  const interrupt = new InterruptHandler();
  interrupt.listen();
  try {
    for (const { row, input } of inputs) {
      if (interrupt.signal.aborted) break;
      const report = await boundNetwork(network, input, objectives, {
        method: options.method,
        tighten: options.tighten ?? false,
        engine: options.engine,
        rounds: options.rounds,
        timeLimit: options.timeLimit,
        exact: options.exact ?? 0,
        lifted: options.lifted ?? false,
        signal: interrupt.signal,
      });
      first ??= report.results[0];
      print(`${describe(report, row)}\n`);
      for (const result of report.results) {
        lines.push(JSON.stringify({ ...(row !== undefined && { row }), ...boundRecord(network, report, result) }));
      }
    }
  } finally {
    interrupt.ignore();
  }
  if (toStdout) process.stdout.write(`${lines.join("\n")}\n`);
  else if (jsonFile !== undefined) await replaceText(jsonFile, `${lines.join("\n")}\n`);
  if (figureFile !== undefined && first !== undefined) {
    await replaceText(figureFile, await renderVegaLite(roundsFigure(first)));
    print(`figure: ${figureFile}\n`);
  }
}

interface NumberedInput {
  /** Row of the table, from 1. */
  readonly row?: number;
  readonly input: InputSet;
}

async function readBox(network: Network, path: string): Promise<NumberedInput> {
  return { input: await readInputSet(createReadStream(path), network.inputSize, path) };
}

async function balls(
  network: Network,
  radiusText: string,
  path: string,
  { row: only, clip = [-Infinity, Infinity], divide }: BoundCommandOptions,
): Promise<NumberedInput[]> {
  const radius = radiusText.trim() === "" ? NaN : Number(radiusText);
  if (!(radius >= 0) || !Number.isFinite(radius)) {
    throw new SettingsError(`--box eps:RADIUS@TABLE needs a finite radius of at least 0, but got "${radiusText}"`, { field: "box" });
  }
  const points = readPoints(await readFile(path, "utf8"), network.inputSize, path, divide);
  if (only !== undefined && only > points.length) {
    throw new SettingsError(`--row ${only} is asked for, but ${path} has ${points.length} rows`, { field: "row", value: only });
  }
  return points
    .map((point, k) => ({ row: k + 1, input: { box: ballAround(point, radius, clip[0], clip[1]) } }))
    .filter(({ row }) => only === undefined || row === only);
}

function everyOutput(network: Network): Objective[] {
  return Array.from({ length: network.outputSize }, (_, k) => k).flatMap((k) =>
    (["min", "max"] as const).map((sense) => ({
      sense,
      coefficients: Float64Array.from({ length: network.outputSize }, (_, i) => (i === k ? 1 : 0)),
      label: `${sense} y${k}`,
    })),
  );
}

function describe(report: BoundReport, row: number | undefined): string {
  const number = (value: number | undefined): string => (value === undefined ? "" : formatSignificant(value, 7));
  const stage = (method: BoundStage["method"]) => ({
    title: method,
    cell: ({ stages }: BoundResult) => number(stages.find((s) => s.method === method)?.bound),
  });
  const shown = (["interval", "univariate", "neuron", "lifted"] as const).filter((m) => report.results[0].stages.some((s) => s.method === m));
  const withExact = report.results.some(({ exact }) => exact);
  const withVerdict = report.results.some(({ verdict }) => verdict);
  const table = renderTable<BoundResult>(
    [
      { title: "objective", align: "left", cell: ({ objective }) => objective.label ?? "" },
      ...shown.map(stage),
      { title: "network at best point", cell: ({ networkValue }) => number(networkValue) },
      ...(shown.length > 1
        ? [{ title: "at LP's point", cell: ({ relaxation }: BoundResult) => number(relaxation?.networkValue) }]
        : []),
      ...(withExact
        ? [{ title: "true optimum", cell: ({ exact }: BoundResult) => (exact?.proved ? number(exact.value) : "not proved") }]
        : []),
      { title: "LPs", cell: ({ rounds }) => String(rounds) },
      { title: "cuts", cell: ({ cuts }) => String(cuts) },
      { title: "time", cell: ({ seconds }) => formatSeconds(seconds) },
      ...(withVerdict ? [{ title: "property", cell: ({ verdict }: BoundResult) => verdict ?? "" }] : []),
    ],
    report.results,
  );
  const { lps, seconds } = report.tightening;
  const tightened = lps > 0 ? `; tightened by ${formatCount(lps, "linear program")} in ${formatSeconds(seconds)}` : "";
  const heading = `${row === undefined ? "" : `row ${row}: `}${formatCount(report.unstable, "unstable neuron")}${tightened}`;
  const uncertified = report.results.some(({ certified }) => !certified) ? "\nNOT certified: no bound was found" : "";
  return `\n${heading}\n${table}${uncertified}`;
}
