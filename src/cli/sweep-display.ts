import type { AttemptFailure, Job } from "../sweep/job.ts";
import { progressLine } from "../sweep/progress.ts";
import type { SweepState } from "../sweep/progress.ts";
import type { SweepListener } from "../sweep/run-sweep.ts";

/** Redrawn this often at most on a terminal, and told this often elsewhere, milliseconds. */
const ON_TERMINAL = 100;
const ELSEWHERE = 10_000;

/** A sweep on standard error: one line that is written over on a terminal, now and then a line elsewhere. */
export class SweepDisplay implements SweepListener {
  private readonly quiet: boolean;
  private readonly live = process.stderr.isTTY;
  private next = 0;
  private last: SweepState | undefined;

  constructor(quiet: boolean) {
    this.quiet = quiet;
  }

  onState(state: SweepState): void {
    this.last = state;
    const now = performance.now();
    if (now < this.next) return;
    this.next = now + (this.live ? ON_TERMINAL : ELSEWHERE);
    this.show();
  }

  onFailure(job: Job, { reason, message }: AttemptFailure, final: boolean): void {
    const [first] = message.split("\n");
    this.write(`${this.live ? "\r\u001b[K" : ""}job ${job.id}: ${reason}: ${first} (${final ? "given up" : "again later"})\n`);
  }

  /** A line that stays. */
  say(text: string): void {
    this.write(`${this.live ? "\r\u001b[K" : ""}${text}\n`);
  }

  /** Leaves the last state on the screen. */
  finish(): void {
    if (this.last === undefined) return;
    this.show();
    if (this.live) this.write("\n");
    this.last = undefined;
  }

  private show(): void {
    if (this.last === undefined) return;
    const text = progressLine(this.last);
    this.write(this.live ? `\r\u001b[K${text}` : `${text}\n`);
  }

  private write(text: string): void {
    if (!this.quiet) process.stderr.write(text);
  }
}
