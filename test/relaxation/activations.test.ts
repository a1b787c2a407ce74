import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import { activationRange, isLinearOn } from "../../src/networks/activation.ts";
import { activationByName, activationNames, clip, elu, relu } from "../../src/networks/activations.ts";
import { polynomial } from "../../src/networks/polynomial-activation.ts";
import { erf, erfc } from "../../src/networks/special-functions.ts";
import { testActivations } from "./random-neurons.ts";

describe("activations", () => {
  it.each(testActivations)("$label: derivatives, curvature and turning points agree with its values", ({ activation }) => {
    const kinks = activation.linearBetween ?? (activation.name === "elu" ? [0] : []);
    for (let z = -6.03; z < 6; z += 0.1) {
      if (kinks.some((kink) => Math.abs(z - kink) < 2e-3)) continue;
      const h = 1e-4;
      const [a, m, b] = [z - h, z, z + h].map((t) => activation.value(t));
      const scale = 1 + Math.abs(m);
      expect(Math.abs((b - a) / (2 * h) - activation.derivative(z)) / scale).toBeLessThan(1e-5);
      expect(Math.abs((b - 2 * m + a) / (h * h) - activation.second(z)) / scale).toBeLessThan(1e-5);
      const passed = activation.inflections.filter((t) => t < z).length;
      const curvature = activation.firstCurvature * (passed % 2 === 0 ? 1 : -1);
      expect(curvature * activation.second(z)).toBeGreaterThanOrEqual(0);
    }
    const [least, greatest] = activationRange(activation, -3, 2.5);
    const values = Array.from({ length: 5501 }, (_, k) => activation.value(-3 + k / 1000));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...values)).toBeLessThanOrEqual(greatest);
    expect(Math.min(...values) - least).toBeLessThan(1e-5);
    expect(greatest - Math.max(...values)).toBeLessThan(1e-5);
  });

  it("erf and erfc to full accuracy", () => {
    // Abramowitz and Stegun, table 7.1, and the tail 7.1.13 checked with 50 digits.
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15);
    expect(erf(1)).toBeCloseTo(0.8427007929497149, 15);
    expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 15);
    expect(erfc(3) / 2.2090496998585441e-5).toBeCloseTo(1, 13);
    expect(erfc(10) / 2.0884875837625446e-45).toBeCloseTo(1, 12);
    expect(erf(2 + 1e-12) - erf(2 - 1e-12)).toBeLessThan(1e-12);
  });

  it("know where they are linear", () => {
    expect(isLinearOn(relu, 0, 5)).toBe(true);
    expect(isLinearOn(relu, -1, 1)).toBe(false);
    expect(isLinearOn(clip(-1, 1), -1, 1)).toBe(true);
    expect(isLinearOn(elu(), 1, 2)).toBe(false);
    expect(isLinearOn(polynomial([1, 2]), -1, 1)).toBe(true);
  });

  it("finds the inflections of polynomials", () => {
    expect(polynomial([0, 0, 0, 1]).inflections).toEqual([0]);
    expect(polynomial([0, 0, 0, 0, 1]).inflections).toEqual([]);
    const [a, b] = polynomial([0, 0, -6, 0, 1]).inflections;
    expect([a, b].map((z) => z.toFixed(12))).toEqual(["-1.000000000000", "1.000000000000"]);
    expect(polynomial([0, 0, 0, -1]).firstCurvature).toBe(1);
  });

  it("refuses names and parameters it does not know", () => {
    expect(() => activationByName("mish")).toThrow(SettingsError);
    expect(() => activationByName("mish")).toThrow(/unknown activation "mish".*sigmoid/);
    expect(() => activationByName("constructor")).toThrow(SettingsError);
    expect(() => activationByName("elu", { alpha: -1 })).toThrow(/positive/);
    expect(() => activationByName("polynomial")).toThrow(/coefficients/);
    expect(() => activationByName("leaky_relu", { slope: NaN })).toThrow(/finite/);
    expect(activationNames).toContain("gelu");
  });
});
