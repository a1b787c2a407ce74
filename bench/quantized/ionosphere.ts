import { readFile } from "node:fs/promises";
import { csvColumn, csvNumbers, parseCsv } from "../../src/formats/csv.ts";
import { seededRandom, shuffledIndices } from "../random.ts";
import type { Samples } from "./bilinear-problem.ts";

/** The embedded ionosphere data, split once: features as published, in [−1, 1], the constant column left out. */
export interface Split {
  readonly train: Samples;
  readonly test: Samples;
  /** Share of the more frequent class of the training samples among the test samples. */
  readonly majorityRate: number;
}

const CONSTANT_COLUMN = "a02";

/** Shuffles the 351 rows with the seed and takes the first 80 % for training; class g is +1, b is −1. */
export async function loadIonosphere(seed: number): Promise<Split> {
  const name = "ionosphere.csv";
  const table = parseCsv(await readFile(new URL(`../data/${name}`, import.meta.url), "utf8"), { name });
  const classes = csvColumn(table, "class");
  const columns = table.header
    .filter((column) => column !== "class" && column !== CONSTANT_COLUMN)
    .map((column) => csvNumbers(table, column));
  const order = shuffledIndices(classes.length, seededRandom(seed));
  const trainCount = Math.floor(0.8 * order.length);
  const take = (indices: readonly number[]): Samples => ({
    count: indices.length,
    dimension: columns.length,
    features: Float64Array.from(indices.flatMap((row) => columns.map((column) => column[row]))),
    targets: Float64Array.from(indices, (row) => (classes[row] === "g" ? 1 : -1)),
  });
  const train = take(order.slice(0, trainCount));
  const test = take(order.slice(trainCount));
  const majority = train.targets.reduce((sum, y) => sum + y, 0) >= 0 ? 1 : -1;
  return { train, test, majorityRate: test.targets.filter((y) => y === majority).length / test.count };
}

/** Share of samples whose prediction has the sign of the target; sign(0) = 1. */
export function accuracy(samples: Samples, predictions: Float64Array): number {
  let right = 0;
  for (let k = 0; k < samples.count; k++) if ((predictions[k] >= 0 ? 1 : -1) === samples.targets[k]) right++;
  return right / samples.count;
}
