import { afterAll, describe, expect, it } from "vitest";
import { plantedProblem } from "../../bench/moment/planted-problems.ts";
import { broydenTridiagonal } from "../../bench/moment/sparse-problems.ts";
import { assembleRelaxation } from "../../src/moment/assemble.ts";
import { feasibleBox } from "../../src/moment/bounds.ts";
import { PolynomialRing } from "../../src/moment/index.ts";
import type { PolynomialProblem } from "../../src/moment/index.ts";
import { completeProblem } from "../../src/moment/problem.ts";
import { layOutRelaxation } from "../../src/moment/relaxation.ts";
import type { Sparsity } from "../../src/moment/relaxation.ts";
import { scaleProblem } from "../../src/moment/scaling.ts";
import type { Settings } from "../../src/solver/settings.ts";
import { solve } from "../../src/solver/solve.ts";
import { hasNodeAdapter } from "../backends/webgpu/node-adapter.ts";
import { runOn, SharedSessions } from "../backends/webgpu/sessions.ts";

const available = await hasNodeAdapter();
const sessions = new SharedSessions();
afterAll(() => sessions.dispose());

/** Value of a relaxation in f64 on the CPU and on the device, in units of the objective's largest coefficient. */
async function compare(problem: PolynomialProblem, order: number, sparsity: Sparsity, settings: Partial<Settings>) {
  const complete = completeProblem(problem);
  const scaled = scaleProblem(complete, feasibleBox(complete));
  const { conic } = assembleRelaxation(layOutRelaxation(scaled.problem, order, sparsity));
  const cpu = await solve(conic, { eps: 1e-9, backend: "cpu" });
  const device = await runOn(sessions, conic, { backend: "webgpu", ...settings });
  expect(device.backend).toBe("webgpu");
  const difference = Math.abs(device.measures.primalObjective - cpu.measures.primalObjective);
  return { difference: difference / scaled.objectiveScale, blocks: conic.cones.length, device };
}

describe.skipIf(!available)("relaxations on a WebGPU device", () => {
  it("have the CPU's value where blocks are many and small", async () => {
    const { names, variables } = PolynomialRing.numbered(12);
    const problem = { variables: names, objective: broydenTridiagonal(variables) };
    // Begun on the device; the splitting goes on in f64 where f32 ends.
    const { difference, blocks } = await compare(
      problem,
      2,
      { correlative: true },
      { precision: "refined", eps: 1e-6 },
    );
    expect(blocks).toBe(10);
    expect(difference).toBeLessThan(1e-4);
  });

  it("have the value of planted minimisers, past f32 by corrections on the device", async () => {
    for (const seed of [1, 2, 3]) {
      const planted = plantedProblem(seed);
      const { difference, device } = await compare(
        planted.problem,
        planted.order,
        {},
        { precision: "refined", refinement: "device", eps: 1e-8 },
      );
      expect(device.status).toBe("solved");
      expect(difference).toBeLessThan(1e-5);
    }
  });
});
