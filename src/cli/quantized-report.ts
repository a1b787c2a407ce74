import type { ExperimentReport, Scores } from "../quantized/experiment/run.ts";
import { formatScientific, formatSeconds, formatSignificant } from "../report/format.ts";
import { renderTable } from "../report/table.ts";

export { reportFigure } from "../quantized/experiment/figure.ts";

interface Row {
  readonly method: string;
  readonly neurons: string;
  readonly objective: string;
  readonly train: string;
  readonly test: string;
}

/** The certified bound and the table of accuracies (errors for a regression) of one run, as text. */
export function reportText(report: ExperimentReport): string {
  const regression = report.relaxed.trainError !== null;
  const show = (value: number | null): string => {
    if (value === null) return "-";
    return regression ? formatSignificant(value, 4) : `${(100 * value).toFixed(1)} %`;
  };
  const row = (method: string, neurons: number | null, objective: number | null, scores: Scores): Row => ({
    method,
    neurons: neurons === null ? "" : String(neurons),
    objective: objective === null ? "" : formatSignificant(objective, 6),
    train: show(regression ? scores.trainError : scores.trainAccuracy),
    test: show(regression ? scores.testError : scores.testAccuracy),
  });
  const rows: Row[] = [row("relaxation (not quantized)", null, report.relaxedObjective, report.relaxed)];
  for (const sampled of report.sampled) {
    rows.push({ ...row("sampled, one weight", sampled.neurons, sampled.refitObjective, sampled) });
    if (sampled.nonNegative !== null) {
      const { kept, objective } = sampled.nonNegative;
      rows.push(row(`sampled, own weights (from ${sampled.neurons})`, kept, objective, sampled.nonNegative));
    }
    if (sampled.greedy !== null) {
      rows.push(row("greedy choice, one weight", sampled.neurons, sampled.greedy.objective, sampled.greedy));
    }
  }
  for (const baseline of report.baselines) rows.push(row(baseline.method, baseline.neurons, null, baseline));
  rows.push({
    method: regression ? "mean of the training targets" : "majority class",
    neurons: "",
    objective: "",
    train: show(report.majority.train),
    test: show(report.majority.test),
  });
  const best = Math.min(
    ...report.sampled.flatMap((s) => [
      s.refitObjective,
      s.objective,
      s.nonNegative?.objective ?? Infinity,
      s.greedy?.objective ?? Infinity,
    ]),
  );
  const seconds = report.seconds.setup + report.seconds.solve;
  const table = renderTable<Row>(
    [
      { title: "method", cell: (r) => r.method, align: "left" },
      { title: "neurons", cell: (r) => r.neurons },
      { title: "objective", cell: (r) => r.objective },
      { title: regression ? "train rmse" : "train", cell: (r) => r.train },
      { title: regression ? "test rmse" : "test", cell: (r) => r.test },
    ],
    rows,
  );
  return `lower bound         ${formatSignificant(report.lowerBound, 8)}  certified: no network of this kind has a smaller objective
relaxed objective   ${formatSignificant(report.relaxedObjective, 8)}  gap ${formatScientific(report.relativeGap)}, ${report.iterations} iterations, ${formatSeconds(seconds)}, rank ${report.rank}
best network        ${formatSignificant(best, 8)}  ${report.lowerBound > 0 ? `${formatSignificant(best / report.lowerBound, 4)} times the bound` : "against a bound of 0"}
computed            ${report.notes.join("; ")}

${table}`;
}
