import type { Result } from "../../../src/solver/result.ts";
import { solve } from "../../../src/solver/solve.ts";
import { solveProblems } from "../../backends/webgpu/solve-problems.ts";
import type { SolveName } from "../../backends/webgpu/solve-problems.ts";

/** What a solve in the page came to. */
export interface SolveReport {
  readonly status: Result["status"];
  readonly objective: number;
  readonly worstDimacs: number;
  readonly precision: string;
  readonly backend: string;
  readonly iterations: number;
  readonly notes: readonly string[];
}

/** What the page offers to the test that drives it. */
export interface SolvePage {
  /** In f32 to 1e-4. */
  solve(name: SolveName): Promise<SolveReport>;
  /** Past f32 on the device, to 1e-8. */
  refine(name: SolveName): Promise<SolveReport>;
  /** Holds the solve at its third check, `armed` being true, until the GPU is gone. */
  solveThroughCrash(name: SolveName): Promise<SolveReport>;
  armed: boolean;
}

function report({ status, measures, precision, backend, iterations, notes }: Result): SolveReport {
  const worstDimacs = Math.max(...measures.dimacs.map(Math.abs));
  return { status, objective: measures.primalObjective, worstDimacs, precision, backend, iterations, notes };
}

const settings = { backend: "webgpu", precision: "f32", eps: 1e-4 } as const;

const page: SolvePage = {
  armed: false,
  solve: async (name) => report(await solve(solveProblems[name](), settings)),
  refine: async (name) =>
    report(await solve(solveProblems[name](), { ...settings, precision: "refined", refinement: "device", eps: 1e-8 })),
  solveThroughCrash: async (name) => {
    let checks = 0;
    const onIteration = (): void => {
      if (++checks === 3) page.armed = true;
    };
    // Far below what f32 reaches: the solve lasts until the iterations are used up, long enough for a crash.
    return report(await solve(solveProblems[name](), { ...settings, eps: 1e-12, maxIterations: 3000, onIteration }));
  },
};
(globalThis as unknown as { solvePage: SolvePage }).solvePage = page;
