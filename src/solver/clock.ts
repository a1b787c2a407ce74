import { nextTask } from "./next-task.ts";

/** The event loop gets a turn this often, in milliseconds. */
const YIELD_EVERY = 50;

/** Wall time of one solve, its limit and its abort signal. */
export class SolveClock {
  readonly #began = performance.now();
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  #lastYield = performance.now();

  /** `limit` in seconds, 0 = none. */
  constructor(limit: number, signal: AbortSignal | undefined) {
    this.#limit = limit;
    this.#signal = signal;
  }

  /** Since the solve began. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** Left of the time limit; Infinity without one. */
  get secondsLeft(): number {
    return this.#limit > 0 ? Math.max(0, this.#limit - this.seconds) : Infinity;
  }

  /** Why the solve must stop now, if it must. */
  get stop(): "interrupted" | "timeLimit" | undefined {
    if (this.#signal?.aborted) return "interrupted";
    return this.secondsLeft <= 0 ? "timeLimit" : undefined;
  }

  /** Lets timers, signals and messages through when it is time. */
  readonly yieldIfDue = async (): Promise<void> => {
    if (performance.now() - this.#lastYield < YIELD_EVERY) return;
    await nextTask();
    this.#lastYield = performance.now();
  };
}
