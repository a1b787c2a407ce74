import { afterEach, describe, expect, it } from "vitest";
import { ApartSolver } from "../../src/lp/apart/apart-solver.ts";
import { solveWithHighs } from "../../src/lp/highs.ts";
import type { LinearProgram } from "../../src/lp/highs.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { seededUniform } from "../../src/sosx/random.ts";

/** min −Σx with random rows aᵀx ≤ n/4 over [0, 1]ⁿ. */
function knapsacks(rows: number, columns: number): LinearProgram {
  const uniform = seededUniform(rows);
  const count = rows * columns;
  const i = Int32Array.from({ length: count }, (_, k) => Math.floor(k / columns));
  const j = Int32Array.from({ length: count }, (_, k) => k % columns);
  const v = Float64Array.from({ length: count }, () => uniform());
  return {
    cost: new Float64Array(columns).fill(-1),
    matrix: sparseFromTriplets(rows, columns, i, j, v),
    rowLower: new Float64Array(rows).fill(-Infinity),
    rowUpper: new Float64Array(rows).fill(columns / 8),
    lower: new Float64Array(columns),
    upper: new Float64Array(columns).fill(1),
  };
}

describe("HiGHS apart", () => {
  const solver = new ApartSolver();
  afterEach(() => solver.dispose());

  it("finds the same, one solve after another, small and large", async () => {
    for (const program of [knapsacks(4, 10), knapsacks(150, 200), knapsacks(151, 200)]) {
      const here = await solveWithHighs(program);
      const there = await solver.solve(program);
      expect(there.status).toBe("optimal");
      expect(there.objective).toBeCloseTo(here.objective, 9);
      expect(there.x).toHaveLength(program.cost.length);
      expect(there.y).toHaveLength(program.rowLower.length);
    }
  });

  it("an abort ends a solve at once, and the next one starts again", async () => {
    const program = { ...knapsacks(200, 300), integer: new Int32Array(300).fill(1) };
    const controller = new AbortController();
    const start = performance.now();
    const solving = solver.solve(program, { seconds: 60 }, {}, controller.signal);
    setTimeout(() => controller.abort(), 300);
    const answer = await solving;
    expect(answer).toEqual({ status: "limit", objective: NaN, iterations: 0 });
    expect(performance.now() - start).toBeLessThan(20_000);
    expect((await solver.solve(program, {}, {}, controller.signal)).status).toBe("limit");
    expect((await solver.solve(knapsacks(150, 200))).status).toBe("optimal");
  });
});
