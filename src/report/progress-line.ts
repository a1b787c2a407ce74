import type { ConicProblem } from "../problem/conic-problem.ts";
import type { IterationInfo } from "../solver/settings.ts";
import { formatScientific, formatSeconds, formatSignificant } from "./format.ts";
import { sourceObjective } from "./objective.ts";

/** The state of a solve in one line of at most 79 columns. */
export function progressText(info: IterationInfo, problem: Pick<ConicProblem, "objective">): string {
  return [
    `${info.phase} ${info.iteration}`,
    `pri ${formatScientific(info.primalResidual, 1)}`,
    `dual ${formatScientific(info.dualResidual, 1)}`,
    `gap ${formatScientific(info.gap, 1)}`,
    `obj ${formatSignificant(sourceObjective(problem, info.primalObjective), 6)}`,
    formatSeconds(info.seconds),
  ]
    .join("  ")
    .slice(0, 79);
}

/** Rewrites one terminal line in place, at most every `interval` seconds, and wipes it at the end. */
export class ProgressLine {
  private lastTime = -Infinity;
  private shown = false;
  private readonly problem: Pick<ConicProblem, "objective">;
  private readonly write: (text: string) => void;
  private readonly interval: number;

  constructor(problem: Pick<ConicProblem, "objective">, write: (text: string) => void, interval = 0.1) {
    this.problem = problem;
    this.write = write;
    this.interval = interval;
  }

  add(info: IterationInfo): void {
    if (info.seconds - this.lastTime < this.interval) return;
    this.lastTime = info.seconds;
    this.shown = true;
    this.write(`\r${progressText(info, this.problem)}\x1b[K`);
  }

  finish(): void {
    if (this.shown) this.write("\r\x1b[K");
    this.shown = false;
  }
}
