/** What is shown of an outcome, as data: headline, numbers, tables. */
export interface ResultSummary {
  /** One sentence without its full stop. */
  readonly headline: string;
  readonly facts: readonly Fact[];
  readonly tables: readonly SummaryTable[];
  readonly notes: readonly string[];
  /** Parts of the time, the longest first; empty where the task does not tell. */
  readonly timings: readonly Timing[];
  /** Seconds of the whole, which the parts are held against. */
  readonly seconds?: number | undefined;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
  readonly help?: string | undefined;
  /** The number that matters most. */
  readonly main?: boolean;
}

export interface SummaryTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Timing {
  readonly part: string;
  readonly seconds: number;
}

/** Parts that took at least a hundredth of a millisecond, the longest first. */
export function timingsOf(parts: Readonly<Record<string, number | undefined>>): Timing[] {
  return Object.entries(parts)
    .flatMap(([part, seconds]) => (seconds !== undefined && seconds >= 1e-5 ? [{ part, seconds }] : []))
    .sort((a, b) => b.seconds - a.seconds);
}
