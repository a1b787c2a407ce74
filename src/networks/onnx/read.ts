import { FormatError, UnsupportedError } from "../../errors.ts";
import type { Activation } from "../activation.ts";
import { activationByName, identity } from "../activations.ts";
import { makeNetwork } from "../network.ts";
import type { Layer, Network } from "../network.ts";
import { readGraph } from "./graph.ts";
import type { Graph, GraphNode, Tensor } from "./graph.ts";

/** Operators that keep the order of the numbers of a vector. */
const PASS_ON = new Set(["Identity", "Cast", "Flatten", "Reshape", "Dropout", "Squeeze", "Unsqueeze"]);

const ACTIVATIONS: Readonly<Record<string, (node: GraphNode) => Activation>> = {
  Relu: () => activationByName("relu"),
  LeakyRelu: (node) => activationByName("leaky_relu", { slope: numeric(node, "alpha", 0.01) }),
  Softplus: () => activationByName("softplus"),
  Elu: (node) => activationByName("elu", { alpha: numeric(node, "alpha", 1) }),
  Sigmoid: () => activationByName("sigmoid"),
  Tanh: () => activationByName("tanh"),
  Atan: () => activationByName("arctan"),
  Softsign: () => activationByName("softsign"),
  Erf: () => activationByName("erf"),
  Exp: () => activationByName("exp"),
  Gelu: () => activationByName("gelu"),
  Swish: () => activationByName("silu"),
};

const AFFINE = ["Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "Constant", "Transpose (of a constant)"];

/**
 * Reads a multilayer perceptron from an ONNX model: a chain of Gemm, MatMul and arithmetic with constants, with
 * activations between them. Throws UnsupportedError naming an operator that is not understood, FormatError for
 * damaged files, shapes that do not fit, and graphs that are not a chain.
 */
export function readOnnx(bytes: Uint8Array, file: string): Network {
  const graph = readGraph(bytes, file);
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new FormatError(
      `a network with one input and one output was expected, found ${graph.inputs.length} and ${graph.outputs.length}`,
      { file },
    );
  }
  return new ChainReader(graph, file).read();
}

/** x ↦ Wx + b, what has been read since the last activation. */
interface AffineMap {
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

class ChainReader {
  private readonly graph: Graph;
  private readonly file: string;
  private readonly layers: Layer[] = [];
  private pending: AffineMap | undefined;
  private size: number | undefined;
  private inputSize: number | undefined;
  private current: string;

  constructor(graph: Graph, file: string) {
    this.graph = graph;
    this.file = file;
    const [{ name, dims }] = graph.inputs;
    this.current = name;
    // All but a leading batch dimension.
    const inner = dims.length > 1 ? dims.slice(1) : dims;
    const declared = inner.length > 0 && inner.every((d) => d > 0) ? inner.reduce((p, d) => p * d, 1) : undefined;
    this.inputSize = this.size = declared;
  }

  read(): Network {
    const { graph, file } = this;
    for (const node of graph.nodes) {
      const data = node.inputs.filter((input) => input !== "" && !graph.constants.has(input));
      if (data.length === 0) this.constant(node);
      else if (data.length > 1 || data[0] !== this.current) {
        throw new UnsupportedError(`${title(node)} joins or leaves a chain of layers; only plain feed-forward chains are read`, { file });
      } else {
        this.step(node);
        this.current = node.outputs[0];
      }
    }
    if (this.current !== graph.outputs[0]) throw new FormatError(`the output "${graph.outputs[0]}" is not the end of the chain`, { file });
    if (this.pending !== undefined || this.layers.length === 0) this.close(identity, "the output");
    const network = makeNetwork(this.inputSize ?? 0, this.layers);
    return network;
  }

  /** A node whose inputs are all constants. */
  private constant(node: GraphNode): void {
    const { constants } = this.graph;
    const input = constants.get(node.inputs[0] ?? "");
    let result: Tensor;
    if (node.op === "Constant") result = constantValue(node, this.file);
    else if (input !== undefined && (node.op === "Identity" || node.op === "Cast")) result = input;
    else if (input?.dims.length === 2 && node.op === "Transpose") result = transposed(input);
    else throw new UnsupportedError(`${title(node)} on constants is not supported`, { file: this.file });
    constants.set(node.outputs[0], result);
  }

  private step(node: GraphNode): void {
    const { op } = node;
    if (PASS_ON.has(op)) return;
    if (Object.hasOwn(ACTIVATIONS, op)) return this.close(ACTIVATIONS[op](node), title(node));
    const left = this.graph.constants.get(node.inputs[0]);
    const right = this.graph.constants.get(node.inputs[1] ?? "");
    switch (op) {
      case "MatMul":
        if (right) return this.multiply(transposedWeights(right, node, this.file), node);
        return this.multiply(matrix(left, node, this.file), node);
      case "Gemm":
        return this.gemm(node, right);
      case "Add":
        return this.scaleAndShift(node, undefined, left ?? right, 1);
      case "Sub":
        if (right) return this.scaleAndShift(node, undefined, right, -1);
        this.scaleAndShift(node, { dims: [], values: Float64Array.of(-1) }, undefined, 1);
        return this.scaleAndShift(node, undefined, left, 1);
      case "Mul":
        return this.scaleAndShift(node, left ?? right, undefined, 1);
      case "Div":
        if (right) return this.scaleAndShift(node, { ...right, values: right.values.map((v) => 1 / v) }, undefined, 1);
        break;
    }
    const known = [...AFFINE, ...PASS_ON, ...Object.keys(ACTIVATIONS)].join(", ");
    throw new UnsupportedError(`the ONNX operator ${title(node)} is not supported; understood are ${known}`, { file: this.file });
  }

  private gemm(node: GraphNode, weights: Tensor | undefined): void {
    if (numeric(node, "transA", 0) !== 0) {
      throw new UnsupportedError(`${title(node)} with transA is not supported`, { file: this.file });
    }
    const turned = numeric(node, "transB", 0) !== 0;
    const B = turned ? matrix(weights, node, this.file) : transposedWeights(weights, node, this.file);
    const alpha = numeric(node, "alpha", 1);
    this.multiply({ ...B, values: B.values.map((v) => alpha * v) }, node);
    const C = this.graph.constants.get(node.inputs[2] ?? "");
    if (C) this.scaleAndShift(node, undefined, C, numeric(node, "beta", 1));
  }

  /** The map so far, followed by M, outputs × inputs. */
  private multiply(M: Tensor, node: GraphNode): void {
    const [rows, columns] = M.dims;
    if (this.size !== undefined && this.size !== columns) {
      this.mismatch(node, `multiplies ${columns} numbers, but gets ${this.size}`);
    }
    this.inputSize ??= columns;
    const before = this.pending;
    this.size = rows;
    if (before === undefined) {
      this.pending = { weights: M.values, bias: new Float64Array(rows) };
      return;
    }
    const n = before.weights.length / before.bias.length;
    const weights = new Float64Array(rows * n);
    const bias = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < columns; k++) {
        const factor = M.values[i * columns + k];
        bias[i] += factor * before.bias[k];
        for (let j = 0; j < n; j++) weights[i * n + j] += factor * before.weights[k * n + j];
      }
    }
    this.pending = { weights, bias };
  }

  /** factor∘map + sign·shift, with constants of one value or as many as the map has outputs. */
  private scaleAndShift(node: GraphNode, factor: Tensor | undefined, shift: Tensor | undefined, sign: number): void {
    const given = factor ?? shift;
    if (given === undefined) {
      throw new UnsupportedError(`the ONNX operator ${title(node)} is supported with one constant operand only`, { file: this.file });
    }
    const count = given.values.length;
    this.size ??= count;
    this.inputSize ??= this.size;
    const { size } = this;
    if ((count !== 1 && count !== size) || given.dims.slice(0, -1).some((d) => d !== 1)) {
      this.mismatch(node, `has a constant of shape [${given.dims.join(", ")}], but gets ${size} numbers`);
    }
    const at = (tensor: Tensor | undefined, i: number, standard: number): number =>
      tensor === undefined ? standard : tensor.values[count === 1 ? 0 : i];
    this.pending ??= identityMap(size);
    const n = this.pending.weights.length / size;
    this.pending = {
      weights: this.pending.weights.map((w, p) => w * at(factor, Math.floor(p / n), 1)),
      bias: this.pending.bias.map((b, i) => b * at(factor, i, 1) + sign * at(shift, i, 0)),
    };
  }

  /** Ends a layer with its activation. */
  private close(activation: Activation, what: string): void {
    if (this.size === undefined) {
      throw new FormatError(`${what} comes before anything that tells the number of inputs`, { file: this.file });
    }
    this.layers.push({ ...(this.pending ?? identityMap(this.size)), activation });
    this.pending = undefined;
  }

  private mismatch(node: GraphNode, message: string): never {
    throw new FormatError(`shapes do not fit: ${title(node)} ${message}`, { file: this.file });
  }
}

function identityMap(size: number): AffineMap {
  const weights = new Float64Array(size * size);
  for (let k = 0; k < size; k++) weights[k * size + k] = 1;
  return { weights, bias: new Float64Array(size) };
}

function title({ op, name }: GraphNode): string {
  return name === "" ? op : `${op} ("${name}")`;
}

function numeric({ attributes }: GraphNode, name: string, standard: number): number {
  const value = attributes.get(name);
  return typeof value === "number" ? value : standard;
}

function matrix(tensor: Tensor | undefined, node: GraphNode, file: string): Tensor {
  if (tensor?.dims.length !== 2) {
    const found = tensor === undefined ? "none" : `one of shape [${tensor.dims.join(", ")}]`;
    throw new UnsupportedError(`${title(node)} needs a constant matrix, but has ${found}`, { file });
  }
  return tensor;
}

function transposedWeights(tensor: Tensor | undefined, node: GraphNode, file: string): Tensor {
  return transposed(matrix(tensor, node, file));
}

function transposed({ dims: [rows, columns], values }: Tensor): Tensor {
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
  return { dims: [columns, rows], values: out };
}

function constantValue(node: GraphNode, file: string): Tensor {
  const value = node.attributes.get("value") ?? node.attributes.get("value_float") ?? node.attributes.get("value_floats");
  if (typeof value === "number") return { dims: [], values: Float64Array.of(value) };
  if (Array.isArray(value)) return { dims: [value.length], values: Float64Array.from(value as readonly number[]) };
  if (typeof value === "object" && "dims" in value) return value;
  throw new UnsupportedError(`${title(node)} holds no numbers`, { file });
}
