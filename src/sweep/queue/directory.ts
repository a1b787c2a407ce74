import type { Redis } from "ioredis";
import * as z from "zod";
import { version } from "../../version.ts";
import { PREFIX, QUEUES_KEY, WAKE_CHANNEL, workerKey } from "./names.ts";
import type { Requirements } from "./names.ts";

/** What is known of a queue: who may serve it. */
const queueSchema = z.object({
  /** Release of the submitter. */
  version: z.string(),
  /** The plan's name. */
  name: z.string(),
  gpu: z.boolean(),
  memory: z.number().min(0),
});
export type QueueEntry = z.output<typeof queueSchema>;

const workerSchema = z.object({
  version: z.string(),
  gpu: z.boolean(),
  /** Bytes that its jobs may use together. */
  memory: z.number(),
  slots: z.int().min(1),
});
export type WorkerEntry = z.output<typeof workerSchema>;

/** Makes a queue known and wakes the workers. */
export async function openQueue(redis: Redis, queue: string, name: string, { gpu, memory }: Requirements): Promise<void> {
  const entry: QueueEntry = { version, name, gpu, memory };
  await redis.hset(QUEUES_KEY, queue, JSON.stringify(entry));
  await wake(redis);
}

export async function closeQueue(redis: Redis, queue: string): Promise<void> {
  await redis.hdel(QUEUES_KEY, queue);
}

export async function wake(redis: Redis): Promise<void> {
  await redis.publish(WAKE_CHANNEL, "");
}

/** The queues that are open; what cannot be read is passed over. */
export async function openQueues(redis: Redis): Promise<Map<string, QueueEntry>> {
  return entries(Object.entries(await redis.hgetall(QUEUES_KEY)), queueSchema);
}

/** Tells that a worker lives, for `lifetime` milliseconds. */
export async function announce(redis: Redis, worker: string, entry: WorkerEntry, lifetime: number): Promise<void> {
  await redis.set(workerKey(worker), JSON.stringify(entry), "PX", lifetime);
}

export async function leave(redis: Redis, worker: string): Promise<void> {
  await redis.del(workerKey(worker));
}

/** The workers that live. */
export async function workers(redis: Redis): Promise<WorkerEntry[]> {
  const keys: string[] = [];
  for await (const found of redis.scanStream({ match: workerKey("*"), count: 200 }) as AsyncIterable<string[]>) keys.push(...found);
  if (keys.length === 0) return [];
  const texts = await redis.mget(keys);
  return [...entries(keys.map((key, k) => [key, texts[k] ?? ""]), workerSchema).values()];
}

/** Whether a worker can do what a queue asks; if not, why, in words for its log. */
export function refusal(queue: QueueEntry, worker: WorkerEntry): string | undefined {
  if (queue.version !== worker.version) {
    return `it was submitted by ${PREFIX} ${queue.version}, and this is ${worker.version}: results could differ`;
  }
  if (queue.gpu && !worker.gpu) return "it needs a GPU";
  if (queue.memory > worker.memory) return "its jobs may use more memory than this worker has (--memory)";
  return undefined;
}

function entries<T>(pairs: readonly (readonly [string, string])[], schema: z.ZodType<T>): Map<string, T> {
  const read = new Map<string, T>();
  for (const [key, text] of pairs) {
    try {
      read.set(key, schema.parse(JSON.parse(text)));
    } catch {
      // Not ours, or of another release.
    }
  }
  return read;
}
