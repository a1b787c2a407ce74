import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FormatError, ProblemError, SpectrahedronError, UnsupportedError } from "../../src/errors.ts";
import { evaluateNetwork, withRawUnits } from "../../src/networks/network.ts";
import { readNetworkFile } from "../../src/networks/read-file.ts";
import { readNetwork } from "../../src/networks/read.ts";
import { onnxModel } from "./onnx-writer.ts";
import type { NodeSpec, TensorSpec } from "./onnx-writer.ts";

const json = (value: unknown): ReturnType<typeof readNetwork> => readNetwork(JSON.stringify(value), { name: "net.json" });

const small = {
  name: "small",
  input_size: 2,
  output_size: 1,
  layers: [
    { weights: [[1, -1], [2, 0.5], [0, 1]], bias: [0, 0.5, -1], activation: "relu" },
    { weights: [[1, 1, -2]], bias: [0.25], activation: "identity" },
  ],
};

describe("JSON networks", () => {
  it("are read with their layers", async () => {
    const network = await json(small);
    expect(network).toMatchObject({ name: "small", inputSize: 2, outputSize: 1 });
    // relu(1, −1 … ) by hand at (1, 2): (0, 3.5, 1) → 0 + 3.5 − 2 + 0.25.
    expect([...evaluateNetwork(network, [1, 2])]).toEqual([1.75]);
  });

  it("know activations with parameters", async () => {
    const layers = [{ ...small.layers[0], activation: { name: "leaky_relu", slope: 0.5 } }, small.layers[1]];
    const network = await json({ ...small, layers });
    expect(network.layers[0].activation.value(-2)).toBe(-1);
    const poly = [{ ...small.layers[0], activation: { name: "polynomial", coefficients: [1, 0, 2] } }, small.layers[1]];
    expect((await json({ ...small, layers: poly })).layers[0].activation.value(3)).toBe(19);
  });

  it.each([
    [{ ...small, layers: [{ ...small.layers[0], weights: [[1], [2], [3]] }, small.layers[1]] }, /weights\[0\] has 1 numbers; the layer has 2 inputs/],
    [{ ...small, layers: [{ ...small.layers[0], bias: [1, 2] }, small.layers[1]] }, /weights has 3 rows, but there are 2 biases/],
    [{ ...small, output_size: 2 }, /output_size is 2, but the last layer has 1 outputs/],
    [{ ...small, layers: [{ ...small.layers[0], activation: "mish" }, small.layers[1]] }, /net\.json:1:\d+: .*unknown activation "mish"/],
    [{ ...small, layers: [] }, /layers is empty/],
    [{ ...small, layers: [{ ...small.layers[0], weights: [[1, "NaN"], [2, 3], [4, 5]] }, small.layers[1]] }, /weights\[0\] must be an array of finite numbers/],
    [{ ...small, colour: 1 }, /colour is an unknown field/],
  ])("refuse faults, saying where (%#)", async (value, text) => {
    const reading = json(value);
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(text);
  });

  it("refuse NaN among the weights", async () => {
    await expect(readNetwork('{"input_size": 1, "output_size": 1, "layers": [{"weights": [[NaN]], "bias": [0], "activation": "relu"}]}'))
      .rejects.toThrow(/NaN/);
  });
});

const NNET = `// a remark
2,2,1,3,
2,3,1,
0,
0.0,-1.0,
10.0,1.0,
5.0,0.0,7.0,
10.0,2.0,4.0,
1.0,-1.0,
2.0,0.5,
0.0,1.0,
0.0,
0.5,
-1.0,
1.0,1.0,-2.0,
0.25,
`;

describe(".nnet networks", () => {
  it("are read, with their normalisation", async () => {
    const network = await readNetwork(NNET, { name: "a.nnet" });
    expect([...evaluateNetwork(network, [1, 2])]).toEqual([1.75]);
    expect(network.normalization).toMatchObject({ outputMean: 7, outputRange: 4 });
    // Raw (15, 4) is (1, 2) for the first layer.
    expect(evaluateNetwork(withRawUnits(network), [15, 4])[0]).toBeCloseTo(4 * 1.75 + 7, 12);
    expect(await readNetwork(NNET.replaceAll("\n", "\r\n"))).toMatchObject({ inputSize: 2, outputSize: 1 });
  });

  it("may come with remarks or zeros in place of the normalisation", async () => {
    const plain = NNET.replace("10.0,2.0,4.0,", "0").replace("5.0,0.0,7.0,", "no means here");
    expect((await readNetwork(plain, { name: "a.nnet" })).normalization).toBeUndefined();
    await expect(readNetwork("1,1,1,1\n").then(withRawUnits)).rejects.toThrow(SpectrahedronError);
  });

  it.each([
    [NNET.slice(0, -7), /ends where biases of layer 2 were expected; it is truncated/],
    [`${NNET}3.0,\n`, /a\.nnet:17:1: there are more numbers/],
    [NNET.replace("2,3,1,", "2,3,"), /2 layers need 3 sizes/],
    [NNET.replace("2.0,0.5,", "2.0,abc,"), /a\.nnet:10:1: "abc" is not a finite number/],
    [NNET.replace("2.0,0.5,", "2.0,NaN,"), /not a finite number/],
    ["// nothing\n", /truncated/],
  ])("refuse faults (%#)", async (text, message) => {
    await expect(readNetwork(text, { name: "a.nnet" })).rejects.toThrow(FormatError);
    await expect(readNetwork(text, { name: "a.nnet" })).rejects.toThrow(message);
  });
});

const W: TensorSpec = { name: "W", dims: [2, 3], values: [1, 2, 0, -1, 0.5, 1] };
const Wt: TensorSpec = { name: "Wt", dims: [3, 2], values: [1, -1, 2, 0.5, 0, 1] };
const B: TensorSpec = { name: "B", dims: [3], values: [0, 0.5, -1] };
const V: TensorSpec = { name: "V", dims: [3, 1], values: [1, 1, -2] };
const C: TensorSpec = { name: "C", dims: [1, 1], values: [0.25] };

const onnx = (nodes: NodeSpec[], tensors: TensorSpec[], dims = [0, 2]): ReturnType<typeof readNetwork> =>
  readNetwork(onnxModel(nodes, tensors, dims), { name: "net.onnx" });

describe("ONNX networks", () => {
  const end: NodeSpec[] = [
    { op: "Relu", inputs: ["h"], output: "r" },
    { op: "MatMul", inputs: ["r", "V"], output: "m" },
    { op: "Add", inputs: ["m", "C"], output: "y" },
  ];
  const first: NodeSpec[] = [
    { op: "MatMul", inputs: ["x", "W"], output: "xw" },
    { op: "Add", inputs: ["xw", "B"], output: "h" },
  ];

  it.each<[string, NodeSpec[], TensorSpec[]]>([
    ["MatMul and Add", first, [W, B]],
    ["Gemm", [{ op: "Gemm", inputs: ["x", "W", "B"], output: "h" }], [W, B]],
    ["Gemm with transB", [{ op: "Gemm", inputs: ["x", "Wt", "B"], output: "h", ints: { transB: 1 } }], [Wt, B]],
    [
      "Gemm with alpha and beta",
      [{ op: "Gemm", inputs: ["x", "W", "B"], output: "h", floats: { alpha: 0.5, beta: 2 } }],
      [{ ...W, values: W.values.map((v) => 2 * v) }, { ...B, values: B.values.map((v) => v / 2) }],
    ],
    ["doubles, float_data, Cast and Flatten", [
      { op: "Cast", inputs: ["x"], output: "c" },
      { op: "Flatten", inputs: ["c"], output: "f" },
      { ...first[0], inputs: ["f", "W"] },
      first[1],
    ], [{ ...W, type: 11 }, { ...B, listed: true }]],
    ["a Constant and a Transpose of it", [
      { op: "Constant", inputs: [], output: "K", tensor: Wt },
      { op: "Transpose", inputs: ["K"], output: "W" },
      ...first,
    ], [B]],
    ["a scaled and shifted input", [
      { op: "Sub", inputs: ["x", "mean"], output: "s" },
      { op: "Div", inputs: ["s", "range"], output: "d" },
      { op: "Mul", inputs: ["d", "range"], output: "e" },
      { op: "Add", inputs: ["mean", "e"], output: "g" },
      { ...first[0], inputs: ["g", "W"] },
      first[1],
    ], [W, B, { name: "mean", dims: [1, 2], values: [3, 4] }, { name: "range", dims: [], values: [2] }]],
  ])("%s", async (_, nodes, tensors) => {
    const network = await onnx([...nodes, ...end], [...tensors, V, C]);
    expect(network.layers.length).toBe(2);
    expect(evaluateNetwork(network, [1, 2])[0]).toBeCloseTo(1.75, 6);
    expect(evaluateNetwork(network, [-0.5, 0.25])[0]).toBeCloseTo(0.25, 6);
  });

  it("activations between layers", async () => {
    for (const [op, value] of [["Sigmoid", 1 / (1 + Math.exp(-2))], ["Tanh", Math.tanh(2)], ["Softplus", Math.log1p(Math.exp(2))], ["Atan", Math.atan(2)]] as const) {
      const network = await onnx([{ op, inputs: ["x"], output: "y" }], [], [0, 1]);
      expect(evaluateNetwork(network, [2])[0]).toBeCloseTo(value, 14);
    }
    const leaky = await onnx([{ op: "LeakyRelu", inputs: ["x"], output: "y", floats: { alpha: 0.25 } }], [], [0, 1]);
    expect(evaluateNetwork(leaky, [-4])[0]).toBe(-1);
  });

  it("names the operator it does not know", async () => {
    const reading = onnx([{ op: "Conv", inputs: ["x", "W"], output: "y", name: "conv_7" }], [W]);
    await expect(reading).rejects.toThrow(UnsupportedError);
    await expect(reading).rejects.toThrow(/operator Conv \("conv_7"\) is not supported; understood are Gemm, MatMul/);
  });

  it("says which shapes do not fit", async () => {
    const wide: TensorSpec = { name: "V", dims: [4, 1], values: [1, 1, 1, 1] };
    await expect(onnx([...first, ...end], [W, B, wide, C])).rejects.toThrow(/shapes do not fit: MatMul multiplies 4 numbers, but gets 3/);
    await expect(onnx([...first, ...end], [W, { ...B, dims: [2], values: [1, 2] }, V, C])).rejects.toThrow(/constant of shape \[2\], but gets 3/);
    await expect(onnx([...first, ...end], [W, B, V, C], [0, 5])).rejects.toThrow(/multiplies 2 numbers, but gets 5/);
    await expect(onnx([...first, ...end], [{ ...W, dims: [2, 2] }, B, V, C])).rejects.toThrow(/"W" has the shape \[2, 2\], but 6 values/);
  });

  it("refuses graphs that are no chain, foreign number types and NaN", async () => {
    const fork: NodeSpec[] = [...first, { op: "Relu", inputs: ["h"], output: "r" }, { op: "Add", inputs: ["r", "h"], output: "y" }];
    await expect(onnx(fork, [W, B])).rejects.toThrow(/Add joins or leaves a chain/);
    await expect(onnx([...first, ...end], [{ ...W, type: 10 }, B, V, C])).rejects.toThrow(/ONNX type 10/);
    await expect(onnx([...first, ...end], [{ ...W, values: [NaN, 2, 0, -1, 0.5, 1] }, B, V, C])).rejects.toThrow(ProblemError);
    await expect(onnx([{ op: "Gemm", inputs: ["x", "W"], output: "y", ints: { transA: 1 } }], [W])).rejects.toThrow(/transA/);
  });

  it("refuses damaged files", async () => {
    const good = onnxModel([...first, ...end], [W, B, V, C], [0, 2]);
    for (let length = 2; length < good.length - 1; length += 7) {
      await expect(readNetwork(good.subarray(0, length), { format: "onnx" })).rejects.toThrow(SpectrahedronError);
    }
    await expect(readNetwork(Uint8Array.of(0xff, 0xff, 0xff, 0xff), { format: "onnx" })).rejects.toThrow(/damaged/);
    await expect(readNetwork("what is this?")).rejects.toThrow(/neither a JSON network/);
  });
});

const data = new URL("../../../shared/data/nn/", import.meta.url);
const present = existsSync(new URL("networks.json", data));

interface Entry {
  readonly name: string;
  readonly files: readonly string[];
  readonly layer_sizes: readonly number[];
  readonly test_vectors: readonly { readonly input: readonly number[] | string; readonly image?: number; readonly output: readonly number[] }[];
}

describe.skipIf(!present)("networks of the shared data (skipped without them)", () => {
  const entries = present
    ? (JSON.parse(readFileSync(new URL("networks.json", data), "utf8")) as { networks: Entry[] }).networks
    : [];
  it.each(entries)("$name", async ({ files, layer_sizes: sizes, test_vectors: vectors }) => {
    const images = readFileSync(new URL("mnist-images.csv", data), "utf8").trim().split(/\r?\n/).slice(1).map((line) => line.split(",").map(Number));
    for (const file of files) {
      const network = await readNetworkFile(new URL(file, data).pathname);
      expect([network.inputSize, ...network.layers.map(({ bias }) => bias.length)]).toEqual(sizes);
      for (const { input, image, output } of vectors) {
        const x = typeof input === "string" ? images.find(([number]) => number === image)?.slice(2).map((v) => v / 255) : input;
        evaluateNetwork(network, x ?? []).forEach((y, k) => {
          expect(Math.abs(y - output[k])).toBeLessThan(2e-6 * (1 + Math.max(...output.map(Math.abs))));
        });
      }
    }
  });
});
