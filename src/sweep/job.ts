import type { TaskName } from "../tasks/task.ts";
import type { GeneratorRequest } from "../tasks/generate/registry.ts";
import { canonicalJson, sha256 } from "./json.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** A part of a table: these columns, rows without gaps, the first `rows` of them. */
export interface TableCut {
  readonly columns?: readonly string[] | undefined;
  readonly rows?: number | undefined;
}

/** An input by content: whoever runs the job finds the bytes by their hash, or at `path` where the files are shared. */
export interface InputReference {
  /** File name without folder: it tells the format. */
  readonly name: string;
  /** Of the file's bytes as they are. */
  readonly sha256: string;
  readonly path?: string;
  readonly cut?: TableCut;
}

/** What determines a result, and nothing else. Data only. */
export interface JobSpec {
  readonly task: TaskName;
  /** With all defaults filled in. */
  readonly parameters: JsonObject;
  readonly inputs: Readonly<Record<string, InputReference>>;
  /** Inputs that are made up from a seed. */
  readonly generate?: GeneratorRequest;
  /** From 1; tells apart repetitions with the same seed. */
  readonly repeat: number;
}

export interface Job extends JobSpec {
  /** First 16 digits of `hash`. */
  readonly id: string;
  /** SHA-256 of the canonical form of the spec: the same whatever the order of the plan. */
  readonly hash: string;
}

/** A job in its plan. */
export interface PlannedJob {
  readonly job: Job;
  /** Place in the plan, from 0. */
  readonly index: number;
  /** Values of the plan's axes: what the summary groups by. */
  readonly cell: Readonly<Record<string, JsonValue>>;
  readonly seed: number | null;
}

export function makeJob(spec: JobSpec): Job {
  const inputs = Object.fromEntries(
    // Where a file lies is no part of what the job is.
    Object.entries(spec.inputs).map(([slot, { name, sha256: hash, cut }]) => [slot, { name, sha256: hash, cut }]),
  );
  const { task, parameters, generate, repeat } = spec;
  const hash = sha256(canonicalJson({ task, parameters, inputs, generate, repeat }));
  return { ...spec, id: hash.slice(0, 16), hash };
}

/** A file that a job made, as it travels from the process that ran it. */
export interface ResultFile {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Uint8Array;
}

/** What a job gave. */
export interface JobOutcome {
  /** The task's own word. */
  readonly status: string;
  readonly reached: boolean;
  readonly record: JsonValue;
  /** Against the truth of a generated input. */
  readonly assessment?: Readonly<Record<string, number | null>>;
  /** Wall time of the task. */
  readonly seconds: number;
  /** Largest resident set of the process while the job ran, bytes; null where it could not be measured. */
  readonly peakMemory: number | null;
  readonly files: readonly ResultFile[];
}

/**
 * Why an attempt gave nothing.
 * - `input`: the task refused what it was given; trying again cannot help.
 * - `error`: an unexpected exception.
 * - `crash`: the process died by itself.
 * - `lost`: the process was killed from outside, or its machine went away.
 * - `memory`, `time`: a limit of the plan.
 */
export const failureReasons = ["input", "error", "crash", "lost", "memory", "time"] as const;
export type FailureReason = (typeof failureReasons)[number];

export interface AttemptFailure {
  readonly reason: FailureReason;
  readonly message: string;
  readonly seconds: number;
}

export interface JobLimits {
  /** Seconds; 0 = none. */
  readonly time: number;
  /** Bytes of resident memory of the whole process; 0 = none. */
  readonly memory: number;
}

/** Whether a failed attempt is followed by another one. */
export interface RetryPolicy {
  /** Further attempts after the first. */
  readonly retries: number;
  readonly retryOn: readonly FailureReason[];
}

/** Attempts of one job that may be lost to kills from outside, which are not its fault: they count separately. */
const LOST_ATTEMPTS = 10;

/** @param earlier reasons of the attempts so far, the last one included */
export function mayRetry({ retries, retryOn }: RetryPolicy, earlier: readonly FailureReason[]): boolean {
  const last = earlier[earlier.length - 1];
  const lost = earlier.filter((reason) => reason === "lost").length;
  if (last === "lost") return lost <= LOST_ATTEMPTS;
  return retryOn.includes(last) && earlier.length - lost <= retries;
}

/** What of an outcome goes beyond its record. */
export interface WantedFiles {
  /** Files of the task: points, networks, certificates. */
  readonly files: boolean;
  /** Figures of the task, drawn. */
  readonly figures: boolean;
}
