import { FormatError, UnsupportedError } from "../../errors.ts";
import { floatsOf, Message } from "./protobuf.ts";

/** A constant of the graph. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

export type Attribute = number | string | Tensor | readonly number[];

export interface GraphNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly constants: Map<string, Tensor>;
  /** Inputs that are no constants, with what is known of their dimensions (0 = unknown). */
  readonly inputs: readonly { readonly name: string; readonly dims: readonly number[] }[];
  readonly outputs: readonly string[];
}

/** Decodes a ModelProto (onnx.proto). @throws FormatError, or UnsupportedError for weights kept in other files */
export function readGraph(bytes: Uint8Array, file: string): Graph {
  const [graph] = new Message(bytes, file).messages(7);
  if (graph === undefined) throw new FormatError("there is no graph in this file; is it an ONNX model?", { file });
  const constants = new Map(graph.messages(5).map((tensor) => [tensor.string(8), readTensor(tensor, file)]));
  const inputs = graph.messages(11).map((info) => ({ name: info.string(1), dims: shapeOf(info) }));
  return {
    nodes: graph.messages(1).map((node) => ({
      op: node.string(4),
      name: node.string(3),
      inputs: node.strings(1),
      outputs: node.strings(2),
      attributes: new Map(node.messages(5).map((attribute) => [attribute.string(1), readAttribute(attribute, file)])),
    })),
    constants,
    inputs: inputs.filter(({ name }) => !constants.has(name)),
    outputs: graph.messages(12).map((info) => info.string(1)),
  };
}

function shapeOf(info: Message): number[] {
  const shape = info.messages(2).at(0)?.messages(1).at(0)?.messages(2).at(0);
  return shape?.messages(1).map((dimension) => Math.max(0, dimension.integer(1, 0))) ?? [];
}

function readAttribute(attribute: Message, file: string): Attribute {
  switch (attribute.integer(20, 0)) {
    case 1:
      return attribute.floats(2).at(-1) ?? 0;
    case 2:
      return attribute.integer(3, 0);
    case 3:
      return attribute.string(4);
    case 4:
      return readTensor(attribute.messages(5)[0], file);
    case 6:
      return attribute.floats(7);
    case 7:
      return attribute.integers(8);
    default:
      return "";
  }
}

function readTensor(tensor: Message | undefined, file: string): Tensor {
  if (tensor === undefined) throw new FormatError("a constant has no value", { file });
  const name = tensor.string(8);
  if (tensor.integer(14, 0) === 1) {
    throw new UnsupportedError(`the values of "${name}" are kept in another file (external data); save the model as one file`, { file });
  }
  const dims = tensor.integers(1);
  const values = tensorValues(tensor, name, file);
  const size = dims.reduce((product, d) => product * d, 1);
  if (values.length !== size) {
    throw new FormatError(`"${name}" has the shape [${dims.join(", ")}], but ${values.length} values`, { file });
  }
  return { dims, values };
}

function tensorValues(tensor: Message, name: string, file: string): Float64Array {
  const raw = tensor.bytes(9).at(0);
  const type = tensor.integer(2, 0);
  switch (type) {
    case 1:
      return raw ? floatsOf(raw, 4, file) : Float64Array.from(tensor.floats(4));
    case 11:
      return raw ? floatsOf(raw, 8, file) : Float64Array.from(tensor.doubles(10));
    case 6:
      return raw ? integersOf(raw, 4) : Float64Array.from(tensor.integers(5));
    case 7:
      return raw ? integersOf(raw, 8) : Float64Array.from(tensor.integers(7));
    default:
      throw new UnsupportedError(
        `"${name}" holds numbers of the ONNX type ${type}; float (1), double (11), int32 (6) and int64 (7) are read`,
        { file },
      );
  }
}

function integersOf(bytes: Uint8Array, size: 4 | 8): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: Math.floor(bytes.length / size) }, (_, k) =>
    size === 4 ? view.getInt32(4 * k, true) : Number(view.getBigInt64(8 * k, true)),
  );
}
