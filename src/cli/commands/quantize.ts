import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { parseCsv } from "../../formats/csv.ts";
import { chooseBeta } from "../../quantized/experiment/choose-beta.ts";
import type { PreparedData } from "../../quantized/experiment/prepare.ts";
import { prepareData } from "../../quantized/experiment/prepare.ts";
import type { BaselineName, Experiment, ExperimentReport } from "../../quantized/experiment/run.ts";
import { runExperiment } from "../../quantized/experiment/run.ts";
import { writeNetwork } from "../../quantized/network/json.ts";
import { packNetwork } from "../../quantized/network/network.ts";
import { networkToOnnx } from "../../quantized/network/onnx.ts";
import type { LossName } from "../../quantized/model/loss.ts";
import { lossNames } from "../../quantized/model/loss.ts";
import type { Activation } from "../../quantized/model/sample-forms.ts";
import type { RelaxationProgress } from "../../quantized/solve/relax.ts";
import { renderVegaLite } from "../../report/figure.ts";
import { formatScientific, formatSignificant } from "../../report/format.ts";
import { EXIT_INTERRUPTED } from "../exit-codes.ts";
import { InterruptHandler } from "../interrupt.ts";
import { numberBetween, wholeNumber } from "../options.ts";
import { checkDistinct, checkWritable, replaceText } from "../output-file.ts";
import { reportFigure, reportText } from "../quantized-report.ts";

/** Options of `spectrahedron quantize`, as the demo gives them too. */
export interface QuantizeOptions {
  readonly target: string;
  readonly task?: "regression" | "classification";
  readonly program: "bilinear" | "quadratic";
  readonly activation: Activation;
  readonly levels: number;
  readonly loss: LossName;
  readonly average: "sum" | "mean";
  readonly regularizer: "consistent" | "printed";
  readonly beta: number;
  readonly betaGrid?: readonly number[];
  readonly neurons: readonly number[];
  readonly split: number;
  readonly seed: number;
  readonly repeat: number;
  readonly compare: readonly BaselineName[];
  readonly scale: "none" | "standard" | "range";
  readonly constant?: boolean;
  readonly missing: "error" | "mean";
  readonly drop?: readonly string[];
  readonly gap: number;
  readonly maxIterations: number;
  readonly timeLimit: number;
  readonly backend: "auto" | "cpu" | "webgpu";
  readonly adapter?: string;
  readonly threads?: number;
  readonly save?: string;
  readonly figure?: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ spectrahedron quantize ionosphere.csv --target class --scale none --beta 10 --compare sgd,ste
  $ spectrahedron quantize data.csv --target y --task regression --beta-grid 0.1,1,10 --json result.json
  $ spectrahedron quantize data.csv --target y --activation 0.1,1,0 --levels 2 --loss hinge --save net.json

The lower bound is certified: no network with weights of this kind, of any size, has a smaller training objective.
Exit codes: 0 done, 1 bad input, 2 the gap asked for was not reached, 130 interrupted.`;

/** `spectrahedron quantize DATA.csv`. */
export function quantizeCommand(): Command {
  return new Command("quantize")
    .description("train a two-layer network with quantized weights to a certified bound")
    .argument("<data>", "table with a header row (.csv)")
    .requiredOption("--target <column>", "column to predict")
    .addOption(
      new Option("--task <kind>", "default: by the look of the target").choices([
        "regression",
        "classification",
      ]),
    )
    .addOption(
      new Option("--program <name>", "convex program (22) or (19)")
        .choices(["bilinear", "quadratic"])
        .default("bilinear"),
    )
    .option("--activation <kind>", "bilinear, or a,b,c for at² + bt + c", parseActivation, "bilinear")
    .option("--levels <M>", "weights -M, -M+2 … M", wholeNumber(1), 1)
    .addOption(new Option("--loss <name>").choices([...lossNames]).default("squared"))
    .addOption(
      new Option("--average <kind>", "losses are summed, or averaged over samples")
        .choices(["sum", "mean"])
        .default("sum"),
    )
    .addOption(
      new Option("--regularizer <kind>", "2βdρ, or βdρ as the paper prints")
        .choices(["consistent", "printed"])
        .default("consistent"),
    )
    .option("--beta <B>", "weight of the regulariser", positiveNumber, 1)
    .option("--beta-grid <list>", "choose β by accuracy on a fifth of the training rows", numberList)
    .option("--neurons <list>", "sizes of the networks drawn", neuronList, [250, 2500])
    .option("--split <share>", "of the rows to train on", numberBetween(1e-6, 1), 0.8)
    .option("--seed <number>", "of split and sampling", wholeNumber(0), 1)
    .option("--repeat <count>", "runs with seeds from --seed on", wholeNumber(1), 1)
    .option("--compare <list>", "of sgd, ste, float", baselineList, [])
    .addOption(
      new Option("--scale <kind>", "of the features")
        .choices(["none", "standard", "range"])
        .default("standard"),
    )
    .option("--constant", "add a feature that is always 1")
    .addOption(
      new Option("--missing <rule>", "cells of features").choices(["error", "mean"]).default("error"),
    )
    .option("--drop <columns>", "columns to leave out, separated by commas", (text: string) =>
      text.split(","),
    )
    .option("--gap <relative>", "certified gap to stop at", numberBetween(1e-12, 1), 1e-6)
    .option("--max-iterations <count>", "", wholeNumber(1), 5000)
    .option("--time-limit <seconds>", "of a solve, 0 = none", numberBetween(0, Number.MAX_VALUE), 0)
    .addOption(
      new Option("--backend <name>", "where to compute; auto takes a GPU for large problems")
        .choices(["auto", "cpu", "webgpu"])
        .default("auto"),
    )
    .option("--adapter <name>", "part of the GPU adapter's name")
    .option("--threads <count>", "of the CPU; default: one, or up to eight for large problems", wholeNumber(1))
    .option("--save <net>", "write the last network: .json, or .onnx")
    .option("--figure <svg>", "objective and accuracy against neurons")
    .option("--json <file>", "write the numbers; - for standard output")
    .option("--quiet", "print nothing but errors and what --json asks for")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: QuantizeOptions) => {
      process.exitCode = await runQuantize(file, options);
    });
}

/** Runs the command; returns the exit code. */
export async function runQuantize(file: string, options: QuantizeOptions): Promise<number> {
  const jsonFile = options.json === "-" ? undefined : options.json;
  const outputs = [options.save, options.figure, jsonFile].filter((path) => path !== undefined);
  checkDistinct([file], outputs);
  for (const path of outputs) await checkWritable(path);
  const print = (text: string): void => {
    if (!options.quiet) (options.json === "-" ? process.stderr : process.stdout).write(`${text}\n`);
  };
  const table = parseCsv(await readFile(file, "utf8"), { name: file });
  const reports: ExperimentReport[] = [];
  const interrupt = new InterruptHandler();
  interrupt.listen();
  try {
    let last: { experiment: Experiment; data: PreparedData } | undefined;
    for (let k = 0; k < options.repeat && !interrupt.signal.aborted; k++) {
      const seed = options.seed + k;
      const data = prepareData(table, { ...options, constant: options.constant ?? false, seed });
      if (k === 0) print(describe(file, data, options));
      const beta = await betaOf(data, options, seed, interrupt.signal, print);
      const experiment = await runExperiment(
        data,
        {
          ...solverSettings(options, beta),
          signal: interrupt.signal,
          onProgress: options.quiet ? undefined : progress,
        },
        { neurons: options.neurons, seed, compare: options.compare },
      );
      if (!options.quiet && process.stderr.isTTY) process.stderr.write("\r\x1b[K");
      print(`${options.repeat > 1 ? `seed ${seed}\n` : ""}${reportText(experiment.report)}\n`);
      reports.push(experiment.report);
      last = { experiment, data };
    }
    if (last !== undefined && options.save !== undefined)
      await save(last.experiment, last.data, options, options.save, print);
    if (options.repeat > 1) print(summary(reports));
  } finally {
    interrupt.ignore();
  }
  if (options.figure !== undefined) {
    await replaceText(options.figure, await renderVegaLite(reportFigure(reports, basename(file))));
    print(`figure in ${options.figure}`);
  }
  if (options.json !== undefined) {
    const text = `${JSON.stringify(options.repeat > 1 ? reports : reports[0])}\n`;
    if (jsonFile === undefined) process.stdout.write(text);
    else await replaceText(jsonFile, text);
  }
  if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
  return reports.every((report) => report.status === "solved") ? 0 : 2;
}

function solverSettings(options: QuantizeOptions, beta: number): Parameters<typeof runExperiment>[1] {
  const { program, activation, levels, loss, average, regularizer, gap, maxIterations, timeLimit } = options;
  const { backend, adapter, threads } = options;
  return {
    ...{ program, activation, levels, loss, average, regularizer, beta, gap, maxIterations, timeLimit },
    ...{ backend, adapter, threads },
  };
}

async function betaOf(
  data: PreparedData,
  options: QuantizeOptions,
  seed: number,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const { beta, betaGrid } = options;
  if (betaGrid === undefined) return beta;
  const chosen = await chooseBeta(data, betaGrid, (value) => ({ ...solverSettings(options, value), signal }), seed);
  print(`beta = ${chosen.beta} chosen on ${chosen.heldOut} held-out training rows from ${betaGrid.join(", ")}\n`);
  return chosen.beta;
}

function describe(
  file: string,
  { train, test, input, meaning, dropped }: PreparedData,
  options: QuantizeOptions,
): string {
  const kind =
    meaning.kind === "regression"
      ? `regression on ${meaning.target}`
      : `${meaning.classes.length} classes of ${meaning.target}: ${meaning.classes.slice(0, 10).join(", ")}`;
  const activation =
    options.activation === "bilinear"
      ? "bilinear"
      : `${options.activation.a}t² + ${options.activation.b}t + ${options.activation.c}`;
  const left =
    dropped.length === 0 ? "" : `\n  left out  ${dropped.join(", ")}: constant in the training rows`;
  return `${basename(file)}: ${kind}
  data      ${train.rows.length} rows to train on, ${test.rows.length} to test; ${train.samples.features} features${input.constant ? " with the constant one" : ""}, scale ${options.scale}${left}
  network   two layers, ${activation} activation, first-layer weights ${options.levels === 1 ? "±1" : `in {-${options.levels}, …, ${options.levels}} in steps of 2`}, ${options.loss} loss (${options.average})
`;
}

function progress({ iteration, lowerBound, objective, relativeGap }: RelaxationProgress): void {
  const line = `iteration ${iteration}: bound ${formatSignificant(lowerBound, 7)}, objective ${formatSignificant(objective, 7)}, gap ${formatScientific(relativeGap)}`;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
}

/** Median and range over the seeds of the largest network with one weight. */
function summary(reports: readonly ExperimentReport[]): string {
  const line = (name: string, values: readonly (number | null)[]): string | undefined => {
    const known = values.filter((value) => value !== null).sort((a, b) => a - b);
    if (known.length === 0) return undefined;
    const middle = (known[Math.floor((known.length - 1) / 2)] + known[Math.ceil((known.length - 1) / 2)]) / 2;
    const show = (value: number): string => formatSignificant(value, 4);
    return `  ${name.padEnd(28)} median ${show(middle)}, range ${show(known[0])} … ${show(known[known.length - 1])}`;
  };
  const largest = reports.map((report) => report.sampled[report.sampled.length - 1]);
  const lines = [
    line(
      "train accuracy",
      largest.map((s) => s.trainAccuracy),
    ),
    line(
      "test accuracy",
      largest.map((s) => s.testAccuracy),
    ),
    line(
      "train error (rms)",
      largest.map((s) => s.trainError),
    ),
    line(
      "test error (rms)",
      largest.map((s) => s.testError),
    ),
    line(
      "majority or mean, test",
      reports.map((report) => report.majority.test),
    ),
  ];
  return `${reports.length} seeds, ${largest[0].neurons} neurons, one weight\n${lines.filter((l) => l !== undefined).join("\n")}`;
}

async function save(
  { networks }: Experiment,
  { input, meaning, train }: PreparedData,
  { activation, levels }: QuantizeOptions,
  path: string,
  print: (text: string) => void,
): Promise<void> {
  const network = packNetwork(networks[networks.length - 1].refit, {
    activation,
    levels,
    features: train.samples.features,
    input,
    meaning,
  });
  await replaceText(path, path.endsWith(".onnx") ? networkToOnnx(network) : writeNetwork(network));
  print(`network in ${path}`);
}

function parseActivation(text: string): Activation {
  if (text === "bilinear") return text;
  const [a, b, c, ...more] = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (more.length > 0 || ![a, b, c].every(Number.isFinite)) {
    throw new InvalidArgumentError('It must be "bilinear" or three numbers a,b,c.');
  }
  return { a, b, c };
}

function numberList(text: string): number[] {
  return text.split(",").map(positiveNumber);
}

function positiveNumber(text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!(value > 0 && value < Infinity)) {
    throw new InvalidArgumentError("It must be a positive number; a small one, such as 1e-6, where none is wanted.");
  }
  return value;
}

function neuronList(text: string): number[] {
  return text
    .split(",")
    .map(wholeNumber(1))
    .sort((a, b) => a - b);
}

function baselineList(text: string): BaselineName[] {
  return text.split(",").map((name) => {
    if (name !== "sgd" && name !== "ste" && name !== "float") {
      throw new InvalidArgumentError("It must be a list of sgd, ste, float.");
    }
    return name;
  });
}
