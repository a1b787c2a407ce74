import type { AttemptFailure, FailureReason, Job, JobLimits, JobOutcome, RetryPolicy, WantedFiles } from "./job.ts";

/** A job that is still to be done. */
export interface PendingJob {
  readonly job: Job;
  /** Attempts made so far, in all runs of the sweep. */
  readonly attempts: number;
  /** Why those that count against the retries gave nothing, in order. */
  readonly failures: readonly FailureReason[];
}

/** How the jobs of a sweep are to be run, wherever that is. */
export interface RunPolicy extends RetryPolicy {
  readonly limits: JobLimits;
  readonly wanted: WantedFiles;
}

/**
 * What an executor tells. It may tell a result twice (a queue delivers at least once): who listens records the first one.
 * An exception in one of these ends the run: no further job is started, what runs is returned, and `run` rejects with it.
 */
export interface ExecutorEvents {
  started(job: Job, worker: string): void;
  progress(job: Job, text: string, fraction?: number): void;
  /** @param attempt from 1, over all runs of the sweep */
  finished(job: Job, attempt: number, worker: string, outcome: JobOutcome): void;
  /** @param final no other attempt follows */
  failed(job: Job, attempt: number, worker: string, failure: AttemptFailure, final: boolean): void;
}

export interface StopSignals {
  /** No further jobs are started; those that run are finished. */
  readonly drain: AbortSignal;
  /** Running jobs are ended and returned: nothing is told of them. */
  readonly stop: AbortSignal;
}

/** Where jobs run: processes on this machine, or a queue that others serve. */
export interface Executor {
  /** Places that can run a job each, as far as it is known: for the estimate of the time left. */
  readonly workers: number;
  /** What it is, in a few words: `2 processes`. */
  readonly description: string;
  /** Runs jobs until all have ended or a signal stops it. Order is its own choice. */
  run(jobs: readonly PendingJob[], policy: RunPolicy, events: ExecutorEvents, signals: StopSignals): Promise<void>;
}
