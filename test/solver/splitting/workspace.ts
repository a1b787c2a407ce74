import { createCpuWorkspace } from "../../../src/backends/cpu/create-workspace.ts";
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import type { CpuWorkspace } from "../../../src/backends/cpu/workspace.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import { equilibrateProblem } from "../../../src/solver/equilibrate.ts";
import { referenceTest } from "../../../src/solver/reference-termination.ts";
import type { ReferenceVerdict } from "../../../src/solver/reference-termination.ts";
import { runSplitting } from "../../../src/solver/splitting.ts";
import type { SplittingOutcome, SplittingStart } from "../../../src/solver/splitting.ts";
import { splittingSettings } from "../../../src/solver/splitting-settings.ts";
import type { SplittingSettings } from "../../../src/solver/splitting-settings.ts";

const kernels = await loadDenseKernels();

export function makeWorkspace(problem: ConicProblem, settings: SplittingSettings): CpuWorkspace {
  return createCpuWorkspace(equilibrateProblem(problem, settings), settings, kernels);
}

/** Runs to SCS's own test at `eps`. */
export async function solve(
  problem: ConicProblem,
  given: Partial<SplittingSettings>,
  eps: number,
  start: SplittingStart = "cold",
): Promise<SplittingOutcome<ReferenceVerdict>> {
  const settings = splittingSettings(given);
  return solveOn(makeWorkspace(problem, settings), settings, eps, start);
}

export function solveOn(
  workspace: CpuWorkspace,
  settings: SplittingSettings,
  eps: number,
  start: SplittingStart = "cold",
): Promise<SplittingOutcome<ReferenceVerdict>> {
  const tolerances = { epsAbs: eps, epsRel: eps, epsInfeasible: 1e-7 };
  return runSplitting(workspace, settings, start, { onCheck: (check) => referenceTest(check.measure, tolerances) });
}
