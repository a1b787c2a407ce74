import type { ConicProblem } from "../problem/conic-problem.ts";
import type { IterationInfo } from "../solver/settings.ts";
import { sourceObjective } from "./objective.ts";

const FIELDS = [
  "phase",
  "iteration",
  "primalResidual",
  "dualResidual",
  "gap",
  "primalObjective",
  "dualObjective",
  "penalty",
  "seconds",
] as const satisfies readonly (keyof IterationInfo)[];

/** Collects one CSV row per report of a solve. Objectives are in the source's convention; non-finite cells are empty. */
export class CsvLog {
  private readonly rows: string[] = [FIELDS.join(",")];
  private readonly problem: Pick<ConicProblem, "objective">;

  constructor(problem: Pick<ConicProblem, "objective">) {
    this.problem = problem;
  }

  add(info: IterationInfo): void {
    const stated: IterationInfo = {
      ...info,
      primalObjective: sourceObjective(this.problem, info.primalObjective),
      dualObjective: sourceObjective(this.problem, info.dualObjective),
    };
    this.rows.push(
      FIELDS.map((field) => stated[field])
        .map((cell) => (typeof cell === "number" && !Number.isFinite(cell) ? "" : String(cell)))
        .join(","),
    );
  }

  toString(): string {
    return `${this.rows.join("\n")}\n`;
  }
}
