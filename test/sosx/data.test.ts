import { describe, expect, it } from "vitest";
import { FormatError, ProblemError, SettingsError } from "../../src/errors.ts";
import { parseCsv } from "../../src/formats/csv.ts";
import { readNetworkJson } from "../../src/networks/json.ts";
import {
  approximate,
  hiddenFunction,
  makeTrainingProblem,
  networkText,
  predict,
  prepareTable,
  runStudy,
  studyRecord,
  trainByAdam,
  trainByLeastSquares,
} from "../../src/sosx/index.ts";
import { leastSquares } from "../../src/sosx/least-squares.ts";
import { seededUniform } from "../../src/sosx/random.ts";

function tableText(rows: number): string {
  const uniform = seededUniform(1);
  const lines = ["name,a,b,flat,y"];
  for (let i = 0; i < rows; i++) {
    const [a, b] = [10 * uniform(), uniform() - 0.5];
    lines.push(`r${i},${a},${b},7,${Math.tanh(a - 5) + b}`);
  }
  return lines.join("\n");
}

const table = parseCsv(tableText(40));

describe("tables", () => {
  it("scales to [−1, 1], drops text and constants with a remark, splits", () => {
    const data = prepareTable(table, { targets: ["y"], chronological: true });
    expect(data.inputs.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(data.remarks).toHaveLength(2);
    expect([data.train.samples, data.test.samples]).toEqual([28, 12]);
    const all = [...data.train.targets, ...data.test.targets];
    expect(Math.min(...all)).toBeCloseTo(-1, 12);
    expect(Math.max(...all)).toBeCloseTo(1, 12);
    const shuffled = prepareTable(table, { targets: ["y"], seed: 3 });
    expect([...shuffled.order]).not.toEqual([...data.order]);
    expect([...shuffled.order].sort((a, b) => a - b)).toEqual([...data.order]);
  });

  it("refuses missing values, constant targets, unknown columns, empty sides", () => {
    const gap = parseCsv("a,y\n1,2\n,3\n4,5\n", { name: "gap.csv" });
    expect(() => prepareTable(gap, { targets: ["y"] })).toThrow(FormatError);
    expect(() => prepareTable(gap, { targets: ["y"] })).toThrow(/gap\.csv:3: column "a" has a missing value/);
    expect(() => prepareTable(table, { targets: ["flat"] })).toThrow(ProblemError);
    expect(() => prepareTable(table, { targets: ["z"] })).toThrow(FormatError);
    expect(() => prepareTable(table, { targets: ["y"], trainFraction: 1 })).toThrow(SettingsError);
  });

  it("codes a target of two texts", () => {
    const two = parseCsv("a,class\n1,good\n2,bad\n3,good\n4,bad\n");
    const data = prepareTable(two, { targets: ["class"], chronological: true, trainFraction: 0.5 });
    expect([...data.train.targets]).toEqual([1, -1]);
  });
});

describe("training problems", () => {
  const base = {
    inputs: Float64Array.of(0, 1, 2),
    targets: Float64Array.of(0, 1, 0),
    samples: 3,
    outputWeights: Float64Array.of(1),
    neurons: 1,
    pwl: approximate(hiddenFunction("tanh")),
    activation: hiddenFunction("tanh"),
  };

  it("refuse no neurons, constant targets, missing numbers, contradictory bounds", () => {
    expect(() => makeTrainingProblem({ ...base, neurons: 0 })).toThrow(SettingsError);
    expect(() => makeTrainingProblem({ ...base, targets: Float64Array.of(1, 1, 1) })).toThrow(/constant/);
    expect(() => makeTrainingProblem({ ...base, inputs: Float64Array.of(0, NaN, 2) })).toThrow(/row 1, column 0/);
    expect(() => makeTrainingProblem({ ...base, bounds: { weight: [1, -1] } })).toThrow(/contradict/);
    expect(() => makeTrainingProblem({ ...base, bounds: { bias: [5, 6] } })).toThrow(/contradict/);
    expect(() => makeTrainingProblem({ ...base, outputWeights: Float64Array.of(1, 2) })).toThrow(ProblemError);
  });
});

describe("methods beside the search", () => {
  const data = prepareTable(table, { targets: ["y"], chronological: true });

  it("least squares meets the normal equations and survives dependent columns", () => {
    const beta = trainByLeastSquares(data.train);
    const { design, targets, samples } = data.train;
    for (let k = 0; k < 3; k++) {
      let sum = 0;
      for (let i = 0; i < samples; i++) {
        let r = -targets[i];
        for (let l = 0; l < 3; l++) r += design[i * 3 + l] * beta[l];
        sum += r * design[i * 3 + k];
      }
      expect(Math.abs(sum)).toBeLessThan(1e-10);
    }
    const twice = leastSquares(Float64Array.of(1, 2, 2, 4, 3, 6), Float64Array.of(1, 2, 3), 3);
    expect(twice[0] + 2 * twice[1]).toBeCloseTo(1, 12);
  });

  it("Adam is deterministic by seed and learns", () => {
    const options = { neurons: 4, activation: hiddenFunction("tanh"), seed: 2, epochs: 300, learningRate: 0.01 };
    const [first, second] = [trainByAdam(data.train, options), trainByAdam(data.train, options)];
    expect([...first.hidden]).toEqual([...second.hidden]);
    const y = predict(data.train, first, Math.tanh);
    const mse = y.reduce((sum, v, k) => sum + (v - data.train.targets[k]) ** 2, 0) / y.length;
    expect(mse).toBeLessThan(0.02);
    expect(trainByAdam(data.train, { ...options, seed: 3 }).hidden[0]).not.toBe(first.hidden[0]);
  });

  it("a study keeps three losses apart, and no method's network beats what it reports", async () => {
    const result = await runStudy(data, {
      neurons: 2,
      activation: hiddenFunction("tanh"),
      seed: 1,
      compare: ["adam", "mip", "ols"],
      search: { nodeLimit: 100, timeLimit: 5 },
    });
    const record = JSON.parse(JSON.stringify(studyRecord(data, result))) as Record<string, unknown>;
    for (const key of ["rootRelaxation", "lowerBound", "incumbent", "gap", "nodes", "seconds", "methods"]) {
      expect(record).toHaveProperty(key);
    }
    expect(Object.keys(record.incumbent as object)).toEqual(["pwlMae", "pwlMse", "activationMse", "testMse"]);
    const [sosx, adam] = result.methods;
    expect(result.methods.map(({ method }) => method)).toEqual(["sosx", "adam", "mip", "ols"]);
    expect(sosx.trainMse).toBeLessThanOrEqual(adam.trainMse ?? 0);
    expect(sosx.pwlMae).toBeLessThanOrEqual(adam.pwlMae ?? 0);
    expect(result.search.rootRelaxation).toBeLessThanOrEqual((sosx.pwlMae ?? 0) + 1e-4);
  });

  it("saves networks that read back and predict in the table's units", async () => {
    const adam = trainByAdam(data.train, { neurons: 3, activation: hiddenFunction("tanh") });
    const text = networkText(adam, "tanh", data.inputs, data.targets, "test");
    const network = await readNetworkJson(new TextEncoder().encode(text), "net.json");
    const scaled = predict(data.train, adam, Math.tanh)[0];
    const { low, high } = data.targets[0];
    const [a, b] = [Number(table.rows[0][1]), Number(table.rows[0][2])];
    const [first, second] = network.layers;
    let raw = second.bias[0];
    for (let j = 0; j < 3; j++) {
      const x = first.weights[2 * j] * a + first.weights[2 * j + 1] * b + first.bias[j];
      raw += second.weights[j] * first.activation.value(x);
    }
    expect(raw).toBeCloseTo(((scaled + 1) * (high - low)) / 2 + low, 10);
  });
});
