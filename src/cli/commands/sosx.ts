import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import { SettingsError } from "../../errors.ts";
import { parseCsv } from "../../formats/csv.ts";
import { renderVegaLite } from "../../report/figure.ts";
import { formatSeconds, formatSignificant } from "../../report/format.ts";
import { renderTable } from "../../report/table.ts";
import { hiddenFunction } from "../../sosx/activation.ts";
import type { BreakpointRule } from "../../sosx/activation.ts";
import type { Refit } from "../../sosx/incumbent.ts";
import { networkText } from "../../sosx/network-output.ts";
import { predictionFigure, progressText, studyRecord } from "../../sosx/report.ts";
import { defaultSearchSettings } from "../../sosx/settings.ts";
import type { BranchingRule, EngineChoice, SearchProgress } from "../../sosx/settings.ts";
import { runStudy } from "../../sosx/study.ts";
import type { ComparedMethod, MethodReport, StudyResult } from "../../sosx/study.ts";
import { prepareTable } from "../../sosx/table-data.ts";
import type { LearningData } from "../../sosx/table-data.ts";
import type { Loss } from "../../sosx/training-problem.ts";
import { EXIT_INTERRUPTED } from "../exit-codes.ts";
import { InterruptHandler } from "../interrupt.ts";
import { numberBetween, wholeNumber } from "../options.ts";
import { checkDistinct, checkWritable, replaceText } from "../output-file.ts";

interface SosxOptions {
  readonly target: readonly string[];
  readonly inputs?: readonly string[];
  readonly neurons: number;
  readonly pieces: number;
  readonly breakpoints?: string;
  readonly activation: string;
  readonly loss: Loss;
  readonly bound: number;
  readonly timeLimit: number;
  readonly nodes: number;
  readonly trainFraction: number;
  readonly chronological?: boolean;
  readonly seed: number;
  readonly epochs: number;
  readonly cold?: boolean;
  readonly refit: Refit;
  readonly engine: EngineChoice;
  readonly batch: number;
  readonly threads: number;
  readonly branching: BranchingRule;
  readonly gap: number;
  readonly heuristics: boolean;
  readonly fixing: boolean;
  readonly envelopes?: boolean;
  readonly compare: readonly ComparedMethod[];
  readonly resume?: string;
  readonly save?: string;
  readonly figure?: string | true;
  readonly json?: string | true;
  readonly quiet?: boolean;
}

const HELP = `
The output weights come from Adam (--seed, --epochs); hidden weights and biases are then searched by branch-and-bound
over the pieces of a piecewise-linear activation. Three losses are told apart: of the relaxation (what linear programs
without branching report as training error), of the piecewise-linear network, of the network with the activation itself.
Errors are in units of the target scaled to [-1, 1]. A target of two texts is coded -1 and 1.

Examples:
  $ spectrahedron sosx bench/data/ionosphere.csv --target class --neurons 3 --time-limit 20
  $ spectrahedron sosx distillation-tower.csv --target VapourPressure --neurons 5 --chronological --compare adam,mip,ols
  $ spectrahedron sosx data.csv --target y --neurons 4 --pieces 5 --resume search.json --json result.json

Exit codes: 0 ended as asked (also by a limit), 1 bad input, 130 interrupted (the best network so far is reported).`;

/** `spectrahedron sosx DATA.csv --target COL --neurons M`. */
export function sosxCommand(): Command {
  const defaults = defaultSearchSettings;
  return new Command("sosx")
    .description("train a network with one hidden layer by branch-and-bound on linear programs")
    .argument("<data>", "table: CSV with a header")
    .requiredOption("--target <columns>", "target column, or several with commas", splitNames)
    .option("--inputs <columns>", "input columns (default: all others)", splitNames)
    .requiredOption("--neurons <M>", "hidden neurons", wholeNumber(0))
    .option("--pieces <P>", "pieces of the activation's approximation", wholeNumber(1), 3)
    .option("--breakpoints <rule>", "paper, uniform, optimal, or increasing numbers with commas")
    .option("--activation <name>", "tanh, sigmoid, softplus, relu, …", "tanh")
    .addOption(new Option("--loss <name>", "error that is minimised").choices(["mae", "mse"]).default("mae"))
    .option("--bound <B>", "parameters and pre-activations lie in [-B, B]", numberBetween(1e-6, 1e6), 4)
    .option("--time-limit <seconds>", "of the search; 0 = none", numberBetween(0, Number.MAX_VALUE), defaults.timeLimit)
    .option("--nodes <count>", "node relaxations at most", wholeNumber(1), defaults.nodeLimit)
    .option("--train-fraction <share>", "of the rows", numberBetween(0, 1), 0.7)
    .option("--chronological", "the first rows train, instead of a seeded draw")
    .option("--seed <number>", "of Adam's start and the draw", wholeNumber(0), 0)
    .option("--epochs <count>", "of Adam", wholeNumber(1), 100)
    .option("--cold", "take nothing but the output weights from Adam")
    .addOption(
      new Option("--refit <what>", "output parameters fitted again for the activation itself")
        .choices(["layer", "bias"])
        .default(defaults.refit),
    )
    .addOption(
      new Option("--engine <name>", "solver of the node relaxations")
        .choices(["auto", "highs", "batch", "gpu", "conic"])
        .default(defaults.engine),
    )
    .option("--batch <count>", "nodes at once (engines batch and gpu)", wholeNumber(1), defaults.batch)
    .addOption(
      new Option("--threads <count>", "threads of the batch engine; the result does not depend on it")
        .argParser(wholeNumber(1))
        .default(availableParallelism(), "all processors"),
    )
    .addOption(
      new Option("--branching <rule>", "where to split").choices(["violated", "strong"]).default(defaults.branching),
    )
    .option("--gap <tolerance>", "relative gap that ends the search", numberBetween(0, 1), defaults.gapTolerance)
    .option("--no-heuristics", "no search for incumbents beside the nodes' own")
    .option("--no-fixing", "no fixing of pieces by reduced costs")
    .option("--envelopes", "cuts of neuron envelopes at the root (engine highs)")
    .option("--compare <methods>", "of adam, mip, ols, with commas", parseMethods, [])
    .option("--resume <file>", "go on from this file if it exists, and keep the state in it")
    .option("--save <network>", "write the best network as JSON, in the table's units")
    .option("--figure [file]", "draw actual and predicted values as SVG (default sosx.svg)")
    .option("--json [file]", "write the result as JSON; standard output without a file")
    .option("--quiet", "print nothing but errors and what --json asks for")
    .addHelpText("after", HELP)
    .action(runSosx);
}

function splitNames(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}

function parseMethods(text: string): ComparedMethod[] {
  const known: readonly string[] = ["adam", "mip", "ols"];
  const names = splitNames(text);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new SettingsError(`--compare knows ${known.join(", ")}, not "${wrong}"`, { field: "compare", value: wrong });
  }
  return names as ComparedMethod[];
}

function breakpointOptions(text: string | undefined): { rule?: BreakpointRule; breakpoints?: number[] } {
  if (text === undefined) return {};
  if (text === "paper" || text === "uniform" || text === "optimal") return { rule: text };
  const numbers = splitNames(text).map((part) => (part === "" ? NaN : Number(part)));
  if (numbers.some((v) => !Number.isFinite(v))) {
    throw new SettingsError(`--breakpoints takes paper, uniform, optimal or numbers, but got "${text}"`, {
      field: "breakpoints",
      value: text,
    });
  }
  return { breakpoints: numbers };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function runSosx(file: string, options: SosxOptions): Promise<void> {
  const toStdout = options.json === true || options.json === "-";
  const jsonFile = toStdout ? undefined : (options.json as string | undefined);
  const figureFile = options.figure === true ? "sosx.svg" : options.figure;
  const outputs = [jsonFile, figureFile, options.save, options.resume].filter((path) => path !== undefined);
  checkDistinct([file], outputs);
  for (const path of outputs) await checkWritable(path);
  const activation = hiddenFunction(options.activation);
  const table = parseCsv(await readFile(file, "utf8"), { name: file });
  const data = prepareTable(table, {
    targets: options.target,
    inputs: options.inputs,
    trainFraction: options.trainFraction,
    chronological: options.chronological,
    seed: options.seed,
  });
  const { resume } = options;
  const checkpoint = resume === undefined ? undefined : await readIfPresent(resume);
  const print = (text: string): void => {
    if (!options.quiet) (toStdout ? process.stderr : process.stdout).write(text);
  };
  print(dataText(file, data, options));

  const interrupt = new InterruptHandler();
  const live = process.stderr.isTTY && !options.quiet;
  const b = options.bound;
  interrupt.listen();
  let result: StudyResult;
  try {
    result = await runStudy(data, {
      neurons: options.neurons,
      activation,
      pieces: options.pieces,
      range: [-b, b],
      ...breakpointOptions(options.breakpoints),
      loss: options.loss,
      bounds: { weight: [-b, b], bias: [-b, b], outputBias: [-b, b] },
      seed: options.seed,
      epochs: options.epochs,
      warmStart: !options.cold,
      compare: options.compare,
      search: {
        timeLimit: options.timeLimit,
        nodeLimit: options.nodes,
        gapTolerance: options.gap,
        engine: options.engine,
        batch: options.batch,
        threads: options.threads,
        branching: options.branching,
        heuristics: options.heuristics,
        fixing: options.fixing,
        envelopes: options.envelopes ?? false,
        refit: options.refit,
        resume: checkpoint,
        onCheckpoint: resume === undefined ? undefined : (text) => replaceText(resume, text),
        signal: interrupt.signal,
        onProgress: options.quiet ? undefined : (progress) => showProgress(progress, activation.name, live),
      },
    });
  } finally {
    interrupt.ignore();
    if (live) process.stderr.write("\n");
  }
  print(resultText(result, activation.name));
  if (options.json !== undefined) {
    const text = `${JSON.stringify(studyRecord(data, result))}\n`;
    if (jsonFile === undefined) process.stdout.write(text);
    else await replaceText(jsonFile, text);
  }
  if (options.save !== undefined) {
    const { parameters, source } = result.search.network;
    const description = `trained on ${data.train.samples} rows, target ${options.target.join(", ")}; from ${source}`;
    const text = networkText(parameters, activation.name, data.inputs, data.targets, description);
    await replaceText(options.save, text);
  }
  if (figureFile !== undefined) {
    const title = `${options.neurons} neurons, ${options.pieces} pieces`;
    await replaceText(figureFile, await renderVegaLite(predictionFigure(data, result, title)));
    print(`figure: ${figureFile}\n`);
  }
  if (result.search.status === "interrupted") process.exitCode = EXIT_INTERRUPTED;
}

/** On a terminal the line is written over; elsewhere every report gets its own. */
function showProgress(progress: SearchProgress, activation: string, live: boolean): void {
  const text = progressText(progress, activation);
  process.stderr.write(live ? `\r\u001b[K${text}` : `${text}\n`);
}

function dataText(file: string, { train, test, inputs, remarks }: LearningData, options: SosxOptions): string {
  const line =
    `${file}: ${train.samples} rows train, ${test.samples} test; ${inputs.length} inputs, ` +
    `target ${options.target.join(", ")}; ${options.neurons} neurons, ${options.activation}\n`;
  return line + remarks.map((remark) => `  ${remark}\n`).join("");
}

function resultText({ search, methods, problem }: StudyResult, activation: string): string {
  const loss = problem.loss.toUpperCase();
  const number = (v: number | null | undefined): string => (v === null || v === undefined ? "-" : formatSignificant(v, 4));
  const lines = [
    `${search.status}: ${search.nodes} nodes, ${search.open} open, ${formatSeconds(search.seconds)}, engine ${search.engine}`,
    `root relaxation ${loss}      ${number(search.rootRelaxation)}  (no network has this error)`,
    `lower bound, PWL ${loss}     ${number(search.lowerBound)}`,
    `lower bound, ${activation} ${loss}    ${number(search.activationLowerBound)}`,
    `incumbent, PWL ${loss}       ${number(problem.loss === "mae" ? search.best.pwl.mae : search.best.pwl.mse)}` +
      `  (${search.best.source}; gap ${(100 * search.gap).toFixed(2)} %)`,
    `best ${activation} train MSE     ${number(search.network.activation.mse)}  (${search.network.source})`,
  ];
  const table = renderTable<MethodReport>(
    [
      { title: "method", align: "left", cell: ({ method }) => method },
      { title: "PWL MAE", cell: ({ pwlMae }) => number(pwlMae) },
      { title: "PWL MSE", cell: ({ pwlMse }) => number(pwlMse) },
      { title: "train MSE", cell: ({ trainMse }) => number(trainMse) },
      { title: "test MSE", cell: ({ testMse }) => number(testMse) },
      { title: "time", cell: ({ seconds }) => formatSeconds(seconds) },
      { title: "", align: "left", cell: ({ note }) => note ?? "" },
    ],
    methods,
  );
  return `${lines.join("\n")}\n\n${table}\n`;
}
