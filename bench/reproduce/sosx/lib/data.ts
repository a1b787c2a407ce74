import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CsvTable } from "../../../../src/formats/csv.ts";
import { parseCsv } from "../../../../src/formats/csv.ts";
import type { LearningData } from "../../../../src/sosx/index.ts";
import { prepareTable } from "../../../../src/sosx/index.ts";

/** `--name value`. */
export function textOption(args: readonly string[], name: string, otherwise: string): string {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : (args[at + 1] ?? otherwise);
}

/** `--name 1,2,3`. */
export function listOption(args: readonly string[], name: string, otherwise: readonly number[]): number[] {
  const numbers = textOption(args, name, otherwise.join(",")).split(",").map(Number);
  if (numbers.some((v) => !Number.isFinite(v))) throw new Error(`--${name} needs numbers with commas`);
  return numbers;
}

/** A table of the folder --data (default: shared/data/ml beside the repository). */
export function readTable(args: readonly string[], file: string): CsvTable {
  const beside = fileURLToPath(new URL("../../../../../shared/data/ml/", import.meta.url));
  const path = `${textOption(args, "data", beside)}/${file}`;
  if (!existsSync(path)) throw new Error(`${file} is not there: give its folder with --data`);
  return parseCsv(readFileSync(path, "utf8"), { name: file });
}

/** 253 rows, the first 177 train, 26 inputs and the vapour pressure, each scaled to [−1, 1]. */
export function distillation(args: readonly string[]): LearningData {
  const table = readTable(args, "distillation-tower.csv");
  return prepareTable(table, { targets: ["VapourPressure"], trainFraction: 0.7, chronological: true });
}

/** Numeric columns with few gaps, then the rows without any. */
function complete(table: CsvTable, dropped: readonly string[]): CsvTable {
  const kept = table.header
    .map((_, k) => k)
    .filter((k) => !dropped.includes(table.header[k]))
    .filter((k) => {
      const cells = table.rows.map((row) => row[k]);
      const missing = cells.filter((cell) => cell === undefined).length;
      return missing < 0.05 * cells.length && cells.every((cell) => cell === undefined || Number.isFinite(Number(cell)));
    });
  const whole = table.rows.map((row, i) => ({ row: kept.map((k) => row[k]), line: table.lines[i] }));
  const rows = whole.filter(({ row }) => !row.includes(undefined));
  return {
    ...table,
    header: kept.map((k) => table.header[k]),
    rows: rows.map(({ row }) => row),
    lines: Int32Array.from(rows, ({ line }) => line),
  };
}

export interface NamedData {
  readonly name: string;
  readonly data: LearningData;
}

/**
 * The four data sets of figure 8, cut to 8 inputs by F-value and 177 training rows of 253. The paper's waste-water
 * simulation is not public in that form: the UCI water treatment plant stands in for it.
 */
export function fourTables(args: readonly string[]): NamedData[] {
  const sets: readonly (readonly [string, string, string, readonly string[]])[] = [
    ["distillation", "distillation-tower.csv", "VapourPressure", ["Date"]],
    ["water treatment", "water-treatment.csv", "DBO_S", []],
    ["cancer", "cancer-reg.csv", "TARGET_deathRate", []],
    ["housing", "boston-housing.csv", "medv", ["b"]],
  ];
  return sets.map(([name, file, target, dropped]) => {
    const table = complete(readTable(args, file), dropped);
    const data = prepareTable(table, { targets: [target], chronological: true, bestInputs: 8, rows: 253 });
    return { name, data };
  });
}

/** Exponent and factor of seconds ≈ factor·M^exponent by least squares of the logarithms. */
export function powerLaw(sizes: readonly number[], seconds: readonly number[]): { exponent: number; factor: number } {
  const x = sizes.map(Math.log);
  const y = seconds.map(Math.log);
  const mean = (v: readonly number[]): number => v.reduce((sum, t) => sum + t, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  const exponent =
    x.reduce((sum, t, k) => sum + (t - mx) * (y[k] - my), 0) / x.reduce((sum, t) => sum + (t - mx) ** 2, 0);
  return { exponent, factor: Math.exp(my - exponent * mx) };
}

/** The paper's table 1. */
export const PAPER: readonly {
  readonly neurons: number;
  readonly train: readonly (number | null)[];
  readonly test: readonly (number | null)[];
  readonly seconds: number;
}[] = [
  { neurons: 5, train: [0.0048, 0.0022, 0], test: [0.0238, 0.2237, 0.0145], seconds: 890 },
  { neurons: 10, train: [0.0033, 0.0002, 0], test: [0.0162, 0.0393, 0.0218], seconds: 4388 },
  { neurons: 16, train: [0.0029, null, 0], test: [0.0291, null, 0.0298], seconds: 12011 },
  { neurons: 20, train: [0.0026, 0.0823, 0], test: [0.009, 0.1981, 0.0042], seconds: 22052 },
  { neurons: 24, train: [0.0023, 0.0853, 0], test: [0.0159, 0.5641, 0.0024], seconds: 29856 },
  { neurons: 30, train: [0.0034, null, 0], test: [0.0233, null, 0.0078], seconds: 38897 },
];
