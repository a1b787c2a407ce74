import type { PlannedJob } from "./job.ts";
import type { Journal } from "./journal.ts";
import type { JsonValue } from "./json.ts";

/** One line of results.jsonl: a job with what it gave. */
export interface ResultLine {
  readonly job: string;
  /** Place in the plan, from 0. */
  readonly index: number;
  readonly task: string;
  readonly cell: Readonly<Record<string, JsonValue>>;
  readonly seed: number | null;
  readonly repeat: number;
  readonly parameters: JsonValue;
  /** Name and SHA-256 by slot. */
  readonly inputs: JsonValue;
  readonly generate: JsonValue;
  /** The task's status; null for a job without a result. */
  readonly status: string | null;
  readonly reached: boolean;
  readonly record: JsonValue;
  readonly assessment: Readonly<Record<string, number | null>> | null;
  readonly seconds: number | null;
  readonly peakMemory: number | null;
  readonly attempts: number;
  /** Of the attempts that gave nothing. */
  readonly failures: readonly { readonly reason: string; readonly message: string }[];
  readonly files: readonly { readonly name: string; readonly sha256: string; readonly bytes: number }[];
}

/** Results of all jobs that have ended, in the plan's order. */
export function* resultLines(jobs: readonly PlannedJob[], journal: Journal): Generator<ResultLine> {
  for (const { job, index, cell, seed } of jobs) {
    if (!journal.hasEnded(job.id)) continue;
    const result = journal.result(job.id);
    const failures = journal.failed(job.id);
    const inputs = Object.entries(job.inputs).map(([slot, { name, sha256 }]) => [slot, { name, sha256 }] as const);
    yield {
      job: job.id,
      index,
      task: job.task,
      cell,
      seed,
      repeat: job.repeat,
      parameters: job.parameters,
      inputs: Object.fromEntries(inputs),
      generate: (job.generate ?? null) as JsonValue,
      status: result?.status ?? null,
      reached: result?.reached ?? false,
      record: result?.record ?? null,
      assessment: result?.assessment ?? null,
      seconds: result?.seconds ?? null,
      peakMemory: result?.peakMemory ?? null,
      attempts: failures.length + (result === undefined ? 0 : 1),
      failures: failures.map(({ reason, message }) => ({ reason, message })),
      files: (result?.files ?? []).map(({ name, sha256, bytes }) => ({ name, sha256, bytes })),
    };
  }
}

/**
 * A number of a result, by path: of the record (`seconds.total`, `sampled.-1.testAccuracy`, where −1 is the last entry
 * of a list), of the assessment (`assessment.absErr`), or of the job itself (`job.seconds`, `job.peakMemory`).
 */
export function fieldOf(line: ResultLine, path: string): number | undefined {
  const [first, ...rest] = path.split(".");
  const own = first === "job" || first === "assessment";
  const root: unknown = first === "job" ? line : own ? line.assessment : line.record;
  let value: unknown = root;
  for (const key of own ? rest : [first, ...rest]) {
    if (Array.isArray(value) && /^-?\d+$/.test(key)) value = value.at(Number(key));
    else value = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" ? value : undefined;
}
