/** Fraction of the iterations so far that comparisons look back to. */
const LOOK_BACK = 0.8;
/** Errors that do not fall are taken to fall this slowly. */
const SLOWEST = 0.99;

interface Sample {
  readonly iteration: number;
  readonly primal: number;
  readonly dual: number;
  readonly error: number;
}

/** Watches the checks of a splitting: how far its objective still moves, how long it will still take. */
export class ConvergenceMonitor {
  readonly #samples: Sample[] = [];
  #compare = 0;

  record(iteration: number, primal: number, dual: number, error: number): void {
    this.#samples.push({ iteration, primal, dual, error });
    while (
      this.#compare + 1 < this.#samples.length - 1 &&
      this.#samples[this.#compare + 1].iteration <= LOOK_BACK * iteration
    ) {
      this.#compare++;
    }
  }

  /**
   * Estimated remaining change of either objective; 0 with nothing to compare. Small residuals do not tell: where an
   * optimal dual is huge the iterates creep, all tests hold, and the objective is far off. If errors fall by the
   * factor ρ while the objective moves by Δ, geometric decay leaves Δρ/(1 − ρ) to go.
   */
  objectiveDrift(): number {
    const pair = this.#pair();
    if (!pair) return 0;
    const { now, then } = pair;
    const moved = Math.max(Math.abs(now.primal - then.primal), Math.abs(now.dual - then.dual));
    const rate = Math.min(now.error / then.error, SLOWEST);
    return moved === 0 ? 0 : (moved * rate) / (1 - rate);
  }

  /** Iterations until the error is `eps` if it goes on falling as it does; 0 with nothing to compare. */
  iterationsLeft(eps: number): number {
    const pair = this.#pair();
    if (!pair || pair.now.error <= eps) return 0;
    const { now, then } = pair;
    const decay = Math.log(then.error / now.error) / (now.iteration - then.iteration);
    return decay > 0 ? Math.log(now.error / eps) / decay : Infinity;
  }

  #pair(): { readonly now: Sample; readonly then: Sample } | undefined {
    const now = this.#samples.at(-1);
    const then = this.#samples[this.#compare];
    return !now || then === now ? undefined : { now, then };
  }
}
