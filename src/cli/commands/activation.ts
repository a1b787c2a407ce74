import { readFile } from "node:fs/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { FormatError } from "../../errors.ts";
import { parseCsv } from "../../formats/csv.ts";
import { learnActivations } from "../../moment/activation/learn.ts";
import type { LearnedActivations } from "../../moment/activation/learn.ts";
import { weightsFromJson } from "../../moment/activation/json.ts";
import type { ActivationLoss } from "../../moment/activation/losses.ts";
import { checkNetwork } from "../../moment/activation/network.ts";
import type { DenseMatrix, PolynomialNetwork } from "../../moment/activation/network.ts";
import { analyseResiduals, residualFigure } from "../../moment/activation/residuals.ts";
import type { ResidualAnalysis } from "../../moment/activation/residuals.ts";
import { renderVegaLite } from "../../report/figure.ts";
import { formatSeconds, formatSignificant } from "../../report/format.ts";
import { activationRecord } from "../../tasks/activation.ts";
import { CliError } from "../cli-error.ts";
import { EXIT_INTERRUPTED } from "../exit-codes.ts";
import { InterruptHandler } from "../interrupt.ts";
import { numberBetween, wholeNumber } from "../options.ts";
import { checkDistinct, checkWritable, replaceText } from "../output-file.ts";

interface ActivationOptions {
  readonly weights: string;
  readonly degrees: number[];
  readonly loss: ActivationLoss;
  readonly order?: number;
  readonly maxOrder?: number;
  readonly reach?: number;
  readonly test?: string;
  readonly figure?: string;
  readonly json?: string | true;
  readonly quiet?: boolean;
}

const HELP = `
DATA.csv: one sample a row, first the inputs, then the outputs; the first line names the columns.
NET.json: {"weights": [W1, W2, ...]}, each matrix a list of rows; there is one more matrix than hidden layers.
The activation of hidden layer l is c_{l,0} + c_{l,1} t + ... of the l-th degree; c_{l,0} = 1 except in the last one.

Losses:
  squares  root mean square of all residuals (default)
  mean     largest entry of the mean residual, in magnitude (the loss of the paper)
  max      largest residual of all samples and outputs

Examples:
  $ spectrahedron activation data.csv --weights net.json --degrees 2,2
  $ spectrahedron activation data.csv --weights net.json --degrees 2,1 --loss mean --order 2 --json
  $ spectrahedron activation train.csv --weights net.json --degrees 3,2 --test test.csv --figure residuals.svg`;

/** `spectrahedron activation DATA.csv --weights NET.json --degrees 2,2`. */
export function activationCommand(): Command {
  return new Command("activation")
    .description("learn the polynomial activations of a network with given weights, globally")
    .argument("<data>", "CSV table of inputs and outputs")
    .requiredOption("--weights <file>", "weights as JSON")
    .requiredOption("--degrees <list>", "degrees of the activations, layer by layer, such as 2,2", degreeList)
    .addOption(
      new Option("--loss <name>", "what to minimise").choices(["squares", "mean", "max"]).default("squares"),
    )
    .option("--order <k>", "order of the (first) relaxation; default the least one", wholeNumber(1))
    .option("--max-order <k>", "last order to try; default the first", wholeNumber(1))
    .option(
      "--reach <r>",
      "the bound holds for coefficients up to r times their expected size",
      numberBetween(1, 1e6),
    )
    .option("--test <csv>", "samples for the residual analysis; default the data themselves")
    .option("--figure <svg>", "draw the residuals")
    .option("--json [file]", "write the result as one JSON object, to standard output or a file")
    .option("--quiet", "print nothing but errors and what --json asks for")
    .addHelpText("after", HELP)
    .action(runActivation);
}

function degreeList(text: string): number[] {
  const degrees = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (!degrees.every((d) => Number.isInteger(d) && d >= 1 && d <= 8)) {
    throw new InvalidArgumentError("It must be a list of whole numbers from 1 to 8, such as 2,2.");
  }
  return degrees;
}

async function runActivation(data: string, options: ActivationOptions): Promise<void> {
  const toStdout = options.json === true || options.json === "-";
  const jsonFile = typeof options.json === "string" && !toStdout ? options.json : undefined;
  const outputs = [options.figure, jsonFile].filter((path) => path !== undefined);
  checkDistinct(
    [data, options.weights, options.test].filter((path) => path !== undefined),
    outputs,
  );
  for (const path of outputs) await checkWritable(path);
  const print = (text: string): void => {
    if (!options.quiet) (toStdout ? process.stderr : process.stdout).write(`${text}\n`);
  };

  const network = await readNetwork(options);
  const training = await readSamples(data, network);
  const test = options.test === undefined ? training : await readSamples(options.test, network);
  print(`${training.inputs.rows} samples, ${training.inputs.cols} inputs, ${training.targets.cols} outputs`);
  const interrupt = new InterruptHandler();
  interrupt.listen();
  let learned: LearnedActivations;
  try {
    learned = await learnActivations(network, training.inputs, training.targets, {
      loss: options.loss,
      ...(options.reach !== undefined && { reach: options.reach }),
      hierarchy: {
        ...(options.order !== undefined && { order: options.order }),
        ...(options.maxOrder !== undefined && { maxOrder: options.maxOrder }),
        signal: interrupt.signal,
        ...(!options.quiet && { onProgress: (text: string) => void process.stderr.write(`  ${text}\n`) }),
      },
    });
  } finally {
    interrupt.ignore();
  }
  const analysis = analyseResiduals(network, learned.coefficients, test.inputs, test.targets);
  print(describe(learned, analysis, options));
  if (options.json !== undefined) {
    const text = `${JSON.stringify(activationRecord(learned, analysis))}\n`;
    if (jsonFile === undefined) process.stdout.write(text);
    else await replaceText(jsonFile, text);
  }
  if (options.figure !== undefined) {
    const title =
      options.test === undefined ? "Residuals of the data learned from" : "Residuals of the test data";
    await replaceText(options.figure, await renderVegaLite(residualFigure(analysis, title)));
  }
  if (interrupt.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
}

async function readNetwork({ weights: file, degrees }: ActivationOptions): Promise<PolynomialNetwork> {
  const text = await readFile(file, "utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new FormatError(`not JSON: ${(error as Error).message}`, { file });
  }
  const network = { weights: weightsFromJson(json, file), degrees };
  checkNetwork(network);
  return network;
}

async function readSamples(
  file: string,
  { weights }: PolynomialNetwork,
): Promise<{ readonly inputs: DenseMatrix; readonly targets: DenseMatrix }> {
  const table = parseCsv(await readFile(file, "utf8"), { name: file });
  const inputs = weights[0].cols;
  const targets = weights[weights.length - 1].rows;
  if (table.header.length !== inputs + targets) {
    throw new CliError(
      `${file} has ${table.header.length} columns, but the network has ${inputs} inputs and ${targets} outputs`,
    );
  }
  if (table.rows.length === 0) throw new CliError(`${file} has no samples`);
  const number = (i: number, k: number): number => {
    const cell = table.rows[i][k];
    const value = cell === undefined || cell.trim() === "" ? NaN : Number(cell);
    if (!Number.isFinite(value)) {
      throw new FormatError(`column "${table.header[k]}" needs a finite number, but has "${cell ?? ""}"`, {
        file,
        line: table.lines[i],
        column: 1,
      });
    }
    return value;
  };
  const part = (from: number, count: number): DenseMatrix => ({
    rows: table.rows.length,
    cols: count,
    values: Float64Array.from({ length: table.rows.length * count }, (_, at) =>
      number(Math.floor(at / count), from + (at % count)),
    ),
  });
  return { inputs: part(0, inputs), targets: part(inputs, targets) };
}

function describe(
  learned: LearnedActivations,
  analysis: ResidualAnalysis,
  options: ActivationOptions,
): string {
  const { hierarchy, certifiedLowerBound: certified } = learned;
  const number = (value: number): string => formatSignificant(value, 8);
  return [
    `loss ${learned.loss}   ${number(learned.value)} (relaxation of order ${hierarchy.order}: ${number(hierarchy.relaxationValue)})`,
    `  certified  ${number(certified.value)} at least, ${learned.certifiedEverywhere ? "for all coefficients" : "in the box stated by --json"}`,
    `  ranks      ${hierarchy.ranks.join(", ")}${hierarchy.flat ? " (flat)" : ""}`,
    ...learned.names.map((name, k) => `  ${name.padEnd(9)}  ${number(learned.coefficients[k])}`),
    `  residuals  mean square ${number(analysis.mse)}, mean norm ${number(analysis.meanNorm)}${options.test === undefined ? "" : " (test data)"}`,
    `  took       ${formatSeconds(learned.seconds)}; lifted least squares alone ${formatSeconds(learned.baseline.seconds)}`,
  ].join("\n");
}
