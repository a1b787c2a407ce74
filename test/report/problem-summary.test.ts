import { describe, expect, it } from "vitest";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import {
  describeCones,
  describeRange,
  problemLine,
  problemReport,
} from "../../src/report/problem-summary.ts";

const problem: ConicProblem = {
  name: "small",
  c: Float64Array.from([1, 0, -3, 0, 0, 0]),
  A: {
    kind: "sparse",
    rows: 6,
    cols: 6,
    matrix: sparseFromTriplets(6, 6, [0, 1, 5], [0, 1, 5], [2, -0.5, 100]),
  },
  b: new Float64Array(6),
  cones: [
    { kind: "psd", order: 2 },
    { kind: "nonnegative", dim: 2 },
    { kind: "nonnegative", dim: 1 },
  ],
  objective: { sign: -1, offset: 4 },
};

describe("problem summary", () => {
  it("groups cones by kind", () => {
    expect(describeCones(problem.cones)).toEqual(["semidefinite orders: 2", "nonnegative rows: 3"]);
    const many = [3, 3, 10].map((order) => ({ kind: "psd", order }) as const);
    expect(describeCones(many)).toEqual(["semidefinite orders: 2 × 3, 10"]);
    const kinds = describeCones([
      { kind: "secondOrder", dim: 4 },
      { kind: "box", lower: new Float64Array(2), upper: new Float64Array(2) },
      { kind: "exponential" },
      { kind: "power", alpha: 0.5 },
    ]);
    expect(kinds).toEqual([
      "second-order dimensions: 4",
      "box dimensions: 3",
      "exponential cones: 1",
      "power cones: 1",
    ]);
  });

  it("reports sizes, convention and magnitudes", () => {
    const report = problemReport(problem);
    expect(report).toMatch(/^name +small$/m);
    expect(report).toMatch(/^objective +maximise, plus the constant 4$/m);
    expect(report).toMatch(/^numbers in A +3$/m);
    expect(report).toMatch(/^magnitudes of A +5\.00e-01 to 1\.00e\+02$/m);
    expect(report).toMatch(/^magnitudes of b +all zero$/m);
    expect(report).toMatch(/^magnitudes of c +1\.00e\+00 to 3\.00e\+00$/m);
    expect(report).toMatch(/^quadratic term P +none$/m);
  });

  it("fits a line", () => {
    expect(problemLine(problem)).toBe("6 variables, 6 rows; semidefinite orders: 2; nonnegative rows: 3");
    expect(problemLine(problem, 30)).toHaveLength(30);
    expect(problemLine({ ...problem, c: new Float64Array(1), b: new Float64Array(0), cones: [] })).toBe(
      "1 variable, 0 rows",
    );
    expect(describeRange(new Float64Array(0))).toBe("all zero");
  });
});
