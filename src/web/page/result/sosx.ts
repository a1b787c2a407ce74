import { formatCount } from "../../../report/format.ts";
import { formatNumber, statusWords } from "../format.ts";
import { timingsOf } from "./summary.ts";
import type { ResultSummary } from "./summary.ts";

/** sosx/report.ts, studyRecord, as far as the page shows it. */
interface StudyRecord {
  readonly loss: "mae" | "mse";
  readonly neurons: number;
  readonly pieces: number;
  readonly activation: string;
  readonly samples: { readonly train: number; readonly test: number; readonly inputs: number };
  readonly rootRelaxation: number | null;
  readonly lowerBound: number | null;
  readonly activationLowerBound: number | null;
  readonly incumbent: { readonly pwlMae: number; readonly pwlMse: number; readonly activationMse: number; readonly testMse: number | null };
  readonly gap: number;
  readonly nodes: number;
  readonly open: number;
  readonly seconds: number;
  readonly engine: string;
  readonly methods: readonly MethodRecord[];
  readonly remarks: readonly string[];
}

interface MethodRecord {
  readonly method: string;
  readonly pwlMae?: number | null;
  readonly pwlMse?: number | null;
  readonly trainMse?: number | null;
  readonly testMse?: number | null;
  readonly seconds: number;
}

const NAMES: Readonly<Record<string, string>> = { sosx: "branch and bound", adam: "Adam", mip: "mixed-integer program", ols: "least squares" };

/** Training by branch and bound. */
export function sosxSummary(record: StudyRecord, status: string): ResultSummary {
  const loss = record.loss.toUpperCase();
  const { incumbent, samples } = record;
  const best = record.loss === "mae" ? incumbent.pwlMae : incumbent.pwlMse;
  return {
    headline: `${statusWords(status)}: the best network found and a bound on every other`,
    facts: [
      { label: `Best network, ${loss}`, value: formatNumber(best, 6), main: true, help: `piecewise linear; gap ${(100 * record.gap).toFixed(2)}\u00a0%` },
      { label: `Lower bound, ${loss}`, value: formatNumber(record.lowerBound, 6), help: "no such network has a smaller error" },
      { label: `Lower bound, ${record.activation}`, value: formatNumber(record.activationLowerBound, 6) },
      { label: "Relaxation at the root", value: formatNumber(record.rootRelaxation, 6), help: "no network has this error" },
      { label: `Training MSE, ${record.activation}`, value: formatNumber(incumbent.activationMse, 6) },
      { label: "Test MSE", value: formatNumber(incumbent.testMse, 6) },
      { label: "Nodes", value: `${record.nodes}, ${record.open} open` },
      { label: "Rows", value: `${samples.train} train, ${samples.test} test`, help: formatCount(samples.inputs, "input") },
    ],
    tables: [
      {
        caption: "Methods",
        columns: ["method", "PWL MAE", "PWL MSE", "train MSE", "test MSE", "seconds"],
        rows: record.methods.map((m) => [
          NAMES[m.method] ?? m.method,
          formatNumber(m.pwlMae, 4),
          formatNumber(m.pwlMse, 4),
          formatNumber(m.trainMse, 4),
          formatNumber(m.testMse, 4),
          formatNumber(m.seconds, 3),
        ]),
      },
    ],
    notes: record.remarks,
    timings: timingsOf(Object.fromEntries(record.methods.map(({ method, seconds }) => [NAMES[method] ?? method, seconds]))),
    seconds: record.methods.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

export type { StudyRecord };
