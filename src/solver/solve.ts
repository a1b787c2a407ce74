import type { ConicProblem } from "../problem/conic-problem.ts";
import { ConicSolver } from "./conic-solver.ts";
import type { Result } from "./result.ts";
import type { Settings } from "./settings.ts";

/**
 * Solves a conic problem. Everything in the result is measured in f64 on the problem as given.
 *
 * @throws ProblemError, SettingsError, WarmStartError or UnsupportedError for input that cannot be solved as asked.
 */
export async function solve(problem: ConicProblem, settings: Partial<Settings> = {}): Promise<Result> {
  const solver = new ConicSolver(problem, settings);
  try {
    return await solver.solve();
  } finally {
    solver.dispose();
  }
}
