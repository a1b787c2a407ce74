import { isInfeasible } from "../../../report/json-summary.ts";
import type { JsonSummary } from "../../../report/json-summary.ts";
import { statusHeadline } from "../../../report/result-summary.ts";
import { formatNumber, formatResidual } from "../format.ts";
import { timingsOf } from "./summary.ts";
import type { Fact, ResultSummary } from "./summary.ts";

function iterations({ splittingIterations, interiorIterations }: JsonSummary["counters"]): string {
  const parts = [splittingIterations > 0 && `${splittingIterations} splitting`, interiorIterations > 0 && `${interiorIterations} interior`];
  return parts.filter(Boolean).join(", ") || "none";
}

const DIMACS = [
  "dual equations",
  "dual cone",
  "primal equations",
  "primal cone",
  "gap of objectives",
  "complementarity",
] as const;

const SOLVED = "Every test holds at the tolerance asked for, in double precision on the original data";

/** A conic solve. */
export function solveSummary(record: JsonSummary): ResultSummary {
  const { seconds, counters, residuals, certificate } = record;
  const facts: Fact[] = [];
  if (!isInfeasible(record.status)) {
    facts.push(
      { label: "Objective", value: formatNumber(record.primalObjective, 10), main: true },
      { label: "Dual objective", value: formatNumber(record.dualObjective, 10) },
      { label: "Likely error", value: formatResidual(record.objectiveError), help: "of the objective: what the residuals can hide" },
      { label: "Primal residual", value: formatResidual(residuals.primal) },
      { label: "Dual residual", value: formatResidual(residuals.dual) },
      { label: "Gap", value: formatResidual(residuals.gap) },
    );
  }
  if (certificate !== null) {
    const kind = certificate.kind === "primalInfeasible" ? "No feasible point" : "Unbounded";
    facts.push({ label: "Certificate", value: kind, main: true }, { label: "Its residual", value: formatResidual(certificate.residual) });
  }
  if (record.lowerBound !== null) facts.push({ label: "Certified bound", value: formatNumber(record.lowerBound, 10) });
  if (record.upperBound !== null) facts.push({ label: "Certified bound, dual", value: formatNumber(record.upperBound, 10) });
  facts.push(
    { label: "Iterations", value: iterations(counters) },
    { label: "Computed by", value: `${record.backend}, ${record.precision}`, help: record.adapter },
  );
  const table = {
    caption: "DIMACS errors, relative",
    columns: ["measure", "error"],
    rows: DIMACS.map((name, k) => [name, formatResidual(record.dimacs[k])]),
  };
  return {
    headline: record.status === "solved" ? SOLVED : statusHeadline(record.status),
    facts,
    tables: isInfeasible(record.status) ? [] : [table],
    notes: record.notes,
    timings: timingsOf({
      setup: seconds.setup,
      "linear solves": seconds.linearSolve,
      projections: seconds.projection,
      acceleration: seconds.acceleration,
      "interior point": seconds.interior,
    }),
    seconds: seconds.total,
  };
}
