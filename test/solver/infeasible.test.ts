import { describe, expect, it } from "vitest";
import { applyAdjoint, applyForward } from "../../src/problem/operators/apply.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import type { Result } from "../../src/solver/result.ts";
import type { Method } from "../../src/solver/settings.ts";
import { solve } from "../../src/solver/solve.ts";
import { createConeSet } from "../../src/backends/cpu/create-cone-set.ts";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { conesOf, infeasibleProblem, seeded, unboundedProblem } from "./random-problems.ts";

const kernels = await loadDenseKernels();
const maxAbs = (v: Float64Array): number => v.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

/** Checks the certificate from its definition, without the solver's own verifier. */
function checkPrimal({ A, b, cones }: ConicProblem, { certificate }: Result): void {
  if (certificate?.kind !== "primalInfeasible") throw new Error("no certificate of primal infeasibility");
  const { y } = certificate;
  expect(y.reduce((sum, v, i) => sum + v * b[i], 0)).toBeCloseTo(-1, 9);
  expect(createConeSet(cones, kernels).dualDistance(y)).toBeLessThan(1e-9 * (1 + maxAbs(y)));
  const Aty = new Float64Array(A.cols);
  applyAdjoint(A, y, Aty);
  expect(maxAbs(Aty)).toBeLessThan(1e-5);
}

function checkDual({ A, c, cones }: ConicProblem, { certificate }: Result): void {
  if (certificate?.kind !== "dualInfeasible") throw new Error("no certificate of dual infeasibility");
  const { x, s } = certificate;
  expect(x.reduce((sum, v, j) => sum + v * c[j], 0)).toBeCloseTo(-1, 9);
  expect(createConeSet(cones, kernels).distance(s)).toBeLessThan(1e-9 * (1 + maxAbs(s)));
  const residual = s.slice();
  applyForward(A, x, residual);
  expect(maxAbs(residual)).toBeLessThan(1e-5);
}

// 200 of each kind and family for the default method, fewer for each phase alone.
describe.each([
  ["auto", 200],
  ["splitting", 40],
] as [Method, number][])("random problems without a solution, method %s", (method, count) => {
  it.each(["lp", "socp", "sdp"] as const)("infeasible %s", async (family) => {
    const random = seeded(100);
    for (let trial = 0; trial < count; trial++) {
      const problem = infeasibleProblem(conesOf(family, random), 1 + Math.floor(3 * random()), random);
      const result = await solve(problem, { method });
      expect(result.status, `trial ${trial}`).toBe("primalInfeasible");
      checkPrimal(problem, result);
    }
  });

  it.each(["lp", "socp", "sdp"] as const)("unbounded %s", async (family) => {
    const random = seeded(200);
    for (let trial = 0; trial < count; trial++) {
      const problem = unboundedProblem(conesOf(family, random), 2 + Math.floor(2 * random()), random);
      const result = await solve(problem, { method });
      expect(result.status, `trial ${trial}`).toBe("dualInfeasible");
      checkDual(problem, result);
    }
  });
});
