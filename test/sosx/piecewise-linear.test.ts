import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import {
  approximate,
  approximationError,
  evaluatePiecewise,
  hiddenFunction,
  makePiecewiseLinear,
} from "../../src/sosx/index.ts";
import { hullTable, projectOnPolygon } from "../../src/sosx/engines/hull.ts";

const NAMES = ["tanh", "sigmoid", "softplus", "relu"];

describe("piecewise-linear approximations", () => {
  it("takes the paper's points for tanh with 3 pieces", () => {
    const pwl = approximate(hiddenFunction("tanh"));
    expect([...pwl.breakpoints]).toEqual([-4, -1, 1, 4]);
    expect([...pwl.values]).toEqual([-1, -0.76, 0.76, 1]);
    expect(evaluatePiecewise(pwl, 0.5)).toBeCloseTo(0.38, 14);
    expect(evaluatePiecewise(pwl, -2)).toBeCloseTo(0.08 * -2 - 0.68, 14);
  });

  it.each(NAMES)("%s: optimal breakpoints beat uniform ones and improve with the pieces", (name) => {
    const sigma = hiddenFunction(name);
    let last = Infinity;
    for (const pieces of [3, 5, 7]) {
      const error = (rule: "optimal" | "uniform"): number =>
        approximationError(approximate(sigma, { pieces, rule }), (z) => sigma.value(z));
      expect(error("optimal")).toBeLessThanOrEqual(error("uniform") + 1e-9);
      expect(error("optimal")).toBeLessThanOrEqual(last);
      last = error("optimal");
    }
  });

  it("spreads the error of a convex function equally over optimal pieces", () => {
    const square = { name: "square", value: (z: number) => z * z };
    const { breakpoints } = approximate(square, { pieces: 5, rule: "optimal" });
    // Chords of a parabola err by (length)²/4: equal pieces are optimal.
    for (let k = 0; k < 5; k++) expect(breakpoints[k + 1] - breakpoints[k]).toBeCloseTo(1.6, 4);
  });

  it("represents ReLU exactly", () => {
    const relu = hiddenFunction("relu");
    const pwl = approximate(relu, { pieces: 3 });
    expect(approximationError(pwl, (z) => relu.value(z))).toBeLessThan(1e-15);
    expect([...pwl.breakpoints]).toContain(0);
  });

  it("takes user functions and breakpoints given by hand", () => {
    const pwl = approximate({ name: "cube", value: (z) => z ** 3 }, { breakpoints: [-1, 0, 2] });
    expect([...pwl.values]).toEqual([-1, 0, 8]);
  });

  it("refuses breakpoints that do not increase, and rules that do not apply", () => {
    expect(() => makePiecewiseLinear([0, 1, 1], [0, 1, 2])).toThrow(SettingsError);
    expect(() => makePiecewiseLinear([0, 1, 1], [0, 1, 2])).toThrow(/must increase, but number 2 is 1 after 1/);
    expect(() => approximate(hiddenFunction("relu"), { rule: "paper" })).toThrow(/tanh with 3 pieces/);
    expect(() => approximate(hiddenFunction("tanh"), { pieces: 0 })).toThrow(SettingsError);
    expect(() => approximate(hiddenFunction("tanh"), { range: [2, 2] })).toThrow(SettingsError);
  });

  it("projects on hulls: the result lies in the hull and is no farther than any of its points", () => {
    const pwl = approximate(hiddenFunction("softplus"), { pieces: 5 });
    const table = hullTable(pwl, 1.5);
    const K = pwl.breakpoints.length;
    const out = new Float64Array(2);
    const coordinate = fc.double({ min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(fc.nat(K - 2), fc.nat(K - 2), coordinate, coordinate, (a, b, x, g) => {
        const [lo, hi] = [Math.min(a, b), Math.max(a, b) + 1];
        projectOnPolygon(table[lo * K + hi], x, g, out);
        // Variational inequality at all vertices: (point − projection)·(vertex − projection) ≤ 0.
        for (let k = lo; k <= hi; k++) {
          const [dx, dg] = [pwl.breakpoints[k] - out[0], 1.5 * pwl.values[k] - out[1]];
          expect((x - out[0]) * dx + (g - out[1]) * dg).toBeLessThanOrEqual(1e-9);
        }
        const before = [out[0], out[1]];
        projectOnPolygon(table[lo * K + hi], before[0], before[1], out);
        expect(Math.hypot(out[0] - before[0], out[1] - before[1])).toBeLessThan(1e-9);
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
