import { unpackSigns } from "./bits.ts";
import type { QuantizedNetwork } from "./network.ts";
import { networkOrder } from "./network.ts";
import { ProtobufWriter } from "./protobuf.ts";

/** Element types of ONNX. */
const FLOAT = 1;
const INT8 = 3;
const INT64 = 7;
const OPSET = 13;
const IR_VERSION = 8;

/**
 * The network as an ONNX model (opset 13): input "x" [N, raw features] in single precision, output "y" [N, outputs]:
 * the predicted value of a regression, else the scores (one output: its sign names the class). First-layer weights are
 * stored as int8 and cast.
 */
export function networkToOnnx(network: QuantizedNetwork): Uint8Array {
  const { input, levels, features, activation, outputs, meaning } = network;
  const graph = new GraphWriter();
  const raw = input.names.length;
  const order = networkOrder(network);
  const centred = graph.node("Sub", ["x", graph.floats("offset", [1, raw], input.offset)]);
  const x = graph.node("Mul", [centred, graph.floats("factor", [1, raw], input.factor)]);
  const columns = outputs.map(({ neurons, u, v, alpha }, k) => {
    const layer = (signs: Int8Array, side: string): string => {
      const weights = new Int8Array(raw * neurons);
      const bias = new Array<number>(neurons).fill(0);
      for (let j = 0; j < neurons; j++) {
        for (let i = 0; i < features; i++) {
          let sum = 0;
          for (let c = 0; c < levels; c++) sum += signs[j * order + i * levels + c];
          if (i < raw) weights[i * neurons + j] = sum;
          else bias[j] = sum;
        }
      }
      const stored = graph.integers(`${side}${k}`, [raw, neurons], weights);
      const product = graph.node("MatMul", [x, graph.node("Cast", [stored], { to: FLOAT })]);
      return input.constant
        ? graph.node("Add", [product, graph.floats(`${side}${k}_bias`, [1, neurons], bias)])
        : product;
    };
    const U = unpackSigns(u, order, neurons);
    const V = v === undefined ? U : unpackSigns(v, order, neurons);
    const s = layer(U, "u");
    const t = v === undefined ? s : layer(V, "v");
    let hidden = graph.node("Mul", [s, t]);
    if (activation !== "bilinear") {
      const { a, b, c } = activation;
      const last = (signs: Int8Array, factor: number): number[] =>
        Array.from({ length: neurons }, (_, j) => factor * signs[(j + 1) * order - 1]);
      const p = last(U, 1);
      hidden = graph.node("Mul", [hidden, graph.floats(`a${k}`, [], [a])]);
      const left = graph.node("Mul", [s, graph.floats(`b_v${k}`, [1, neurons], last(V, 0.5 * b))]);
      const right = graph.node("Mul", [t, graph.floats(`b_u${k}`, [1, neurons], last(U, 0.5 * b))]);
      const constant = graph.floats(
        `c${k}`,
        [1, neurons],
        last(V, c).map((value, j) => value * p[j]),
      );
      hidden = graph.node("Add", [graph.node("Add", [hidden, left]), graph.node("Add", [right, constant])]);
    }
    if (typeof alpha !== "number")
      return graph.node("MatMul", [hidden, graph.floats(`alpha${k}`, [neurons, 1], [...alpha])]);
    const sum = graph.node("ReduceSum", [hidden, graph.axes(`axes${k}`, [1])], { keepdims: 1 });
    return graph.node("Mul", [sum, graph.floats(`alpha${k}`, [], [alpha])]);
  });
  let y = columns.length === 1 ? columns[0] : graph.node("Concat", columns, { axis: 1 });
  if (meaning.kind === "regression") {
    y = graph.node("Mul", [y, graph.floats("target_factor", [], [meaning.factor])]);
    y = graph.node("Add", [y, graph.floats("target_offset", [], [meaning.offset])]);
  }
  graph.node("Identity", [y], {}, "y");
  return new ProtobufWriter()
    .varint(1, IR_VERSION)
    .text(2, "spectrahedron")
    .message(7, graph.finish(raw, outputs.length))
    .message(8, new ProtobufWriter().text(1, "").varint(2, OPSET))
    .finish();
}

class GraphWriter {
  readonly #graph = new ProtobufWriter();
  #nodes = 0;

  /** Adds a node; returns the name of its output. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, number> = {},
    output?: string,
  ): string {
    const name = output ?? `t${this.#nodes}`;
    this.#nodes++;
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    node.text(2, name).text(3, `${operator}_${this.#nodes}`).text(4, operator);
    for (const [key, value] of Object.entries(attributes)) {
      node.message(5, new ProtobufWriter().text(1, key).varint(3, value).varint(20, 2));
    }
    this.#graph.message(1, node);
    return name;
  }

  floats(name: string, dims: readonly number[], values: readonly number[]): string {
    const bytes = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, k) => bytes.setFloat32(4 * k, value, true));
    return this.#tensor(name, dims, FLOAT, new Uint8Array(bytes.buffer));
  }

  integers(name: string, dims: readonly number[], values: Int8Array): string {
    return this.#tensor(name, dims, INT8, new Uint8Array(values.buffer, values.byteOffset, values.length));
  }

  axes(name: string, values: readonly number[]): string {
    const bytes = new DataView(new ArrayBuffer(8 * values.length));
    values.forEach((value, k) => bytes.setBigInt64(8 * k, BigInt(value), true));
    return this.#tensor(name, [values.length], INT64, new Uint8Array(bytes.buffer));
  }

  finish(inputs: number, outputs: number): ProtobufWriter {
    return this.#graph
      .text(2, "quantized_network")
      .message(11, valueInfo("x", inputs))
      .message(12, valueInfo("y", outputs));
  }

  #tensor(name: string, dims: readonly number[], type: number, data: Uint8Array): string {
    const tensor = new ProtobufWriter();
    for (const dim of dims) tensor.varint(1, dim);
    this.#graph.message(5, tensor.varint(2, type).text(8, name).bytes(9, data));
    return name;
  }
}

/** A matrix of single-precision numbers with N rows. */
function valueInfo(name: string, columns: number): ProtobufWriter {
  const shape = new ProtobufWriter()
    .message(1, new ProtobufWriter().text(2, "N"))
    .message(1, new ProtobufWriter().varint(1, columns));
  const tensor = new ProtobufWriter().varint(1, FLOAT).message(2, shape);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
