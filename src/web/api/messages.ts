import type { ConicProblem } from "../../problem/conic-problem.ts";
import type { Result } from "../../solver/result.ts";
import type { IterationInfo, Settings } from "../../solver/settings.ts";
import type { TaskInput, TaskName, TaskOutcome, TaskProgress } from "../../tasks/task.ts";
import type { WebBackend, WebCapabilities } from "./options.ts";
import type { PortableError } from "./portable-error.ts";

/** Settings that can be posted; the signal and the callback are messages of their own. */
export type PortableSettings = Partial<Omit<Settings, "signal" | "onIteration">>;

/** One piece of work. */
export type Job =
  | {
      readonly kind: "run";
      readonly task: TaskName;
      readonly parameters: object;
      readonly inputs: Readonly<Record<string, TaskInput>>;
      readonly resume?: string;
      readonly progress: boolean;
      readonly checkpoints: boolean;
    }
  | {
      readonly kind: "solve";
      readonly problem: ConicProblem;
      readonly settings: PortableSettings;
      readonly iterations: boolean;
    };

export type JobValue = TaskOutcome | Result;

/** From the page to the worker. One job at a time; `abort` and `checkpointKept` are about the one under way. */
export type Request =
  | { readonly kind: "start"; readonly backend: WebBackend; readonly threads?: number }
  | { readonly kind: "job"; readonly id: number; readonly job: Job; readonly aborted: boolean }
  | { readonly kind: "abort"; readonly id: number }
  | { readonly kind: "checkpointKept"; readonly id: number; readonly error?: PortableError };

/** From the worker to the page. */
export type Reply =
  | { readonly kind: "ready"; readonly capabilities: WebCapabilities }
  | { readonly kind: "notReady"; readonly error: PortableError }
  | { readonly kind: "progress"; readonly id: number; readonly progress: TaskProgress }
  | { readonly kind: "iterations"; readonly id: number; readonly infos: readonly IterationInfo[] }
  | { readonly kind: "checkpoint"; readonly id: number; readonly text: string }
  | { readonly kind: "done"; readonly id: number; readonly value: JobValue }
  | { readonly kind: "failed"; readonly id: number; readonly error: PortableError };
