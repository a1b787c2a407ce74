import type { Workspace } from "../backends/backend.ts";
import { createCpuWorkspace } from "../backends/cpu/create-workspace.ts";
import type { DenseKernels } from "../linear/dense-kernels.ts";
import type { ValidatedProblem } from "../problem/validate.ts";
import { equilibrateProblem } from "./equilibrate.ts";
import type { LinearSolverChoice } from "./settings.ts";
import type { SplittingSettings } from "./splitting-settings.ts";

interface Entry {
  readonly workspace: Workspace;
  b: Float64Array;
  c: Float64Array;
}

/** Workspaces of one problem, kept between solves: equilibration, ordering and factorisation are done once. */
export class WorkspaceCache {
  readonly #entries = new Map<string, Entry>();

  /** Ends the threads of all workspaces. */
  dispose(): void {
    for (const { workspace } of this.#entries.values()) workspace.dispose?.();
  }

  /** The workspace for these settings with the problem's present b and c; its iterate is that of its last use. */
  get(
    problem: ValidatedProblem,
    { embedding, equilibrate, rhoX, penalty }: SplittingSettings,
    linearSolver: LinearSolverChoice,
    kernels: DenseKernels,
  ): Workspace {
    const key = [embedding, equilibrate, rhoX, penalty, linearSolver, kernels.name, kernels.threads].join();
    const { b, c } = problem;
    const known = this.#entries.get(key);
    if (known) {
      if (known.b !== b || known.c !== c) known.workspace.updateData(b, c);
      known.b = b;
      known.c = c;
      return known.workspace;
    }
    const workspace = createCpuWorkspace(
      equilibrateProblem(problem, { equilibrate, embedding }),
      { embedding, rhoX, penalty, linearSolver },
      kernels,
    );
    this.#entries.set(key, { workspace, b, c });
    return workspace;
  }
}
