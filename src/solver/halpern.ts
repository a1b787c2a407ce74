import type { Workspace } from "../backends/backend.ts";

/** Restart when the fixed-point error has fallen to this share of the one at the last restart, */
const SUFFICIENT = 0.2;
/** or to this share and has begun to rise, */
const NECESSARY = 0.8;
/** or when the round is this share of all iterations. */
const ARTIFICIAL = 0.2;

/**
 * Restarted, reflected Halpern iteration (Lu, Yang, 2024; Lu et al., cuPDLPx, 2025): in round step t, v ←
 * (t+1)/(t+2)·(v + α(u − ũ)) + 1/(t+2)·v₀, α = 2 the reflection; v₀ ← v at restarts. Restarts are also when
 * the penalty may change.
 */
export class HalpernIteration {
  readonly #workspace: Workspace;
  readonly #relaxation: number;
  #t = 0;
  #errorAtRestart = Infinity;
  #lastError = Infinity;
  #started = false;

  constructor(workspace: Workspace, relaxation: number) {
    this.#workspace = workspace;
    this.#relaxation = relaxation;
  }

  reset(): void {
    this.#started = false;
  }

  /** Whether to start a new round from the step just taken. */
  async wantsRestart(iteration: number): Promise<boolean> {
    const error = await this.#workspace.fixedPointError();
    const rising = error > this.#lastError;
    this.#lastError = error;
    if (this.#t === 0) this.#errorAtRestart = error;
    if (!this.#started || this.#t < 2) return false;
    return (
      error <= SUFFICIENT * this.#errorAtRestart ||
      (error <= NECESSARY * this.#errorAtRestart && rising) ||
      this.#t >= ARTIFICIAL * iteration
    );
  }

  advance(restart: boolean): void {
    const workspace = this.#workspace;
    if (!this.#started) {
      workspace.setAnchor();
      this.#started = true;
      this.#t = 0;
    }
    workspace.relaxStep(this.#relaxation);
    if (restart) {
      workspace.setAnchor();
      this.#t = 0;
      return;
    }
    workspace.pullToAnchor(1 / (this.#t + 2));
    this.#t++;
  }
}
