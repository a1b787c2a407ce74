import type { HistoryProducts, IterateHistory } from "../backends/backend.ts";

/** Tikhonov weight r relative to ‖A‖_F‖Y‖_F. */
const REGULARIZATION = 1e-8;
/** The residual must fall by this factor in every `patience` iterations, */
const PROGRESS = 0.9;
/** or plain iterations follow: this many, twice as many the next time. */
const FIRST_PAUSE = 50;

export interface AndersonOptions {
  readonly lookback: number;
  readonly leastColumns: number;
  readonly interval: number;
  readonly safeguard: number;
  readonly weightLimit: number;
  readonly patience: number;
}

/**
 * Anderson acceleration of v ↦ T(v) (Zhang, O'Donoghue, Boyd, 2020): every `interval` iterations, v ← T(v) −
 * Fγ with (AᵀY + rI)γ = Aᵀg, A = S (type I) or Y (type II), F = S − Y, g = v − T(v); the residual of the step
 * after it must be at most `safeguard` times the last one, or both are undone. Without a fixed point
 * (infeasible problems) extrapolation leads nowhere and hides the drift that proves it: it pauses when the
 * residual stands still.
 */
export class AndersonAcceleration {
  readonly #history: IterateHistory;
  readonly #options: AndersonOptions;
  #pairs = 0;
  /** ‖g‖ of the pair that the running extrapolation started from, or −1. */
  #reference = -1;
  #watchedSince = -1;
  #watchedNorm = Infinity;
  #pausedUntil = 0;
  #pause = FIRST_PAUSE;
  accepted = 0;
  rejected = 0;

  constructor(history: IterateHistory, options: AndersonOptions) {
    this.#history = history;
    this.#options = options;
  }

  /** The map has changed. */
  reset(): void {
    this.#forget();
    this.#watchedSince = -1;
  }

  #forget(): void {
    this.#history.reset();
    this.#pairs = 0;
    this.#reference = -1;
  }

  async extrapolate(iteration: number): Promise<void> {
    this.#reference = -1;
    if (iteration === 0 || iteration % this.#options.interval !== 0 || iteration < this.#pausedUntil) return;
    const products = await this.#history.record();
    const enough = this.#pairs >= this.#options.leastColumns;
    this.#pairs++;
    if (!products || this.#standsStill(iteration, products.normG) || !enough) return;
    const weights = andersonWeights(products);
    const size = norm(weights);
    if (!(size < this.#options.weightLimit)) {
      this.rejected++;
      this.#forget();
      return;
    }
    if (size === 0) return;
    this.#history.extrapolate(weights);
    this.#reference = products.normG;
  }

  /** Starts a pause when the residual has made no progress since it was last looked at. */
  #standsStill(iteration: number, residual: number): boolean {
    if (this.#watchedSince < 0) {
      this.#watchedSince = iteration;
      this.#watchedNorm = residual;
      return false;
    }
    if (iteration < this.#watchedSince + this.#options.patience) return false;
    const stands = !(residual <= PROGRESS * this.#watchedNorm);
    this.#watchedSince = iteration;
    this.#watchedNorm = residual;
    if (!stands) return false;
    this.#pausedUntil = iteration + this.#pause;
    this.#pause *= 2;
    this.reset();
    return true;
  }

  async safeguard(): Promise<void> {
    if (this.#reference < 0) return;
    const stepNorm = await this.#history.stepNorm();
    if (!(stepNorm <= this.#options.safeguard * this.#reference)) {
      this.#history.restore();
      this.rejected++;
      this.#forget();
    } else {
      this.accepted++;
      this.#reference = -1;
    }
  }
}

/** γ of the regularised system; NaN where it is singular. */
export function andersonWeights(products: HistoryProducts): Float64Array {
  const { columns: k, normA, normY } = products;
  const matrix = products.matrix.slice();
  const weights = products.rhs.slice();
  const ridge = REGULARIZATION * normA * normY;
  for (let j = 0; j < k; j++) matrix[j * k + j] += ridge;
  solveDense(k, matrix, weights);
  return weights;
}

/** x ← M⁻¹x by elimination with partial pivoting; M column-major, destroyed. */
function solveDense(k: number, M: Float64Array, x: Float64Array): void {
  for (let j = 0; j < k; j++) {
    let pivot = j;
    for (let i = j + 1; i < k; i++) if (Math.abs(M[j * k + i]) > Math.abs(M[j * k + pivot])) pivot = i;
    if (pivot !== j) {
      for (let c = j; c < k; c++) [M[c * k + j], M[c * k + pivot]] = [M[c * k + pivot], M[c * k + j]];
      [x[j], x[pivot]] = [x[pivot], x[j]];
    }
    for (let i = j + 1; i < k; i++) {
      const factor = M[j * k + i] / M[j * k + j];
      for (let c = j + 1; c < k; c++) M[c * k + i] -= factor * M[c * k + j];
      x[i] -= factor * x[j];
    }
  }
  for (let j = k - 1; j >= 0; j--) {
    x[j] /= M[j * k + j];
    for (let i = 0; i < j; i++) x[i] -= M[j * k + i] * x[j];
  }
}

function norm(v: Float64Array): number {
  let sum = 0;
  for (const value of v) sum += value * value;
  return Math.sqrt(sum);
}
