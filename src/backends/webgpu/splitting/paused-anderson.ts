import type { Awaitable, BackendAcceleration } from "../../backend.ts";
import type { AndersonState, DeviceAnderson } from "./device-anderson.ts";
import type { Submissions } from "./submissions.ts";

/** The residual must fall by this factor between two looks at least `PATIENCE` iterations apart, */
const PROGRESS = 0.9;
const PATIENCE = 40;
/** or plain iterations follow: this many, twice as many the next time. */
const FIRST_PAUSE = 50;

/**
 * Acceleration on the device with pauses decided on the host, from what the checks bring back: without a fixed point
 * (infeasible problems) extrapolation leads nowhere and hides the drift that proves it.
 */
export class PausedAnderson implements BackendAcceleration {
  accepted = 0;
  rejected = 0;
  readonly #anderson: DeviceAnderson;
  readonly #submissions: Submissions;
  #iteration = 0;
  #watchedSince = -1;
  #watched = Infinity;
  #pausedUntil = 0;
  #pause = FIRST_PAUSE;

  constructor(anderson: DeviceAnderson, submissions: Submissions) {
    this.#anderson = anderson;
    this.#submissions = submissions;
  }

  extrapolate(iteration: number): Awaitable<void> {
    this.#iteration = iteration;
    if (iteration > 0 && iteration >= this.#pausedUntil) this.#anderson.extrapolate();
    return this.#submissions.throttle();
  }

  safeguard(): void {
    if (this.#iteration >= this.#pausedUntil) this.#anderson.safeguard();
  }

  reset(): void {
    this.#anderson.reset(true);
    this.#watchedSince = -1;
  }

  /** After a check of this iteration, with the state it brought back. */
  observe(iteration: number, { accepted, rejected, residual }: AndersonState): void {
    this.accepted = accepted;
    this.rejected = rejected;
    if (this.#watchedSince < 0 || iteration < this.#watchedSince) {
      this.#watchedSince = iteration;
      this.#watched = residual;
      return;
    }
    if (iteration < this.#watchedSince + PATIENCE) return;
    const stands = !(Math.sqrt(residual) <= PROGRESS * Math.sqrt(this.#watched));
    this.#watchedSince = iteration;
    this.#watched = residual;
    if (!stands) return;
    this.#pausedUntil = iteration + this.#pause;
    this.#pause *= 2;
    this.reset();
  }
}
