import { formatSeconds } from "../report/format.ts";

/** How a sweep stands. */
export interface SweepState {
  readonly total: number;
  /** With a result, this run and earlier ones. */
  readonly done: number;
  /** Given up. */
  readonly failed: number;
  readonly running: number;
  /** Attempts that were followed by another one. */
  readonly retried: number;
  /** Of this run. */
  readonly seconds: number;
  /** Estimated seconds to the end; undefined before a job has ended. */
  readonly left: number | undefined;
}

/** Jobs that the mean duration is taken of: the last ones, as later jobs of a plan may be larger. */
const WINDOW = 200;

/** Counts what happens in a sweep and estimates the time left. */
export class SweepProgress {
  private readonly total: number;
  private readonly workers: number;
  private readonly start = performance.now();
  private readonly running = new Map<string, number>();
  private readonly durations: number[] = [];
  private done: number;
  private failed: number;
  private retried = 0;

  constructor(total: number, done: number, failed: number, workers: number) {
    this.total = total;
    this.done = done;
    this.failed = failed;
    this.workers = Math.max(1, workers);
  }

  started(job: string): void {
    this.running.set(job, performance.now());
  }

  finished(job: string): void {
    this.ended(job);
    this.done++;
  }

  gaveNothing(job: string, final: boolean): void {
    this.ended(job);
    if (final) this.failed++;
    else this.retried++;
  }

  state(): SweepState {
    return {
      total: this.total,
      done: this.done,
      failed: this.failed,
      running: this.running.size,
      retried: this.retried,
      seconds: (performance.now() - this.start) / 1000,
      left: this.left(),
    };
  }

  private ended(job: string): void {
    const began = this.running.get(job);
    this.running.delete(job);
    if (began === undefined) return;
    this.durations.push((performance.now() - began) / 1000);
    if (this.durations.length > WINDOW) this.durations.shift();
  }

  /** What waits, spread over the workers, and the rest of what runs. */
  private left(): number | undefined {
    if (this.durations.length === 0) return undefined;
    const mean = this.durations.reduce((sum, v) => sum + v, 0) / this.durations.length;
    const waiting = this.total - this.done - this.failed - this.running.size;
    const now = performance.now();
    let rest = waiting * mean;
    for (const began of this.running.values()) rest += Math.max(0, mean - (now - began) / 1000);
    return rest / Math.min(this.workers, Math.max(1, waiting + this.running.size));
  }
}

/** `312/1000 done, 2 failed, 4 running, 3 repeated, 12 s, 25 s left`. */
export function progressLine({ total, done, failed, running, retried, seconds, left }: SweepState): string {
  return [
    `${done}/${total} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(running > 0 ? [`${running} running`] : []),
    ...(retried > 0 ? [`${retried} repeated`] : []),
    formatSeconds(seconds),
    ...(left !== undefined && done + failed < total ? [`${formatSeconds(left)} left`] : []),
  ].join(", ");
}
