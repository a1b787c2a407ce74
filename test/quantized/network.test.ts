import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/errors.ts";
import type { Activation } from "../../src/quantized/model/sample-forms.ts";
import { readNetwork, writeNetwork } from "../../src/quantized/network/json.ts";
import { networkSize, packNetwork } from "../../src/quantized/network/network.ts";
import type { QuantizedNetwork } from "../../src/quantized/network/network.ts";
import { networkToOnnx } from "../../src/quantized/network/onnx.ts";
import { polynomialOutput, toPolynomialNetwork } from "../../src/quantized/network/polynomial.ts";
import { IntegerPredictor } from "../../src/quantized/network/predictor.ts";
import { trainQuantized } from "../../src/quantized/train.ts";
import type { WeightRule } from "../../src/quantized/train.ts";
import { randomInstance, row } from "./instances.ts";
import { runOnnx } from "./onnx-interpreter.ts";

async function trained(
  activation: Activation,
  levels: number,
  program: "bilinear" | "quadratic",
  rule: WeightRule,
): Promise<{ network: QuantizedNetwork; rows: Float64Array[]; expected: Float64Array }> {
  const features = 5;
  const { samples, y } = randomInstance(31, 25, features, true);
  const model = await trainQuantized(
    { samples, targets: [y] },
    { activation, levels, program, beta: 0.3, gap: 1e-4 },
  );
  const drawn = model.sample(40, 2, rule);
  const network = packNetwork(drawn, {
    activation,
    levels,
    features,
    input: {
      names: ["a", "b", "c", "d", "e"],
      offset: [0, 0, 0, 0, 0],
      factor: [1, 1, 1, 1, 1],
      constant: false,
    },
    meaning: { kind: "classification", target: "t", classes: ["no", "yes"] },
  });
  const [expected] = model.outputs(drawn, samples);
  return { network, rows: Array.from({ length: 25 }, (_, i) => row(samples, i)), expected };
}

const kinds = [
  ["bilinear", 1, "bilinear", "refit"],
  ["bilinear", 3, "bilinear", "nonNegative"],
  [{ a: 0.5, b: 1, c: -0.3 }, 2, "bilinear", "refit"],
  [{ a: 1, b: 0.4, c: 0 }, 1, "quadratic", "nonNegative"],
] as const;

describe("a stored network", () => {
  it.each(kinds)("predicts by integer additions what was trained: %o, levels %i, %s, %s", async (...kind) => {
    const { network, rows, expected } = await trained(...kind);
    const largest = Math.max(...rows.map((x) => Math.max(...x.map(Math.abs))));
    const predictor = new IntegerPredictor(network, largest);
    const scale = Math.max(...expected.map(Math.abs));
    rows.forEach((x, i) =>
      expect(Math.abs(predictor.outputs(x)[0] - expected[i])).toBeLessThan(1e-3 * scale),
    );
  });

  it.each(kinds)("is the same after a round trip through JSON: %o, levels %i, %s, %s", async (...kind) => {
    const { network } = await trained(...kind);
    expect(readNetwork(writeNetwork(network))).toEqual(network);
  });

  it.each(kinds)("computes the same as an ONNX graph: %o, levels %i, %s, %s", async (...kind) => {
    const { network, rows, expected } = await trained(...kind);
    const outputs = runOnnx(networkToOnnx(network), rows);
    const scale = Math.max(...expected.map(Math.abs));
    expect(outputs).toHaveLength(rows.length);
    outputs.forEach((y, i) => expect(Math.abs(y[0] - expected[i])).toBeLessThan(1e-5 * scale));
  });

  it.each(kinds.slice(2))(
    "becomes a network of σ(xᵀw) with integer weights: %o, levels %i, %s, %s",
    async (...kind) => {
      const { network, rows, expected } = await trained(...kind);
      const polynomial = toPolynomialNetwork(network);
      expect(polynomial.weights.every((w) => Math.abs(w) <= kind[1])).toBe(true);
      rows.forEach((x, i) => expect(polynomialOutput(polynomial, x)).toBeCloseTo(expected[i], 9));
    },
  );

  it("takes 2md bits and one number", async () => {
    const { network } = await trained("bilinear", 1, "bilinear", "refit");
    expect(networkSize(network)).toEqual({ bits: 2 * 40 * 5, scalars: 1 });
  });

  it("is refused when cut short, of another version or damaged", async () => {
    const { network } = await trained("bilinear", 1, "bilinear", "refit");
    const text = writeNetwork(network);
    for (const length of [0, 1, 40, Math.floor(text.length / 2), text.length - 3]) {
      expect(() => readNetwork(text.slice(0, length)), `cut at ${length}`).toThrow(FormatError);
    }
    expect(() => readNetwork(text.replace('"version":1', '"version":2'))).toThrow(/version: it is 2/);
    expect(() => readNetwork("{}")).toThrow(/another kind of file/);
    expect(() => readNetwork(text.replace('"neurons":40', '"neurons":41'))).toThrow(/41 neurons need 41/);
    expect(() => readNetwork(text.replace('"levels":1', '"levels":0'))).toThrow(/levels/);
    expect(() => readNetwork(text.replace(/"alpha":[^,}]+/, '"alpha":"x"'))).toThrow(/alpha/);
  });
});
