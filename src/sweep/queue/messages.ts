import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import { taskNames } from "../../tasks/task.ts";
import { failureReasons, makeJob } from "../job.ts";
import type { AttemptFailure, Job, JobLimits, JobOutcome, WantedFiles } from "../job.ts";
import type { JsonValue } from "../json.ts";
import { QueueError } from "./errors.ts";

/** Results are packed from this length on, characters. */
const PACK_FROM = 2048;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().min(1).max(255).regex(/^[^/\\\0]+$/);
const json: z.ZodType<JsonValue> = z.json();

const spec = z.strictObject({
  task: z.enum(taskNames),
  parameters: z.record(z.string(), json),
  inputs: z.record(
    z.string(),
    z.strictObject({
      name,
      sha256: hash,
      cut: z.strictObject({ columns: z.array(z.string()).optional(), rows: z.int().min(1).optional() }).optional(),
    }),
  ),
  generate: z.looseObject({ kind: z.string() }).optional(),
  repeat: z.int().min(1),
});

/** A job on the queue: data only. What it means is decided by the worker's own code. */
const orderSchema = z.strictObject({
  format: z.literal(1),
  spec,
  hash,
  attempt: z.int().min(1),
  limits: z.strictObject({ time: z.number().min(0), memory: z.number().min(0) }),
  wanted: z.strictObject({ files: z.boolean(), figures: z.boolean() }),
});
export type OrderData = z.input<typeof orderSchema>;

export interface Order {
  readonly job: Job;
  readonly attempt: number;
  readonly limits: JobLimits;
  readonly wanted: WantedFiles;
}

export function encodeOrder({ job, attempt, limits, wanted }: Order): OrderData {
  const { task, parameters, generate, repeat } = job;
  // Where a file lies on the submitter's machine is no concern of the worker's.
  const inputs = Object.fromEntries(
    Object.entries(job.inputs).map(([slot, { name: called, sha256, cut }]) => [slot, { name: called, sha256, ...(cut && { cut }) }]),
  );
  return JSON.parse(
    JSON.stringify({ format: 1, spec: { task, parameters, inputs, generate, repeat }, hash: job.hash, attempt, limits, wanted }),
  ) as OrderData;
}

/** @throws QueueError for data that no submitter of this release writes */
export function decodeOrder(data: unknown): Order {
  const read = orderSchema.safeParse(data);
  if (!read.success) throw new QueueError(`a job on the queue is malformed: ${z.prettifyError(read.error)}`);
  const { spec: given, hash: stated, attempt, limits, wanted } = read.data;
  const job = makeJob(given as Parameters<typeof makeJob>[0]);
  if (job.hash !== stated) throw new QueueError("a job on the queue is not the one that its hash says");
  return { job, attempt, limits, wanted };
}

const outcome = z.strictObject({
  status: z.string(),
  reached: z.boolean(),
  record: json,
  assessment: z.record(z.string(), z.number().nullable()).optional(),
  seconds: z.number(),
  peakMemory: z.number().nullable(),
  files: z.array(z.strictObject({ name, mediaType: z.string(), content: z.base64() })),
});
const answerSchema = z.union([
  z.strictObject({ format: z.literal(1), worker: z.string(), outcome }),
  z.strictObject({
    format: z.literal(1),
    worker: z.string(),
    failure: z.strictObject({ reason: z.enum(failureReasons), message: z.string(), seconds: z.number() }),
  }),
]);

/** What an attempt gave, and where. */
export type Answer = { readonly worker: string } & ({ readonly outcome: JobOutcome } | { readonly failure: AttemptFailure });

export function encodeAnswer(answer: Answer): Buffer {
  const text =
    "outcome" in answer
      ? JSON.stringify({
          format: 1,
          worker: answer.worker,
          outcome: {
            ...answer.outcome,
            files: answer.outcome.files.map((file) => ({ ...file, content: Buffer.from(file.content).toString("base64") })),
          },
        })
      : JSON.stringify({ format: 1, ...answer });
  return text.length < PACK_FROM ? Buffer.from(text) : gzipSync(text);
}

/** @throws QueueError for what no worker of this release writes */
export function decodeAnswer(bytes: Buffer): Answer {
  let data: unknown;
  try {
    data = JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes, { maxOutputLength: 2 ** 30 }) : bytes).toString("utf8"));
  } catch (cause) {
    throw new QueueError("a result on the queue is damaged", {}, { cause });
  }
  const read = answerSchema.safeParse(data);
  if (!read.success) throw new QueueError(`a result on the queue is malformed: ${z.prettifyError(read.error)}`);
  const { worker } = read.data;
  if ("failure" in read.data) return { worker, failure: read.data.failure };
  const { files, assessment, ...rest } = read.data.outcome;
  return {
    worker,
    outcome: {
      ...rest,
      ...(assessment && { assessment }),
      files: files.map((file) => ({ ...file, content: new Uint8Array(Buffer.from(file.content, "base64")) })),
    },
  };
}
