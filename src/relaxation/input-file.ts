import { FormatError } from "../errors.ts";
import { byteChunks } from "../formats/byte-source.ts";
import type { ByteSource } from "../formats/byte-source.ts";
import type { CsvTable } from "../formats/csv.ts";
import { parseCsv } from "../formats/csv.ts";
import { JsonFields } from "../formats/json-fields.ts";
import { parseJson } from "../formats/json-text.ts";
import type { JsonNode } from "../formats/json-text.ts";
import type { InputSet, LinearConstraint } from "./query.ts";

/**
 * Reads a box of inputs from JSON: `{"lower": […], "upper": […], "constraints": [{"coefficients": […], "lower": 0,
 * "upper": 1}]}` (constraints and one of their sides may be left out; one number stands for all inputs), or
 * `[[low, high], …]`. Throws FormatError with the place of the fault.
 */
export async function readInputSet(source: ByteSource, inputs: number, file: string): Promise<InputSet> {
  const node = await parseJson(byteChunks(source, file), file);
  if (Array.isArray(node.value)) return { box: boxFromPairs(node, inputs, file) };
  const fields = new JsonFields(node, "", file);
  const side = (name: string): Float64Array => {
    if (typeof fields.get(name).value === "number") return new Float64Array(inputs).fill(fields.number(name));
    return fields.floats(name, { length: inputs, infinite: true });
  };
  const box = { lower: side("lower"), upper: side("upper") };
  const constraints = fields.has("constraints")
    ? fields.objects("constraints").map((item): LinearConstraint => {
        const constraint = {
          coefficients: item.floats("coefficients", { length: inputs }),
          lower: item.has("lower") ? item.number("lower") : -Infinity,
          upper: item.has("upper") ? item.number("upper") : Infinity,
        };
        item.end();
        return constraint;
      })
    : [];
  fields.end();
  return { box, constraints };
}

function boxFromPairs(node: JsonNode, inputs: number, file: string): { lower: Float64Array; upper: Float64Array } {
  const pairs = node.value as readonly JsonNode[];
  const fail = (message: string, { line, column }: JsonNode): never => {
    throw new FormatError(message, { file, line, column });
  };
  if (pairs.length !== inputs) fail(`${inputs} pairs [low, high] were expected, one for each input; found ${pairs.length}`, node);
  const sides = pairs.map((pair) => {
    const { value } = pair;
    return value instanceof Float64Array && value.length === 2 ? value : fail("a pair [low, high] was expected", pair);
  });
  return { lower: Float64Array.from(sides, ([low]) => low), upper: Float64Array.from(sides, ([, high]) => high) };
}

/**
 * Points from a table of comma-separated values: the last `inputs` columns of every row, divided by `divisor`. A first
 * row of numbers only is a point, any other the header. Throws FormatError.
 */
export function readPoints(text: string, inputs: number, file: string, divisor = 1): Float64Array[] {
  const firstLine = /^[^\r\n]*/.exec(text.replace(/^\ufeff/, ""))?.[0] ?? "";
  const numeric = firstLine.split(",").every((cell) => cell.trim() !== "" && Number.isFinite(Number(cell)));
  const table = parseCsv(text, { name: file, header: !numeric });
  if (table.rows.length === 0) throw new FormatError("the table has no rows", { file });
  return table.rows.map((_, row) => pointOf(table, row, inputs, file, divisor));
}

function pointOf(table: CsvTable, row: number, inputs: number, file: string, divisor: number): Float64Array {
  const cells = table.rows[row];
  const place = { file, line: table.lines[row] };
  if (cells.length < inputs) {
    throw new FormatError(`the row has ${cells.length} columns, but the network has ${inputs} inputs`, place);
  }
  return Float64Array.from(cells.slice(cells.length - inputs), (cell, k) => {
    const value = cell === undefined || cell.trim() === "" ? NaN : Number(cell);
    if (!Number.isFinite(value)) {
      const column = table.header[cells.length - inputs + k] ?? String(cells.length - inputs + k + 1);
      throw new FormatError(`column ${column} holds "${cell ?? ""}", no finite number`, place);
    }
    return value / divisor;
  });
}
