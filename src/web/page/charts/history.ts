import type { TaskProgress } from "../../../tasks/task.ts";

/** The measures that a chart draws, in the order of its legend. */
export const residualNames = ["primalResidual", "dualResidual", "gap"] as const;
export const boundNames = ["lowerBound", "upperBound"] as const;
export type SeriesName = (typeof residualNames)[number] | (typeof boundNames)[number];

export interface HistoryPoint {
  readonly seconds: number;
  readonly iteration: number | undefined;
  readonly values: Readonly<Partial<Record<SeriesName, number>>>;
}

/** Beyond this, every other point of the past is dropped: a chart has no more columns of pixels. */
const MOST_POINTS = 1200;

/** What has been told of a run so far. Memory is bounded whatever the number of reports. */
export class History {
  private points: HistoryPoint[] = [];
  /** Only every `stride`-th report is kept; the latest always is. */
  private stride = 1;
  private reports = 0;
  private latestIsExtra = false;

  add(progress: TaskProgress): void {
    const values: Partial<Record<SeriesName, number>> = {};
    for (const name of [...residualNames, ...boundNames]) {
      const value = progress[name];
      if (value !== undefined && Number.isFinite(value)) values[name] = value;
    }
    if (this.latestIsExtra) this.points.pop();
    this.latestIsExtra = this.reports % this.stride !== 0;
    this.reports++;
    this.points.push({ seconds: progress.seconds, iteration: progress.iteration, values });
    if (this.points.length > MOST_POINTS) {
      this.points = this.points.filter((_, k) => k % 2 === 0);
      this.stride *= 2;
    }
  }

  /** The points as a table: seconds, iterations, and a column for every name. */
  csv(names: readonly SeriesName[]): string {
    const rows = this.points.map(({ seconds, iteration, values }) => [seconds, iteration ?? "", ...names.map((name) => values[name] ?? "")].join(","));
    return `${["seconds", "iteration", ...names].join(",")}\n${rows.join("\n")}\n`;
  }

  /** Whether there is something to draw a line through. */
  get drawable(): boolean {
    return this.points.length > 1;
  }

  get all(): readonly HistoryPoint[] {
    return this.points;
  }

  get latest(): HistoryPoint | undefined {
    return this.points.at(-1);
  }

  /** The names that have at least one value. */
  present<N extends SeriesName>(names: readonly N[]): N[] {
    return names.filter((name) => this.points.some(({ values }) => values[name] !== undefined));
  }
}
