import { describe, expect, it } from "vitest";
import { ProblemError, SettingsError } from "../../src/errors.ts";
import { evaluateNetwork, makeNetwork } from "../../src/networks/network.ts";
import { activationByName, identity, relu } from "../../src/networks/activations.ts";
import { boundNetwork } from "../../src/relaxation/bound.ts";
import type { BoundResult } from "../../src/relaxation/bound.ts";
import type { Objective } from "../../src/relaxation/query.ts";
import { gridRange, randomNetwork, trainedNetwork } from "./networks.ts";

const objective = (sense: "min" | "max", ...coefficients: number[]): Objective => ({
  sense,
  coefficients: Float64Array.from(coefficients),
});
const cube = (n: number, low: number, high: number) => ({
  box: { lower: new Float64Array(n).fill(low), upper: new Float64Array(n).fill(high) },
});

/** The bounds of the stages must get better, and enclose what the network does. */
function expectSound(result: BoundResult): void {
  const sign = result.objective.sense === "min" ? 1 : -1;
  const bounds = result.stages.map(({ bound }) => sign * bound);
  for (let k = 1; k < bounds.length; k++) expect(bounds[k]).toBeGreaterThanOrEqual(bounds[k - 1]);
  expect(result.certified).toBe(true);
  expect(result.lower).toBeLessThanOrEqual(result.upper);
  expect(sign > 0 ? result.upper : result.lower).toBe(result.networkValue);
}

describe("bounds on random networks", () => {
  const cases = [
    ["relu", [3, 8, 6, 1]],
    ["leaky_relu", [3, 8, 1]],
    ["sigmoid", [3, 6, 5, 1]],
    ["tanh", [2, 8, 6, 1]],
    ["softplus", [3, 6, 1]],
    ["elu", [3, 6, 1]],
    ["arctan", [2, 6, 5, 1]],
    ["softsign", [2, 6, 1]],
    ["erf", [2, 6, 1]],
  ] as const;
  it.each(cases)("%s: neuron ≤ univariate ≤ interval as gaps, every value of the network inside", async (name, sizes) => {
    const network = randomNetwork(sizes, name, sizes.length);
    const input = cube(sizes[0], -1, 0.8);
    const [least, greatest] = gridRange(network, input.box.lower, input.box.upper, 24);
    for (const tighten of [false, true]) {
      const { results } = await boundNetwork(network, input, [objective("min", 1), objective("max", 1)], { tighten });
      results.forEach(expectSound);
      expect(results[0].lower).toBeLessThanOrEqual(least);
      expect(results[1].upper).toBeGreaterThanOrEqual(greatest);
      // The search on the network is at least as good as the grid.
      expect(results[0].upper).toBeLessThanOrEqual(least + 0.02 * (greatest - least));
      expect(results[1].lower).toBeGreaterThanOrEqual(greatest - 0.02 * (greatest - least));
    }
  });

  it("a network with one bent neuron is bounded exactly where its inputs come straight from the box", async () => {
    // 3 + relu(x₁ + x₂ − 0.5) − 0.6 (x₁ + 5).
    const layers = [
      { weights: Float64Array.of(1, 1, 1, 0), bias: Float64Array.of(-0.5, 5), activation: relu },
      { weights: Float64Array.of(1, -0.6), bias: Float64Array.of(3), activation: identity },
    ];
    const network = makeNetwork(2, layers);
    const { results } = await boundNetwork(network, cube(2, -1, 1), [objective("max", 1), objective("max", -1)], { exact: 5 });
    for (const result of results) {
      expect(result.exact?.proved).toBe(true);
      expect(result.upper).toBeCloseTo(result.exact?.value ?? NaN, 7);
    }
  });

  it("closes a gap that the hull of the activation alone leaves", async () => {
    // relu(x₁ + x₂ − 1.5) − x₁ + x₂/2 over [0, 1]².
    const layers = [
      { weights: Float64Array.of(1, 1, 1, 0, 0, 1), bias: Float64Array.of(-1.5, 0, 0), activation: relu },
      { weights: Float64Array.of(1, -1, 0.5), bias: Float64Array.of(0), activation: identity },
    ];
    const { results } = await boundNetwork(makeNetwork(2, layers), cube(2, 0, 1), [objective("max", 1)]);
    const [, univariate, neuron] = results[0].stages;
    expect(univariate.bound).toBeGreaterThan(0.6 - 1e-9);
    expect(neuron.bound).toBeLessThan(univariate.bound - 0.05);
    // Its optimum 0.5 at (0, 1), by hand.
    expect(results[0].lower).toBeCloseTo(0.5, 9);
    expect(neuron.bound).toBeCloseTo(0.5, 7);
  });

  it("agrees with mixed-integer programming on ReLU networks", async () => {
    for (const seed of [1, 2, 3]) {
      const network = randomNetwork([4, 10, 8, 2], "relu", seed);
      const { results } = await boundNetwork(network, cube(4, -1, 1), [objective("min", 1, -1), objective("max", 0.5, 1)], {
        tighten: true,
        exact: 30,
      });
      for (const result of results) {
        expectSound(result);
        expect(result.exact?.proved).toBe(true);
        const value = result.exact?.value ?? NaN;
        const slack = 1e-6 * (1 + Math.abs(value));
        expect(result.lower).toBeLessThanOrEqual(value + slack);
        expect(result.upper).toBeGreaterThanOrEqual(value - slack);
        // The exact minimiser has been re-evaluated: it is what the result returns, or beaten.
        expect(Math.abs(result.networkValue - value)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
      }
    }
  });
});

describe("bounds on networks trained here", () => {
  it.each(["relu", "tanh", "sigmoid"])("%s", async (name) => {
    const { network, error } = trainedNetwork(name, [8, 6], 400, 5);
    expect(error).toBeLessThan(0.02);
    const input = cube(2, -0.5, 0.5);
    const [least, greatest] = gridRange(network, input.box.lower, input.box.upper, 60);
    const { results } = await boundNetwork(network, input, [objective("min", 1), objective("max", 1)], { tighten: true });
    results.forEach(expectSound);
    expect(results[0].lower).toBeLessThanOrEqual(least);
    expect(results[1].upper).toBeGreaterThanOrEqual(greatest);
  });
});

describe("queries", () => {
  const network = randomNetwork([2, 6, 1], "relu", 9);
  const min = objective("min", 1);

  it("linear constraints cut the box down", async () => {
    const free = await boundNetwork(network, cube(2, -1, 1), [min]);
    const constraints = [{ coefficients: Float64Array.of(1, 1), lower: 1.2, upper: Infinity }];
    for (const tighten of [false, true]) {
      const cut = await boundNetwork(network, { ...cube(2, -1, 1), constraints }, [min], { tighten });
      expectSound(cut.results[0]);
      const { lower, point } = cut.results[0];
      expect(point[0] + point[1]).toBeGreaterThan(1.2 - 1e-6);
      // All inputs left satisfy x₁ + x₂ ≥ 1.2, so x ≥ 0.2.
      const [least] = gridRange(network, Float64Array.of(0.2, 0.2), Float64Array.of(1, 1), 200);
      expect(lower).toBeGreaterThanOrEqual(free.results[0].lower - 1e-9);
      expect(cut.results[0].upper).toBeGreaterThanOrEqual(least - 1e-9);
    }
    const never = [{ coefficients: Float64Array.of(1, 1), lower: 2.5, upper: Infinity }];
    await expect(boundNetwork(network, { ...cube(2, -1, 1), constraints: never }, [min])).rejects.toThrow(/no input of the box/);
  });

  it("properties get a verdict", async () => {
    const { results: [{ lower, upper }] } = await boundNetwork(network, cube(2, -1, 1), [min]);
    const verdictAt = async (threshold: number) =>
      (await boundNetwork(network, cube(2, -1, 1), [{ ...min, threshold }])).results[0].verdict;
    expect(await verdictAt(lower - 0.1)).toBe("holds");
    expect(await verdictAt(upper + 0.1)).toBe("violated");
    if (upper - lower > 1e-3) expect(await verdictAt((lower + upper) / 2)).toBe("unknown");
    const most = { ...objective("max", 1), threshold: 1e3 };
    expect((await boundNetwork(network, cube(2, -1, 1), [most])).results[0].verdict).toBe("holds");
  });

  it("methods stop where they are asked to; a network that is linear on the box is bounded exactly", async () => {
    const interval = await boundNetwork(network, cube(2, -1, 1), [min], { method: "interval" });
    expect(interval.results[0].stages.map(({ method }) => method)).toEqual(["interval"]);
    expect(interval.results[0].rounds).toBe(0);
    const small = await boundNetwork(network, { box: { lower: Float64Array.of(0.5, 0.5), upper: Float64Array.of(0.5001, 0.5) } }, [min]);
    expect(small.results[0].upper - small.results[0].lower).toBeLessThan(1e-9);
    const linear = makeNetwork(2, [{ weights: Float64Array.of(1, -2), bias: Float64Array.of(0.5), activation: identity }]);
    const { results: [exact] } = await boundNetwork(linear, cube(2, -1, 1), [min]);
    expect([exact.lower, exact.upper].map((v) => v.toFixed(12))).toEqual(["-2.500000000000", "-2.500000000000"]);
  });

  it("this package's solver as engine: safe bounds that agree with HiGHS's", async () => {
    const smooth = randomNetwork([2, 5, 1], "tanh", 4);
    const exact = await boundNetwork(smooth, cube(2, -1, 1), [min]);
    const own = await boundNetwork(smooth, cube(2, -1, 1), [min], { engine: "splitting", rounds: 8 });
    expectSound(own.results[0]);
    const [a, b] = [exact, own].map(({ results }) => results[0].lower);
    expect(Math.abs(a - b)).toBeLessThan(2e-3 * (1 + Math.abs(a)));
  });

  it("a nonlinear last layer", async () => {
    const layers = [...randomNetwork([2, 5, 2], "tanh", 6).layers];
    layers[1] = { ...layers[1], activation: activationByName("sigmoid") };
    const squashed = makeNetwork(2, layers);
    const { results } = await boundNetwork(squashed, cube(2, -1, 1), [objective("min", 1, 1), objective("max", 1, -1)]);
    results.forEach(expectSound);
    expect(results[0].lower).toBeGreaterThan(0);
    expect(results[0].lower).toBeLessThanOrEqual(evaluateNetwork(squashed, [0, 0]).reduce((s, v) => s + v));
  });

  it("refuses what does not fit", async () => {
    const bad = (input: Parameters<typeof boundNetwork>[1], goals = [min]) => expect(boundNetwork(network, input, goals)).rejects;
    await bad(cube(3, -1, 1)).toThrow(ProblemError);
    await bad(cube(2, 1, -1)).toThrow(/the box is empty/);
    await bad(cube(2, -Infinity, 1)).toThrow(/must be finite/);
    await bad(cube(2, -1, 1), [objective("min", 1, 2)]).toThrow(/2 entries; 1 were expected/);
    await bad(cube(2, -1, 1), [objective("min", NaN)]).toThrow(/NaN/);
    await expect(boundNetwork(network, cube(2, -1, 1), [min], { rounds: -1 })).rejects.toThrow(SettingsError);
    await expect(boundNetwork(network, cube(2, -1, 1), [min], { speed: 1 } as object)).rejects.toThrow(/unknown option "speed"/);
    const wide = randomNetwork([2, 4, 1], "silu", 3, 6);
    await expect(boundNetwork(wide, cube(2, -3, 3), [min])).rejects.toThrow(/2 inflections/);
    // Interval arithmetic needs no envelope.
    expect((await boundNetwork(wide, cube(2, -3, 3), [min], { method: "interval" })).results[0].certified).toBe(true);
    const singular = Float64Array.of(1, NaN);
    expect(() => makeNetwork(2, [{ weights: singular, bias: Float64Array.of(0), activation: relu }])).toThrow(/NaN/);
  });
});
