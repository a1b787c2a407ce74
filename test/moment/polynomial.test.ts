import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError, ProblemError } from "../../src/errors.ts";
import {
  parseConstraint,
  Polynomial,
  PolynomialRing,
  problemFromJson,
  problemToJson,
  ringOf,
} from "../../src/moment/index.ts";
import { CompiledPolynomial } from "../../src/moment/local/compiled.ts";
import { monomialsUpTo } from "../../src/moment/monomial.ts";

const ring = PolynomialRing.numbered(3);
const coefficient = fc.integer({ min: -8, max: 8 });
const monomial = fc
  .array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 })
  .map((list) => list.sort((a, b) => a - b));
const polynomial = fc
  .array(fc.record({ coefficient, monomial }), { maxLength: 6 })
  .map((terms) => Polynomial.fromTerms(terms));
const point = fc.array(
  fc.integer({ min: -12, max: 12 }).map((k) => k / 4),
  { minLength: 3, maxLength: 3 },
);
const runs = { seed: 42, numRuns: 200 };

describe("polynomials", () => {
  it("reads what is written in the usual ways", () => {
    const p = ring.parse("x1^4 + 3*x1*x2 - 1");
    expect(p.degree).toBe(4);
    expect(p.evaluate([2, 5, 0])).toBe(16 + 30 - 1);
    expect(ring.parse("2x1 + 3(x2+1)").evaluate([3, 4, 0])).toBe(21);
    expect(ring.parse("-(x1 - x2)**2/4").evaluate([5, 1, 0])).toBe(-4);
    expect(ring.parse("x1*-x2").evaluate([2, 3, 0])).toBe(-6);
    expect(ring.parse(" 1e-1*x3 + .5 ").evaluate([0, 0, 1])).toBeCloseTo(0.6, 15);
  });

  it("adds up equal monomials and drops what cancels", () => {
    const p = ring.parse("x1*x2 + 2*x2*x1 - 3*x1*x2 + x3");
    expect(p.terms).toEqual([{ coefficient: 1, monomial: [2] }]);
    expect(ring.parse("x1 - x1").isZero).toBe(true);
  });

  it("reads its own text back", () => {
    fc.assert(
      fc.property(polynomial, (p) => {
        expect(ring.parse(ring.format(p)).minus(p).isZero).toBe(true);
      }),
      runs,
    );
  });

  it("computes like its values", () => {
    fc.assert(
      fc.property(polynomial, polynomial, point, (p, q, x) => {
        expect(p.plus(q).evaluate(x)).toBeCloseTo(p.evaluate(x) + q.evaluate(x), 6);
        expect(p.minus(q).evaluate(x)).toBeCloseTo(p.evaluate(x) - q.evaluate(x), 6);
        expect(p.times(q).evaluate(x)).toBeCloseTo(p.evaluate(x) * q.evaluate(x), 4);
        expect(p.power(2).evaluate(x)).toBeCloseTo(p.evaluate(x) ** 2, 4);
        const inner = [q, ring.variables[0], ring.variables[2]];
        const shifted = p.substitute(inner).evaluate(x);
        const direct = p.evaluate([q.evaluate(x), x[0], x[2]]);
        expect(Math.abs(shifted - direct)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(direct)));
      }),
      runs,
    );
  });

  it("derives as the difference quotient says, symbolically and compiled", () => {
    fc.assert(
      fc.property(polynomial, point, (p, list) => {
        const x = Float64Array.from(list);
        const compiled = new CompiledPolynomial(p);
        const gradient = new Float64Array(3);
        compiled.addGradient(x, gradient);
        const h = 1e-5;
        p.gradient(3).forEach((derivative, v) => {
          const up = x.slice();
          const down = x.slice();
          up[v] += h;
          down[v] -= h;
          const quotient = (p.evaluate(up) - p.evaluate(down)) / (2 * h);
          expect(Math.abs(derivative.evaluate(x) - quotient)).toBeLessThan(1e-4 * (1 + Math.abs(quotient)));
          expect(gradient[v]).toBeCloseTo(derivative.evaluate(x), 7);
          const column = new Float64Array(3);
          const unit = new Float64Array(3);
          unit[v] = 1;
          compiled.addHessianProduct(x, unit, column);
          derivative.gradient(3).forEach((second, w) => expect(column[w]).toBeCloseTo(second.evaluate(x), 7));
        });
      }),
      runs,
    );
  });

  it("counts monomials", () => {
    expect(monomialsUpTo([0, 1, 2], 3)).toHaveLength(20);
    expect(monomialsUpTo([4], 2)).toEqual([[], [4], [4, 4]]);
  });

  it("orders variables naturally", () => {
    expect(ringOf("x10 + x2*y", "x1").names).toEqual(["x1", "x2", "x10", "y"]);
  });

  it.each([
    ["x1 +", /ends too early/],
    ["x1 ^ 2.5", /exponent/],
    ["x1 ^ x2", /exponent/],
    ["(x1", /expected "\)"/],
    ["x1 / x2", /division/],
    ["x1 / 0", /division/],
    ["x1 $ 2", /unexpected "\$" \(column 4/],
    ["x1 x2", /operator before "x2"/],
    ["", /ends too early/],
  ])("refuses %j", (text, message) => {
    expect(() => ring.parse(text)).toThrow(FormatError);
    expect(() => ring.parse(text)).toThrow(message);
  });

  it("names unknown variables", () => {
    expect(() => ring.parse("x1 + y")).toThrow(ProblemError);
    expect(() => ring.parse("x1 + y")).toThrow(/unknown variable "y"; known are x1, x2, x3/);
  });
});

describe("problems as JSON", () => {
  const json = {
    num_variables: 2,
    objective: [
      [1, [2, 0]],
      [2, [2, 0]],
      [-1, [0, 1]],
    ],
    inequalities_ge0: ["1 - x1^2 - x2^2"],
    equalities_eq0: [
      [
        [1, [1, 0]],
        [-1, [0, 1]],
      ],
    ],
    zero_one: [1],
    ball_radius: 2,
  };

  it("reads exponent lists and expressions alike, and writes what it reads", () => {
    const problem = problemFromJson(json);
    expect(problem.inequalities).toHaveLength(2);
    expect(problem.binary).toEqual([{ variable: 1, kind: "zeroOne" }]);
    const again = problemFromJson(JSON.parse(JSON.stringify(problemToJson(problem))));
    const x = [0.3, -1.2];
    const values = (p: typeof problem): number[] =>
      [p.objective as Polynomial, ...(p.inequalities ?? []), ...(p.equalities ?? [])].map((q) =>
        q.evaluate(x),
      );
    expect(values(again)).toEqual(values(problem));
    expect(values(problem)[0]).toBeCloseTo(3 * 0.09 + 1.2, 14);
  });

  it.each([
    [{ ...json, objective: undefined }, /objective is missing/],
    [{ ...json, objective: [[1, [2]]] }, /1 exponents for 2 variables/],
    [{ ...json, objective: [["1", [2, 0]]] }, /finite number/],
    [{ ...json, objective: [[1, [-1, 0]]] }, /exponent/],
    [{ ...json, num_variables: 0 }, /num_variables/],
    [{ ...json, sense: "down" }, /sense/],
    [{ ...json, zero_one: [2] }, /no variable number 2/],
    [{ ...json, ball_radius: -1 }, /ball_radius/],
    [{ ...json, inequality: [] }, /unknown field "inequality"/],
    [[], /JSON object/],
  ])("refuses fault %#", (value, message) => {
    expect(() => problemFromJson(value)).toThrow(FormatError);
    expect(() => problemFromJson(value)).toThrow(message);
  });

  it("reads constraints", () => {
    expect(parseConstraint("x1 <= 2", ring).polynomial.evaluate([5, 0, 0])).toBe(-3);
    expect(parseConstraint("x1 = x2", ring).kind).toBe("equality");
    expect(() => parseConstraint("x1 + 2", ring)).toThrow(/>=, <= and =/);
  });
});
