import type { ConicProblem } from "../problem/conic-problem.ts";
import type { IterationInfo } from "../solver/settings.ts";
import { formatScientific, formatSignificant } from "./format.ts";
import { sourceObjective } from "./objective.ts";

const WIDTHS = [8, 11, 10, 10, 15, 10, 9] as const;

function line(cells: readonly string[]): string {
  return cells.map((cell, k) => cell.padStart(WIDTHS[k])).join("");
}

/** Title of the table that {@link iterationRow} fills, with a rule below: two lines of 73 columns. */
export function iterationHeader(): string {
  const titles = line(["iter", "pri res", "dual res", "gap", "objective", "penalty", "time (s)"]);
  return `${titles}\n${"-".repeat(titles.length)}`;
}

/** One line of at most 73 columns; second-order steps are marked by an `i` behind their number. */
export function iterationRow(info: IterationInfo, problem: Pick<ConicProblem, "objective">): string {
  return line([
    `${info.iteration}${info.phase === "interior" ? "i" : ""}`,
    formatScientific(info.primalResidual),
    formatScientific(info.dualResidual),
    formatScientific(info.gap),
    formatSignificant(sourceObjective(problem, info.primalObjective), 7),
    formatScientific(info.penalty),
    info.seconds.toFixed(2),
  ]);
}

/**
 * A table that grows with a solve: the first iteration, the first of every phase, the last, and in between one line
 * each time `interval` seconds have gone by.
 */
export class IterationTable {
  private lastTime = -Infinity;
  private lastPhase: IterationInfo["phase"] | undefined;
  private held: IterationInfo | undefined;
  private readonly problem: Pick<ConicProblem, "objective">;
  private readonly write: (text: string) => void;
  private readonly interval: number;

  constructor(problem: Pick<ConicProblem, "objective">, write: (text: string) => void, interval = 1) {
    this.problem = problem;
    this.write = write;
    this.interval = interval;
  }

  add(info: IterationInfo): void {
    if (this.lastPhase === undefined) this.write(`${iterationHeader()}\n`);
    if (info.phase !== this.lastPhase || info.seconds - this.lastTime >= this.interval) this.print(info);
    else this.held = { ...info };
  }

  /** Prints the last line, when it was held back. */
  finish(): void {
    if (this.held !== undefined) this.print(this.held);
  }

  private print(info: IterationInfo): void {
    if (this.held !== undefined && info.phase !== this.lastPhase) {
      const held = this.held;
      this.held = undefined;
      this.write(`${iterationRow(held, this.problem)}\n`);
    }
    this.write(`${iterationRow(info, this.problem)}\n`);
    this.held = undefined;
    this.lastPhase = info.phase;
    this.lastTime = info.seconds;
  }
}
