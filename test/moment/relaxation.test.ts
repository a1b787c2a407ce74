import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProblemError } from "../../src/errors.ts";
import { Polynomial, PolynomialRing } from "../../src/moment/index.ts";
import { assembleRelaxation } from "../../src/moment/assemble.ts";
import { feasibleBox } from "../../src/moment/bounds.ts";
import { momentMatrix, pointMoments } from "../../src/moment/moment-matrix.ts";
import { completeProblem } from "../../src/moment/problem.ts";
import type { PolynomialProblem } from "../../src/moment/problem.ts";
import { blockSizes, flatnessStep, layOutRelaxation, leastOrder } from "../../src/moment/relaxation.ts";
import { scaleProblem } from "../../src/moment/scaling.ts";
import { solveRelaxation } from "../../src/moment/solve-relaxation.ts";
import { chordalCliques, variableCliques } from "../../src/moment/sparsity/cliques.ts";
import { applyForward } from "../../src/problem/operators/apply.ts";
import { validateProblem } from "../../src/problem/validate.ts";

const ring = PolynomialRing.numbered(3);
const base: PolynomialProblem = {
  variables: ring.names,
  objective: ring.parse("x1^4 + x2^4 + x3^4 + x1*x2 + x2*x3 - x1"),
};

describe("moment relaxations", () => {
  it("has the sizes of Lasserre's relaxation", () => {
    const problem = completeProblem({ ...base, inequalities: [ring.parse("1 - x1^2 - x2^2 - x3^2")] });
    const relaxation = layOutRelaxation(problem, 3);
    expect(relaxation.moments).toHaveLength(84);
    expect(blockSizes(relaxation)).toEqual([
      { size: 20, count: 1 },
      { size: 10, count: 1 },
    ]);
  });

  it("names the least order when the order asked for is too low", () => {
    const problem = completeProblem(base);
    expect(leastOrder(problem)).toBe(2);
    expect(() => layOutRelaxation(problem, 1)).toThrow(ProblemError);
    expect(() => layOutRelaxation(problem, 1)).toThrow(/at least 2/);
  });

  it("holds the point masses of feasible points, with their objective", () => {
    const problem = completeProblem({
      ...base,
      inequalities: [ring.parse("4 - x1^2 - x2^2 - x3^2")],
      equalities: [ring.parse("x1 - x2")],
    });
    const relaxation = layOutRelaxation(problem, 2);
    const { conic } = assembleRelaxation(relaxation);
    validateProblem(conic);
    const point = fc.array(
      fc.integer({ min: -10, max: 10 }).map((k) => k / 10),
      { minLength: 2, maxLength: 2 },
    );
    fc.assert(
      fc.property(point, ([a, b]) => {
        const x = [a, a, b];
        const y = pointMoments(relaxation, x).slice(1);
        const s = conic.b.slice();
        applyForward(conic.A, y, s, -1);
        let value = conic.objective?.offset ?? 0;
        conic.c.forEach((c, k) => (value += c * y[k]));
        expect(value).toBeCloseTo((problem.objective as Polynomial).evaluate(x), 10);
        const zero = conic.cones[0];
        expect(zero.kind).toBe("zero");
        for (let i = 0; i < ("dim" in zero ? zero.dim : 0); i++) expect(s[i]).toBeCloseTo(0, 12);
        // The moment matrix of a point mass is vvᵀ.
        const basis = [[], [0], [1], [2]];
        const matrix = momentMatrix(relaxation, pointMoments(relaxation, x), basis) as Float64Array;
        const v = [1, ...x];
        for (let i = 0; i < 4; i++)
          for (let j = 0; j < 4; j++) expect(matrix[j * 4 + i]).toBeCloseTo(v[i] * v[j], 12);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it("keeps a segmented operator for moment matrices alone", () => {
    expect(assembleRelaxation(layOutRelaxation(completeProblem(base), 2)).conic.A.kind).toBe("segmented");
  });

  it("reduces binary variables, given or recognised", () => {
    const problem = completeProblem({
      variables: ring.names,
      objective: ring.parse("x1*x2 + x2*x3 - x1*x3"),
      equalities: [ring.parse("x1^2 - 1"), ring.parse("3*x2^2 - 3*x2")],
      binary: [{ variable: 2, kind: "zeroOne" }],
    });
    expect([...problem.binary.values()].sort()).toEqual(["plusMinusOne", "zeroOne", "zeroOne"]);
    const relaxation = layOutRelaxation(problem, 2);
    expect(relaxation.equalities).toHaveLength(0);
    expect(relaxation.moments).toHaveLength(8);
    expect(relaxation.reduce([0, 0, 0, 1, 1])).toEqual([0, 1]);
    expect(flatnessStep(problem)).toBe(1);
  });

  it("scales by powers of two that cancel exactly", () => {
    const problem = completeProblem({ ...base, inequalities: [ring.parse("100 - x1^2 - x2^2 - x3^2")] });
    const scaled = scaleProblem(problem, feasibleBox(problem));
    const z = [0.3, -0.7, 0.11];
    const x = z.map((v, k) => v * scaled.scale[k]);
    expect(scaled.scale).toEqual(new Float64Array([16, 16, 16]));
    const f = problem.objective as Polynomial;
    const exact = Polynomial.fromTerms(f.terms).evaluate(x) * scaled.objectiveScale;
    expect((scaled.problem.objective as Polynomial).evaluate(z)).toBeCloseTo(exact, 12);
  });
});

describe("bounds from constraints", () => {
  it("follow from balls, boxes, concave quadratics and chains of them", () => {
    const problem = completeProblem({
      ...base,
      inequalities: [
        ring.parse("2*x1 - x1^2"),
        ring.parse("3 - x2"),
        ring.parse("x2 + 1 - x1"),
        ring.parse("x1 + x2 - x3^2"),
      ],
    });
    const [x1, x2, x3] = feasibleBox(problem);
    expect(x1[0]).toBeCloseTo(0, 6);
    expect(x1[1]).toBeCloseTo(2, 6);
    expect(x2[0]).toBeCloseTo(-1, 6);
    expect(x2[1]).toBeCloseTo(3, 6);
    expect(x3[1]).toBeCloseTo(Math.sqrt(5), 5);
  });

  it("never cut off a feasible point", () => {
    const constraint = fc.array(
      fc.record({
        coefficient: fc.integer({ min: -4, max: 4 }),
        monomial: fc
          .array(fc.integer({ min: 0, max: 2 }), { maxLength: 3 })
          .map((m) => m.sort((a, b) => a - b)),
      }),
      { minLength: 1, maxLength: 4 },
    );
    const point = fc.array(
      fc.integer({ min: -8, max: 8 }).map((k) => k / 4),
      { minLength: 3, maxLength: 3 },
    );
    fc.assert(
      fc.property(fc.array(constraint, { minLength: 1, maxLength: 4 }), point, (constraints, x) => {
        // Constants are chosen so that x is feasible.
        const inequalities = constraints.map((terms) => {
          const g = Polynomial.fromTerms(terms);
          return g.minus(Math.min(0, g.evaluate(x)));
        });
        const box = feasibleBox(completeProblem({ ...base, inequalities }));
        box.forEach(([low, high], v) => {
          expect(low).toBeLessThanOrEqual(x[v]);
          expect(high).toBeGreaterThanOrEqual(x[v]);
        });
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe("sparsity", () => {
  it("finds the cliques of a chordal graph", () => {
    const edges: readonly (readonly [number, number])[] = [
      [0, 1],
      [1, 2],
      [0, 2],
      [2, 3],
      [3, 4],
      [2, 4],
    ];
    const graph = Array.from({ length: 5 }, () => new Set<number>());
    for (const [u, v] of edges) {
      graph[u].add(v);
      graph[v].add(u);
    }
    expect(
      chordalCliques(graph)
        .map((c) => c.join())
        .sort(),
    ).toEqual(["0,1,2", "2,3,4"]);
  });

  it("covers every edge of a random graph, and the cliques have the running intersection property", () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 }));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 14 }), (pairs) => {
        const graph = Array.from({ length: 9 }, () => new Set<number>());
        for (const [u, v] of pairs) {
          if (u === v) continue;
          graph[u].add(v);
          graph[v].add(u);
        }
        const cliques = chordalCliques(graph);
        for (const [u, v] of pairs) expect(cliques.some((c) => c.includes(u) && c.includes(v))).toBe(true);
        // From the last one on, each meets the union of those after it inside one of them.
        for (let k = cliques.length - 2; k >= 0; k--) {
          const later = cliques.slice(k + 1);
          const shared = cliques[k].filter((v) => later.some((c) => c.includes(v)));
          expect(later.some((c) => shared.every((v) => c.includes(v)))).toBe(true);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("gives the bound of the dense relaxation on a chain", async () => {
    const chain = PolynomialRing.numbered(6);
    const x = chain.variables;
    let f = Polynomial.constant(0);
    x.forEach((xi, i) => {
      f = f
        .plus(xi.power(4))
        .minus(xi.power(2))
        .plus(xi.times(0.1 * (i + 1)));
      if (i > 0) f = f.plus(xi.times(x[i - 1]).times(0.5));
    });
    const problem = completeProblem({ variables: chain.names, objective: f });
    expect(variableCliques(problem)).toHaveLength(5);
    const dense = await solveRelaxation(layOutRelaxation(problem, 2), { eps: 1e-7 });
    const cliques = await solveRelaxation(layOutRelaxation(problem, 2, { correlative: true }), { eps: 1e-7 });
    const both = await solveRelaxation(layOutRelaxation(problem, 2, { correlative: true, term: true }), {
      eps: 1e-7,
    });
    expect(cliques.value).toBeCloseTo(dense.value, 4);
    expect(both.value).toBeLessThanOrEqual(cliques.value + 1e-5);
    expect(both.value).toBeCloseTo(dense.value, 3);
  });

  it("splits by terms where signs allow", async () => {
    const problem = completeProblem({
      variables: ring.names,
      objective: ring.parse("x1^4 + x2^4 + x3^4 - x1^2*x2^2 - x2^2*x3^2"),
    });
    const relaxation = layOutRelaxation(problem, 2, { term: true });
    expect(blockSizes(relaxation)[0].size).toBeLessThan(10);
    const dense = await solveRelaxation(layOutRelaxation(problem, 2));
    const sparse = await solveRelaxation(relaxation);
    expect(sparse.value).toBeCloseTo(dense.value, 5);
  });
});
