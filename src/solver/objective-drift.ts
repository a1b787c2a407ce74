/** Fraction of the iterations so far that the comparison looks back to. */
const LOOK_BACK = 0.8;

/** Errors that do not fall are taken to fall this slowly. */
const SLOWEST = 0.99;

interface Sample {
  readonly iteration: number;
  readonly primal: number;
  readonly dual: number;
  readonly error: number;
}

/**
 * How far the objectives of a slowly converging splitting will still move. Small residuals do not tell: with an
 * optimal dual of norm 10⁴ the iterates creep, all tests hold, and the objective is off by half (SDPLIB hinf9).
 * If errors fall by the factor ρ while the objective moves by Δ, geometric decay leaves Δρ/(1 − ρ) to go.
 */
export class ObjectiveDrift {
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

  /** Estimated remaining change of either objective; 0 with nothing to compare. */
  remaining(): number {
    const now = this.#samples.at(-1);
    const then = this.#samples[this.#compare];
    if (!now || then === now) return 0;
    const moved = Math.max(Math.abs(now.primal - then.primal), Math.abs(now.dual - then.dual));
    if (moved === 0) return 0;
    const rate = Math.min(now.error / then.error, SLOWEST);
    return (moved * rate) / (1 - rate);
  }
}
