import { formatNumber } from "../format.ts";
import { timingsOf } from "./summary.ts";
import type { ResultSummary } from "./summary.ts";

/** One objective of relaxation/bound-record.ts, as far as the page shows it. */
interface BoundEntry {
  readonly row?: number;
  readonly layers: string;
  readonly objective: string;
  readonly sense: "min" | "max";
  readonly lower: number | null;
  readonly upper: number | null;
  readonly certified: boolean;
  readonly verdict?: string;
  readonly seconds: number;
  readonly cuts: number;
  readonly unstable: number;
  readonly tightening: { readonly lps: number; readonly seconds: number };
}

const HEADLINES: Readonly<Record<string, string>> = {
  holds: "The property holds for every input of the box (certified)",
  violated: "The property is violated: an input of the box shows it",
  unknown: "Not decided: the bound and the best point lie on both sides",
  bounded: "Bounded: the bounds are certified",
  notCertified: "No certified bound was found for some objective",
  interrupted: "Stopped: this is what was reached",
};

/** Bounds on a network's outputs. */
export function boundSummary(record: readonly BoundEntry[], status: string): ResultSummary {
  const headline = HEADLINES[status] ?? status;
  if (record.length === 0) return { headline, facts: [], tables: [], notes: [], timings: [] };
  const rows = record.some(({ row }) => row !== undefined);
  const verdicts = record.some(({ verdict }) => verdict !== undefined);
  const [{ layers, unstable, tightening }] = record;
  return {
    headline,
    facts: [
      { label: "Network", value: layers },
      { label: "Unstable neurons", value: String(unstable), help: "not on one side of their kink over the whole box" },
      { label: "Tightening", value: tightening.lps === 0 ? "none" : `${tightening.lps} linear programs` },
    ],
    tables: [
      {
        caption: "Objectives",
        columns: [...(rows ? ["row"] : []), "objective", "certified bound", "network reaches", "cuts", "seconds", ...(verdicts ? ["property"] : [])],
        rows: record.map((entry) => {
          const [bound, reached] = entry.sense === "min" ? [entry.lower, entry.upper] : [entry.upper, entry.lower];
          return [
            ...(rows ? [String(entry.row ?? "")] : []),
            entry.objective,
            entry.certified ? `${entry.sense === "min" ? "\u2265" : "\u2264"} ${formatNumber(bound, 7)}` : "none",
            formatNumber(reached, 7),
            String(entry.cuts),
            formatNumber(entry.seconds, 3),
            ...(verdicts ? [entry.verdict ?? ""] : []),
          ];
        }),
      },
    ],
    notes: [],
    timings: timingsOf({
      "tightening of neurons": tightening.seconds,
      ...Object.fromEntries(record.slice(0, 8).map(({ objective, seconds, row }) => [`${row === undefined ? "" : `row ${row}, `}${objective}`, seconds])),
    }),
    seconds: record.reduce((sum, { seconds }) => sum + seconds, tightening.seconds),
  };
}

export type { BoundEntry };
