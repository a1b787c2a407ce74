import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readProblemFile } from "../../../../src/formats/node-files.ts";
import type { Cone } from "../../../../src/problem/cones.ts";
import type { ConicProblem } from "../../../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../../../src/problem/sparse-matrix.ts";
import { matrixToSvec, svecIndex, svecLength } from "../../../../src/problem/svec.ts";
import type { Result } from "../../../../src/solver/result.ts";
import type { Settings } from "../../../../src/solver/settings.ts";
import { solve } from "../../../../src/solver/solve.ts";
import { denseOperator, feasibleProblem, seeded } from "../../../solver/random-problems.ts";
import { hasNodeAdapter } from "../node-adapter.ts";
import { runOn, SharedSessions } from "../sessions.ts";
import { thetaOfCycle } from "../solve-problems.ts";

const available = await hasNodeAdapter();
const shared = fileURLToPath(new URL("../../../../../shared/data/sdplib/", import.meta.url));

const sessions = new SharedSessions();
afterAll(() => sessions.dispose());

const refined: Partial<Settings> = { backend: "webgpu", precision: "refined", refinement: "device", eps: 1e-8 };
const onDevice = (problem: ConicProblem, settings: Partial<Settings> = {}): Promise<Result> =>
  runOn(sessions, problem, { ...refined, ...settings });
const worstDimacs = ({ measures }: Result): number => Math.max(...measures.dimacs.map(Math.abs));

/** Solved past f32 with nothing but the device iterating. */
function expectRefined(result: Result, eps: number, label = ""): void {
  expect(result.status, label).toBe("solved");
  expect(worstDimacs(result), label).toBeLessThanOrEqual(eps);
  expect(result.precision, label).toBe("f32, refined on the device");
  expect(result.notes.join(), label).toMatch(/refined on the device to an error of \S+: corrections [1-9]/);
}

/** Max-cut of a random graph of `n` nodes in dual form: min Σx with diag(x) − L/4 ⪰ 0. */
function maxCut(n: number): ConicProblem {
  const random = seeded(n);
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      if (random() >= 0.1) continue;
      L[i * n + j] = L[j * n + i] = -0.25;
      L[i * n + i] += 0.25;
      L[j * n + j] += 0.25;
    }
  }
  const b = new Float64Array(svecLength(n));
  matrixToSvec(L, n, b, 0);
  const columns = Array.from({ length: n }, (_, i) => i);
  const rows = columns.map((i) => svecIndex(n, i, i));
  const matrix = sparseFromTriplets(b.length, n, rows, columns, new Array<number>(n).fill(-1));
  return {
    c: new Float64Array(n).fill(1),
    A: { kind: "sparse", rows: b.length, cols: n, matrix },
    b: b.map((value) => -value),
    cones: [{ kind: "psd", order: n }],
  };
}

describe.skipIf(!available)("refinement on a device", { timeout: 240_000 }, () => {
  it("theta of a cycle to 1e-9", async () => {
    const result = await onDevice(thetaOfCycle(7), { eps: 1e-9 });
    expectRefined(result, 1e-9);
    const exact = (7 * Math.cos(Math.PI / 7)) / (1 + Math.cos(Math.PI / 7));
    expect(-result.measures.primalObjective).toBeCloseTo(exact, 8);
  });

  it("every cone that the device refines, together", async () => {
    const cones: Cone[] = [
      { kind: "zero", dim: 2 },
      { kind: "nonnegative", dim: 4 },
      { kind: "secondOrder", dim: 5 },
      { kind: "psd", order: 6 },
      { kind: "psd", order: 2 },
    ];
    for (const seed of [7, 8]) {
      const problem = feasibleProblem(cones, 6, seeded(seed));
      const result = await onDevice(problem);
      expectRefined(result, 1e-8, `seed ${seed}`);
      const reference = await solve(problem, { backend: "cpu", method: "interior", eps: 1e-9 });
      const optimum = reference.measures.primalObjective;
      const difference = Math.abs(result.measures.primalObjective - optimum);
      expect(difference).toBeLessThanOrEqual(1e-7 * Math.max(1, Math.abs(optimum)));
    }
  });

  it("a block of order 100 to 1e-8", async () => {
    expectRefined(await onDevice(maxCut(100)), 1e-8);
  });

  it("again on the same device, from data that have changed", async () => {
    const problem = thetaOfCycle(5);
    const first = await onDevice(problem);
    const second = await onDevice({ ...problem, c: problem.c.map((value) => 2 * value) });
    expectRefined(first, 1e-8);
    expectRefined(second, 1e-8);
    expect(second.measures.primalObjective).toBeCloseTo(2 * first.measures.primalObjective, 6);
  });

  it("software adapters leave it to the CPU unless asked; so do cones without a derivative", async () => {
    const auto = await onDevice(thetaOfCycle(5), { refinement: "auto" });
    const forced = await onDevice(thetaOfCycle(5), { refinement: "cpu" });
    // min cᵀx with −1 ≤ x ≤ 2: rows (t, x) of the box cone with t = 1.
    const box = await onDevice({
      c: Float64Array.of(1, -2, 0.5),
      A: denseOperator(4, 3, (i, j) => (i === j + 1 ? -1 : 0)),
      b: Float64Array.of(1, 0, 0, 0),
      cones: [{ kind: "box", lower: new Float64Array(3).fill(-1), upper: new Float64Array(3).fill(2) }],
    });
    for (const result of [auto, forced, box]) {
      expect(result.status).toBe("solved");
      expect(worstDimacs(result)).toBeLessThanOrEqual(1e-8);
    }
    expect(box.precision).not.toContain("refined");
    expect(box.notes.join()).toContain("the box cone has no derivative on the device");
    expect(forced.precision).toBe("f32, then f64 on the CPU");
    if (/software/.test(auto.adapter)) expect(auto.precision).toBe(forced.precision);
  });

  it("a device lost in the middle of a correction: finished on the CPU", async () => {
    const own = new SharedSessions();
    let checks = 0;
    const onIteration = (): void => void checks++;
    const whole = await runOn(own, thetaOfCycle(7), { ...refined, eps: 1e-11, onIteration });
    expect(whole.notes.join()).toMatch(/corrections [2-9]/);
    const reports = checks;
    checks = 0;
    const result = await runOn(own, thetaOfCycle(7), {
      ...refined,
      eps: 1e-11,
      onIteration: () => {
        if (++checks === reports - 1) own.breakDevice();
      },
    });
    expect(own.lossesCaused).toBe(1);
    expect(result.notes.join()).toContain("the device was lost");
    expect(result.status).toBe("solved");
    expect(worstDimacs(result)).toBeLessThanOrEqual(1e-11);
    own.dispose();
  });

  it("gives back what it takes", async () => {
    await onDevice(thetaOfCycle(5));
    const pool = sessions.device?.buffers;
    const before = pool?.allocatedBytes;
    await onDevice(thetaOfCycle(5));
    expect(pool?.allocatedBytes).toBe(before);
    pool?.dropFree();
    expect(pool?.allocatedBytes).toBe(0);
  });
});

const files = ["theta1", "truss4"];
const hasData = existsSync(shared);
if (!hasData) console.warn("SKIPPED: SDPLIB refined on a device; ../shared/data/sdplib is not there");

describe.skipIf(!available || !hasData)("SDPLIB refined on a device", { timeout: 240_000 }, () => {
  it.each(files)("%s", async (name) => {
    expectRefined(await onDevice(await readProblemFile(`${shared}${name}.dat-s`)), 1e-8);
  });
});
