import createScs from "scs-solver";
import { toScsProblem } from "../../../bench/peers/scs-solver.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";

export interface ScsAnswer {
  readonly status: "solved" | "primalInfeasible" | "dualInfeasible" | "unfinished";
  readonly iterations: number;
  readonly primalObjective: number;
  readonly x: readonly number[];
}

export interface ScsOptions {
  readonly eps: number;
  readonly normalize?: boolean;
  readonly adaptiveScale?: boolean;
  readonly scale?: number;
  readonly alpha?: number;
  readonly maxIterations?: number;
}

const STATUS: Readonly<Record<string, ScsAnswer["status"]>> = {
  1: "solved",
  [-1]: "dualInfeasible",
  [-2]: "primalInfeasible",
};

/** npm scs-solver (SCS 3.2.7, no LAPACK: no PSD cones, no acceleration). */
export async function solveWithScs(problem: ConicProblem, options: ScsOptions): Promise<ScsAnswer> {
  const form = toScsProblem(problem);
  if (form === undefined) throw new Error("the oracle takes neither semidefinite cones nor two boxes");
  const scs = await createScs();
  const settings = new scs.ScsSettings();
  scs.setDefaultSettings(settings);
  settings.verbose = 0;
  settings.epsAbs = settings.epsRel = options.eps;
  settings.normalize = options.normalize ?? true;
  settings.adaptiveScale = options.adaptiveScale ?? true;
  settings.scale = options.scale ?? 0.1;
  settings.alpha = options.alpha ?? 1.5;
  settings.maxIters = options.maxIterations ?? 20_000;
  const answer = scs.solve(form.data, form.cone, settings);
  return {
    status: STATUS[answer.info.statusVal] ?? "unfinished",
    iterations: answer.info.iter,
    primalObjective: answer.info.pobj,
    x: answer.x,
  };
}
