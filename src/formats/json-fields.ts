import { FormatError } from "../errors.ts";
import { quote } from "./line-scanner.ts";
import type { JsonNode } from "./json-text.ts";

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** What an array of the JSON form may hold. */
export interface ArrayRule {
  readonly length?: number;
  /** Infinities, as the strings "Infinity" and "-Infinity" or in base64. Default false. */
  readonly infinite?: boolean;
}

/**
 * The fields of a JSON object, each of which must be asked for: {@link JsonFields.end} refuses the rest.
 * Errors are FormatErrors with the path of the field and its line and column.
 */
export class JsonFields {
  readonly path: string;
  private readonly fields: ReadonlyMap<string, JsonNode>;
  private readonly used = new Set<string>();
  private readonly node: JsonNode;
  private readonly file: string;

  constructor(node: JsonNode, path: string, file: string) {
    this.node = node;
    this.path = path;
    this.file = file;
    if (!(node.value instanceof Map)) this.refuse(node, path === "" ? "the file" : path, "must be an object");
    this.fields = node.value as ReadonlyMap<string, JsonNode>;
  }

  has(name: string): boolean {
    this.used.add(name);
    return this.fields.has(name);
  }

  get(name: string): JsonNode {
    const node = this.has(name) ? this.fields.get(name) : undefined;
    return node ?? this.refuse(this.node, this.full(name), "is missing");
  }

  object(name: string): JsonFields {
    return new JsonFields(this.get(name), this.full(name), this.file);
  }

  objects(name: string): JsonFields[] {
    const node = this.get(name);
    const { value } = node;
    if (value instanceof Float64Array && value.length === 0) return [];
    if (!Array.isArray(value)) this.refuse(node, this.full(name), "must be an array of objects");
    return (value as readonly JsonNode[]).map(
      (item, k) => new JsonFields(item, `${this.full(name)}[${k}]`, this.file),
    );
  }

  string(name: string): string {
    const node = this.get(name);
    return typeof node.value === "string"
      ? node.value
      : this.refuse(node, this.full(name), "must be a string");
  }

  number(name: string): number {
    const node = this.get(name);
    return typeof node.value === "number"
      ? node.value
      : this.refuse(node, this.full(name), "must be a number");
  }

  integer(name: string, low: number, high: number): number {
    const value = this.number(name);
    if (!Number.isInteger(value) || value < low || value > high) {
      this.fail(name, `is ${value}; it must be an integer between ${low} and ${high}`);
    }
    return value === 0 ? 0 : value;
  }

  floats(name: string, rule: ArrayRule = {}): Float64Array {
    const array = this.array(name);
    if (array instanceof Int32Array) return this.fail(name, 'has "type" int32; float64 was expected');
    this.checkLength(name, array.length, rule);
    array.forEach((value, k) => {
      if (Number.isNaN(value) || (rule.infinite !== true && !Number.isFinite(value))) {
        this.fail(
          `${name}[${k}]`,
          `is ${value}; it must be ${rule.infinite === true ? "a number" : "finite"}`,
          name,
        );
      }
    });
    return array;
  }

  /** Integers in [low, high]. */
  ints(name: string, low: number, high: number, rule: ArrayRule = {}): Int32Array {
    const array = this.array(name);
    this.checkLength(name, array.length, rule);
    array.forEach((value, k) => {
      if (!Number.isInteger(value) || value < low || value > high) {
        this.fail(`${name}[${k}]`, `is ${value}; it must be an integer between ${low} and ${high}`, name);
      }
    });
    return array instanceof Int32Array ? array : Int32Array.from(array);
  }

  /** Refuses fields that nobody asked for. */
  end(): void {
    for (const [name, node] of this.fields) {
      if (!this.used.has(name)) this.refuse(node, this.full(name), "is an unknown field");
    }
  }

  fail(name: string, message: string, at: string = name): never {
    return this.refuse(this.fields.get(at) ?? this.node, this.full(name), message);
  }

  private checkLength(name: string, length: number, { length: wanted }: ArrayRule): void {
    if (wanted !== undefined && length !== wanted)
      this.fail(name, `has ${length} entries; ${wanted} were expected`);
  }

  private array(name: string): Float64Array | Int32Array {
    const { value } = this.get(name);
    if (value instanceof Float64Array) return value;
    if (value instanceof Map) return this.typedArray(name);
    if (Array.isArray(value)) {
      return Float64Array.from(value as readonly JsonNode[], (item, k) => {
        if (typeof item.value === "number") return item.value;
        if (item.value === "Infinity" || item.value === "-Infinity") return Number(item.value);
        return this.refuse(item, `${this.full(name)}[${k}]`, 'must be a number, "Infinity" or "-Infinity"');
      });
    }
    return this.fail(name, 'must be an array of numbers or {"type": …, "base64": …}');
  }

  private typedArray(name: string): Float64Array | Int32Array {
    const fields = this.object(name);
    const type = fields.string("type");
    if (type !== "float64" && type !== "int32")
      fields.fail("type", `is ${quote(type)}; float64 or int32 was expected`);
    const bytes = fields.get("base64").value;
    if (!(bytes instanceof Uint8Array)) return fields.fail("base64", "must be a string");
    fields.end();
    const size = type === "float64" ? 8 : 4;
    if (bytes.length % size !== 0)
      fields.fail("base64", `holds ${bytes.length} bytes, no multiple of ${size}`);
    if (!LITTLE_ENDIAN) {
      for (let k = 0; k < bytes.length; k += size) bytes.subarray(k, k + size).reverse();
    }
    const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
    const { buffer, byteOffset } = aligned;
    const count = bytes.length / size;
    return type === "float64"
      ? new Float64Array(buffer, byteOffset, count)
      : new Int32Array(buffer, byteOffset, count);
  }

  private full(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  private refuse(node: JsonNode, path: string, message: string): never {
    const { line, column } = node;
    throw new FormatError(`${path} ${message}`, { file: this.file, line, column, field: path });
  }
}
