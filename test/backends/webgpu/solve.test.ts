import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { Device } from "../../../src/backends/webgpu/device.ts";
import { SettingsError, UnsupportedError } from "../../../src/errors.ts";
import { readProblemFile } from "../../../src/formats/node-files.ts";
import type { Cone } from "../../../src/problem/cones.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../../src/problem/sparse-matrix.ts";
import type { Result } from "../../../src/solver/result.ts";
import { ConicSolver } from "../../../src/solver/conic-solver.ts";
import type { IterationInfo, Settings } from "../../../src/solver/settings.ts";
import { solve } from "../../../src/solver/solve.ts";
import {
  conesOf,
  denseOperator,
  feasibleProblem,
  infeasibleProblem,
  seeded,
  unboundedProblem,
} from "../../solver/random-problems.ts";
import { hasNodeAdapter } from "./node-adapter.ts";
import { runOn, SharedSessions } from "./sessions.ts";
import { smallestEigenvalue, thetaOfCycle } from "./solve-problems.ts";

const available = await hasNodeAdapter();
const shared = fileURLToPath(new URL("../../../../shared/data/sdplib/", import.meta.url));

const sessions = new SharedSessions();
afterAll(() => sessions.dispose());
const onDevice = (problem: ConicProblem, settings: Partial<Settings> = f32): Promise<Result> =>
  runOn(sessions, problem, settings);

const f32: Partial<Settings> = { backend: "webgpu", precision: "f32", eps: 1e-4 };
const worstDimacs = ({ measures }: Result): number => Math.max(...measures.dimacs.map(Math.abs));

/** Solved in f32 to 1e-4, with at most 1.3 times the iterations of the CPU where those are more than 50. */
async function expectSolved(problem: ConicProblem, label = ""): Promise<Result> {
  const result = await onDevice(problem, f32);
  const reference = await solve(problem, { backend: "cpu", method: "splitting", eps: 1e-4 });
  expect(result.status, label).toBe("solved");
  expect(result.precision, label).toBe("f32");
  expect(worstDimacs(result), label).toBeLessThanOrEqual(1e-4);
  const objective = reference.measures.primalObjective;
  const difference = Math.abs(result.measures.primalObjective - objective);
  expect(difference, label).toBeLessThanOrEqual(5e-4 * Math.max(1, Math.abs(objective)));
  if (reference.iterations > 50) {
    expect(result.iterations, label).toBeLessThanOrEqual(1.3 * reference.iterations);
  }
  return result;
}

describe.skipIf(!available)("whole solves on a device, f32", { timeout: 120_000 }, () => {
  it("the smallest eigenvalue of a path Laplacian", async () => {
    const result = await expectSolved(smallestEigenvalue(7, 0.75));
    expect(result.x[0]).toBeCloseTo(-0.75, 3);
    expect(result.backend).toBe("webgpu");
  });

  it("the theta number of a five-cycle", async () => {
    const result = await expectSolved(thetaOfCycle(5));
    expect(-result.measures.primalObjective).toBeCloseTo(Math.sqrt(5), 3);
  });

  it.each(["lp", "socp", "sdp"] as const)("random problems, %s", async (family) => {
    const random = seeded(300);
    for (let trial = 0; trial < 3; trial++) {
      await expectSolved(feasibleProblem(conesOf(family, random), 3, random), `trial ${trial}`);
    }
  });

  it("equality rows beside every other cone", async () => {
    const cones: Cone[] = [
      { kind: "zero", dim: 2 },
      { kind: "nonnegative", dim: 4 },
      { kind: "secondOrder", dim: 5 },
      { kind: "psd", order: 6 },
      { kind: "psd", order: 2 },
    ];
    await expectSolved(feasibleProblem(cones, 6, seeded(7)));
  });

  it("a box", async () => {
    // min cᵀx with −1 ≤ x ≤ 2: rows (t, x) of the box cone with t = 1.
    const c = Float64Array.of(1, -2, 0.5);
    const problem: ConicProblem = {
      c,
      A: denseOperator(4, 3, (i, j) => (i === j + 1 ? -1 : 0)),
      b: Float64Array.of(1, 0, 0, 0),
      cones: [{ kind: "box", lower: new Float64Array(3).fill(-1), upper: new Float64Array(3).fill(2) }],
    };
    const result = await expectSolved(problem);
    expect(result.measures.primalObjective).toBeCloseTo(-1 - 4 - 0.5, 3);
  });

  it("says how the linear system is solved", async () => {
    expect((await onDevice(smallestEigenvalue(5, 0), f32)).adapter).toContain("diagonal normal equations");
    expect((await onDevice(thetaOfCycle(5), f32)).adapter).toContain("explicit inverse");
  });

  it.each(["lp", "sdp"] as const)("certificates, %s", async (family) => {
    const random = seeded(400);
    const infeasible = infeasibleProblem(conesOf(family, random), 2, random);
    expect((await onDevice(infeasible, f32)).status).toBe("primalInfeasible");
    const unbounded = unboundedProblem(conesOf(family, random), 3, random);
    const result = await onDevice(unbounded, f32);
    expect(result.status).toBe("dualInfeasible");
    expect(result.certificate?.kind).toBe("dualInfeasible");
  });

  it("refined: 1e-7 after f32", async () => {
    const result = await onDevice(thetaOfCycle(7), { backend: "webgpu", precision: "refined", eps: 1e-7 });
    expect(result.status).toBe("solved");
    expect(worstDimacs(result)).toBeLessThanOrEqual(1e-7);
    expect(result.precision).toContain("f64");
    const exact = (7 * Math.cos(Math.PI / 7)) / (1 + Math.cos(Math.PI / 7));
    expect(-result.measures.primalObjective).toBeCloseTo(exact, 6);
  });

  it("refuses what only the CPU can do, and auto uses the CPU", async () => {
    const exponential: ConicProblem = {
      c: Float64Array.of(0, 0, 1),
      A: denseOperator(5, 3, (i, j) => (i < 2 ? (i === j ? 1 : 0) : i - 2 === j ? -1 : 0)),
      b: Float64Array.of(1, 1, 0, 0, 0),
      cones: [{ kind: "zero", dim: 2 }, { kind: "exponential" }],
    };
    const quadratic: ConicProblem = {
      ...smallestEigenvalue(3, 0),
      P: sparseFromTriplets(1, 1, [0], [0], [1]),
    };
    for (const problem of [exponential, quadratic]) {
      await expect(solve(problem, f32)).rejects.toThrow(UnsupportedError);
      const result = await solve(problem, { eps: 1e-4 });
      expect(result.backend).toBe("cpu");
      expect(result.status).toBe("solved");
    }
    await expect(solve(thetaOfCycle(5), { ...f32, method: "interior" })).rejects.toThrow(SettingsError);
  });

  it("reads back once a check, submits iterations together, reports from iteration 0, profiles", async () => {
    const infos: IterationInfo[] = [];
    const floats = vi.spyOn(Device.prototype, "readFloats");
    const words = vi.spyOn(Device.prototype, "readIntegers");
    const runs = vi.spyOn(Device.prototype, "run");
    try {
      const problem = feasibleProblem([{ kind: "psd", order: 9 }], 8, seeded(3));
      const settings: Partial<Settings> = { ...f32, eps: 1e-12, maxIterations: 200, profile: true };
      const result = await solve(problem, { ...settings, onIteration: (info) => infos.push(info) });
      expect(infos[0].iteration).toBe(0);
      // 8 checks, as many penalty updates, one closing measure; two vectors for each point asked for.
      expect(words.mock.calls.length).toBeLessThan(20);
      expect(result.iterations).toBeGreaterThan(50);
      expect(runs.mock.calls.length).toBeLessThan(result.iterations / 2);
      expect(floats.mock.calls.length).toBeLessThanOrEqual(2 * (infos.length + 4));
      const kernels = (result.profile ?? []).map(({ kernel }) => kernel);
      expect(kernels).toEqual(expect.arrayContaining(["splitting-reflect", "measure-rows"]));
    } finally {
      runs.mockRestore();
      floats.mockRestore();
      words.mockRestore();
    }
  });

  it("gives back what a solve takes", async () => {
    await onDevice(thetaOfCycle(5));
    const pool = (sessions.device as Device).buffers;
    const { allocatedBytes } = pool;
    await onDevice(thetaOfCycle(5));
    expect(pool.allocatedBytes).toBe(allocatedBytes);
    pool.dropFree();
    expect(pool.allocatedBytes).toBe(0);
  });

  it("solves again with new data on the same device", async () => {
    const problem = thetaOfCycle(5);
    const solver = new ConicSolver(problem, f32);
    const open = vi.spyOn(Device, "open");
    try {
      const first = await solver.solve();
      solver.update({ c: problem.c.map((value) => 2 * value) });
      const second = await solver.solve({ warmStart: first });
      expect(second.status).toBe("solved");
      expect(second.measures.primalObjective).toBeCloseTo(2 * first.measures.primalObjective, 2);
      expect(open).toHaveBeenCalledTimes(1);
    } finally {
      open.mockRestore();
      solver.dispose();
    }
  });
});

const files = ["theta1", "qap5", "truss1", "truss4", "mcp100"];
const hasData = existsSync(shared);
if (!hasData) console.warn("SKIPPED: SDPLIB on a device; ../shared/data/sdplib is not there");

describe.skipIf(!available || !hasData)("SDPLIB on a device, f32", { timeout: 240_000 }, () => {
  it.each(files)("%s", async (name) => {
    await expectSolved(await readProblemFile(`${shared}${name}.dat-s`));
  });

  it.each([
    ["infp1", "primalInfeasible"],
    ["infd1", "dualInfeasible"],
  ])("%s", async (name, status) => {
    expect((await onDevice(await readProblemFile(`${shared}${name}.dat-s`), f32)).status).toBe(status);
  });
});
