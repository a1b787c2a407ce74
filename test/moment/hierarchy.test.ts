import { describe, expect, it } from "vitest";
import { plantedProblem, recoveryError } from "../../bench/moment/planted-problems.ts";
import { ProblemError, SettingsError } from "../../src/errors.ts";
import { minimizePolynomial, Polynomial, PolynomialRing, sosCertificate } from "../../src/moment/index.ts";
import type { PolynomialProblem } from "../../src/moment/index.ts";
import { monomialValue } from "../../src/moment/monomial.ts";

const ring = PolynomialRing.numbered(2);
const problem = (
  objective: string,
  inequalities: readonly string[] = [],
  equalities: readonly string[] = [],
): PolynomialProblem => ({
  variables: ring.names,
  objective: ring.parse(objective),
  inequalities: inequalities.map((text) => ring.parse(text)),
  equalities: equalities.map((text) => ring.parse(text)),
});
const camel = "4*x1^2 + x1*x2 - 4*x2^2 - 2.1*x1^4 + 4*x2^4 + x1^6/3";

describe("the hierarchy", () => {
  it("extracts both minimisers of the six-hump camel, with a certified bound", async () => {
    const result = await minimizePolynomial(problem(camel));
    expect(result.status).toBe("optimal");
    expect(result.flat).toBe(true);
    expect(result.relaxationValue).toBeCloseTo(-1.0316284535, 6);
    expect(result.minimizers).toHaveLength(2);
    for (const x of result.minimizers) expect(Math.abs(x[0])).toBeCloseTo(0.0898420131, 7);
    const certified = result.certifiedLowerBound.value as number;
    expect(certified).toBeLessThanOrEqual(-1.0316284534);
    expect(certified).toBeGreaterThan(-1.03163);
  });

  it("extracts the three minimisers of Henrion & Lasserre, going up from order 1", async () => {
    const result = await minimizePolynomial(
      problem("-10 + 2*x1 + 6*x2 - 2*x1^2 + 2*x1*x2 - 2*x2^2", [
        "2*x1 - x1^2",
        "1 - x1^2 + 2*x1*x2 - x2^2",
        "-8 + 6*x2 - x2^2",
      ]),
    );
    expect(result.order).toBe(2);
    expect(result.orders[0].status).toBe("solved");
    expect(result.orders[0].flat).toBe(false);
    expect(result.orders[0].value).toBeCloseTo(-3, 5);
    const found = result.minimizers.map((x) => [...x].map((v) => v.toFixed(4)).join(" ")).sort();
    expect(found).toEqual(["1.0000 2.0000", "2.0000 2.0000", "2.0000 3.0000"]);
  });

  it("maximises", async () => {
    const result = await minimizePolynomial({ ...problem("x1*x2", ["1 - x1^2 - x2^2"]), sense: "max" });
    expect(result.relaxationValue).toBeCloseTo(0.5, 6);
    expect(result.upperBound).toBeCloseTo(0.5, 8);
    const certified = result.certifiedLowerBound.value as number;
    expect(certified).toBeGreaterThanOrEqual(0.5);
    expect(certified).toBeLessThan(0.50001);
  });

  it("proves infeasibility", async () => {
    const result = await minimizePolynomial(problem("x1", ["1 - x1^2 - x2^2", "x1 - 2"]));
    expect(result.status).toBe("infeasible");
    expect(result.minimizers).toHaveLength(0);
  });

  it.each([
    ["odd degree", problem("x1^3 + x2")],
    ["odd degree with a constraint", problem("x1^3 + x2^2", ["x2"])],
    ["indefinite", problem("x1*x2")],
    [
      "Motzkin's polynomial, no sum of squares minus any constant",
      problem("x1^4*x2^2 + x1^2*x2^4 - 3*x1^2*x2^2 + 1"),
    ],
  ])("reports an unbounded relaxation and no number: %s", async (_, unbounded) => {
    const result = await minimizePolynomial(unbounded, { maxOrder: 3 });
    expect(result.status).toBe("unbounded");
    expect(result.relaxationValue).toBe(-Infinity);
    expect(result.certifiedLowerBound.value).toBeUndefined();
  });

  it("says why there is no certified bound", async () => {
    const result = await minimizePolynomial(problem("(x1 - x2)^2", ["x1"]));
    const bound = result.certifiedLowerBound;
    expect(bound.value).toBeUndefined();
    if (bound.value === undefined) expect(bound.reason).toMatch(/bounds on x\d/);
  });

  it("solves binary problems to a certified gap", async () => {
    const n = 11;
    const names = PolynomialRing.numbered(n).names;
    const terms = names.flatMap((_, i) =>
      Array.from({ length: i }, (__, j) => ({ coefficient: ((7 * i + 11 * j) % 13) - 6, monomial: [j, i] })),
    );
    const objective = Polynomial.fromTerms([...terms, { coefficient: 0.5, monomial: [0] }]);
    let best = Infinity;
    for (let mask = 0; mask < 1 << n; mask++) {
      const x = names.map((_, v) => (mask & (1 << v) ? 1 : -1));
      let value = 0;
      for (const t of objective.terms) value += t.coefficient * monomialValue(t.monomial, x);
      best = Math.min(best, value);
    }
    const result = await minimizePolynomial(
      {
        variables: names,
        objective,
        binary: names.map((_, variable) => ({ variable, kind: "plusMinusOne" })),
      },
      { order: 2, gapTolerance: 1e-3 },
    );
    expect(result.upperBound).toBeCloseTo(best, 9);
    expect(result.certifiedLowerBound.value).toBeLessThanOrEqual(best + 1e-9);
    expect(best - (result.certifiedLowerBound.value as number)).toBeLessThan(1e-3 * Math.abs(best));
  });

  it("takes cliques for many variables", async () => {
    const n = 60;
    const { names, variables: x } = PolynomialRing.numbered(n);
    const f = x.reduce((sum, xi, i) => {
      const link =
        i > 0
          ? xi
              .minus(x[i - 1].power(2))
              .power(2)
              .times(100)
          : Polynomial.constant(0);
      return sum.plus(xi.minus(1).power(2)).plus(link);
    }, Polynomial.constant(0));
    const result = await minimizePolynomial(
      { variables: names, objective: f },
      { order: 2, sparsity: { correlative: true } },
    );
    expect(result.status).toBe("optimal");
    expect(result.orders[0].blocks[0].size).toBe(6);
    for (const v of result.minimizers[0]) expect(v).toBeCloseTo(1, 5);
  });

  it("recovers planted minimisers by relaxation and polish alone", async () => {
    for (let seed = 200; seed < 218; seed++) {
      const planted = plantedProblem(seed);
      const result = await minimizePolynomial(planted.problem, { order: planted.order, starts: 0 });
      expect(recoveryError(planted, result.minimizers), `seed ${seed}, ${planted.kind}`).toBeLessThan(1e-5);
      const certified = result.certifiedLowerBound.value;
      if (certified !== undefined) expect(certified).toBeLessThanOrEqual(planted.optimum + 1e-9);
    }
  });

  it("refuses settings and problems that make no sense", async () => {
    await expect(minimizePolynomial(problem(camel), { order: 2 })).rejects.toThrow(/at least 3/);
    await expect(minimizePolynomial(problem(camel), { order: 4, maxOrder: 3 })).rejects.toThrow(
      SettingsError,
    );
    await expect(minimizePolynomial(problem(camel), { rankTolerance: 0 })).rejects.toThrow(SettingsError);
    await expect(minimizePolynomial({ variables: [], objective: Polynomial.constant(1) })).rejects.toThrow(
      ProblemError,
    );
    await expect(minimizePolynomial({ variables: ["x"], objective: Polynomial.variable(1) })).rejects.toThrow(
      /variable number 2/,
    );
    await expect(minimizePolynomial({ ...problem("x1"), variables: ["x1", "x1"] })).rejects.toThrow(
      /named twice/,
    );
  });

  it("stops when told to", async () => {
    const controller = new AbortController();
    controller.abort();
    const result = await minimizePolynomial(problem(camel), { signal: controller.signal });
    expect(result.status).toBe("stopped");
  });
});

describe("a solve that is cut short", () => {
  it("has no value, but a bound that holds and the best point so far", async () => {
    const { names, variables: x } = PolynomialRing.numbered(10);
    const objective = Polynomial.fromTerms(
      x.flatMap((xi, i) => xi.power(4).minus(xi.power(2).times(x[(i + 1) % 10])).terms),
    );
    const ball = Polynomial.constant(4).minus(x.reduce((sum, xi) => sum.plus(xi.power(2)), Polynomial.constant(0)));
    const controller = new AbortController();
    const result = await minimizePolynomial(
      { variables: names, objective, inequalities: [ball] },
      { order: 2, signal: controller.signal, onIteration: ({ iteration }) => iteration >= 3 && controller.abort() },
    );
    expect(result.status).toBe("stopped");
    expect(result.relaxationValue).toBeNaN();
    expect(result.upperBound).toBeLessThan(0);
    const bound = result.certifiedLowerBound.value ?? NaN;
    expect(bound).toBeLessThanOrEqual(result.upperBound ?? NaN);
    // Σ x⁴ − x²y ≥ −‖x‖²·max|y| ≥ −8 in the ball; a bound far below that would say nothing.
    expect(bound).toBeGreaterThan(-1000);
  });

  it("leaves the best point where the relaxations give nothing", async () => {
    const ring = new PolynomialRing(["x", "y"]);
    // Every gradient of the constraint vanishes at the origin, and no relaxation is bounded.
    const result = await minimizePolynomial(
      { variables: ring.names, objective: ring.parse("x + y"), inequalities: [ring.parse("x^3 + y^3")] },
      { order: 2 },
    );
    expect(result.status).not.toBe("optimal");
    expect(result.upperBound).toBe(0);
  });
});

describe("the sum-of-squares certificate", () => {
  it("is an identity up to rounding, with nearly positive semidefinite Gram matrices", async () => {
    const result = await minimizePolynomial(
      problem("x1^4 - x1*x2 + x2^2", ["2 - x1^2 - x2^2"], ["x1*x2 - x2^2"]),
      { order: 2 },
    );
    const last = result.last;
    if (!last) throw new Error("no relaxation was solved");
    const certificate = await sosCertificate(last);
    if (!certificate) throw new Error("no certificate");
    expect(certificate.identityError).toBeLessThan(1e-14);
    for (const gram of certificate.grams) expect(gram.minEigenvalue).toBeGreaterThan(-1e-7);
    // The identity at a point, from the certificate's data alone.
    const { problem: scaled } = last.scaled;
    const z = [0.37, -0.58];
    let right = certificate.gamma;
    for (const { constraint, basis, gram } of certificate.grams) {
      const v = basis.map((m) => monomialValue(m, z));
      let form = 0;
      v.forEach((a, i) => v.forEach((b, j) => (form += a * gram[j * v.length + i] * b)));
      right += form * (constraint < 0 ? 1 : scaled.inequalities[constraint].evaluate(z));
    }
    for (const { constraint, multipliers, coefficients } of certificate.equalities) {
      const p = multipliers.reduce((sum, m, k) => sum + coefficients[k] * monomialValue(m, z), 0);
      right += p * scaled.equalities[constraint].evaluate(z);
    }
    expect((scaled.objective as Polynomial).evaluate(z)).toBeCloseTo(right, 12);
    expect(certificate.gamma / certificate.objectiveScale).toBeCloseTo(result.relaxationValue, 6);
  });
});
