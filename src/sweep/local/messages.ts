import type { AttemptFailure, Job, JobOutcome, WantedFiles } from "../job.ts";
import type { JsonObject } from "../json.ts";

/** What the process of a pool is told. */
export interface RunMessage {
  readonly kind: "run";
  readonly job: Job;
  readonly wanted: WantedFiles;
  readonly local: JsonObject;
}

/** What it answers. */
export type ChildMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly text: string; readonly fraction?: number }
  | { readonly kind: "done"; readonly outcome: JobOutcome }
  | { readonly kind: "failed"; readonly failure: AttemptFailure };

/** Settings of a child, in its environment: they are needed before the first message. */
export const CHILD_SETTINGS = "SPECTRAHEDRON_JOB_PROCESS";

export interface ChildSettings {
  /** Bytes; 0 = none. */
  readonly memory: number;
  /** Threads that a task may use for itself. */
  readonly threads: number;
}
