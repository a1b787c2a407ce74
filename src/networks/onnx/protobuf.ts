import { FormatError } from "../../errors.ts";

/** Fields of one message by number: varints and fixed numbers as bigint or number, the rest as bytes. */
export class Message {
  private readonly fields = new Map<number, (bigint | Uint8Array)[]>();
  private readonly file: string;

  /** Decodes the wire format of protocol buffers. @throws FormatError on damaged or truncated bytes */
  constructor(bytes: Uint8Array, file: string) {
    this.file = file;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const fail = (): never => {
      throw new FormatError("this is no protocol-buffers message, or it is damaged or truncated", { file });
    };
    while (at < bytes.length) {
      const [tag, afterTag] = varint(bytes, at, fail);
      at = afterTag;
      const number = Number(tag >> 3n);
      if (number === 0) fail();
      let value: bigint | Uint8Array;
      switch (Number(tag & 7n)) {
        case 0:
          [value, at] = varint(bytes, at, fail);
          break;
        case 1:
          if (at + 8 > bytes.length) fail();
          value = view.getBigUint64(at, true);
          at += 8;
          break;
        case 2: {
          const [length, start] = varint(bytes, at, fail);
          const end = start + Number(length);
          if (end > bytes.length) fail();
          value = bytes.subarray(start, end);
          at = end;
          break;
        }
        case 5:
          if (at + 4 > bytes.length) fail();
          value = BigInt(view.getUint32(at, true));
          at += 4;
          break;
        default:
          return fail();
      }
      const list = this.fields.get(number);
      if (list === undefined) this.fields.set(number, [value]);
      else list.push(value);
    }
  }

  bytes(field: number): Uint8Array[] {
    return (this.fields.get(field) ?? []).map((value) => (value instanceof Uint8Array ? value : this.wrong(field)));
  }

  messages(field: number): Message[] {
    return this.bytes(field).map((value) => new Message(value, this.file));
  }

  strings(field: number): string[] {
    return this.bytes(field).map((value) => new TextDecoder().decode(value));
  }

  string(field: number): string {
    return this.strings(field).at(-1) ?? "";
  }

  has(field: number): boolean {
    return this.fields.has(field);
  }

  /** Signed 64-bit integers, packed or one by one. */
  integers(field: number): number[] {
    const out: number[] = [];
    for (const value of this.fields.get(field) ?? []) {
      if (!(value instanceof Uint8Array)) out.push(Number(BigInt.asIntN(64, value)));
      else {
        for (let at = 0; at < value.length; ) {
          const [number, next] = varint(value, at, () => this.wrong(field));
          out.push(Number(BigInt.asIntN(64, number)));
          at = next;
        }
      }
    }
    return out;
  }

  integer(field: number, standard: number): number {
    return this.integers(field).at(-1) ?? standard;
  }

  /** 32-bit floats, packed or one by one. */
  floats(field: number): number[] {
    const out: number[] = [];
    for (const value of this.fields.get(field) ?? []) {
      if (value instanceof Uint8Array) out.push(...floatsOf(value, 4, this.file));
      else out.push(new Float32Array(Uint32Array.of(Number(value)).buffer)[0]);
    }
    return out;
  }

  /** 64-bit floats, packed or one by one. */
  doubles(field: number): number[] {
    const out: number[] = [];
    for (const value of this.fields.get(field) ?? []) {
      if (value instanceof Uint8Array) out.push(...floatsOf(value, 8, this.file));
      else out.push(new Float64Array(BigUint64Array.of(value).buffer)[0]);
    }
    return out;
  }

  private wrong(field: number): never {
    throw new FormatError(`field ${field} of a message has the wrong type; is this an ONNX model?`, { file: this.file });
  }
}

/** Little-endian floats of 4 or 8 bytes. */
export function floatsOf(bytes: Uint8Array, size: 4 | 8, file: string): Float64Array {
  if (bytes.length % size !== 0) throw new FormatError(`${bytes.length} bytes hold no whole number of ${8 * size}-bit floats`, { file });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.length / size }, (_, k) =>
    size === 4 ? view.getFloat32(4 * k, true) : view.getFloat64(8 * k, true),
  );
}

function varint(bytes: Uint8Array, start: number, fail: () => never): [bigint, number] {
  let value = 0n;
  let shift = 0n;
  for (let at = start; at < bytes.length && shift < 70n; at++) {
    value |= BigInt(bytes[at] & 127) << shift;
    if (bytes[at] < 128) return [value, at + 1];
    shift += 7n;
  }
  return fail();
}
