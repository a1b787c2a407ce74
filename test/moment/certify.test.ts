import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { assembleRelaxation } from "../../src/moment/assemble.ts";
import { feasibleBox } from "../../src/moment/bounds.ts";
import { splitUntilCertified } from "../../src/moment/certified-splitting.ts";
import { certifyLowerBound } from "../../src/moment/certify.ts";
import { sublevelRadius } from "../../src/moment/coercivity.ts";
import { Polynomial, PolynomialRing } from "../../src/moment/index.ts";
import { completeProblem, objectiveValue } from "../../src/moment/problem.ts";
import type { PolynomialProblem } from "../../src/moment/problem.ts";
import { layOutRelaxation } from "../../src/moment/relaxation.ts";
import { scaleProblem } from "../../src/moment/scaling.ts";
import { solveRelaxation } from "../../src/moment/solve-relaxation.ts";

const ring = PolynomialRing.numbered(2);
let kernels: DenseKernels;
beforeAll(async () => {
  kernels = await loadDenseKernels();
});

/** f on the unit disc: the least value on a fine grid, boundary included. */
function gridMinimum(problem: PolynomialProblem): number {
  let best = Infinity;
  for (let i = 0; i <= 200; i++) {
    for (let j = 0; j < 200; j++) {
      const r = i / 200;
      const angle = (2 * Math.PI * j) / 200;
      best = Math.min(best, objectiveValue(problem.objective, [r * Math.cos(angle), r * Math.sin(angle)]));
    }
  }
  return best;
}

const noise = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 21, maxLength: 21 });
const coefficients = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 15, maxLength: 15 });
const quartic = (list: readonly number[]): Polynomial => {
  const monomials = [
    [],
    [0],
    [1],
    [0, 0],
    [0, 1],
    [1, 1],
    [0, 0, 0],
    [0, 0, 1],
    [0, 1, 1],
    [1, 1, 1],
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 1, 1],
    [0, 1, 1, 1],
    [1, 1, 1, 1],
  ];
  return Polynomial.fromTerms(monomials.map((monomial, k) => ({ coefficient: list[k], monomial })));
};

describe("certified lower bounds", () => {
  it("hold for any multipliers whatever", () => {
    fc.assert(
      fc.property(coefficients, noise, fc.constantFrom(0, 1e-6, 1e-2, 1, 100), (list, directions, size) => {
        const problem: PolynomialProblem = {
          variables: ring.names,
          objective: quartic(list),
          inequalities: [ring.parse("1 - x1^2 - x2^2")],
        };
        const complete = completeProblem(problem);
        const relaxation = layOutRelaxation(complete, 2);
        const assembled = assembleRelaxation(relaxation);
        const y = Float64Array.from(assembled.conic.b, (_, k) => size * directions[k % directions.length]);
        const bound = certifyLowerBound(relaxation, assembled, y, feasibleBox(complete), kernels);
        expect(bound.value).toBeDefined();
        expect(bound.value as number).toBeLessThanOrEqual(gridMinimum(problem));
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it("come close to the optimum with good multipliers, and stay below it with disturbed ones", async () => {
    for (const [k, list] of [
      [1, -2, 3, 0, 4, -1, 2, 0, 0, 1, -3, 1, 0, 2, -2],
      [0, 1, 1, -4, 0, -4, 0, 0, 0, 0, 5, 0, -5, 0, 5],
    ].entries()) {
      const problem: PolynomialProblem = {
        variables: ring.names,
        objective: quartic(list),
        inequalities: [ring.parse("1 - x1^2 - x2^2")],
      };
      const complete = completeProblem(problem);
      const scaled = scaleProblem(complete, feasibleBox(complete));
      const relaxation = layOutRelaxation(scaled.problem, 3);
      const { assembled, dual } = await solveRelaxation(relaxation, { eps: 1e-8 });
      const least = gridMinimum(problem) * scaled.objectiveScale;
      const bound = certifyLowerBound(relaxation, assembled, dual, scaled.box, kernels);
      expect(bound.value as number, `case ${k}`).toBeLessThanOrEqual(least);
      expect(bound.value as number, `case ${k}`).toBeGreaterThan(least - 1e-3);
      const disturbed = dual.map((v, i) => v + 1e-3 * Math.sin(i));
      const worse = certifyLowerBound(relaxation, assembled, disturbed, scaled.box, kernels);
      expect(worse.value as number).toBeLessThanOrEqual(bound.value as number);
    }
  });

  it("need a box", () => {
    const complete = completeProblem({ variables: ring.names, objective: ring.parse("x1^2 + x2^2") });
    const relaxation = layOutRelaxation(complete, 1);
    const assembled = assembleRelaxation(relaxation);
    const bound = certifyLowerBound(
      relaxation,
      assembled,
      new Float64Array(assembled.conic.b.length),
      feasibleBox(complete),
      kernels,
    );
    expect(bound.value).toBeUndefined();
  });
});

describe("the splitting with a certified stop", () => {
  it("stops at the gap with a valid bound", async () => {
    const names = PolynomialRing.numbered(8).names;
    const terms = names.flatMap((_, i) =>
      Array.from({ length: i }, (__, j) => ({ coefficient: ((5 * i + 3 * j) % 7) - 3, monomial: [j, i] })),
    );
    const complete = completeProblem({
      variables: names,
      objective: Polynomial.fromTerms(terms),
      binary: names.map((_, variable) => ({ variable, kind: "plusMinusOne" })),
    });
    let optimum = Infinity;
    for (let mask = 0; mask < 256; mask++) {
      optimum = Math.min(
        optimum,
        objectiveValue(
          complete.objective,
          names.map((_, v) => (mask & (1 << v) ? 1 : -1)),
        ),
      );
    }
    const relaxation = layOutRelaxation(complete, 2);
    const assembled = assembleRelaxation(relaxation);
    const box = feasibleBox(complete);
    const outcome = await splitUntilCertified(relaxation, assembled, kernels, {
      lower: (dual) => certifyLowerBound(relaxation, assembled, dual, box, kernels).value ?? -Infinity,
      upper: () => Promise.resolve(optimum),
      gapTolerance: 1e-4,
      timeLimit: 0,
    });
    expect(outcome.reason).toBe("gap");
    expect(outcome.lower).toBeLessThanOrEqual(optimum);
    expect(optimum - outcome.lower).toBeLessThanOrEqual(1e-4 * Math.abs(optimum));
  });
});

describe("radii of sublevel sets", () => {
  it("hold all points below the level", async () => {
    const f = ring.parse("4*x1^2 + x1*x2 - 4*x2^2 - 2.1*x1^4 + 4*x2^4 + x1^6/3");
    const radius = await sublevelRadius(f, 2, 1, kernels);
    expect(radius).toBeDefined();
    for (let i = -60; i <= 60; i++) {
      for (let j = -60; j <= 60; j++) {
        const x = [i / 10, j / 10];
        if (f.evaluate(x) <= 1) expect(Math.hypot(...x)).toBeLessThanOrEqual(radius as number);
      }
    }
  });

  it("do not exist where the set is not bounded", async () => {
    expect(await sublevelRadius(ring.parse("(x1*x2 - 1)^2"), 2, 1, kernels)).toBeUndefined();
    expect(await sublevelRadius(ring.parse("(x1 - x2)^2"), 2, 1, kernels)).toBeUndefined();
  });
});
