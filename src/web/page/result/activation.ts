import { formatNumber } from "../format.ts";
import type { ResultSummary } from "./summary.ts";

/** tasks/activation.ts, activationRecord, as far as the page shows it. */
interface ActivationRecord {
  readonly value: number;
  readonly coefficients: Readonly<Record<string, number>>;
  readonly relaxationValue: number | null;
  readonly certifiedLowerBound: number | null;
  readonly order: number;
  readonly flat: boolean;
  readonly ranks: readonly number[];
  readonly residuals: { readonly meanSquare: number; readonly meanNorm: number };
  readonly seconds: number;
}

const HEADLINES: Readonly<Record<string, string>> = {
  optimal: "Optimal: the coefficients meet the bound",
  bounded: "The best coefficients found, and a bound on all others",
  stopped: "Stopped: this is what was reached",
};

/** Learned activations. */
export function activationSummary(record: ActivationRecord, status: string): ResultSummary {
  return {
    headline: HEADLINES[status] ?? status,
    facts: [
      { label: "Loss", value: formatNumber(record.value, 8), main: true },
      { label: "Certified lower bound", value: formatNumber(record.certifiedLowerBound, 8) },
      { label: "Value of the relaxation", value: formatNumber(record.relaxationValue, 8) },
      { label: "Mean square of residuals", value: formatNumber(record.residuals.meanSquare, 5) },
      { label: "Order", value: String(record.order) },
      { label: "Ranks", value: `${record.ranks.join(", ")}${record.flat ? ", flat" : ""}` },
    ],
    tables: [
      {
        caption: "Coefficients",
        columns: ["name", "value"],
        rows: Object.entries(record.coefficients).map(([name, value]) => [name, formatNumber(value, 9)]),
      },
    ],
    notes: [],
    timings: [],
    seconds: record.seconds,
  };
}

export type { ActivationRecord };
