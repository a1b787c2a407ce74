import { describe, expect, it } from "vitest";
import { HighsModel, solveWithHighs } from "../../src/lp/highs.ts";
import type { LinearProgram, LpRow } from "../../src/lp/highs.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";

function row(values: number[], lower: number, upper: number): LpRow {
  return { indices: Int32Array.from(values, (_, j) => j), values: Float64Array.from(values), lower, upper };
}

/** −x − 2y over [0, 3]², no rows. */
const box: LinearProgram = {
  cost: Float64Array.of(-1, -2),
  matrix: sparseFromTriplets(0, 2, [], [], []),
  rowLower: new Float64Array(0),
  rowUpper: new Float64Array(0),
  lower: Float64Array.of(0, 0),
  upper: Float64Array.of(3, 3),
};

describe("HiGHS", () => {
  it("keeps a program between changes of rows, costs and bounds", async () => {
    const model = await HighsModel.create(box);
    expect(model.solve().objective).toBe(-9);
    model.addRows([row([1, 1], -Infinity, 4), row([1, -1], 0, Infinity)]);
    const tight = model.solve();
    expect(tight.objective).toBeCloseTo(-6, 9);
    // Reduced costs cost − Aᵀy vanish at the vertex (2, 2) of the two rows.
    expect(tight.y?.[0]).toBeCloseTo(-1.5, 9);
    expect(tight.y?.[1]).toBeCloseTo(0.5, 9);
    model.keepRows([true, false]);
    const loose = model.solve();
    expect([...(loose.x ?? [])]).toEqual([1, 3]);
    expect(loose.y).toHaveLength(1);
    model.setCost(Float64Array.of(-3, -2));
    expect([...(model.solve().x ?? [])]).toEqual([3, 1]);
    model.setBound(0, 0, 1);
    expect([...(model.solve().x ?? [])]).toEqual([1, 3]);
    model.dispose();
  });

  it("starts from a basis, and finds the same from none", async () => {
    const model = await HighsModel.create(box);
    model.addRows([row([1, 1], -Infinity, 4), row([2, 1], -Infinity, 7)]);
    const first = model.solve();
    const basis = model.basis();
    expect(basis).toBeDefined();
    model.setBasis(basis);
    const warm = model.solve();
    expect(warm.iterations).toBe(0);
    model.setBasis(undefined);
    expect(model.solve().objective).toBeCloseTo(first.objective, 12);
    expect(warm.objective).toBeCloseTo(first.objective, 12);
    model.dispose();
  });

  it("tells infeasible from optimal, and integer programs by their bound", async () => {
    const model = await HighsModel.create(box);
    model.addRows([row([1, 1], 7, Infinity)]);
    const answer = model.solve();
    expect(answer.status).toBe("infeasible");
    expect(answer.x).toBeUndefined();
    model.dispose();
    const whole = { ...box, upper: Float64Array.of(2.5, 2.5), integer: Int32Array.of(1, 1) };
    const solved = await solveWithHighs(whole);
    expect(solved.objective).toBeCloseTo(-6, 9);
    expect(solved.mipBound).toBeCloseTo(-6, 9);
  });
});
