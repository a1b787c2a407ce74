import { formatSignificant } from "../report/format.ts";
import { renderTable } from "../report/table.ts";
import type { Column } from "../report/table.ts";
import type { TaskName } from "../tasks/task.ts";
import { canonicalJson } from "./json.ts";
import type { JsonValue } from "./json.ts";
import { fieldOf } from "./results.ts";
import type { ResultLine } from "./results.ts";

/** Numbers of each task that are worth a look where the plan names none. */
const defaultFields: Readonly<Record<TaskName, readonly string[]>> = {
  solve: ["primalObjective", "dualObjective", "iterations", "seconds.total"],
  quantize: ["lowerBound", "sampled.-1.refitObjective", "sampled.-1.testAccuracy", "sampled.-1.testError", "seconds.solve"],
  minimize: ["certifiedLowerBound", "upperBound", "gap", "seconds"],
  activation: ["value", "certifiedLowerBound", "residuals.meanSquare", "seconds"],
  bound: ["0.lower", "0.upper", "0.rounds", "0.seconds"],
  sosx: ["lowerBound", "incumbent.pwlMae", "incumbent.activationMse", "incumbent.testMse", "seconds"],
};

export interface Quartiles {
  /** Results with this number. */
  readonly count: number;
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** The jobs of one combination of axis values. */
export interface CellSummary {
  readonly cell: Readonly<Record<string, JsonValue>>;
  readonly jobs: number;
  /** Results whose task reached what was asked of it. */
  readonly reached: number;
  readonly failed: number;
  /** Null for a field without any number. */
  readonly fields: Readonly<Record<string, Quartiles | null>>;
}

export interface Summary {
  readonly axes: readonly string[];
  readonly fields: readonly string[];
  readonly cells: readonly CellSummary[];
}

/**
 * Quartiles by linear interpolation between order statistics: the value at position share·(n − 1).
 * @returns null without values
 */
export function quartiles(values: readonly number[]): Quartiles | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  };
  return { count: sorted.length, lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

/** Collects results one by one: what is kept is the numbers asked for, not the records. */
export class Summarizer {
  readonly axes: readonly string[];
  private readonly fields: readonly string[];
  private readonly chosen: boolean;
  private readonly groups = new Map<string, Group>();

  /**
   * @param axes of the plan, in its order
   * @param by those to group by; default all
   */
  constructor(task: TaskName, axes: readonly string[], fields?: readonly string[], by?: readonly string[]) {
    this.axes = by ?? axes;
    this.fields = fields ?? defaultFields[task];
    this.chosen = fields !== undefined;
  }

  add(line: ResultLine): void {
    const cell = Object.fromEntries(this.axes.filter((axis) => axis in line.cell).map((axis) => [axis, line.cell[axis]]));
    const key = canonicalJson(cell);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { cell, jobs: 0, reached: 0, failed: 0, numbers: this.fields.map(() => []) };
      this.groups.set(key, group);
    }
    group.jobs++;
    if (line.status === null) group.failed++;
    else if (line.reached) group.reached++;
    this.fields.forEach((field, k) => {
      const value = fieldOf(line, field);
      if (value !== undefined && Number.isFinite(value)) group.numbers[k].push(value);
    });
  }

  summary(): Summary {
    const groups = [...this.groups.values()];
    // Defaults that no record has (accuracies of a regression) are left out.
    const shown = this.fields.flatMap((field, k) =>
      this.chosen || groups.some(({ numbers }) => numbers[k].length > 0) ? [{ field, k }] : [],
    );
    return {
      axes: this.axes,
      fields: shown.map(({ field }) => field),
      cells: groups.map(({ cell, jobs, reached, failed, numbers }) => ({
        cell,
        jobs,
        reached,
        failed,
        fields: Object.fromEntries(shown.map(({ field, k }) => [field, quartiles(numbers[k])])),
      })),
    };
  }
}

interface Group {
  readonly cell: Readonly<Record<string, JsonValue>>;
  jobs: number;
  reached: number;
  failed: number;
  readonly numbers: number[][];
}

/** A value of a cell as text. */
export function cellText(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The summary as a table: `median [lower, upper]` for each field. */
export function summaryTable({ axes, fields, cells }: Summary): string {
  const shownAxes = axes.filter((axis) => new Set(cells.map(({ cell }) => cellText(cell[axis]))).size > 1);
  const number = (value: number): string => formatSignificant(value, 4);
  const columns: Column<CellSummary>[] = [
    ...shownAxes.map((axis) => ({ title: axis, cell: ({ cell }: CellSummary) => cellText(cell[axis]) })),
    { title: "jobs", cell: ({ jobs }) => String(jobs) },
    { title: "reached", cell: ({ reached }) => String(reached) },
    ...(cells.some(({ failed }) => failed > 0) ? [{ title: "failed", cell: ({ failed }: CellSummary) => String(failed) }] : []),
    ...fields.map((field) => ({
      title: field,
      cell: ({ fields: numbers }: CellSummary) => {
        const found = numbers[field];
        if (found === null || found === undefined) return "-";
        const { count, lower, median, upper } = found;
        return count === 1 ? number(median) : `${number(median)} [${number(lower)}, ${number(upper)}]`;
      },
    })),
  ];
  return renderTable(columns, cells);
}
