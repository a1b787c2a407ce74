import * as z from "zod";
import { FormatError } from "../errors.ts";
import { parseCsv } from "../formats/csv.ts";
import { weightsFromJson } from "../moment/activation/json.ts";
import { learnActivations } from "../moment/activation/learn.ts";
import type { LearnedActivations } from "../moment/activation/learn.ts";
import { checkNetwork } from "../moment/activation/network.ts";
import type { DenseMatrix, PolynomialNetwork } from "../moment/activation/network.ts";
import { analyseResiduals, residualFigure } from "../moment/activation/residuals.ts";
import type { ResidualAnalysis } from "../moment/activation/residuals.ts";
import { inputJson, inputText, optionalInput, requiredInput } from "./input.ts";
import { listOf, whole } from "./parameters.ts";
import type { InputSlot, Task, TaskHooks, TaskInput, TaskOutcome } from "./task.ts";

const parameters = z.strictObject({
  /** Degrees of the activations, layer by layer. */
  degrees: listOf(z.int().min(1).max(8)),
  loss: z.enum(["squares", "mean", "max"]).default("squares"),
  order: whole(1).optional(),
  maxOrder: whole(1).optional(),
  reach: z.number().min(1).max(1e6).optional(),
});
export type ActivationParameters = z.output<typeof parameters>;

const table = ["csv", "csv.gz"];
const dataSlot: InputSlot = {
  name: "data",
  required: true,
  description: "a CSV table of samples: first the inputs, then the outputs",
  endings: table,
};
const weightsSlot: InputSlot = {
  name: "weights",
  required: true,
  description: 'weights as JSON, {"weights": [W1, W2, …]}',
  endings: ["json", "json.gz"],
};
const testSlot: InputSlot = {
  name: "test",
  required: false,
  description: "samples for the residual analysis, as the data; default the data themselves",
  endings: table,
};

/** `spectrahedron activation`: polynomial activations of a network with given weights, globally. */
export const activationTask: Task<ActivationParameters> = {
  name: "activation",
  description: "learn the polynomial activations of a network with given weights, globally",
  inputs: [dataSlot, weightsSlot, testSlot],
  parameters,
  run,
};

async function run(
  asked: ActivationParameters,
  inputs: Readonly<Record<string, TaskInput>>,
  { signal, onProgress }: TaskHooks,
): Promise<TaskOutcome> {
  const weights = requiredInput(inputs, weightsSlot);
  const network = { weights: weightsFromJson(await inputJson(weights), weights.name), degrees: asked.degrees };
  checkNetwork(network);
  const training = await readSamples(requiredInput(inputs, dataSlot), network);
  const given = optionalInput(inputs, testSlot);
  const test = given === undefined ? training : await readSamples(given, network);
  const began = performance.now();
  const learned = await learnActivations(network, training.inputs, training.targets, {
    loss: asked.loss,
    ...(asked.reach !== undefined && { reach: asked.reach }),
    hierarchy: {
      ...(asked.order !== undefined && { order: asked.order }),
      ...(asked.maxOrder !== undefined && { maxOrder: asked.maxOrder }),
      ...(signal && { signal }),
      ...(onProgress && {
        onProgress: (text: string) => onProgress({ text, seconds: (performance.now() - began) / 1000 }),
      }),
    },
  });
  const analysis = analyseResiduals(network, learned.coefficients, test.inputs, test.targets);
  const title = given === undefined ? "Residuals of the data learned from" : "Residuals of the test data";
  const coefficients = Object.fromEntries(learned.names.map((name, k) => [name, learned.coefficients[k]]));
  return {
    status: learned.hierarchy.status,
    reached: learned.hierarchy.status !== "stopped",
    record: activationRecord(learned, analysis),
    files: [
      { name: "coefficients.json", mediaType: "application/json", content: `${JSON.stringify(coefficients)}\n` },
    ],
    figures: [{ name: "residuals", spec: residualFigure(analysis, title) }],
  };
}

/**
 * Samples from a table: the network's inputs, then its outputs, one sample a row.
 * @throws FormatError for another number of columns, no rows, or a cell that is no finite number
 */
export async function readSamples(
  input: TaskInput,
  { weights }: PolynomialNetwork,
): Promise<{ readonly inputs: DenseMatrix; readonly targets: DenseMatrix }> {
  const { name: file } = input;
  const { header, rows, lines } = parseCsv(await inputText(input), { name: file });
  const inputs = weights[0].cols;
  const targets = weights[weights.length - 1].rows;
  if (header.length !== inputs + targets) {
    throw new FormatError(`${header.length} columns, but the network has ${inputs} inputs and ${targets} outputs`, { file });
  }
  if (rows.length === 0) throw new FormatError("the table has no samples", { file });
  const number = (i: number, k: number): number => {
    const cell = rows[i][k];
    const value = cell === undefined || cell.trim() === "" ? NaN : Number(cell);
    if (!Number.isFinite(value)) {
      const place = { file, line: lines[i], column: 1 };
      throw new FormatError(`column "${header[k]}" needs a finite number, but has "${cell ?? ""}"`, place);
    }
    return value;
  };
  const part = (from: number, count: number): DenseMatrix => ({
    rows: rows.length,
    cols: count,
    values: Float64Array.from({ length: rows.length * count }, (_, at) =>
      number(Math.floor(at / count), from + (at % count)),
    ),
  });
  return { inputs: part(0, inputs), targets: part(inputs, targets) };
}

/** What `activation --json` prints. */
export function activationRecord(learned: LearnedActivations, analysis: ResidualAnalysis): object {
  const { hierarchy, certifiedLowerBound: certified, names } = learned;
  return {
    status: learned.status,
    loss: learned.loss,
    value: learned.value,
    coefficients: Object.fromEntries(names.map((name, k) => [name, learned.coefficients[k]])),
    relaxationValue: Number.isFinite(hierarchy.relaxationValue) ? hierarchy.relaxationValue : null,
    certifiedLowerBound: certified.value,
    certifiedBy: learned.certifiedBy,
    // The bound holds for |c| up to these; null: for all coefficients.
    certifiedBox: learned.certifiedEverywhere
      ? null
      : Object.fromEntries(names.map((name, k) => [name, learned.bounds[k]])),
    enclosure: learned.enclosure
      ? Object.fromEntries(names.map((name, k) => [name, learned.enclosure?.[k]]))
      : null,
    order: hierarchy.order,
    flat: hierarchy.flat,
    ranks: hierarchy.ranks,
    baseline: { coefficients: [...learned.baseline.polished], seconds: learned.baseline.seconds },
    residuals: { meanSquare: analysis.mse, meanNorm: analysis.meanNorm },
    seconds: learned.seconds,
    backend: hierarchy.backend,
  };
}
