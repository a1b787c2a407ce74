import type { ConicProblem } from "../problem/conic-problem.ts";
import type { Result, Status } from "../solver/result.ts";
import { formatCount, formatScientific, formatSeconds, formatSignificant } from "./format.ts";
import { isInfeasible } from "./json-summary.ts";
import { sourceObjective } from "./objective.ts";

const HEADLINES: Record<Status, string> = {
  solved: "Solved",
  solvedInaccurate: "Solved, but only to a looser tolerance than asked",
  primalInfeasible: "Infeasible: no point satisfies the constraints",
  primalInfeasibleInaccurate: "Probably infeasible: the certificate holds only loosely",
  dualInfeasible: "Dual infeasible: the objective is unbounded over a feasible set",
  dualInfeasibleInaccurate: "Probably dual infeasible: the certificate holds only loosely",
  interrupted: "Interrupted: this is the point reached so far",
  timeLimit: "Time limit reached: this is the point reached so far",
  iterationLimit: "Iteration limit reached: this is the point reached so far",
  numericalFailure: "Numerical failure: no usable point was found",
};

/** What the status means, as a sentence without its full stop. */
export function statusHeadline(status: Status): string {
  return HEADLINES[status];
}

function describeIterations({ counters }: Result): string {
  const parts = [
    [counters.splittingIterations, "splitting iteration"],
    [counters.interiorIterations, "interior-point iteration"],
  ] as const;
  const ran = parts.filter(([count]) => count > 0).map(([count, name]) => formatCount(count, name));
  return ran.length === 0 ? "no iterations" : ran.join(" and ");
}

function describeCertificate(result: Result): [string, string][] {
  const { certificate } = result;
  if (certificate === undefined) return [];
  const claim =
    certificate.kind === "primalInfeasible"
      ? "y in the dual cone, bᵀy = -1, ‖Aᵀy‖ = "
      : "x with cᵀx = -1, s in the cone, ‖Ax + s‖ = ";
  return [["certificate", `${claim}${formatScientific(certificate.residual)}`]];
}

function describeBounds(problem: Pick<ConicProblem, "objective">, result: Result): [string, string][] {
  const turned = problem.objective?.sign === -1;
  const bounds = [
    [result.lowerBound, turned ? "≤" : "≥"],
    [result.upperBound, turned ? "≥" : "≤"],
  ] as const;
  return bounds.flatMap(([bound, relation]): [string, string][] =>
    bound === undefined
      ? []
      : [["certified", `optimum ${relation} ${formatSignificant(sourceObjective(problem, bound), 10)}, given the trace bound`]],
  );
}

function describeTimes({ seconds }: Result): string[] {
  const parts = [
    ["set-up", seconds.setup],
    ["linear solves", seconds.linearSolve],
    ["projections", seconds.projection],
    ["acceleration", seconds.acceleration],
    ["interior point", seconds.interior],
  ] as const;
  return parts.filter(([, value]) => value >= 5e-4).map(([name, value]) => `${name} ${formatSeconds(value)}`);
}

const LABEL_WIDTH = 15;
const TEXT_WIDTH = 80 - 2 - LABEL_WIDTH;

/** Joins parts by `separator` into lines of at most {@link TEXT_WIDTH} columns; a longer part stands alone. */
function wrap(parts: readonly string[], separator: string): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = `${last}${separator}${part}`;
    if (last !== undefined && joined.length <= TEXT_WIDTH) lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  return lines;
}

/** The lines of one entry: the label stands before the first one only. */
function labelled(label: string, lines: readonly string[]): [string, string][] {
  return lines.map((line, k) => [k === 0 ? label : "", line]);
}

/** A result as a few lines of at most 80 columns, each with its label. */
export function resultSummary(problem: Pick<ConicProblem, "objective">, result: Result): string {
  const { measures } = result;
  const rows: [string, string][] = [];
  const stated = (value: number): string => formatSignificant(sourceObjective(problem, value), 9);
  if (!isInfeasible(result.status)) {
    rows.push(
      ["objective", `${stated(measures.primalObjective)}   (dual ${stated(measures.dualObjective)})`],
      ["likely error", formatScientific(measures.objectiveError)],
      [
        "residuals",
        `primal ${formatScientific(measures.primalResidual)}, dual ${formatScientific(measures.dualResidual)}, ` +
          `gap ${formatScientific(measures.dualityGap)}`,
      ],
      ["DIMACS errors", measures.dimacs.map((e) => formatScientific(e, 1)).join("  ")],
    );
  }
  rows.push(...describeBounds(problem, result), ...describeCertificate(result));
  rows.push(["work", describeIterations(result)]);
  rows.push(...labelled("time in", wrap(describeTimes(result), ", ")));
  for (const note of result.notes) rows.push(...labelled("note", wrap(note.split(" "), " ")));
  const place = `${result.backend} in ${result.precision}, ${result.adapter}`;
  rows.push(...labelled("ran on", wrap(place.split(" "), " ")));
  const title = `${statusHeadline(result.status)} (${formatSeconds(result.seconds.total)}).`;
  return [title, ...rows.map(([label, value]) => `  ${label.padEnd(LABEL_WIDTH)}${value}`)].join("\n");
}
