import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../../src/errors.ts";
import { boundNetwork } from "../../src/relaxation/bound.ts";
import { liftedBound } from "../../src/relaxation/lifted-bound.ts";
import { randomNetwork } from "./networks.ts";

const box = { lower: new Float64Array(3).fill(-1), upper: new Float64Array(3).fill(1) };

describe("lifted bound", () => {
  it("encloses the true optimum, and beats the neuron hulls on shallow ReLU networks", async () => {
    let better = 0;
    for (const seed of [1, 2, 3, 4]) {
      const network = randomNetwork([3, 8, 1], "relu", seed);
      for (const sense of ["min", "max"] as const) {
        const objective = { sense, coefficients: Float64Array.of(1) };
        const { results: [result], bounds } = await boundNetwork(network, { box }, [objective], { exact: 20 });
        const lifted = await liftedBound(network, { box }, bounds, objective);
        const exact = result.exact?.value ?? NaN;
        const sign = sense === "min" ? 1 : -1;
        const neuron = sense === "min" ? result.lower : result.upper;
        expect(sign * lifted.bound).toBeLessThanOrEqual(sign * exact + 1e-7);
        // No worse than the univariate relaxation, whose triangles it holds.
        const univariate = result.stages[1].bound;
        expect(sign * lifted.bound).toBeGreaterThanOrEqual(sign * univariate - 1e-3 * (1 + Math.abs(univariate)));
        if (sign * lifted.bound > sign * neuron + 1e-4) better++;
      }
    }
    expect(better).toBeGreaterThan(0);
  });

  it("holds whatever the accuracy of the solve", async () => {
    const network = randomNetwork([3, 6, 4, 1], "relu", 7);
    const objective = { sense: "min", coefficients: Float64Array.of(1) } as const;
    const { results: [result], bounds } = await boundNetwork(network, { box }, [objective], { exact: 20 });
    for (const maxIterations of [1, 10, 100]) {
      const { bound } = await liftedBound(network, { box }, bounds, objective, { method: "splitting", maxIterations });
      expect(bound).toBeLessThanOrEqual((result.exact?.value ?? NaN) + 1e-7);
    }
  });

  it("can be asked for with the other bounds", async () => {
    const network = randomNetwork([3, 8, 1], "relu", 2);
    const objective = { sense: "max", coefficients: Float64Array.of(1) } as const;
    const { results: [result] } = await boundNetwork(network, { box }, [objective], { lifted: true, tighten: true });
    const [, , neuron, lifted] = result.stages;
    expect(lifted.method).toBe("lifted");
    expect(result.upper).toBe(lifted.bound);
    expect(lifted.bound).toBeLessThanOrEqual(neuron.bound);
    expect(result.upper).toBeGreaterThanOrEqual(result.networkValue);
  });

  it("refuses other activations", async () => {
    const network = randomNetwork([3, 4, 1], "tanh", 1);
    const objective = { sense: "min", coefficients: Float64Array.of(1) } as const;
    const { bounds } = await boundNetwork(network, { box }, [objective]);
    await expect(liftedBound(network, { box }, bounds, objective)).rejects.toThrow(UnsupportedError);
  });
});
