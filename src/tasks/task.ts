import type { ZodType } from "zod";
import type { VegaLiteSpec } from "../report/figure.ts";

/** What can be asked for by name, from a plan, a queue, or another thread. */
export const taskNames = ["solve", "quantize", "minimize", "activation", "bound", "sosx"] as const;
export type TaskName = (typeof taskNames)[number];

/** A file as data; its name is for messages and tells the format. */
export interface TaskInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where a task stands. Every number is optional: each task tells what it has. */
export interface TaskProgress {
  /** One line for a person. */
  readonly text: string;
  readonly seconds: number;
  readonly iteration?: number;
  readonly primalResidual?: number;
  readonly dualResidual?: number;
  readonly gap?: number;
  readonly lowerBound?: number;
  readonly upperBound?: number;
  /** Share of the work that is done, where it is known, in [0, 1]. */
  readonly fraction?: number;
}

export interface TaskHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
  /** A state to go on from, as text; a task that cannot be resumed never calls it. */
  readonly onCheckpoint?: (text: string) => void | Promise<void>;
  /** A text that onCheckpoint was given by the same task on the same inputs. */
  readonly resume?: string;
}

/** A file that a task made beside its record: a point, a network, a certificate. */
export interface TaskFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: string | Uint8Array;
}

export interface TaskOutcome {
  /** The task's own word: `solved`, `gapReached`, … */
  readonly status: string;
  /** Whether the task reached what was asked of it. */
  readonly reached: boolean;
  /** What `--json` of the command prints: JSON values only. */
  readonly record: unknown;
  readonly files: readonly TaskFile[];
  readonly figures: readonly { readonly name: string; readonly spec: VegaLiteSpec }[];
  /** Eigenvalues of the largest PSD block of the solution, falling, where there is one. */
  readonly spectrum?: Float64Array;
}

/** An input file that a task takes. */
export interface InputSlot {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  /** File name endings, without the dot. */
  readonly endings: readonly string[];
}

/**
 * One kind of work, as data in and data out: no file system, no terminal, so that it runs in a Node process, a Web
 * Worker or behind a queue alike. Parameters carry the names of the command's long options in camelCase.
 */
export interface Task<P = unknown> {
  readonly name: TaskName;
  readonly description: string;
  readonly inputs: readonly InputSlot[];
  /** Validates and completes parameters; strict: unknown keys are refused. */
  readonly parameters: ZodType<P>;
  /**
   * @throws SpectrahedronError for input that cannot be used.
   */
  run(parameters: P, inputs: Readonly<Record<string, TaskInput>>, hooks: TaskHooks): Promise<TaskOutcome>;
}
