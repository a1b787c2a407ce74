import { describe, expect, it } from "vitest";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import type { IterationInfo } from "../../../src/solver/settings.ts";
import type { Result } from "../../../src/solver/result.ts";
import { solve } from "../../../src/solver/solve.ts";
import { manyBlocks, twoBlocks } from "./large-problems.ts";
import { hasNodeAdapter } from "./node-adapter.ts";

const available = await hasNodeAdapter();

async function start(problem: ConicProblem, maxIterations: number): Promise<[Result, IterationInfo[]]> {
  const infos: IterationInfo[] = [];
  const onIteration = (info: IterationInfo): void => void infos.push(info);
  const settings = { backend: "webgpu", precision: "f32", eps: 1e-3, maxIterations, onIteration } as const;
  const result = await solve(problem, settings);
  console.log(`${result.status} after ${result.iterations}, ${result.seconds.total.toFixed(1)} s on ${result.adapter}`);
  return [result, infos];
}

/** Ran on the device to the end, and on the way to a solution. */
function expectProgress(result: Result, infos: readonly IterationInfo[]): void {
  expect(result.backend).toBe("webgpu");
  expect(result.precision).toBe("f32");
  expect(["solved", "solvedInaccurate", "iterationLimit"]).toContain(result.status);
  const first = infos[0];
  const { dimacs } = result.measures;
  expect(Math.max(...dimacs.map(Math.abs))).toBeLessThan(Math.max(first.primalResidual, first.dualResidual));
  expect(result.x.every(Number.isFinite)).toBe(true);
}

describe.skipIf(!available)("large structures", () => {
  it("5,000 blocks of order 10", async () => {
    const [result, infos] = await start(manyBlocks(5000, 10), 100);
    expectProgress(result, infos);
    expect(result.adapter).toContain("×5000");
  });

  it("two blocks of order 400", async () => {
    const [result, infos] = await start(twoBlocks(400, 300), 30);
    expectProgress(result, infos);
    expect(result.adapter).toContain("polynomial 400 ×2");
  });
});
