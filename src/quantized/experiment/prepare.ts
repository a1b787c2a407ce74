import { FormatError, SettingsError } from "../../errors.ts";
import type { CsvTable } from "../../formats/csv.ts";
import { csvColumn, csvNumbers } from "../../formats/csv.ts";
import type { InputScaling, OutputMeaning } from "../network/network.ts";
import type { Samples } from "../model/sample-forms.ts";
import { seededUniform, shuffled } from "../random.ts";

/** How a table becomes training and test samples. */
export interface PrepareOptions {
  readonly target: string;
  /** Default: classification where the target is text or has only two values, else regression. */
  readonly task?: "regression" | "classification" | undefined;
  /** Columns left out. */
  readonly drop?: readonly string[] | undefined;
  /** Of every feature, fitted on the training samples: as it is, mean 0 and deviation 1, or onto [−1, 1]. */
  readonly scale: "none" | "standard" | "range";
  /** Whether a constant feature is added: lets a quadratic form have linear and constant terms. */
  readonly constant: boolean;
  /** What to do about missing cells of features: refuse, or take the mean of the training samples. */
  readonly missing: "error" | "mean";
  /** Share of the rows to train on, in (0, 1]. */
  readonly split: number;
  readonly seed: number;
}

/** Samples of one part of the table. */
export interface PreparedPart {
  readonly samples: Samples;
  /** Row numbers in the table. */
  readonly rows: readonly number[];
  /** Targets as the network sees them, by output. */
  readonly targets: readonly Float64Array[];
  /** Class numbers, or values of a regression in the units of the table. */
  readonly truth: Float64Array;
}

export interface PreparedData {
  readonly train: PreparedPart;
  readonly test: PreparedPart;
  readonly input: InputScaling;
  readonly meaning: OutputMeaning;
  /** Columns left out because they do not vary in the training samples. */
  readonly dropped: readonly string[];
}

/**
 * Splits a table at random and scales it. Statistics come from the training rows only.
 *
 * @throws FormatError for non-numeric or missing cells and unusable targets; SettingsError for impossible options.
 */
export function prepareData(table: CsvTable, options: PrepareOptions): PreparedData {
  const { target, split, seed } = options;
  const rows = table.rows.length;
  if (!(split > 0 && split <= 1))
    throw new SettingsError(`the split is ${split}; it must lie in (0, 1]`, { field: "split" });
  if (rows === 0) throw new FormatError("the table has no rows", { file: table.name });
  const order = shuffled(rows, seededUniform(seed));
  const trained = Math.max(1, Math.floor(split * rows + 1e-9));
  const trainRows = order.slice(0, trained);
  const testRows = order.slice(trained);
  const goal = readTarget(table, target, options.task, trainRows);
  const { input, columns, dropped } = readFeatures(table, options, trainRows);
  const part = (chosen: readonly number[]): PreparedPart => ({
    rows: chosen,
    samples: gather(input, columns, chosen),
    targets: goal.outputs.map((y) => Float64Array.from(chosen, (i) => y[i])),
    truth: Float64Array.from(chosen, (i) => goal.truth[i]),
  });
  return { train: part(trainRows), test: part(testRows), input, meaning: goal.meaning, dropped };
}

/** The rows of a table as a network with this scaling takes them. @throws FormatError for missing columns and cells. */
export function scaledSamples(table: CsvTable, input: InputScaling): Samples {
  const columns = input.names.map((name) => numbersWithoutGaps(table, name));
  return gather(input, columns, Array.from(table.rows.keys()));
}

function gather(input: InputScaling, columns: readonly Float64Array[], chosen: readonly number[]): Samples {
  const features = columns.length + (input.constant ? 1 : 0);
  const count = chosen.length;
  const values = new Float64Array(count * features).fill(1);
  columns.forEach((column, j) => {
    chosen.forEach((row, i) => {
      values[j * count + i] = (column[row] - input.offset[j]) * input.factor[j];
    });
  });
  return { count, features, values };
}

function numbersWithoutGaps(table: CsvTable, name: string): Float64Array {
  const values = csvNumbers(table, name);
  const gap = values.findIndex(Number.isNaN);
  if (gap >= 0) {
    throw new FormatError(`column "${name}" has a missing cell; fill it in first`, {
      file: table.name,
      line: table.lines[gap],
    });
  }
  return values;
}

function readFeatures(
  table: CsvTable,
  { target, drop = [], scale, constant, missing }: PrepareOptions,
  trainRows: readonly number[],
): { input: InputScaling; columns: Float64Array[]; dropped: string[] } {
  for (const name of drop) csvColumn(table, name);
  const names: string[] = [];
  const dropped: string[] = [];
  const columns: Float64Array[] = [];
  const offset: number[] = [];
  const factor: number[] = [];
  for (const name of table.header) {
    if (name === target || drop.includes(name)) continue;
    const values = readFeature(table, name);
    const known = trainRows.map((row) => values[row]).filter((value) => !Number.isNaN(value));
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
    const gap = values.findIndex(Number.isNaN);
    if (gap >= 0) {
      if (missing === "error") {
        throw new FormatError(
          `column "${name}" has a missing cell; leave the column out (--drop ${name}) or take means (--missing mean)`,
          { file: table.name, line: table.lines[gap] },
        );
      }
      for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = mean;
    }
    const low = Math.min(...known);
    const high = Math.max(...known);
    if (!(high > low)) {
      dropped.push(name);
      continue;
    }
    names.push(name);
    columns.push(values);
    const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length);
    offset.push(scale === "none" ? 0 : scale === "standard" ? mean : (low + high) / 2);
    factor.push(scale === "none" ? 1 : scale === "standard" ? 1 / deviation : 2 / (high - low));
  }
  if (names.length === 0) {
    throw new FormatError("no feature column varies in the training rows: there is nothing to learn from", {
      file: table.name,
    });
  }
  return { input: { names, offset, factor, constant }, columns, dropped };
}

function readFeature(table: CsvTable, name: string): Float64Array {
  try {
    return csvNumbers(table, name);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { file, line } = error.location;
    const found = csvColumn(table, name)[table.lines.indexOf(line ?? -1)] ?? "";
    throw new FormatError(
      `column "${name}" holds "${found}"; features must be numbers: code the column, or leave it out (--drop ${name})`,
      { ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) },
    );
  }
}

interface Goal {
  readonly meaning: OutputMeaning;
  readonly outputs: readonly Float64Array[];
  readonly truth: Float64Array;
}

/** More classes than this are taken for a mistake. */
const MOST_CLASSES = 100;

function readTarget(
  table: CsvTable,
  target: string,
  task: PrepareOptions["task"],
  trainRows: readonly number[],
): Goal {
  const cells = csvColumn(table, target).map((cell, i) => {
    if (cell === undefined) {
      throw new FormatError(`the target "${target}" is missing`, { file: table.name, line: table.lines[i] });
    }
    return cell;
  });
  const classes = [...new Set(cells)].sort((a, b) => {
    const numbers = Number(a) - Number(b);
    return Number.isNaN(numbers) ? (a < b ? -1 : 1) : numbers;
  });
  const numeric = cells.every((cell) => cell.trim() !== "" && Number.isFinite(Number(cell)));
  const kind = task ?? (!numeric || classes.length <= 2 ? "classification" : "regression");
  if (kind === "regression") {
    const truth = csvNumbers(table, target);
    const mean = trainRows.reduce((sum, row) => sum + truth[row], 0) / trainRows.length;
    const variance = trainRows.reduce((sum, row) => sum + (truth[row] - mean) ** 2, 0) / trainRows.length;
    const factor = variance > 0 ? Math.sqrt(variance) : 1;
    return {
      meaning: { kind, target, offset: mean, factor },
      outputs: [truth.map((value) => (value - mean) / factor)],
      truth,
    };
  }
  const fault = (message: string): FormatError => new FormatError(message, { file: table.name });
  if (classes.length < 2) throw fault(`the target "${target}" has one class only, "${classes[0]}"`);
  if (classes.length > MOST_CLASSES) {
    throw fault(
      `the target "${target}" has ${classes.length} classes; for numbers to be predicted say --task regression`,
    );
  }
  const truth = Float64Array.from(cells, (cell) => classes.indexOf(cell));
  const present = new Set(trainRows.map((row) => truth[row]));
  if (present.size < 2)
    throw fault(`the training rows hold one class only, "${classes[truth[trainRows[0]]]}"`);
  const outputs =
    classes.length === 2
      ? [truth.map((k) => (k === 1 ? 1 : -1))]
      : classes.map((_, c) => truth.map((k) => (k === c ? 1 : -1)));
  return { meaning: { kind, target, classes }, outputs, truth };
}
