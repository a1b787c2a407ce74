import type { MinimizeSummary } from "../../../moment/report.ts";
import type { ExperimentReport } from "../../../quantized/experiment/run.ts";
import type { JsonSummary } from "../../../report/json-summary.ts";
import type { TaskName, TaskOutcome } from "../../../tasks/task.ts";
import { activationSummary } from "./activation.ts";
import type { ActivationRecord } from "./activation.ts";
import { boundSummary } from "./bound.ts";
import type { BoundEntry } from "./bound.ts";
import { minimizeSummary } from "./minimize.ts";
import { quantizeSummary } from "./quantize.ts";
import { solveSummary } from "./solve.ts";
import { sosxSummary } from "./sosx.ts";
import type { StudyRecord } from "./sosx.ts";
import type { ResultSummary } from "./summary.ts";

/** What to show of an outcome. Each task's record has the form that its command prints. */
export function summarise(task: TaskName, { record, status }: Pick<TaskOutcome, "record" | "status">): ResultSummary {
  switch (task) {
    case "solve":
      return solveSummary(record as JsonSummary);
    case "quantize":
      return quantizeSummary(record as ExperimentReport | readonly ExperimentReport[] | null, status === "interrupted");
    case "minimize":
      return minimizeSummary(record as MinimizeSummary);
    case "bound":
      return boundSummary(record as readonly BoundEntry[], status);
    case "sosx":
      return sosxSummary(record as StudyRecord, status);
    case "activation":
      return activationSummary(record as ActivationRecord, status);
  }
}
