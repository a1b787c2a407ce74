import { describe, expect, it } from "vitest";
import { WarmStartError } from "../../../src/errors.ts";
import type { Cone } from "../../../src/problem/cones.ts";
import { toSparse } from "../../../src/problem/operators/apply.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import { runSplitting } from "../../../src/solver/splitting.ts";
import { splittingSettings } from "../../../src/solver/splitting-settings.ts";
import type { SplittingSettings } from "../../../src/solver/splitting-settings.ts";
import { dot, gaussian, randomProblem } from "./random-problems.ts";
import { largestEigenvalue, maxCutOfCompleteGraph, thetaOfCycle } from "./sdps.ts";
import { makeWorkspace, solve, solveOn } from "./workspace.ts";

const MIXED: readonly Cone[] = [
  { kind: "zero", dim: 3 },
  { kind: "nonnegative", dim: 6 },
  { kind: "psd", order: 5 },
  { kind: "secondOrder", dim: 4 },
  { kind: "psd", order: 2 },
];

const MODES: readonly (readonly [string, Partial<SplittingSettings>])[] = [
  ["reference", { embedding: "homogeneous" }],
  ["frozen", {}],
  ["frozen, no acceleration", { acceleration: "none" }],
  ["frozen, Halpern", { acceleration: "halpern" }],
  ["frozen, residual balance", { penaltyRule: "balance", acceleration: "none" }],
  ["frozen, SCS's penalty rule", { penaltyRule: "scs" }],
];

describe.each(MODES)("optima in closed form: %s", (_, mode) => {
  it.each([
    ["theta of the 5-cycle", thetaOfCycle(5)],
    ["theta of the 9-cycle", thetaOfCycle(9)],
    ["largest eigenvalue", largestEigenvalue(12, 3)],
    ["max-cut of K₇", maxCutOfCompleteGraph(7)],
    ["mixed cones", randomProblem(7, 12, MIXED)],
    ["mixed cones, quadratic", randomProblem(8, 12, MIXED, "feasible", 6)],
  ])("%s", async (_name, { problem, optimum }) => {
    const outcome = await solve(problem, { ...mode, maxIterations: 20_000 }, 1e-7);
    expect(outcome.reason).toBe("solved");
    const { measure } = outcome;
    expect(Math.abs(0.5 * measure.xPx + measure.cx - optimum)).toBeLessThan(2e-5 * (1 + Math.abs(optimum)));
  });
});

describe("infeasible problems", () => {
  const kinds = ["primalInfeasible", "dualInfeasible"] as const;
  for (const kind of kinds) {
    for (let seed = 1; seed <= 8; seed++) {
      it(`frozen: ${kind}, seed ${seed}`, async () => {
        const { problem } = randomProblem(100 * seed, 8, MIXED.slice(1), kind);
        const outcome = await solve(problem, {}, 1e-9);
        expect(outcome.reason).toBe(kind);
        const { x, y, s } = outcome.ray;
        const A = toSparse(problem.A);
        if (kind === "primalInfeasible") {
          const by = dot(problem.b, y);
          expect(by).toBeLessThan(0);
          for (let j = 0; j < A.cols; j++) {
            let column = 0;
            for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) column += A.values[k] * y[A.rowIdx[k]];
            expect(Math.abs(column)).toBeLessThan(2e-7 * -by);
          }
        } else {
          const cx = dot(problem.c, x);
          const rows = s.slice();
          for (let j = 0; j < A.cols; j++) {
            for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) rows[A.rowIdx[k]] += A.values[k] * x[j];
          }
          expect(cx).toBeLessThan(0);
          for (const row of rows) expect(Math.abs(row)).toBeLessThan(2e-7 * -cx);
        }
      });
    }
  }
});

describe.each([
  ["reference", { embedding: "homogeneous", acceleration: "none" }],
  ["frozen", {}],
] as const)("starting from what is known: %s", (_, mode) => {
  const { problem } = randomProblem(21, 12, MIXED);

  it("needs few iterations from a solution", async () => {
    const first = await solve(problem, mode, 1e-6);
    const again = await solve(problem, mode, 1e-5, first.point);
    expect(first.iterations).toBeGreaterThan(25);
    expect(again.reason).toBe("solved");
    expect(again.iterations).toBeLessThanOrEqual(25);
  });

  it("solves with new b and c as a fresh workspace does", async () => {
    const other = randomProblem(22, 12, MIXED).problem;
    const next: ConicProblem = {
      ...problem,
      b: problem.b.map((value, i) => value + 0.05 * (other.b[i] - value)),
      c: problem.c.map((value, j) => value + 0.05 * (other.c[j] - value)),
    };
    const settings = splittingSettings(mode);
    const workspace = makeWorkspace(problem, settings);
    await solveOn(workspace, settings, 1e-8);
    const factorizations = workspace.statistics.factorizations;
    workspace.updateData(next.b, next.c);
    const resumed = await solveOn(workspace, settings, 1e-8, "resume");
    const fresh = await solve(next, mode, 1e-8);
    expect(resumed.reason).toBe(fresh.reason);
    if (fresh.reason !== "solved") return;
    expect(Math.abs(resumed.measure.cx - fresh.measure.cx)).toBeLessThan(1e-6 * (1 + Math.abs(fresh.measure.cx)));
    expect(workspace.statistics.factorizations - factorizations).toBeLessThanOrEqual(resumed.counters.penaltyUpdates);
  });

  it("refuses a warm start that does not fit", async () => {
    const { point } = await solve(problem, mode, 1e-3);
    await expect(solve(problem, mode, 1e-3, { ...point, x: point.x.slice(1) })).rejects.toThrow(WarmStartError);
    const y = point.y.slice();
    y[4] = NaN;
    await expect(solve(problem, mode, 1e-3, { ...point, y })).rejects.toThrow("y[4] is NaN");
  });

  it("repeats itself from a cold start", async () => {
    const settings = splittingSettings(mode);
    const workspace = makeWorkspace(problem, settings);
    const first = await solveOn(workspace, settings, 1e-6);
    const second = await solveOn(workspace, settings, 1e-6);
    expect(second.iterations).toBe(first.iterations);
    expect(second.penalty).toBe(first.penalty);
  });

  it("accepts new settings on the same workspace", async () => {
    const settings = splittingSettings(mode);
    const workspace = makeWorkspace(problem, settings);
    await solveOn(workspace, settings, 1e-4);
    const other = { ...settings, relaxation: 1.2, checkEvery: 10, penaltyRule: "fixed" } as const;
    const outcome = await solveOn(workspace, other, 1e-6, "resume");
    expect(outcome.reason).toBe("solved");
    expect(outcome.iterations % 10).toBe(0);
  });
});

describe("being interrupted", () => {
  const { problem } = randomProblem(31, 30, [{ kind: "psd", order: 12 }, { kind: "nonnegative", dim: 20 }]);
  const settings = splittingSettings({ maxIterations: 1_000_000, acceleration: "none" });

  it("stops at an abort from a timer and returns the current point", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const outcome = await runSplitting(makeWorkspace(problem, settings), settings, "cold", {
      signal: controller.signal,
    });
    expect(outcome.reason).toBe("interrupted");
    expect(outcome.point.x.every(Number.isFinite)).toBe(true);
    expect(outcome.measure.iteration).toBe(outcome.iterations);
    expect(outcome.measure.primalResidual).toBeLessThan(1);
  });

  it("stops at the time limit", async () => {
    const outcome = await runSplitting(makeWorkspace(problem, settings), { ...settings, timeLimit: 0.1 });
    expect(outcome.reason).toBe("timeLimit");
    expect(outcome.timings.total).toBeGreaterThan(0.09);
    expect(outcome.timings.total).toBeLessThan(2);
  });

  it("stops at the iteration limit and where a check says so", async () => {
    const few = { ...settings, maxIterations: 40 };
    expect(await runSplitting(makeWorkspace(problem, few), few)).toMatchObject({
      reason: "iterationLimit",
      iterations: 40,
    });
    const seen: number[] = [];
    const stopped = await runSplitting(makeWorkspace(problem, few), few, "cold", {
      onCheck: (check) => {
        seen.push(check.iteration);
        return check.iteration < 25 ? "continue" : "enough";
      },
    });
    expect(stopped.reason).toBe("enough");
    expect(seen).toEqual([0, 25]);
  });
});

describe("operators that keep their structure", () => {
  it("a quadratic form solves as its sparse matrix does", async () => {
    // min ⟨I, Z⟩, x_iᵀZx_i ≥ 1, Z ⪰ 0.
    const order = 4;
    const count = 9;
    const cols = (order * (order + 1)) / 2;
    const samples = Float64Array.from({ length: count * order }, gaussian(5));
    const structured: ConicProblem = {
      A: {
        kind: "stack",
        direction: "vertical",
        rows: count + cols,
        cols,
        parts: [
          {
            kind: "scaled",
            factor: -1,
            rows: count,
            cols,
            operator: { kind: "quadraticForm", rows: count, cols, order, samples },
          },
          { kind: "scaled", factor: -1, rows: cols, cols, operator: { kind: "selection", rows: cols, cols } },
        ],
      },
      b: new Float64Array(count + cols).fill(-1, 0, count),
      c: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 1, 0, 1),
      cones: [
        { kind: "nonnegative", dim: count },
        { kind: "psd", order },
      ],
    };
    const matrix = toSparse(structured.A);
    const sparse: ConicProblem = { ...structured, A: { kind: "sparse", rows: count + cols, cols, matrix } };
    for (const [, mode] of MODES.slice(0, 2)) {
      const a = await solve(structured, mode, 1e-8);
      const b = await solve(sparse, mode, 1e-8);
      expect(a.reason).toBe("solved");
      expect(b.reason).toBe("solved");
      expect(Math.abs(a.measure.cx - b.measure.cx)).toBeLessThan(1e-6 * (1 + Math.abs(b.measure.cx)));
    }
  });
});
