import type { ExperimentReport, Scores } from "../../../quantized/experiment/run.ts";
import { formatNumber, formatResidual, statusWords } from "../format.ts";
import { timingsOf } from "./summary.ts";
import type { Fact, ResultSummary, SummaryTable } from "./summary.ts";

const PARTS: Readonly<Record<string, string>> = {
  setup: "set-up",
  solve: "the convex program",
  sampling: "drawing networks",
  certificate: "bound",
  gram: "linear systems",
  operator: "operators",
  projection: "projections",
  vectors: "vectors",
};

/** Quantized training: one run, or several with seeds of their own. */
export function quantizeSummary(record: ExperimentReport | readonly ExperimentReport[] | null, interrupted: boolean): ResultSummary {
  const reports = record === null ? [] : "lowerBound" in record ? [record] : record;
  if (reports.length === 0) return { headline: "Stopped before a network was there", facts: [], tables: [], notes: [], timings: [] };
  const report = reports[0];
  const best = Math.min(...report.sampled.flatMap((s) => [s.objective, s.refitObjective, s.nonNegative?.objective ?? Infinity, s.greedy?.objective ?? Infinity]));
  const facts: Fact[] = [
    { label: "Certified lower bound", value: formatNumber(report.lowerBound), main: true, help: "no network of this kind has a smaller training objective" },
    { label: "Relaxed objective", value: formatNumber(report.relaxedObjective) },
    { label: "Relative gap", value: formatResidual(report.relativeGap) },
    { label: "Best network", value: formatNumber(best), help: `${formatNumber(best / report.lowerBound, 4)} times the bound` },
    { label: "Rank", value: String(report.rank) },
    { label: "Iterations", value: String(report.iterations) },
    { label: "Regularisation β", value: formatNumber(report.beta) },
    { label: "Rows", value: `${report.samples.train} train, ${report.samples.test} test`, help: `${report.samples.features} features` },
  ];
  const done = report.status === "solved" ? "Solved to the gap asked for; the bound is certified" : `${statusWords(report.status)}: the bound holds, at the gap shown`;
  return {
    headline: interrupted ? "Stopped: this is what was reached; the bound holds" : done,
    facts,
    tables: reports.map((r) => methodTable(r, reports.length > 1 ? `Accuracy of the methods, seed ${r.seed}` : undefined)),
    notes: [],
    timings: timingsOf(Object.fromEntries(Object.entries(report.seconds).map(([part, s]) => [PARTS[part] ?? part, s]))),
    seconds: (report.seconds["setup"] ?? 0) + (report.seconds["solve"] ?? 0) + (report.seconds["sampling"] ?? 0),
  };
}

function methodTable(report: ExperimentReport, caption?: string): SummaryTable {
  const regression = report.relaxed.trainError !== null;
  const show = (value: number | null): string => {
    if (value === null) return "\u2013";
    return regression ? formatNumber(value, 4) : `${(100 * value).toFixed(1)} %`;
  };
  const row = (method: string, neurons: number | null, objective: number | null, scores: Scores): string[] => [
    method,
    neurons === null ? "" : String(neurons),
    objective === null ? "" : formatNumber(objective, 6),
    show(regression ? scores.trainError : scores.trainAccuracy),
    show(regression ? scores.testError : scores.testAccuracy),
  ];
  const rows = [row("relaxation, not quantized", null, report.relaxedObjective, report.relaxed)];
  for (const sampled of report.sampled) {
    rows.push(row("drawn, one weight", sampled.neurons, sampled.refitObjective, sampled));
    if (sampled.nonNegative !== null) {
      rows.push(row(`drawn, own weights (of ${sampled.neurons})`, sampled.nonNegative.kept, sampled.nonNegative.objective, sampled.nonNegative));
    }
    if (sampled.greedy !== null) rows.push(row("greedy choice, one weight", sampled.neurons, sampled.greedy.objective, sampled.greedy));
  }
  for (const baseline of report.baselines) rows.push(row(baseline.method, baseline.neurons, null, baseline));
  rows.push([regression ? "mean of the targets" : "majority class", "", "", show(report.majority.train), show(report.majority.test)]);
  return {
    caption: caption ?? (regression ? "Errors of the methods" : "Accuracy of the methods"),
    columns: ["method", "neurons", "objective", regression ? "train rmse" : "train", regression ? "test rmse" : "test"],
    rows,
  };
}
