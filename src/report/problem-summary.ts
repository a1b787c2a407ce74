import { coneDim, describeCone, type Cone, type ConeKind } from "../problem/cones.ts";
import type { ConicProblem } from "../problem/conic-problem.ts";
import { describeOperator, operatorNonzeros } from "../problem/operators/apply.ts";
import { formatCount, formatScientific } from "./format.ts";

const CONE_NAMES: Record<ConeKind, string> = {
  zero: "equality",
  nonnegative: "nonnegative",
  box: "box",
  secondOrder: "second-order",
  psd: "semidefinite",
  exponential: "exponential",
  dualExponential: "dual exponential",
  power: "power",
  dualPower: "dual power",
};

/** `17`, `5 × 3, 10` for sizes in order of first appearance. */
function describeSizes(sizes: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  const parts = [...counts].map(([size, count]) => (count === 1 ? `${size}` : `${count} × ${size}`));
  return parts.length <= 6 ? parts.join(", ") : `${sizes.length} from ${Math.min(...sizes)} to ${Math.max(...sizes)}`;
}

/** One phrase per kind of cone, e.g. `["equality rows: 3", "semidefinite orders: 10, 5"]`. */
export function describeCones(cones: readonly Cone[]): string[] {
  const byKind = new Map<ConeKind, Cone[]>();
  for (const cone of cones) {
    const list = byKind.get(cone.kind);
    if (list) list.push(cone);
    else byKind.set(cone.kind, [cone]);
  }
  return [...byKind].map(([kind, list]) => {
    const name = CONE_NAMES[kind];
    switch (kind) {
      case "zero":
      case "nonnegative":
        return `${name} rows: ${list.reduce((sum, cone) => sum + coneDim(cone), 0)}`;
      case "psd":
        return `${name} orders: ${describeSizes(list.map((cone) => (cone.kind === "psd" ? cone.order : 0)))}`;
      case "secondOrder":
      case "box":
        return `${name} dimensions: ${describeSizes(list.map(coneDim))}`;
      case "exponential":
      case "dualExponential":
      case "power":
      case "dualPower":
        return `${name} cones: ${list.length}`;
    }
  });
}

/** `104 variables, 1,275 rows: semidefinite orders: 50`, cut to `width` columns. */
export function problemLine(problem: ConicProblem, width = 79): string {
  const cones = problem.cones.length === 1 ? [describeCone(problem.cones[0])] : describeCones(problem.cones);
  const size = `${formatCount(problem.c.length, "variable")}, ${formatCount(problem.b.length, "row")}`;
  const text = cones.length === 0 ? size : `${size}; ${cones.join("; ")}`;
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Smallest and largest magnitude among the nonzeros, e.g. `1.00e+00 to 4.00e+02`, or `all zero`. */
export function describeRange(values: Float64Array): string {
  let least = Infinity;
  let most = 0;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (magnitude === 0) continue;
    if (magnitude < least) least = magnitude;
    if (magnitude > most) most = magnitude;
  }
  return most === 0 ? "all zero" : `${formatScientific(least)} to ${formatScientific(most)}`;
}

/** What `spectrahedron info` prints: sizes, cones, entries and their magnitudes, one `label  value` line each. */
export function problemReport(problem: ConicProblem): string {
  const { A, P, b, c } = problem;
  const { sign, offset } = problem.objective ?? { sign: 1, offset: 0 };
  const rows: [string, string][] = [
    ["name", problem.name ?? "(none)"],
    ["objective", `${sign === 1 ? "minimise" : "maximise"}${offset === 0 ? "" : `, plus the constant ${offset}`}`],
    ["variables (n)", String(c.length)],
    ["rows (m)", String(b.length)],
    ...describeCones(problem.cones).map((text, k): [string, string] => [k === 0 ? "cones" : "", text]),
    ["operator A", describeOperator(A)],
    ["numbers in A", String(operatorNonzeros(A))],
    ...(A.kind === "sparse" ? [["magnitudes of A", describeRange(A.matrix.values)] as [string, string]] : []),
    ["magnitudes of b", describeRange(b)],
    ["magnitudes of c", describeRange(c)],
    ["quadratic term P", P === undefined ? "none" : `${P.colPtr[P.cols]} entries, ${describeRange(P.values)}`],
  ];
  return rows.map(([label, value]) => `${label.padEnd(17)}${value}`).join("\n");
}
