import { availableParallelism } from "node:os";
import { formatCount } from "../../report/format.ts";
import type { Executor, ExecutorEvents, PendingJob, RunPolicy, StopSignals } from "../executor.ts";
import { mayRetry } from "../job.ts";
import type { Job } from "../job.ts";
import type { JsonObject } from "../json.ts";
import { JobProcess } from "./job-process.ts";
import type { ChildCommand } from "./job-process.ts";

export interface LocalOptions {
  readonly command: ChildCommand;
  /** Processes; default one a core. */
  readonly workers?: number | undefined;
  /** WebGPU adapters: with them there is one process each, and a job that computes on a device without naming it gets its own. */
  readonly adapters?: readonly string[] | undefined;
}

/** Jobs in processes on this machine. */
export class LocalExecutor implements Executor {
  readonly workers: number;
  private readonly command: ChildCommand;
  private readonly adapters: readonly string[];

  constructor({ command, workers, adapters = [] }: LocalOptions) {
    this.command = command;
    this.adapters = adapters;
    this.workers = workers ?? (adapters.length > 0 ? adapters.length : availableParallelism());
  }

  get description(): string {
    return formatCount(this.workers, "process", "processes");
  }

  async run(jobs: readonly PendingJob[], policy: RunPolicy, events: ExecutorEvents, signals: StopSignals): Promise<void> {
    const queue = new JobQueue(jobs);
    const broken = new AbortController();
    const stop = AbortSignal.any([signals.stop, broken.signal]);
    const halt = AbortSignal.any([signals.drain, stop]);
    let fault: unknown;
    const threads = Math.max(1, Math.floor(availableParallelism() / this.workers));
    const serve = async (slot: number): Promise<void> => {
      const runner = new JobProcess({ command: this.command, limits: policy.limits, threads });
      const worker = `process ${slot + 1}`;
      try {
        for (;;) {
          const pending = await queue.take(halt);
          if (pending === undefined) return;
          await this.attempt(runner, worker, slot, pending, policy, events, stop, queue);
        }
      } catch (error) {
        fault ??= error;
        broken.abort();
      } finally {
        runner.close();
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.workers, jobs.length) }, (_, slot) => serve(slot)));
    if (broken.signal.aborted) throw fault;
  }

  private async attempt(
    runner: JobProcess,
    worker: string,
    slot: number,
    { job, attempts, failures }: PendingJob,
    policy: RunPolicy,
    events: ExecutorEvents,
    stop: AbortSignal,
    queue: JobQueue,
  ): Promise<void> {
    events.started(job, worker);
    const tell = (text: string, fraction?: number): void => events.progress(job, text, fraction);
    const result = await runner.run(job, policy.wanted, this.placeOf(job, slot), stop, tell);
    if ("returned" in result) return;
    const attempt = attempts + 1;
    if ("outcome" in result) {
      events.finished(job, attempt, worker, result.outcome);
      queue.ended();
      return;
    }
    const reasons = [...failures, result.failure.reason];
    const again = mayRetry(policy, reasons);
    events.failed(job, attempt, worker, result.failure, !again);
    if (again) queue.putBack({ job, attempts: attempt, failures: reasons });
    else queue.ended();
  }

  private placeOf({ parameters }: Job, slot: number): JsonObject {
    const { backend, adapter } = parameters;
    return backend === "webgpu" && adapter === undefined && this.adapters.length > 0
      ? { adapter: this.adapters[slot % this.adapters.length] }
      : {};
  }
}

/** Jobs that wait; who takes one when there is none waits until one is put back or all have ended. */
class JobQueue {
  private readonly jobs: readonly PendingJob[];
  private next = 0;
  private readonly again: PendingJob[] = [];
  private open: number;
  private waiting: (() => void)[] = [];

  constructor(jobs: readonly PendingJob[]) {
    this.jobs = jobs;
    this.open = jobs.length;
  }

  async take(signal: AbortSignal): Promise<PendingJob | undefined> {
    for (;;) {
      if (signal.aborted || this.open === 0) return undefined;
      // A repeated attempt waits behind the fresh jobs: what troubled it may be over by then.
      if (this.next < this.jobs.length) return this.jobs[this.next++];
      const back = this.again.shift();
      if (back !== undefined) return back;
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  putBack(job: PendingJob): void {
    this.again.push(job);
    this.wake();
  }

  /** A job is done with. */
  ended(): void {
    this.open--;
    if (this.open === 0) this.wake();
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
