import { FormatError } from "../errors.ts";
import { identity, relu } from "./activations.ts";
import { makeNetwork, makeNormalization } from "./network.ts";
import type { Layer, Network, Normalization } from "./network.ts";

/** A number of the file and its line. */
interface Line {
  readonly line: number;
  readonly numbers: readonly number[];
}

/**
 * Reads the .nnet format (K. Julian, Stanford 2016): comment lines `//`, then the numbers of layers and inputs, the
 * layer sizes, an unused flag, least and greatest inputs, means, ranges, and the weights and biases layer by layer.
 * ReLU in all layers but the last. Zeros or text in place of the ranges mean: no normalisation. Throws FormatError.
 */
export function readNnet(text: string, file: string): Network {
  const lines = numberedLines(text, file);
  const fail = (message: string, line: number): never => {
    throw new FormatError(message, { file, line, column: 1 });
  };
  const lastLine = lines.length === 0 ? 1 : lines[lines.length - 1].line;
  if (lines.length < 8) fail("the file ends inside its header; it is truncated", lastLine);
  const [counts, sizeLine, , lower, upper, means, ranges] = lines;
  const layerCount = counts.numbers[0];
  const sizes = sizeLine.numbers;
  if (!Number.isInteger(layerCount) || layerCount < 1) fail(`the number of layers is ${layerCount}`, counts.line);
  if (sizes.length !== layerCount + 1) {
    fail(`${layerCount} layers need ${layerCount + 1} sizes, but there are ${sizes.length}`, sizeLine.line);
  }
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < 1 || size > 1e7) fail(`${size} is no size of a layer`, sizeLine.line);
  }
  const declared = counts.numbers;
  if (declared.length >= 3 && (declared[1] !== sizes[0] || declared[2] !== sizes[layerCount])) {
    fail(`the first line tells of ${declared[1]} inputs and ${declared[2]} outputs, the second of others`, sizeLine.line);
  }
  const rest = lines.slice(7);
  let row = 0;
  let column = 0;
  const take = (count: number, what: string): Float64Array => {
    const values = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      while (row < rest.length && column >= rest[row].numbers.length) [row, column] = [row + 1, 0];
      if (row >= rest.length) fail(`the file ends where ${what} were expected; it is truncated`, lastLine);
      values[k] = rest[row].numbers[column++];
    }
    return values;
  };
  const layers: Layer[] = [];
  for (let k = 0; k < layerCount; k++) {
    const weights = take(sizes[k] * sizes[k + 1], `weights of layer ${k + 1}`);
    const bias = take(sizes[k + 1], `biases of layer ${k + 1}`);
    layers.push({ weights, bias, activation: k + 1 < layerCount ? relu : identity });
  }
  while (row < rest.length && column >= rest[row].numbers.length) [row, column] = [row + 1, 0];
  if (row < rest.length) fail("there are more numbers than the layer sizes ask for", rest[row].line);
  const normalization = readNormalization(sizes[0], lower, upper, means, ranges, fail);
  return makeNetwork(sizes[0], layers, { normalization });
}

function numberedLines(text: string, file: string): Line[] {
  const lines: Line[] = [];
  text.split(/\r?\n/).forEach((raw, k) => {
    const content = raw.trim();
    if (content === "" || content.startsWith("//")) return;
    const cells = content.split(",").map((cell) => cell.trim());
    if (cells[cells.length - 1] === "") cells.pop();
    // The lines between the sizes and the weights are skipped by many readers: files write remarks there.
    const free = lines.length >= 2 && lines.length <= 6;
    const numbers = cells.map((cell) => {
      const value = cell === "" ? NaN : Number(cell);
      if (!Number.isFinite(value) && !free) {
        throw new FormatError(`"${cell.slice(0, 40)}" is not a finite number`, { file, line: k + 1, column: 1 });
      }
      return value;
    });
    lines.push({ line: k + 1, numbers });
  });
  return lines;
}

function readNormalization(
  inputs: number,
  lower: Line,
  upper: Line,
  means: Line,
  ranges: Line,
  fail: (message: string, line: number) => never,
): Normalization | undefined {
  if (ranges.numbers.every((r) => r === 0 || Number.isNaN(r))) return undefined;
  for (const [what, line, count] of [
    ["least inputs", lower, inputs],
    ["greatest inputs", upper, inputs],
    ["means", means, inputs + 1],
    ["ranges", ranges, inputs + 1],
  ] as const) {
    if (line.numbers.length < count || !line.numbers.every(Number.isFinite)) {
      fail(`${count} ${what} were expected, finite numbers`, line.line);
    }
  }
  if (ranges.numbers.some((r) => r === 0)) fail("a range of the normalisation is zero", ranges.line);
  // Some files carry entries of inputs that their network no longer has; the output's stand last.
  return makeNormalization(inputs, lower.numbers, upper.numbers, means.numbers, ranges.numbers);
}
