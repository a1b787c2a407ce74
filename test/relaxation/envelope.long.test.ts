import { describe, expect, it } from "vitest";
import { compareWithHull } from "./hull-comparison.ts";
import { seededRandom, testActivations } from "./random-neurons.ts";

/** 18 activations × 560 neurons: more than 10 000, n = 1 … 8. */
const COUNT = 560;

describe("envelopes of 10,080 random neurons beside linear programs", () => {
  it.each(testActivations)("$label", async (entry) => {
    const worst = await compareWithHull(entry, COUNT, seededRandom(2025));
    console.log(`${entry.label}: ${COUNT} neurons, ${JSON.stringify(worst)}`);
    expect(worst.inside).toBeLessThan(1e-9);
    expect(worst.outside).toBeLessThan(1e-9);
    expect(worst.plane).toBeLessThan(1e-12);
    expect(worst.touch).toBeLessThan(1e-12);
  });
});
