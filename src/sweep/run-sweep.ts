import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "../errors.ts";
import { JournalWriteError, writeFaultText } from "./errors.ts";
import type { Executor, PendingJob, RunPolicy, StopSignals } from "./executor.ts";
import type { Expansion } from "./expand.ts";
import type { AttemptFailure, Job, ResultFile } from "./job.ts";
import { sha256 } from "./json.ts";
import type { Journal } from "./journal.ts";
import type { KeptFile } from "./journal-record.ts";
import { SweepProgress } from "./progress.ts";
import type { SweepState } from "./progress.ts";

export interface SweepListener {
  /** Whenever something has changed. */
  onState?(state: SweepState): void;
  /** An attempt gave nothing. */
  onFailure?(job: Job, failure: AttemptFailure, final: boolean): void;
  /** What a running task tells. */
  onProgress?(job: Job, text: string, fraction?: number): void;
}

export interface SweepRun {
  readonly expansion: Expansion;
  readonly journal: Journal;
  readonly executor: Executor;
  readonly policy: RunPolicy;
  /** Folder of the jobs' files: one folder for each job. */
  readonly filesFolder: string;
  /** Whether jobs that were given up are tried again. */
  readonly retryFailed?: boolean;
  readonly signals: StopSignals;
  readonly listener?: SweepListener;
}

/** How a sweep stands when nothing runs any more. */
export interface SweepEnd {
  readonly done: number;
  readonly failed: number;
  /** Neither done nor given up: what --resume goes on with. */
  readonly open: number;
  /** Seconds of this run. */
  readonly seconds: number;
}

/**
 * Runs what is left of a plan and records every end in the journal, a result exactly once.
 * @throws JournalWriteError where the journal or the jobs' files cannot be written; what runs then is returned
 */
export async function runSweep(run: SweepRun): Promise<SweepEnd> {
  const { expansion, journal, executor, policy, signals, listener } = run;
  const pending = pendingJobs(run);
  const total = expansion.jobs.length;
  const failedBefore = expansion.jobs.filter(({ job }) => isGivenUp(journal, job.id)).length;
  const failed = run.retryFailed ? 0 : failedBefore;
  const progress = new SweepProgress(total, total - pending.length - failed, failed, executor.workers);
  const tell = (): void => listener?.onState?.(progress.state());
  tell();
  if (pending.length > 0) {
    await executor.run(
      pending,
      policy,
      {
        started(job) {
          progress.started(job.id);
          tell();
        },
        progress(job, text, fraction) {
          listener?.onProgress?.(job, text, fraction);
        },
        finished(job, attempt, worker, { files, ...outcome }) {
          if (journal.hasResult(job.id)) return;
          const kept = keepFiles(join(run.filesFolder, job.id), files);
          const at = new Date().toISOString();
          journal.recordResult({ kind: "result", job: job.id, attempt, worker, at, ...outcome, files: kept });
          progress.finished(job.id);
          tell();
        },
        failed(job, attempt, worker, failure, final) {
          const at = new Date().toISOString();
          if (!journal.recordFailure({ kind: "failure", job: job.id, attempt, worker, at, ...failure, final })) return;
          progress.gaveNothing(job.id, final);
          listener?.onFailure?.(job, failure, final);
          tell();
        },
      },
      signals,
    );
  }
  const { done, failed: givenUp, seconds } = progress.state();
  return { done, failed: givenUp, open: total - done - givenUp, seconds };
}

function isGivenUp(journal: Journal, job: string): boolean {
  return journal.hasEnded(job) && !journal.hasResult(job);
}

function pendingJobs({ expansion, journal, retryFailed }: SweepRun): PendingJob[] {
  return expansion.jobs.flatMap(({ job }): PendingJob[] => {
    if (journal.hasResult(job.id)) return [];
    const earlier = journal.failed(job.id);
    const attempts = earlier.length;
    if (!isGivenUp(journal, job.id)) {
      const series = earlier.slice(earlier.findLastIndex(({ final }) => final) + 1);
      return [{ job, attempts, failures: series.map(({ reason }) => reason) }];
    }
    return retryFailed === true ? [{ job, attempts, failures: [] }] : [];
  });
}

/** Writes the files of a job under a temporary name first: the folder of a job is there whole or not at all. */
function keepFiles(folder: string, files: readonly ResultFile[]): KeptFile[] {
  if (files.length === 0) return [];
  for (const { name } of files) {
    // Names come from processes and machines elsewhere: none may lead out of the folder.
    if (!/^[\w-][\w.-]*$/.test(name)) throw new FormatError(`a job's file must not be called ${JSON.stringify(name)}`, { file: name });
  }
  const draft = `${folder}.part`;
  try {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    for (const { name, content } of files) writeFileSync(join(draft, name), content);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    throw new JournalWriteError(
      `the files of a job cannot be written to ${folder}: ${writeFaultText(cause)}. ` +
        "Everything recorded so far is safe; make room and run the sweep again with --resume",
      { file: folder },
      { cause },
    );
  }
  return files.map(({ name, mediaType, content }) => ({ name, mediaType, sha256: sha256(content), bytes: content.length }));
}
