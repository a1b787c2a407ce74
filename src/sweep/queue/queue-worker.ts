import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { StopSignals } from "../executor.ts";
import { attemptFailure } from "../run-job.ts";
import type { JobLimits } from "../job.ts";
import type { JsonObject } from "../json.ts";
import { JobProcess } from "../local/job-process.ts";
import type { AttemptResult, ChildCommand } from "../local/job-process.ts";
import { announce, leave } from "./directory.ts";
import type { WorkerEntry } from "./directory.ts";
import { InputCache } from "./inputs.ts";
import { JobSource } from "./job-source.ts";
import type { TakenJob } from "./job-source.ts";
import { decodeOrder, encodeAnswer } from "./messages.ts";
import type { Order } from "./messages.ts";
import { PREFIX, resultKey, WAKE_CHANNEL } from "./names.ts";
import type { QueuePackages } from "./packages.ts";

/** Without a call, the queues are asked this often, milliseconds. */
const ASK_EVERY = 1000;
/** Results that nobody collects are dropped after a week, seconds. */
const KEPT = 7 * 24 * 3600;

/** A result is kept only while its job is known: one that comes late, after another worker's, leaves nothing behind. */
const KEEP_RESULT = `if redis.call("EXISTS", KEYS[1]) == 1 then
  return redis.call("SET", KEYS[2], ARGV[1], "EX", ARGV[2], "NX")
end
return false`;

export interface QueueWorkerOptions {
  readonly redis: Redis;
  readonly packages: QueuePackages;
  /** How it is called in results and logs. */
  readonly name: string;
  readonly entry: WorkerEntry;
  readonly command: ChildCommand;
  /** Threads of each job. */
  readonly threads: number;
  readonly cacheFolder: string;
  /** Bytes. */
  readonly cacheLimit: number;
  /** Seconds after which a job whose worker is silent goes to another one. */
  readonly lease: number;
  /** Parameters of this place, such as the adapter, for jobs that compute on a device. */
  readonly deviceParameters: JsonObject;
  readonly say: (text: string) => void;
}

export interface WorkerCounts {
  readonly done: number;
  readonly failed: number;
  readonly returned: number;
}

/** Serves the queues until it is stopped: each job in a process of its own with the plan's limits. */
export class QueueWorker {
  private readonly options: QueueWorkerOptions;
  private readonly token = randomUUID();
  private readonly source: JobSource;
  private readonly cache: InputCache;
  private readonly sleeping = new Set<() => void>();
  private readonly counts = { done: 0, failed: 0, returned: 0 };
  private memory = 0;

  constructor(options: QueueWorkerOptions) {
    this.options = options;
    const { redis, packages, entry, say, lease, cacheFolder, cacheLimit } = options;
    this.source = new JobSource({ redis, packages, worker: entry, token: this.token, lease: 1000 * lease, say });
    this.cache = new InputCache(cacheFolder, cacheLimit);
  }

  /** Ends when `drain` (running jobs are finished) or `stop` (they are returned) is signalled. */
  async run(signals: StopSignals): Promise<WorkerCounts> {
    const { redis, entry, lease } = this.options;
    const halt = AbortSignal.any([signals.drain, signals.stop]);
    const listener = redis.duplicate();
    listener.on("error", () => undefined);
    listener.on("message", () => {
      this.source.lookAgain();
      this.wake();
    });
    await listener.subscribe(WAKE_CHANNEL);
    const beat = (): void => void announce(redis, this.token, entry, 3000 * lease).catch(() => undefined);
    beat();
    const beats = setInterval(beat, 1000 * lease);
    const onHalt = (): void => this.wake();
    halt.addEventListener("abort", onHalt);
    try {
      await Promise.all(Array.from({ length: entry.slots }, () => this.serve(halt, signals.stop)));
    } finally {
      clearInterval(beats);
      halt.removeEventListener("abort", onHalt);
      listener.disconnect();
      await leave(redis, this.token).catch(() => undefined);
      await this.source.close();
    }
    return { ...this.counts };
  }

  private async serve(halt: AbortSignal, stop: AbortSignal): Promise<void> {
    let runner: JobProcess | undefined;
    let limits: JobLimits | undefined;
    try {
      while (!halt.aborted) {
        const taken = await this.source.take();
        if (taken === undefined) {
          await this.sleep();
          continue;
        }
        const order = await this.orderOf(taken);
        if (order === undefined) continue;
        if (runner === undefined || limits === undefined || !sameLimits(limits, order.limits)) {
          runner?.close();
          limits = order.limits;
          runner = new JobProcess({ command: this.options.command, limits, threads: this.options.threads });
        }
        if (halt.aborted || !this.reserve(limits.memory)) {
          // Another slot's jobs need the memory now.
          await this.giveBack(taken);
          if (!halt.aborted) await this.sleep();
          continue;
        }
        try {
          await this.attempt(taken, order, runner, stop);
        } finally {
          this.memory -= limits.memory;
        }
      }
    } finally {
      runner?.close();
    }
  }

  private reserve(memory: number): boolean {
    if (this.memory > 0 && this.memory + memory > this.options.entry.memory) return false;
    this.memory += memory;
    return true;
  }

  /** What the job asks; malformed ones are failed for good. */
  private async orderOf({ queue, job }: TakenJob): Promise<Order | undefined> {
    try {
      return decodeOrder(job.data);
    } catch (error) {
      const failure = attemptFailure(error, 0);
      this.options.say(`${failure.message} (queue ${queue})`);
      await this.answer({ queue, job }, { failure });
      return undefined;
    }
  }

  private async attempt(taken: TakenJob, order: Order, runner: JobProcess, stop: AbortSignal): Promise<void> {
    const { redis, lease, deviceParameters } = this.options;
    const { job } = taken;
    const renewal = setInterval(() => {
      job.extendLock(this.token, 1000 * lease).catch(() => undefined);
    }, 300 * lease);
    const tell = (text: string, fraction?: number): void => {
      job.updateProgress({ text, ...(fraction !== undefined && { fraction }) }).catch(() => undefined);
    };
    let result: AttemptResult;
    const started = performance.now();
    try {
      const { parameters } = order.job;
      const local = parameters["backend"] === "webgpu" && parameters["adapter"] === undefined ? deviceParameters : {};
      result = await this.cache.with(redis, order.job.inputs, (inputs) =>
        runner.run({ ...order.job, inputs }, order.wanted, local, stop, tell),
      );
    } catch (error) {
      // An input that is not to be had; the job itself never rejects.
      result = { failure: { ...attemptFailure(error, (performance.now() - started) / 1000), reason: "error" } };
    } finally {
      clearInterval(renewal);
    }
    if ("returned" in result) {
      this.counts.returned++;
      await this.giveBack(taken);
    } else {
      this.counts["outcome" in result ? "done" : "failed"]++;
      await this.answer(taken, result);
    }
  }

  /**
   * The result first, then the job's end: who dies in between leaves a job that is done again, never one that is lost. A
   * job whose lease ran out meanwhile belongs to another worker; the first result counts.
   */
  private async answer({ queue, job }: TakenJob, result: Exclude<AttemptResult, { returned: true }>): Promise<void> {
    const { redis, name } = this.options;
    const id = job.id ?? "";
    const keys = [`${PREFIX}:${queue}:${id}`, resultKey(queue, id)];
    await redis.eval(KEEP_RESULT, 2, ...keys, encodeAnswer({ worker: name, ...result }), KEPT);
    await job.moveToCompleted("", this.token, false).catch(() => undefined);
  }

  private async giveBack({ job }: TakenJob): Promise<void> {
    await job.moveToWait(this.token).catch(() => undefined);
  }

  private sleep(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.sleeping.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ASK_EVERY);
      this.sleeping.add(done);
    });
  }

  private wake(): void {
    for (const done of [...this.sleeping]) done();
  }
}

function sameLimits(a: JobLimits, b: JobLimits): boolean {
  return a.time === b.time && a.memory === b.memory;
}
