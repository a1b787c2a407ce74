import { renderTable } from "../report/table.ts";
import type { Column } from "../report/table.ts";
import type { Expansion } from "./expand.ts";
import type { PlannedJob } from "./job.ts";
import type { PlanFile } from "./plan-file.ts";
import { cellText } from "./summary.ts";

/** The jobs of a plan as a table, and what is missing to run them. */
export function describeJobs({ name, plan }: PlanFile, { jobs, missing }: Expansion): string {
  const axes = [...new Set(jobs.flatMap(({ cell }) => Object.keys(cell)))];
  const columns: Column<PlannedJob>[] = [
    { title: "job", align: "left", cell: ({ job }) => job.id },
    ...axes.map((axis) => ({ title: axis, cell: ({ cell }: PlannedJob) => cellText(cell[axis]) })),
    ...(jobs.some(({ seed }) => seed !== null) ? [{ title: "seed", cell: ({ seed }: PlannedJob) => String(seed ?? "") }] : []),
    ...(jobs.some(({ job }) => job.repeat > 1) ? [{ title: "repeat", cell: ({ job }: PlannedJob) => String(job.repeat) }] : []),
  ];
  const lines = [`${name}: ${jobs.length} jobs of ${plan.task}`, "", renderTable(columns, jobs)];
  if (missing.length > 0) lines.push("", "Not found yet:", ...missing.map((one) => `  ${one}`));
  return lines.join("\n");
}
