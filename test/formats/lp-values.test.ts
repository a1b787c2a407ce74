import loadHighs from "highs";
import { describe, expect, it } from "vitest";
import { readProblemFile } from "../../src/formats/node-files.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { toSparse } from "../../src/problem/operators/apply.ts";
import { hasSharedData, sharedIndex, sharedPath } from "./reading.ts";

interface LpEntry {
  name: string;
  file: string;
  nnz: number;
  status: string;
  objective?: number;
}

/** A linear ConicProblem as CPLEX LP text: free variables, equalities, then rows ax ≤ b. */
function lpText({ A, b, c, cones }: ConicProblem): string {
  const { colPtr, rowIdx, values, cols } = toSparse(A);
  const rows = Array.from(b, () => [] as string[]);
  const term = (value: number, j: number): string => `${value < 0 ? "-" : "+"} ${Math.abs(value)} x${j}`;
  for (let j = 0; j < cols; j++) {
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) rows[rowIdx[k]].push(term(values[k], j));
  }
  const zeros = cones[0]?.kind === "zero" ? cones[0].dim : 0;
  const objective = Array.from(c, term).join("\n");
  const constraints = rows.map(
    (terms, i) => `r${i}: ${terms.join("\n") || "0 x0"} ${i < zeros ? "=" : "<="} ${b[i]}`,
  );
  const free = Array.from(c, (_, j) => `x${j} free`);
  const sections = ["Minimize", `obj: ${objective}`, "Subject To", ...constraints, "Bounds", ...free, "End"];
  return `${sections.join("\n")}\n`;
}

describe.skipIf(!hasSharedData)("linear programs read from MPS", () => {
  const entries = sharedIndex<LpEntry>("lp/lp.json").filter(({ nnz }) => nnz < 5000);
  it(`${entries.length} of them have the reference status and value by HiGHS`, async () => {
    const highs = await loadHighs();
    for (const entry of entries) {
      const problem = await readProblemFile(sharedPath(`lp/${entry.file}`));
      const solution = highs.solve(lpText(problem));
      const status = { optimal: "Optimal", infeasible: "Infeasible", unbounded: "Unbounded" }[entry.status];
      expect(solution.Status, entry.name).toBe(status);
      if (entry.objective === undefined) continue;
      const { sign, offset } = problem.objective ?? { sign: 1, offset: 0 };
      const value = sign * solution.ObjectiveValue + offset;
      expect(Math.abs(value - entry.objective) / Math.abs(entry.objective), entry.name).toBeLessThan(1e-8);
    }
  });
});
