import { FormatError } from "../../errors.ts";
import type { Activation } from "../model/sample-forms.ts";
import { fromBase64, toBase64 } from "./bits.ts";
import type { InputScaling, NetworkOutput, OutputMeaning, QuantizedNetwork } from "./network.ts";
import { networkOrder } from "./network.ts";

const FORMAT = "spectrahedron quantized network";
const VERSION = 1;

/** The network as JSON text: signs as base64 of packed bits, everything else in plain numbers. */
export function writeNetwork(network: QuantizedNetwork): string {
  return `${JSON.stringify({
    format: FORMAT,
    version: VERSION,
    activation: network.activation,
    levels: network.levels,
    features: network.features,
    input: network.input,
    meaning: network.meaning,
    outputs: network.outputs.map(({ neurons, u, v, alpha }) => ({
      neurons,
      u: toBase64(u),
      v: v === undefined ? null : toBase64(v),
      alpha: typeof alpha === "number" ? alpha : [...alpha],
    })),
    end: FORMAT,
  })}\n`;
}

/**
 * Reads what {@link writeNetwork} wrote. @throws FormatError for other files, other versions and damaged or truncated
 * ones.
 */
export function readNetwork(text: string, name = "network.json"): QuantizedNetwork {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FormatError(`not a whole JSON file, perhaps truncated (${why})`, { file: name });
  }
  const read = new FieldReader(name);
  const file = read.object(root, "the file");
  if (file.format !== FORMAT)
    throw read.fault("format", `"${FORMAT}" was expected; this is another kind of file`);
  if (file.version !== VERSION) {
    throw read.fault("version", `it is ${String(file.version)}; this program reads version ${VERSION}`);
  }
  if (file.end !== FORMAT) throw read.fault("end", "it is missing: the file was cut short");
  const shape = {
    activation: read.activation(file.activation),
    levels: read.whole(file.levels, "levels", 1),
    features: read.whole(file.features, "features", 1),
  };
  const bytes = Math.ceil(networkOrder(shape) / 8);
  const outputs = read.array(file.outputs, "outputs").map((entry, k): NetworkOutput => {
    const at = `outputs[${k}]`;
    const output = read.object(entry, at);
    const neurons = read.whole(output.neurons, `${at}.neurons`, 0);
    const bits = (value: unknown, field: string): Uint8Array => {
      const packed = typeof value === "string" ? fromBase64(value) : undefined;
      if (packed === undefined) throw read.fault(field, "base64 was expected");
      if (packed.length !== neurons * bytes) {
        throw read.fault(
          field,
          `it holds ${packed.length} bytes; ${neurons} neurons need ${neurons * bytes}`,
        );
      }
      return packed;
    };
    const alpha =
      typeof output.alpha === "number"
        ? read.finite(output.alpha, `${at}.alpha`)
        : Float64Array.from(read.numbers(output.alpha, `${at}.alpha`, neurons));
    return {
      neurons,
      u: bits(output.u, `${at}.u`),
      v: output.v === null ? undefined : bits(output.v, `${at}.v`),
      alpha,
    };
  });
  const input = read.input(file.input, shape.features);
  const meaning = read.meaning(file.meaning);
  const needed = meaning.kind === "classification" && meaning.classes.length > 2 ? meaning.classes.length : 1;
  if (outputs.length !== needed)
    throw read.fault("outputs", `there are ${outputs.length}; ${needed} were expected`);
  return { ...shape, outputs, input, meaning };
}

/** Fields of parsed JSON, with errors that name them. */
class FieldReader {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  fault(field: string, message: string): FormatError {
    return new FormatError(`${field}: ${message}`, { file: this.file, field });
  }

  object(value: unknown, field: string): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.fault(field, "an object was expected");
    }
    return value as Record<string, unknown>;
  }

  array(value: unknown, field: string): unknown[] {
    if (!Array.isArray(value)) throw this.fault(field, "an array was expected");
    return value;
  }

  finite(value: unknown, field: string): number {
    if (typeof value !== "number" || !Number.isFinite(value))
      throw this.fault(field, "a finite number was expected");
    return value;
  }

  whole(value: unknown, field: string, least: number): number {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
      throw this.fault(field, `a whole number of at least ${least} was expected`);
    }
    return value;
  }

  numbers(value: unknown, field: string, count: number): number[] {
    const list = this.array(value, field);
    if (list.length !== count)
      throw this.fault(field, `it has ${list.length} entries; ${count} were expected`);
    return list.map((entry, k) => this.finite(entry, `${field}[${k}]`));
  }

  strings(value: unknown, field: string): string[] {
    return this.array(value, field).map((entry, k) => this.text(entry, `${field}[${k}]`));
  }

  text(value: unknown, field: string): string {
    if (typeof value !== "string") throw this.fault(field, "text was expected");
    return value;
  }

  activation(value: unknown): Activation {
    if (value === "bilinear") return value;
    const { a, b, c } = this.object(value, "activation");
    return {
      a: this.finite(a, "activation.a"),
      b: this.finite(b, "activation.b"),
      c: this.finite(c, "activation.c"),
    };
  }

  input(value: unknown, features: number): InputScaling {
    const input = this.object(value, "input");
    const names = this.strings(input.names, "input.names");
    if (typeof input.constant !== "boolean") throw this.fault("input.constant", "true or false was expected");
    if (names.length + (input.constant ? 1 : 0) !== features) {
      throw this.fault("input.names", `there are ${names.length} for ${features} features`);
    }
    return {
      names,
      offset: this.numbers(input.offset, "input.offset", names.length),
      factor: this.numbers(input.factor, "input.factor", names.length),
      constant: input.constant,
    };
  }

  meaning(value: unknown): OutputMeaning {
    const meaning = this.object(value, "meaning");
    const target = this.text(meaning.target, "meaning.target");
    switch (meaning.kind) {
      case "regression":
        return {
          kind: "regression",
          target,
          offset: this.finite(meaning.offset, "meaning.offset"),
          factor: this.finite(meaning.factor, "meaning.factor"),
        };
      case "classification": {
        const classes = this.strings(meaning.classes, "meaning.classes");
        if (classes.length < 2) throw this.fault("meaning.classes", "at least two were expected");
        return { kind: "classification", target, classes };
      }
      default:
        throw this.fault("meaning.kind", '"regression" or "classification" was expected');
    }
  }
}
