import createHighs from "highs";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { toSparse } from "../../src/problem/operators/apply.ts";
import { transposeSparse } from "../../src/problem/sparse-matrix.ts";
import type { PeerAnswer, PeerLimits } from "./answer.ts";

/** `+ 3 x0 - 2 x5`, broken into short lines; `0 x0` when empty. */
function linearForm(indices: ArrayLike<number>, values: ArrayLike<number>): string {
  const terms: string[] = [];
  for (let k = 0; k < values.length; k++) {
    if (values[k] === 0) continue;
    terms.push(`${values[k] < 0 ? "-" : "+"} ${Math.abs(values[k])} x${indices[k]}`);
  }
  return terms.length === 0 ? "0 x0" : terms.join("\n ");
}

/** A linear ConicProblem in the CPLEX LP format; `undefined` when it has other than linear cones or a P. */
export function toLpFormat(problem: ConicProblem): string | undefined {
  if (problem.P !== undefined && problem.P.values.some((v) => v !== 0)) return undefined;
  const rows = transposeSparse(toSparse(problem.A));
  const lines: string[] = [];
  let row = 0;
  const constraint = (relation: string, bound: number): void => {
    const [start, end] = [rows.colPtr[row], rows.colPtr[row + 1]];
    const form = linearForm(rows.rowIdx.subarray(start, end), rows.values.subarray(start, end));
    lines.push(` r${lines.length}: ${form} ${relation} ${bound}`);
  };
  for (const cone of problem.cones) {
    if (cone.kind !== "zero" && cone.kind !== "nonnegative") return undefined;
    for (let k = 0; k < cone.dim; k++, row++) constraint(cone.kind === "zero" ? "=" : "<=", problem.b[row]);
  }
  const columns = Array.from(problem.c, (_, k) => k);
  const bounds = columns.map((k) => ` x${k} free`);
  const objective = linearForm(columns, problem.c);
  return ["Minimize", ` obj: ${objective}`, "Subject To", ...lines, "Bounds", ...bounds, "End", ""].join("\n");
}

const STATUSES: Record<string, string> = {
  Optimal: "solved",
  Infeasible: "primalInfeasible",
  Unbounded: "dualInfeasible",
  "Primal infeasible or unbounded": "dualInfeasible",
  "Time limit reached": "timeLimit",
};

/** Solves a linear problem with HiGHS; `undefined` when the problem is not linear. */
export async function solveWithHighs(problem: ConicProblem, limits: PeerLimits): Promise<PeerAnswer | undefined> {
  const text = toLpFormat(problem);
  if (text === undefined) return undefined;
  const highs = await createHighs();
  const start = performance.now();
  const solution = highs.solve(text, { time_limit: limits.timeLimit });
  const status = STATUSES[solution.Status] ?? "numericalFailure";
  return {
    status,
    iterations: undefined,
    objective: status === "solved" ? solution.ObjectiveValue : undefined,
    seconds: (performance.now() - start) / 1000,
  };
}
