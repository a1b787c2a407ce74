import { describe, expect, it } from "vitest";
import { lossNames } from "../../src/quantized/model/loss.ts";
import { trainQuantized } from "../../src/quantized/train.ts";
import { allNeurons, exactOptimum, randomInstance } from "./instances.ts";

/** Random instances in all, spread over the losses. */
const INSTANCES = 200;

describe("certified bound ≤ exact optimum by enumeration ≤ sampled objectives", () => {
  it.each(lossNames)("%s loss", async (loss) => {
    const count = INSTANCES / lossNames.length;
    let tight = 0;
    for (let k = 0; k < count; k++) {
      const d = 1 + (k % 4);
      const n = 1 + ((5 * k) % 12);
      const program = k % 3 === 0 ? "quadratic" : "bilinear";
      const beta = [0.01, 0.1, 0.5, 2][(k >> 2) % 4];
      const { samples, y } = randomInstance(1000 + k, n, d, loss === "hinge" || loss === "logistic");
      const exact = await exactOptimum(allNeurons(samples, program === "quadratic"), y, loss, beta * d);
      const model = await trainQuantized(
        { samples, targets: [y] },
        { loss, program, beta, gap: 1e-5, maxIterations: 1500 },
      );
      const slack = 1e-6 * (1 + Math.abs(exact));
      expect(model.lowerBound, `instance ${k}: bound`).toBeLessThanOrEqual(exact + slack);
      expect(model.lowerBound).toBeLessThanOrEqual(model.relaxedObjective);
      for (const rule of ["sampled", "refit", "nonNegative"] as const) {
        const { objective } = model.sample(20, k, rule);
        expect(objective, `instance ${k}: ${rule}`).toBeGreaterThanOrEqual(exact - slack);
      }
      if (model.lowerBound > 0.5 * exact) tight++;
      const printed = await trainQuantized(
        { samples, targets: [y] },
        { loss, program, beta, gap: 1e-3, maxIterations: 300, regularizer: "printed" },
      );
      expect(printed.lowerBound).toBeLessThanOrEqual(exact + slack);
    }
    // A bound of zero would pass all of the above.
    expect(tight).toBeGreaterThan(0.8 * count);
  });
});
