import type { TaskOutcome } from "../../../tasks/task.ts";
import { History } from "./history.ts";
import type { SeriesName } from "./history.ts";

interface Entry {
  readonly seconds: number;
  readonly value: number;
  readonly measure: string;
}

const MEASURES: Readonly<Record<string, SeriesName>> = {
  "primal residual": "primalResidual",
  "dual residual": "dualResidual",
  gap: "gap",
};

/**
 * The course of a solve from the data of its convergence figure: progress reaches the page only some times a second, the
 * figure has every report.
 */
export function courseOf({ figures }: Pick<TaskOutcome, "figures">): History | undefined {
  const spec = figures.find(({ name }) => name === "convergence")?.spec;
  const values = (spec?.["data"] as { readonly values?: readonly Entry[] } | undefined)?.values;
  if (values === undefined) return undefined;
  const points = new Map<number, Partial<Record<SeriesName, number>>>();
  for (const { seconds, value, measure } of values) {
    const name = MEASURES[measure];
    if (name !== undefined) points.set(seconds, { ...points.get(seconds), [name]: value });
  }
  const history = new History();
  for (const [seconds, measures] of points) history.add({ text: "", seconds, ...measures });
  return history;
}
