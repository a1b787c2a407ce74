import { FormatError } from "../errors.ts";
import { quote } from "./line-scanner.ts";

/** A JSON value and where it stands in the text. */
export interface JsonNode {
  readonly value: JsonValue;
  readonly line: number;
  readonly column: number;
}

/**
 * An array of numbers only is a Float64Array (the empty array too); a string under the key "base64" is bytes.
 */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | Float64Array
  | Uint8Array
  | readonly JsonNode[]
  | ReadonlyMap<string, JsonNode>;

const MAX_DEPTH = 1000;
const MAX_STRING = 1 << 20;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

const BASE64 = new Int8Array(256).fill(-1);
for (const [k, character] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries()) {
  BASE64[character.charCodeAt(0)] = k;
}

/**
 * Parses JSON (RFC 8259) from chunks. Neither the text nor long arrays are ever held as strings: numbers go
 * straight into Float64Arrays and base64 straight into bytes. Throws FormatError with line and column; also
 * for keys given twice, numbers beyond the doubles and nesting deeper than 1000.
 */
export async function parseJson(
  chunks: AsyncIterator<Uint8Array, void, void>,
  file: string,
): Promise<JsonNode> {
  const parser = new JsonParser(file);
  const parsing = parser.document();
  for (;;) {
    const step = parsing.next();
    if (step.done === true) return step.value;
    const chunk = await chunks.next();
    parser.feed(chunk.done === true ? undefined : chunk.value);
  }
}

/** A generator that yields whenever it has used up its bytes. */
type Parsing<T> = Generator<undefined, T, undefined>;

class JsonParser {
  private bytes = new Uint8Array(0);
  private pos = 0;
  private ended = false;
  private line = 1;
  /** Columns are counted from here: bytes of earlier chunks on this line make it negative. */
  private lineStart = 0;
  private readonly file: string;
  private token = new Uint8Array(256);

  constructor(file: string) {
    this.file = file;
  }

  feed(chunk: Uint8Array | undefined): void {
    if (chunk === undefined) {
      this.ended = true;
      return;
    }
    this.lineStart -= this.bytes.length;
    this.pos -= this.bytes.length;
    this.bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length) as Uint8Array<ArrayBuffer>;
  }

  *document(): Parsing<JsonNode> {
    yield* this.fill();
    if (this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf)
      this.pos = this.lineStart = 3;
    const node = yield* this.node(0, "");
    const rest = yield* this.skipSpace();
    if (rest >= 0)
      this.fail(`expected the end of the file after the value, found ${quote(String.fromCharCode(rest))}`);
    return node;
  }

  /** Waits for bytes; afterwards pos < bytes.length, or the text has ended. */
  private *fill(): Parsing<void> {
    while (this.pos >= this.bytes.length && !this.ended) yield;
  }

  /** The first byte that is no white space, -1 at the end. It is not consumed. */
  private *skipSpace(): Parsing<number> {
    for (;;) {
      if (this.pos >= this.bytes.length) {
        yield* this.fill();
        if (this.pos >= this.bytes.length) return -1;
      }
      const byte = this.bytes[this.pos];
      if (byte === 10) {
        this.line++;
        this.lineStart = this.pos + 1;
      } else if (byte !== 32 && byte !== 9 && byte !== 13) return byte;
      this.pos++;
    }
  }

  private *node(depth: number, key: string): Parsing<JsonNode> {
    const byte = yield* this.skipSpace();
    const place = { line: this.line, column: this.pos - this.lineStart + 1 };
    if (depth > MAX_DEPTH) this.fail(`values are nested deeper than ${MAX_DEPTH}`);
    switch (byte) {
      case 123:
        return { value: yield* this.object(depth), ...place };
      case 91:
        return { value: yield* this.array(depth), ...place };
      case 34:
        this.pos++;
        return { value: key === "base64" ? yield* this.base64() : yield* this.string(), ...place };
      case -1:
        return this.failEnd("a value");
      default:
        return { value: yield* this.scalar(), ...place };
    }
  }

  private *object(depth: number): Parsing<ReadonlyMap<string, JsonNode>> {
    const fields = new Map<string, JsonNode>();
    this.pos++;
    let byte = yield* this.skipSpace();
    while (byte !== 125) {
      if (byte < 0) this.failEnd("an object");
      if (byte !== 34) this.fail(`expected a key in quotes or }, found ${quote(String.fromCharCode(byte))}`);
      this.pos++;
      const key = yield* this.string();
      if (fields.has(key)) this.fail(`key ${quote(key)} is given twice in one object`);
      yield* this.expect(58, `: after key ${quote(key)}`);
      fields.set(key, yield* this.node(depth + 1, key));
      byte = yield* this.skipSpace();
      if (byte === 125) break;
      yield* this.expect(44, ", or } after a field");
      byte = yield* this.skipSpace();
      if (byte === 125) this.fail("a key must follow the comma");
    }
    this.pos++;
    return fields;
  }

  private *array(depth: number): Parsing<Float64Array | readonly JsonNode[]> {
    let numbers = new Float64Array(16);
    let count = 0;
    let nodes: JsonNode[] | undefined;
    this.pos++;
    let byte = yield* this.skipSpace();
    while (byte !== 93) {
      if (byte < 0) this.failEnd("an array");
      if (nodes === undefined && (byte === 45 || (byte >= 48 && byte <= 57))) {
        if (count === numbers.length) {
          const larger = new Float64Array(2 * count);
          larger.set(numbers);
          numbers = larger;
        }
        numbers[count++] = (yield* this.scalar()) as number;
      } else {
        nodes ??= Array.from(numbers.subarray(0, count), (value) => ({
          value,
          line: this.line,
          column: this.pos - this.lineStart + 1,
        }));
        nodes.push(yield* this.node(depth + 1, ""));
      }
      byte = yield* this.skipSpace();
      if (byte === 93) break;
      yield* this.expect(44, ", or ] after an element");
      byte = yield* this.skipSpace();
      if (byte === 93) this.fail("an element must follow the comma");
    }
    this.pos++;
    return nodes ?? numbers.slice(0, count);
  }

  private *expect(wanted: number, what: string): Parsing<void> {
    const byte = yield* this.skipSpace();
    if (byte < 0) this.failEnd(what);
    if (byte !== wanted) this.fail(`expected ${what}, found ${quote(String.fromCharCode(byte))}`);
    this.pos++;
  }

  /** A number, true, false or null. */
  private *scalar(): Parsing<null | boolean | number> {
    let length = 0;
    for (;;) {
      if (this.pos >= this.bytes.length) {
        yield* this.fill();
        if (this.pos >= this.bytes.length) break;
      }
      const byte = this.bytes[this.pos];
      // Letters, digits, signs and the point.
      const part =
        (byte >= 48 && byte <= 57) ||
        byte === 45 ||
        byte === 46 ||
        byte === 43 ||
        (byte >= 65 && byte <= 90) ||
        (byte >= 97 && byte <= 122);
      if (!part) break;
      if (length === this.token.length) this.fail("a number or word is longer than 256 characters");
      this.token[length++] = byte;
      this.pos++;
    }
    let text = "";
    for (let k = 0; k < length; k++) text += String.fromCharCode(this.token[k]);
    switch (text) {
      case "null":
        return null;
      case "true":
        return true;
      case "false":
        return false;
    }
    if (!NUMBER.test(text)) {
      const found = text === "" ? String.fromCharCode(this.bytes[this.pos]) : text;
      this.fail(`expected a value, found ${quote(found)} (numbers must be finite)`, length);
    }
    const value = Number(text);
    if (!Number.isFinite(value)) this.fail(`${quote(text)} is beyond the range of a double`, length);
    return value;
  }

  /** A string; the opening quote is consumed already. */
  private *string(): Parsing<string> {
    let length = 0;
    let escaped = false;
    let plain = true;
    for (;;) {
      if (this.pos >= this.bytes.length) {
        yield* this.fill();
        if (this.pos >= this.bytes.length) this.failEnd("a string");
      }
      const byte = this.bytes[this.pos++];
      if (escaped) escaped = false;
      else if (byte === 92) escaped = true;
      else if (byte === 34) break;
      if (byte === 92 || byte >= 128) plain = false;
      if (byte < 32)
        this.fail("a string must not hold a line end or control character; is its quote missing?", 1);
      if (length === this.token.length) {
        if (length >= MAX_STRING) this.fail(`a string is longer than ${MAX_STRING} bytes`);
        const larger = new Uint8Array(2 * length);
        larger.set(this.token);
        this.token = larger;
      }
      this.token[length++] = byte;
    }
    const text = new TextDecoder().decode(this.token.subarray(0, length));
    if (length > 256) this.token = new Uint8Array(256);
    if (plain) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch (cause) {
      throw new FormatError("a string holds an invalid escape", this.location(0), { cause });
    }
  }

  /** The bytes of a base64 string (RFC 4648, with padding); the opening quote is consumed already. */
  private *base64(): Parsing<Uint8Array> {
    let out = new Uint8Array(64);
    let length = 0;
    let bits = 0;
    let digits = 0;
    let padding = 0;
    for (;;) {
      if (this.pos >= this.bytes.length) {
        yield* this.fill();
        if (this.pos >= this.bytes.length) this.failEnd("a base64 string");
      }
      const byte = this.bytes[this.pos];
      if (byte === 34) break;
      const digit = BASE64[byte];
      if (byte === 61) padding++;
      else if (digit < 0 || padding > 0)
        this.fail(`${quote(String.fromCharCode(byte))} does not belong in base64 here`);
      this.pos++;
      bits = (bits << 6) | (digit < 0 ? 0 : digit);
      if (++digits % 4 !== 0) continue;
      if (length + 3 > out.length) {
        const larger = new Uint8Array(2 * out.length);
        larger.set(out);
        out = larger;
      }
      out[length++] = bits >> 16;
      out[length++] = bits >> 8;
      out[length++] = bits;
      bits = 0;
    }
    if (digits % 4 !== 0 || padding > 2) this.fail("base64 must be padded to a multiple of four characters");
    this.pos++;
    return out.slice(0, length - padding);
  }

  private location(back: number): { file: string; line: number; column: number } {
    return { file: this.file, line: this.line, column: Math.max(1, this.pos - back - this.lineStart + 1) };
  }

  private fail(message: string, back = 0): never {
    throw new FormatError(message, this.location(back));
  }

  private failEnd(what: string): never {
    return this.fail(`the file ends where ${what} was expected; it is truncated`);
  }
}
