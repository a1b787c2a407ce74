import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { highsEngine } from "../../src/relaxation/lp/highs-engine.ts";
import { conicEngine } from "../../src/relaxation/lp/conic-engine.ts";
import type { LpColumns, LpRow } from "../../src/relaxation/lp/linear-program.ts";
import { safeLowerBound } from "../../src/relaxation/lp/safe-bound.ts";
import { seededRandom } from "../../bench/random.ts";

/** A random program with rows of all kinds, feasible at a known point. */
function randomProgram(seed: number): { columns: LpColumns; rows: LpRow[]; cost: Float64Array } {
  const random = seededRandom(seed);
  const n = 2 + Math.floor(6 * random());
  const lower = Float64Array.from({ length: n }, () => 4 * random() - 4);
  const upper = lower.map((l) => l + 5 * random());
  const inside = lower.map((l, j) => l + random() * (upper[j] - l));
  const rows = Array.from({ length: Math.floor(8 * random()) }, (): LpRow => {
    const values = Float64Array.from({ length: n }, () => 2 * random() - 1);
    const middle = values.reduce((sum, v, j) => sum + v * inside[j], 0);
    const kind = random();
    return {
      indices: Int32Array.from(values, (_, j) => j),
      values,
      lower: kind < 0.3 ? -Infinity : kind < 0.5 ? middle : middle - random(),
      upper: kind < 0.5 ? middle + (kind < 0.3 ? random() : 0) : kind < 0.8 ? Infinity : middle + random(),
    };
  });
  return { columns: { lower, upper }, rows, cost: Float64Array.from({ length: n }, () => 2 * random() - 1) };
}

describe("safe lower bound", () => {
  it("never exceeds the optimum, whatever the multipliers, and equals it at the solver's", async () => {
    for (let seed = 0; seed < 40; seed++) {
      const { columns, rows, cost } = randomProgram(seed);
      const session = await highsEngine.open(columns, rows);
      session.setCost(cost);
      const { status, x, rowDual } = await session.solve();
      session.close();
      expect(status).toBe("optimal");
      const optimum = cost.reduce((sum, c, j) => sum + c * x[j], 0);
      expect(Math.abs(safeLowerBound(columns, rows, cost, rowDual) - optimum)).toBeLessThan(1e-6 * (1 + Math.abs(optimum)));
      const anything = fc.array(fc.double({ noDefaultInfinity: true, min: -1e3, max: 1e3 }), { minLength: rows.length, maxLength: rows.length });
      fc.assert(
        fc.property(anything, (y) => {
          expect(safeLowerBound(columns, rows, cost, Float64Array.from(y))).toBeLessThanOrEqual(optimum + 1e-6 * (1 + Math.abs(optimum)));
        }),
        { seed: 1, numRuns: 30 },
      );
    }
  });

  it("both engines have multipliers of the same sign convention", async () => {
    for (let seed = 100; seed < 108; seed++) {
      const { columns, rows, cost } = randomProgram(seed);
      const bounds = [];
      for (const engine of [highsEngine, conicEngine()]) {
        const session = await engine.open(columns, rows.slice(0, 1));
        session.setCost(cost);
        await session.solve();
        session.addRows(rows.slice(1));
        const { rowDual } = await session.solve();
        session.close();
        bounds.push(safeLowerBound(columns, rows, cost, rowDual));
      }
      expect(Math.abs(bounds[0] - bounds[1])).toBeLessThan(1e-3 * (1 + Math.abs(bounds[0])));
    }
  });

  it("rows can be taken out again", async () => {
    const { columns, cost } = randomProgram(7);
    const n = cost.length;
    const total = (upper: number): LpRow => ({
      indices: Int32Array.from({ length: n }, (_, j) => j),
      values: cost.map((c) => -c),
      lower: -Infinity,
      upper,
    });
    for (const engine of [highsEngine, conicEngine()]) {
      const session = await engine.open(columns, [total(0.5), total(0.2), total(0.1)]);
      session.setCost(cost);
      const value = async (): Promise<number> => (await session.solve()).x.reduce((sum, v, j) => sum + v * cost[j], 0);
      expect(await value()).toBeCloseTo(-0.1, 4);
      session.keepRows([true, true, false]);
      expect(await value()).toBeCloseTo(-0.2, 4);
      session.keepRows([true, false]);
      expect(await value()).toBeCloseTo(-0.5, 4);
      session.close();
    }
  });
});
