import { describe, expect, it } from "vitest";
import { dualSimplex } from "../../src/moment/local/dual-simplex.ts";
import { normalNumbers, seededUniform } from "../../src/moment/random.ts";
import { sparseOperator } from "../../src/problem/operators/sparse.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { solve } from "../../src/solver/solve.ts";

/** min c·z over |z| ≤ 1 and further rows; the box rows come first. */
function randomProgram(n: number, extra: number, seed: number, degenerate: boolean) {
  const normal = normalNumbers(seededUniform(seed));
  const m = 2 * n + extra;
  const rows = new Float64Array(m * n);
  const limits = new Float64Array(m);
  const cost = Float64Array.from({ length: n }, () => normal());
  for (let j = 0; j < n; j++) {
    rows[2 * j * n + j] = 1;
    rows[(2 * j + 1) * n + j] = -1;
    limits[2 * j] = limits[2 * j + 1] = 1;
  }
  for (let i = 2 * n; i < m; i++) {
    for (let j = 0; j < n; j++) rows[i * n + j] = degenerate ? Math.round(normal()) : normal();
    // 0 is feasible, and in the degenerate case a vertex of many rows.
    limits[i] = degenerate ? 0 : 0.3 * Math.abs(normal());
  }
  const start = Array.from(cost, (c, j) => 2 * j + (c > 0 ? 1 : 0));
  return { cost, rows, limits, start };
}

describe("the dual simplex method", () => {
  it.each([
    [2, 6, false],
    [5, 80, false],
    [9, 60, false],
    [12, 200, false],
    [4, 30, true],
    [8, 60, true],
  ])("finds the optimum of %i variables and %i rows (degenerate: %s)", async (n, extra, degenerate) => {
    for (let seed = 1; seed <= 5; seed++) {
      const program = randomProgram(n, extra, seed, degenerate);
      const { cost, rows, limits } = program;
      const vertex = dualSimplex(program);
      expect(vertex).toBeDefined();
      if (!vertex) continue;
      const at = Array.from(rows.keys());
      const A = sparseFromTriplets(
        limits.length,
        n,
        at.map((k) => Math.floor(k / n)),
        at.map((k) => k % n),
        at.map((k) => rows[k]),
      );
      const reference = await solve(
        { c: cost, A: sparseOperator(A), b: limits, cones: [{ kind: "nonnegative", dim: limits.length }] },
        { eps: 1e-10, method: "interior" },
      );
      const value = vertex.z.reduce((sum, z, j) => sum + z * cost[j], 0);
      expect(value).toBeCloseTo(reference.measures.primalObjective, 7);
      // Primal feasible, and the multipliers prove optimality.
      const slope = cost.slice();
      vertex.active.forEach((i, k) => {
        expect(vertex.multipliers[k]).toBeGreaterThanOrEqual(0);
        for (let j = 0; j < n; j++) slope[j] += vertex.multipliers[k] * rows[i * n + j];
      });
      for (const s of slope) expect(Math.abs(s)).toBeLessThan(1e-9);
      for (let i = 0; i < limits.length; i++) {
        let left = 0;
        for (let j = 0; j < n; j++) left += rows[i * n + j] * vertex.z[j];
        expect(left).toBeLessThan(limits[i] + 1e-9);
      }
    }
  });

  it("reports rows that contradict one another", () => {
    const program = {
      cost: Float64Array.of(1),
      rows: Float64Array.of(1, -1, -1),
      limits: Float64Array.of(1, 1, -2),
      start: [1],
    };
    expect(dualSimplex(program)).toBeUndefined();
  });
});
