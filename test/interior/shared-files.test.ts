import { beforeAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import { readProblemFile } from "../../src/formats/node-files.ts";
import { interiorPoint } from "../../src/interior/interior-point.ts";
import type { InteriorResult } from "../../src/interior/types.ts";
import { toSparse } from "../../src/problem/operators/apply.ts";
import { hasSharedData, sharedIndex, sharedPath } from "../formats/reading.ts";

interface Entry {
  readonly name: string;
  readonly file: string;
  readonly status: string;
  readonly objective?: number | null;
  readonly reference_objective?: number | null;
  readonly reference_spread?: number | null;
}

let kernels: DenseKernels;
beforeAll(async () => {
  kernels = await loadDenseKernels();
});

async function solveFile(path: string): Promise<{ result: InteriorResult; objective: number }> {
  const problem = await readProblemFile(sharedPath(path));
  const { P, b, c, cones } = problem;
  const result = await interiorPoint({ ...(P && { P }), A: toSparse(problem.A), b, c, cones }, kernels);
  const { sign, offset } = problem.objective ?? { sign: 1, offset: 0 };
  return { result, objective: sign * result.best.primalObjective + offset };
}

const SMALL_SDPS = [
  ..."control1 control2 control3 hinf1 hinf2 hinf4 hinf9 hinf11 truss1 truss2 truss3 truss4 truss5 truss6".split(
    " ",
  ),
  ..."truss7 qap5 qap6 qap7 theta1 theta2 arch0 gpp100 mcp100 infp1 infp2 infd1 infd2".split(" "),
];

describe.skipIf(!hasSharedData)("benchmark files", () => {
  it.each(sharedIndex<Entry>("sdplib/sdplib.json").filter(({ name }) => SMALL_SDPS.includes(name)))(
    "SDPLIB $name",
    async (entry) => {
      const { result, objective } = await solveFile(`sdplib/${entry.file}`);
      if (entry.status !== "optimal") {
        expect(result.reason).toBe(
          entry.status === "primal_infeasible" ? "primalInfeasible" : "dualInfeasible",
        );
        expect(result.certificate?.residual).toBeLessThan(1e-8);
        return;
      }
      const reference = entry.reference_objective ?? NaN;
      const spread = (entry.reference_spread ?? 0) / Math.max(1, Math.abs(reference));
      const off = Math.abs(objective - reference) / Math.max(1, Math.abs(reference));
      // The ill-posed ones (hinf, qap) are solved to smaller residuals here than by the reference solvers.
      expect(off).toBeLessThan(Math.max(5e-5, 1.1 * spread));
      expect(result.best.primalResidual).toBeLessThan(1e-7);
      expect(result.best.dualResidual).toBeLessThan(1e-7);
      expect(result.best.objectiveError).toBeLessThan(1e-4);
    },
  );

  it.each(sharedIndex<Entry>("lp/lp.json").filter(({ name }) => name !== "greenbea"))(
    "LP $name",
    async (entry) => {
      const { result, objective } = await solveFile(`lp/${entry.file}`);
      if (entry.status !== "optimal") {
        expect(result.reason).toBe(entry.status === "infeasible" ? "primalInfeasible" : "dualInfeasible");
        return;
      }
      expect(result.reason).toBe("optimal");
      const reference = entry.objective ?? NaN;
      expect(Math.abs(objective - reference) / Math.max(1, Math.abs(reference))).toBeLessThan(1e-6);
    },
  );

  it.each(sharedIndex<Entry>("conic/conic.json").filter(({ name }) => name !== "filter48_socp"))(
    "conic $name",
    async (entry) => {
      const { objective } = await solveFile(`conic/${entry.file}`);
      const reference = entry.objective ?? NaN;
      expect(Math.abs(objective - reference) / Math.max(1, Math.abs(reference))).toBeLessThan(1e-5);
    },
  );
});
