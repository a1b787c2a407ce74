/** Just enough of protocol buffers and onnx.proto to write the models the tests read. */

type Field = readonly [number, number | string | Uint8Array | Float32Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= 128) {
    bytes.push((left % 128) | 128);
    left = Math.floor(left / 128);
  }
  return [...bytes, left];
}

/** A message from (field number, value): integers as varints, Float32Array as a packed field, single floats by `float`. */
export function message(...fields: Field[]): Uint8Array {
  const out: number[] = [];
  for (const [number, value] of fields) {
    if (typeof value === "number") out.push(...varint(number * 8), ...varint(value));
    else {
      const bytes =
        typeof value === "string" ? new TextEncoder().encode(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      out.push(...varint(number * 8 + 2), ...varint(bytes.length), ...bytes);
    }
  }
  return Uint8Array.from(out);
}

function float(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + 5), ...new Uint8Array(Float32Array.of(value).buffer)]);
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export interface TensorSpec {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: readonly number[];
  /** ONNX type: 1 float (default), 11 double, 7 int64, others to be refused. */
  readonly type?: number;
  /** In float_data instead of raw_data. */
  readonly listed?: boolean;
}

export function tensor({ name, dims, values, type = 1, listed = false }: TensorSpec): Uint8Array {
  const raw =
    type === 11
      ? new Uint8Array(Float64Array.from(values).buffer)
      : type === 7
        ? new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
        : new Uint8Array(Float32Array.from(values).buffer);
  return message(
    ...dims.map((d) => [1, d] as const),
    [2, type],
    listed ? [4, Float32Array.from(values)] : [9, raw],
    [8, name],
  );
}

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly name?: string;
  readonly ints?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly tensor?: TensorSpec;
}

function node({ op, inputs, output, name = "", ints = {}, floats = {}, tensor: value }: NodeSpec): Uint8Array {
  const attributes = [
    ...Object.entries(ints).map(([key, v]) => message([1, key], [3, v], [20, 2])),
    ...Object.entries(floats).map(([key, v]) => join(message([1, key], [20, 1]), float(2, v))),
    ...(value ? [message([1, "value"], [5, tensor(value)], [20, 4])] : []),
  ];
  return message(
    ...inputs.map((input) => [1, input] as const),
    [2, output],
    [3, name],
    [4, op],
    ...attributes.map((attribute) => [5, attribute] as const),
  );
}

/** A model with input "x" of the given dimensions (0 = named, not fixed) and the output of the last node. */
export function onnxModel(nodes: readonly NodeSpec[], tensors: readonly TensorSpec[], dims: readonly number[]): Uint8Array {
  const shape = message(...dims.map((d) => [1, d > 0 ? message([1, d]) : message([2, "batch"])] as const));
  const input = message([1, "x"], [2, message([1, message([1, 1], [2, shape])])]);
  const output = message([1, nodes[nodes.length - 1].output]);
  const graph = message(
    ...nodes.map((n) => [1, node(n)] as const),
    ...tensors.map((t) => [5, tensor(t)] as const),
    [11, input],
    [12, output],
  );
  return message([1, 8], [7, graph]);
}
