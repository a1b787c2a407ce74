import { setTimeout as pause } from "node:timers/promises";
import type { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { version } from "../../version.ts";
import type { Executor, ExecutorEvents, PendingJob, RunPolicy, StopSignals } from "../executor.ts";
import { mayRetry } from "../job.ts";
import type { Job } from "../job.ts";
import { closeQueue, openQueue, refusal, wake, workers } from "./directory.ts";
import type { QueueEntry } from "./directory.ts";
import { dropInputs, inputsOf, uploadInputs } from "./inputs.ts";
import { decodeAnswer, encodeOrder } from "./messages.ts";
import type { Answer } from "./messages.ts";
import { attemptId, jobOfAttempt, PREFIX, queueName, resultKey } from "./names.ts";
import type { QueuePackages } from "./packages.ts";

/** Jobs that are handed to the server at once. */
const BULK = 500;
/** Results that are fetched at once. */
const FETCH = 100;
/** Without news, results are looked for this often, and lost jobs put back, milliseconds. */
const CHECK_EVERY = 10_000;
/** Longest time for taking leave of the server, milliseconds. */
const CLOSE_TIME = 5000;
/** How often it is said that nobody serves the sweep, milliseconds. */
const COMPLAIN_EVERY = 30_000;

export interface QueueExecutorOptions {
  readonly redis: Redis;
  readonly packages: QueuePackages;
  /** See {@link sweepIdentity}. */
  readonly sweep: string;
  /** The plan's name. */
  readonly name: string;
  /** The server, for people. */
  readonly shown: string;
  readonly say: (text: string) => void;
}

/** A job that has no result yet. */
interface OpenJob {
  readonly pending: PendingJob;
  readonly queue: string;
  readonly attempt: string;
}

/** Jobs on a queue that workers elsewhere serve. Several runs after each other go on where the last one was. */
export class QueueExecutor implements Executor {
  workers = 1;
  readonly description: string;
  private readonly options: QueueExecutorOptions;

  constructor(options: QueueExecutorOptions) {
    this.options = options;
    this.description = `workers at ${options.shown}`;
  }

  async run(jobs: readonly PendingJob[], policy: RunPolicy, events: ExecutorEvents, signals: StopSignals): Promise<void> {
    await new Run(this.options, policy, events, (count) => (this.workers = count)).follow(jobs, signals);
  }
}

/** One run of an executor. */
class Run {
  private readonly options: QueueExecutorOptions;
  private readonly policy: RunPolicy;
  private readonly events: ExecutorEvents;
  private readonly setWorkers: (count: number) => void;
  private readonly open = new Map<string, OpenJob>();
  private readonly running = new Set<string>();
  private readonly queues = new Map<string, { readonly queue: Queue; readonly news: QueueEvents; readonly entry: QueueEntry }>();
  /** Attempts of which there is, or may be, a result. */
  private readonly ended = new Set<string>();
  private collecting: Promise<void> | undefined;
  private fault: Error | undefined;
  private finish: () => void = () => undefined;
  private readonly finished = new Promise<void>((resolve) => (this.finish = resolve));
  private complained = -Infinity;

  constructor(options: QueueExecutorOptions, policy: RunPolicy, events: ExecutorEvents, setWorkers: (count: number) => void) {
    this.options = options;
    this.policy = policy;
    this.events = events;
    this.setWorkers = setWorkers;
  }

  async follow(jobs: readonly PendingJob[], signals: StopSignals): Promise<void> {
    const { redis, sweep } = this.options;
    const inputs = inputsOf(jobs.map(({ job }) => job));
    const onDrain = (): void => void this.drain().catch((error: unknown) => this.fail(error));
    const onStop = (): void => this.finish();
    const onReady = (): void => void this.check().catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    try {
      await uploadInputs(redis, sweep, inputs);
      for (const pending of jobs) this.enter(pending);
      for (const name of new Set([...this.open.values()].map(({ queue }) => queue))) await this.openQueue(name);
      // What has been done since the last run is collected before anything is handed out.
      await this.check(true);
      await this.submit([...this.open.values()]);
      timer = setInterval(() => void this.check().catch(() => undefined), CHECK_EVERY);
      redis.on("ready", onReady);
      signals.drain.addEventListener("abort", onDrain, { once: true });
      signals.stop.addEventListener("abort", onStop, { once: true });
      if (signals.stop.aborted) onStop();
      else if (signals.drain.aborted) onDrain();
      this.endIfDone();
      await this.finished;
      await this.collecting;
    } finally {
      clearInterval(timer);
      redis.off("ready", onReady);
      signals.drain.removeEventListener("abort", onDrain);
      signals.stop.removeEventListener("abort", onStop);
      // A server that does not answer must not keep an interrupted program.
      await Promise.race([this.close(this.open.size === 0).catch(() => undefined), pause(CLOSE_TIME)]);
    }
    if (this.open.size === 0) await dropInputs(redis, sweep, inputs);
    if (this.fault !== undefined) throw this.fault;
  }

  private enter(pending: PendingJob): OpenJob {
    const { job, attempts } = pending;
    const queue = queueName(this.options.sweep, needsGpu(job));
    const entry = { pending, queue, attempt: attemptId(job.id, attempts + 1) };
    this.open.set(job.id, entry);
    return entry;
  }

  private async openQueue(name: string): Promise<void> {
    const { redis, packages } = this.options;
    const common = { connection: redis, prefix: PREFIX, skipVersionCheck: true };
    const queue = new packages.bullmq.Queue(name, { ...common, skipMetasUpdate: true });
    const news = new packages.bullmq.QueueEvents(name, common);
    queue.on("error", () => undefined);
    news.on("error", () => undefined);
    news.on("active", ({ jobId }) => this.started(jobId));
    news.on("progress", ({ jobId, data }) => this.progress(jobId, data));
    news.on("completed", ({ jobId }) => this.collect([jobId]));
    news.on("failed", ({ jobId }) => void this.givenUp(jobId).catch((error: unknown) => this.fail(error)));
    await news.waitUntilReady();
    const entry = { version, name: this.options.name, gpu: name.endsWith("-gpu"), memory: this.policy.limits.memory };
    this.queues.set(name, { queue, news, entry });
    await queue.resume();
    await openQueue(redis, name, this.options.name, entry);
  }

  private async submit(jobs: readonly OpenJob[]): Promise<void> {
    const { limits, wanted } = this.policy;
    for (const [name, { queue }] of this.queues) {
      const own = jobs.filter((job) => job.queue === name);
      for (let first = 0; first < own.length; first += BULK) {
        await queue.addBulk(
          own.slice(first, first + BULK).map(({ pending: { job, attempts }, attempt }) => ({
            name: job.task,
            data: encodeOrder({ job, attempt: attempts + 1, limits, wanted }),
            // A job that the server knows already is not added again.
            opts: { jobId: attempt, attempts: 1, removeOnComplete: false, removeOnFail: false },
          })),
        );
        if (first === 0) await wake(this.options.redis);
      }
    }
  }

  private openJob(attempt: string): OpenJob | undefined {
    const entry = this.open.get(jobOfAttempt(attempt));
    return entry?.attempt === attempt ? entry : undefined;
  }

  private started(attempt: string): void {
    const entry = this.openJob(attempt);
    if (entry === undefined) return;
    this.running.add(entry.pending.job.id);
    this.guard(() => this.events.started(entry.pending.job, "worker"));
  }

  private progress(attempt: string, data: unknown): void {
    const entry = this.openJob(attempt);
    if (entry === undefined || typeof data !== "object" || data === null) return;
    const { text, fraction } = data as { text?: unknown; fraction?: unknown };
    if (typeof text !== "string") return;
    this.guard(() => this.events.progress(entry.pending.job, text, typeof fraction === "number" ? fraction : undefined));
  }

  private collect(attempts: readonly string[]): void {
    for (const attempt of attempts) this.ended.add(attempt);
    this.collecting ??= this.collectAll()
      .catch((error: unknown) => this.fail(error))
      .finally(() => (this.collecting = undefined));
  }

  private async collectAll(): Promise<void> {
    while (this.ended.size > 0 && this.fault === undefined) {
      const batch = [...this.ended].slice(0, FETCH);
      const entries = batch.flatMap((attempt) => this.openJob(attempt) ?? []);
      const results = entries.length === 0 ? [] : await this.options.redis.mgetBuffer(entries.map(({ queue, attempt }) => resultKey(queue, attempt)));
      const again: OpenJob[] = [];
      const over: OpenJob[] = [];
      entries.forEach((entry, k) => {
        const bytes = results[k];
        if (bytes === null) {
          // Completed without a result: the server has lost it. The job is done again.
          over.push(entry);
          again.push(entry);
          return;
        }
        const next = this.record(entry, decodeAnswer(bytes));
        over.push(entry);
        if (next !== undefined) again.push(next);
      });
      for (const attempt of batch) this.ended.delete(attempt);
      await this.forget(over);
      if (again.length > 0) await this.submit(again);
      this.endIfDone();
    }
  }

  /** Passes an answer on; the next attempt where there is to be one. */
  private record(entry: OpenJob, answer: Answer): OpenJob | undefined {
    const { job, attempts, failures } = entry.pending;
    this.running.delete(job.id);
    if ("outcome" in answer) {
      this.events.finished(job, attempts + 1, answer.worker, answer.outcome);
      this.open.delete(job.id);
      return undefined;
    }
    const reasons = [...failures, answer.failure.reason];
    const again = mayRetry(this.policy, reasons);
    this.events.failed(job, attempts + 1, answer.worker, answer.failure, !again);
    if (again) return this.enter({ job, attempts: attempts + 1, failures: reasons });
    this.open.delete(job.id);
    return undefined;
  }

  /** The queue has handed a job on too often: its workers have died of it, or were killed. */
  private async givenUp(attempt: string): Promise<void> {
    const entry = this.openJob(attempt);
    if (entry === undefined) return;
    const failure = { reason: "lost" as const, message: "its workers went away", seconds: 0 };
    const next = this.record(entry, { worker: "worker", failure });
    await this.forget([entry]);
    if (next !== undefined) await this.submit([next]);
    this.endIfDone();
  }

  /** Takes ended attempts off the server: they are in the journal. */
  private async forget(entries: readonly OpenJob[]): Promise<void> {
    if (entries.length === 0) return;
    await Promise.all(
      entries.map(async ({ queue, attempt }) => {
        await this.queues.get(queue)?.queue.remove(attempt);
      }),
    );
    await this.options.redis.unlink(entries.map(({ queue, attempt }) => resultKey(queue, attempt)));
  }

  /**
   * Looks for results that no event has told of (the connection was lost, or this program was not running), and for jobs
   * that the server has lost. @param first nothing has been handed out yet
   */
  private async check(first = false): Promise<void> {
    const { redis } = this.options;
    const entries = [...this.open.values()];
    for (let k = 0; k < entries.length; k += BULK) {
      const part = entries.slice(k, k + BULK);
      const pipeline = redis.pipeline();
      for (const { queue, attempt } of part) pipeline.exists(resultKey(queue, attempt)).exists(`${PREFIX}:${queue}:${attempt}`);
      const answers = (await pipeline.exec()) ?? [];
      const there = (i: number): boolean => answers[i]?.[1] === 1;
      const done = part.filter((_, i) => there(2 * i));
      if (done.length > 0) this.collect(done.map(({ attempt }) => attempt));
      if (first) continue;
      await this.submit(part.filter((entry, i) => !there(2 * i) && !there(2 * i + 1) && this.openJob(entry.attempt) === entry));
    }
    if (first) await this.collecting;
    await this.countWorkers();
  }

  private async countWorkers(): Promise<void> {
    const living = await workers(this.options.redis);
    const entries = [...this.queues.values()].map(({ entry }) => entry);
    const able = living.filter((worker) => entries.some((entry) => refusal(entry, worker) === undefined));
    this.setWorkers(Math.max(1, able.reduce((sum, { slots }) => sum + slots, 0)));
    const unserved = entries.find((entry) => living.every((worker) => refusal(entry, worker) !== undefined));
    if (unserved === undefined || performance.now() - this.complained < COMPLAIN_EVERY) return;
    this.complained = performance.now();
    const wants = unserved.gpu ? " with a GPU" : "";
    const other = living.find((worker) => worker.version !== version);
    const hint = other === undefined ? "start one: spectrahedron worker --redis" : `those there are of release ${other.version}, this is ${version}`;
    this.options.say(`no worker${wants} serves this sweep yet; ${hint}`);
  }

  /** Nothing more is started; ends when what runs has ended. */
  private async drain(): Promise<void> {
    for (const { queue } of this.queues.values()) await queue.pause();
    const active = async (): Promise<number> => {
      const counts = await Promise.all([...this.queues.values()].map(({ queue }) => queue.getActiveCount()));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    while ((await active()) > 0) await pause(200);
    await this.check(true);
    this.finish();
  }

  /** @param done nothing is left: the queues are taken off the server */
  private async close(done: boolean): Promise<void> {
    for (const [name, { queue, news }] of this.queues) {
      if (!done) await queue.pause();
      await closeQueue(this.options.redis, name);
      await wake(this.options.redis);
      if (done) await queue.obliterate({ force: true });
      await news.close();
      await queue.close();
      if (done) await this.eraseKeys(name);
    }
  }

  /** What late answers of workers that had lost their jobs have left. */
  private async eraseKeys(name: string): Promise<void> {
    const { redis } = this.options;
    for (const match of [`${PREFIX}:${name}:*`, resultKey(name, "*")]) {
      for await (const keys of redis.scanStream({ match, count: 1000 }) as AsyncIterable<string[]>) {
        if (keys.length > 0) await redis.unlink(keys);
      }
    }
  }

  private endIfDone(): void {
    if (this.open.size === 0) this.finish();
  }

  /** What a listener throws ends the run. */
  private guard(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.fault ??= error instanceof Error ? error : new Error(String(error));
    this.finish();
  }
}

function needsGpu({ parameters }: Job): boolean {
  return parameters["backend"] === "webgpu";
}
