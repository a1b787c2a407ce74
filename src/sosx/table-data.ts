import { FormatError, ProblemError, SettingsError } from "../errors.ts";
import type { CsvTable } from "../formats/csv.ts";
import { csvColumn, csvNumbers } from "../formats/csv.ts";
import type { Samples } from "./losses.ts";
import { seededUniform } from "./random.ts";

/** v ↦ 2(v − low)/(high − low) − 1. */
export interface ColumnScale {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** A table brought to [−1, 1] and split. */
export interface LearningData {
  readonly train: Samples;
  readonly test: Samples;
  /** Rows of the table, zero-based, in the order of train, then test. */
  readonly order: Int32Array;
  readonly inputs: readonly ColumnScale[];
  readonly targets: readonly ColumnScale[];
  /** Columns left out, and why; how a text target was coded. */
  readonly remarks: readonly string[];
}

export interface TableOptions {
  /** Target columns. */
  readonly targets: readonly string[];
  /** Input columns; default all others. */
  readonly inputs?: readonly string[] | undefined;
  /** Share of the rows that train, rounded down. Default 0.7. */
  readonly trainFraction?: number | undefined;
  /** The first rows train, instead of a seeded draw. */
  readonly chronological?: boolean | undefined;
  readonly seed?: number | undefined;
  /** Only so many inputs: those with the greatest F-value, i.e. correlation with the first target on all rows. */
  readonly bestInputs?: number | undefined;
  /** Only the first so many rows. */
  readonly rows?: number | undefined;
}

interface Column {
  readonly name: string;
  readonly values: Float64Array;
}

/**
 * Scales every column to [−1, 1] by its least and greatest value over all rows (as the paper does), leaves out text and
 * constant inputs with a remark, codes a target of two texts as −1 and 1.
 * @throws FormatError for missing values and unknown columns, with the line
 * @throws ProblemError for a constant target; SettingsError for a split that leaves a side empty
 */
export function prepareTable(table: CsvTable, options: TableOptions): LearningData {
  const { trainFraction = 0.7, seed = 0 } = options;
  if (table.rows.length < 2) {
    throw new ProblemError(`the table has ${table.rows.length} rows; at least one to train and one to test are needed`, {
      file: table.name,
    });
  }
  const remarks: string[] = [];
  const targets = options.targets.map((name) => targetColumn(table, name, remarks));
  const names = options.inputs ?? table.header.filter((name) => !options.targets.includes(name));
  let inputs: Column[] = [];
  for (const name of names) {
    const column = inputColumn(table, name, remarks);
    if (column !== undefined) inputs.push(column);
  }
  if (inputs.length === 0) throw new ProblemError("no numeric input column is left", { field: "inputs", file: table.name });
  const count = Math.min(options.rows ?? table.rows.length, table.rows.length);
  if (options.bestInputs !== undefined) inputs = bestByCorrelation(inputs, targets[0], options.bestInputs, count);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  if (!options.chronological) shuffle(order, seed);
  const trained = Math.floor(trainFraction * count + 1e-9);
  if (trained < 1 || trained >= count) {
    throw new SettingsError(
      `a train fraction of ${trainFraction} of ${count} rows leaves ${trained} to train and ${count - trained} to test`,
      { field: "trainFraction", value: trainFraction },
    );
  }
  const scales = (columns: readonly Column[]): ColumnScale[] =>
    columns.map(({ name, values }) => {
      const used = values.subarray(0, count);
      return { name, low: used.reduce((a, b) => Math.min(a, b)), high: used.reduce((a, b) => Math.max(a, b)) };
    });
  const inputScales = scales(inputs);
  const targetScales = scales(targets);
  const part = (rows: Int32Array): Samples => {
    const width = inputs.length + 1;
    const design = new Float64Array(rows.length * width).fill(1);
    const wanted = new Float64Array(rows.length * targets.length);
    rows.forEach((row, i) => {
      inputs.forEach(({ values }, k) => (design[i * width + k] = toUnit(inputScales[k], values[row])));
      targets.forEach(({ values }, c) => (wanted[i * targets.length + c] = toUnit(targetScales[c], values[row])));
    });
    return { samples: rows.length, outputs: targets.length, design, targets: wanted };
  };
  return {
    train: part(order.subarray(0, trained)),
    test: part(order.subarray(trained)),
    order,
    inputs: inputScales,
    targets: targetScales,
    remarks,
  };
}

function toUnit({ low, high }: ColumnScale, value: number): number {
  return (2 * (value - low)) / (high - low) - 1;
}

/** N×d inputs of samples, without the column of ones. */
export function inputsOf({ design, samples }: Samples): Float64Array {
  const width = design.length / samples;
  const inputs = new Float64Array(samples * (width - 1));
  for (let i = 0; i < samples; i++) {
    inputs.set(design.subarray(i * width, (i + 1) * width - 1), i * (width - 1));
  }
  return inputs;
}

function numbersOf(table: CsvTable, name: string): Float64Array {
  const values = csvNumbers(table, name);
  const missing = values.findIndex(Number.isNaN);
  if (missing >= 0) {
    throw new FormatError(`column "${name}" has a missing value; fill it in, leave the row out or choose other inputs`, {
      file: table.name,
      line: table.lines[missing],
      field: name,
    });
  }
  return values;
}

function isText(cells: readonly (string | undefined)[]): boolean {
  return cells.every((cell) => cell === undefined || cell.trim() === "" || !Number.isFinite(Number(cell)));
}

function inputColumn(table: CsvTable, name: string, remarks: string[]): Column | undefined {
  if (isText(csvColumn(table, name))) {
    remarks.push(`column "${name}" holds text and is left out`);
    return undefined;
  }
  const values = numbersOf(table, name);
  if (values.every((v) => v === values[0])) {
    remarks.push(`column "${name}" is constant and left out`);
    return undefined;
  }
  return { name, values };
}

function targetColumn(table: CsvTable, name: string, remarks: string[]): Column {
  const cells = csvColumn(table, name);
  let values: Float64Array;
  const kinds = [...new Set(cells)].sort();
  if (isText(cells) && kinds.length === 2 && !kinds.includes(undefined)) {
    remarks.push(`target "${name}": ${kinds[0]} is coded −1, ${kinds[1]} is coded 1`);
    values = Float64Array.from(cells, (cell) => (cell === kinds[0] ? -1 : 1));
  } else values = numbersOf(table, name);
  if (values.every((v) => v === values[0])) {
    throw new ProblemError(`target "${name}" is constant: there is nothing to learn`, { field: name, file: table.name });
  }
  return { name, values };
}

/** F = r²/(1 − r²)·(n − 2) grows with |r|. */
function bestByCorrelation(inputs: readonly Column[], target: Column, keep: number, count: number): Column[] {
  const strength = ({ values }: Column): number => {
    const mean = (v: Float64Array): number => v.subarray(0, count).reduce((sum, x) => sum + x, 0) / count;
    const [mx, my] = [mean(values), mean(target.values)];
    let [xy, xx, yy] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      xy += (values[i] - mx) * (target.values[i] - my);
      xx += (values[i] - mx) ** 2;
      yy += (target.values[i] - my) ** 2;
    }
    return xx === 0 ? 0 : Math.abs(xy) / Math.sqrt(xx * yy);
  };
  return inputs
    .map((column) => ({ column, r: strength(column) }))
    .sort((a, b) => b.r - a.r)
    .slice(0, keep)
    .map(({ column }) => column);
}

function shuffle(order: Int32Array, seed: number): void {
  const uniform = seededUniform(seed ^ 0x5bd1e995);
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(uniform() * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
}
