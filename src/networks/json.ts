import { FormatError, SettingsError } from "../errors.ts";
import { byteChunks } from "../formats/byte-source.ts";
import { JsonFields } from "../formats/json-fields.ts";
import { parseJson } from "../formats/json-text.ts";
import type { JsonNode } from "../formats/json-text.ts";
import type { Activation } from "./activation.ts";
import { activationByName } from "./activations.ts";
import { makeNetwork, makeNormalization } from "./network.ts";
import type { Layer, Network, Normalization } from "./network.ts";

/**
 * Reads `{"input_size", "output_size", "layers": [{"weights": [[…], …], "bias": […], "activation": "relu"}]}`.
 * An activation with parameters is an object, e.g. `{"name": "leaky_relu", "slope": 0.1}`. `name`, `description` and
 * `source` may be given, and a `normalization` with `input_min`, `input_max`, `mean`, `range` as in .nnet files. Throws FormatError with the place of the fault.
 */
export async function readNetworkJson(bytes: Uint8Array, file: string): Promise<Network> {
  const chunks = byteChunks(bytes, file);
  const root = new JsonFields(await parseJson(chunks, file), "", file);
  const name = root.has("name") ? root.string("name") : undefined;
  for (const remark of ["description", "source"]) if (root.has(remark)) root.string(remark);
  const inputSize = root.integer("input_size", 1, 1e7);
  const outputSize = root.integer("output_size", 1, 1e7);
  let inputs = inputSize;
  const layers = root.objects("layers").map((fields): Layer => {
    const bias = fields.floats("bias");
    const weights = readMatrix(fields, bias.length, inputs);
    const activation = readActivation(fields, file);
    fields.end();
    inputs = bias.length;
    return { weights, bias, activation };
  });
  const normalization = root.has("normalization") ? readNormalization(root.object("normalization"), inputSize) : undefined;
  root.end();
  if (layers.length === 0) root.fail("layers", "is empty; a network has at least one layer");
  if (inputs !== outputSize) root.fail("output_size", `is ${outputSize}, but the last layer has ${inputs} outputs`);
  return makeNetwork(inputSize, layers, { name, normalization });
}

function readNormalization(fields: JsonFields, inputs: number): Normalization {
  const list = (name: string, least: number): Float64Array => {
    const values = fields.floats(name);
    if (values.length < least) fields.fail(name, `has ${values.length} entries; at least ${least} were expected`);
    return values;
  };
  const ranges = list("range", inputs + 1);
  if (ranges.some((range) => range === 0)) fields.fail("range", "must not hold a zero");
  if (fields.has("note")) fields.string("note");
  const normalization = makeNormalization(
    inputs,
    list("input_min", inputs),
    list("input_max", inputs),
    list("mean", inputs + 1),
    ranges,
  );
  fields.end();
  return normalization;
}

function readMatrix(fields: JsonFields, rows: number, columns: number): Float64Array {
  const { value } = fields.get("weights");
  if (!Array.isArray(value)) return fields.fail("weights", "must be an array of rows, each an array of numbers");
  const list = value as readonly JsonNode[];
  if (list.length !== rows) fields.fail("weights", `has ${list.length} rows, but there are ${rows} biases`);
  const matrix = new Float64Array(rows * columns);
  list.forEach((row, i) => {
    if (!(row.value instanceof Float64Array)) return fields.fail(`weights[${i}]`, "must be an array of finite numbers", "weights");
    if (row.value.length !== columns) {
      fields.fail(`weights[${i}]`, `has ${row.value.length} numbers; the layer has ${columns} inputs`, "weights");
    }
    matrix.set(row.value, i * columns);
  });
  return matrix;
}

function readActivation(fields: JsonFields, file: string): Activation {
  const node = fields.get("activation");
  try {
    if (typeof node.value === "string") return activationByName(node.value);
    const parts = fields.object("activation");
    const name = parts.string("name");
    const parameters: Record<string, number | number[]> = {};
    for (const parameter of ["slope", "alpha", "low", "high"]) {
      if (parts.has(parameter)) parameters[parameter] = parts.number(parameter);
    }
    if (parts.has("coefficients")) parameters.coefficients = [...parts.floats("coefficients")];
    parts.end();
    return activationByName(name, parameters);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new FormatError(`${fields.path}.activation: ${error.message}`, { file, line: node.line, column: node.column }, { cause: error });
  }
}
