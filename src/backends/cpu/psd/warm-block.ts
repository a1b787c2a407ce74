import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import type { SpectrumSide } from "../kernels/smaller-side.ts";
import type { TrackedSide } from "./subspace-tracker.ts";
import { SubspaceTracker } from "./subspace-tracker.ts";

/**
 * Blocks below this order are not followed: the full projection is faster (measured, see {@link fullCost}).
 */
const SMALLEST_ORDER = 400;
/** Ranks up to order / RANK_SHARE can be followed. */
const RANK_SHARE = 4;
/** Projections that go the full way after a failure; doubled by every further one in a row. */
const FIRST_PAUSE = 8;
const LONGEST_PAUSE = 512;
/** Tracked projections after a restart whose cost is not held against the method. */
const WARM_UP = 2;

/**
 * Milliseconds of a full projection and of a tracked one, from measurements at orders 250 … 1000 on one
 * thread with WebAssembly SIMD. Only their ratio matters. A model rather than a clock, so that runs can be
 * repeated bit by bit.
 */
export function fullCost(n: number, count: number): number {
  return 7.2e-8 * n ** 3 + 3.8e-5 * n ** 2 + 1.5e-7 * n ** 2 * count;
}

/**
 * See {@link fullCost}; `products` is the number of products of the matrix with the basis of `size`
 * columns.
 */
export function trackedCost(n: number, size: number, products: number): number {
  return 2.2e-8 * n ** 3 + 6e-6 * n ** 2 + 1.1e-7 * n ** 2 * size * products + 1e-6 * n * size ** 2;
}

/** The low-rank warm start of one block: when to use it, and the side of the spectrum it follows. */
export class WarmBlock {
  readonly #kernels: DenseKernels;
  readonly #always: boolean;
  #tracker: SubspaceTracker | undefined;
  #side: SpectrumSide["side"] = "positive";
  /** svec when the tracker was made. */
  #reference = new Float64Array(0);
  /** Products with the matrix that the last tracked projection took. */
  #products = 21;
  /**
   * Tracked projections since the restart; the first ones pay for the guard vectors, which start at random.
   */
  #followed = 0;
  #pause = 0;
  #nextPause = FIRST_PAUSE;

  /** @param always follow wherever the rank allows, not only where the cost model says that it pays. */
  constructor(kernels: DenseKernels, always: boolean) {
    this.#kernels = kernels;
    this.#always = always;
  }

  /** Whether the next projection should be tried from the last basis. */
  get ready(): boolean {
    return this.#tracker !== undefined;
  }

  /** The side followed: the basis spans it for X (positive) or −X (negative). */
  get side(): SpectrumSide["side"] {
    return this.#side;
  }

  /** Starts following, if that can pay, from a full decomposition of the matrix with this svec. */
  restart(
    order: number,
    x: Float64Array,
    { side, count }: SpectrumSide,
    values: Float64Array,
    vectors: Float64Array,
  ): void {
    this.#tracker = undefined;
    if (this.#pause > 0) {
      this.#pause--;
      return;
    }
    if (count === 0 || count * RANK_SHARE > order) return;
    const ascending = side === "positive" ? values.slice(0, order) : values.slice(0, order).reverse();
    if (side === "negative") for (let i = 0; i < order; i++) ascending[i] = -ascending[i];
    const tracker = new SubspaceTracker(this.#kernels, order, ascending, vectors, count);
    if (!this.#pays(order, tracker.size, count)) return;
    this.#tracker = tracker;
    this.#followed = 0;
    this.#side = side;
    if (this.#reference.length !== x.length) this.#reference = new Float64Array(x.length);
    this.#reference.set(x);
  }

  /**
   * Follows the side to the matrix Y = ±X with svec ±x; undefined when the residual stays above the
   * tolerance.
   */
  advance(Y: Float64Array, x: Float64Array, tolerance: number): TrackedSide | undefined {
    const tracker = this.#tracker;
    if (tracker === undefined) return undefined;
    let drift = 0;
    for (let i = 0; i < x.length; i++) drift += (x[i] - this.#reference[i]) ** 2;
    const before = tracker.products;
    const side = tracker.advance(Y, Math.sqrt(drift), tolerance);
    this.#products = tracker.products - before;
    return side;
  }

  /** Whether no eigenvalue above c was missed; `remainder` = Y − P̂ is overwritten. */
  certifies(remainder: Float64Array, c: number): boolean {
    return this.#tracker !== undefined && this.#tracker.certifies(remainder, c);
  }

  /**
   * Takes note of a tracked projection that passed its tests, and stops following where it no longer pays.
   */
  succeeded(order: number, count: number): void {
    if (++this.#followed <= WARM_UP) return;
    if (!this.#pays(order, this.#tracker?.size ?? 0, count)) this.#stop();
    else this.#nextPause = FIRST_PAUSE;
  }

  /** Takes note of one that did not: the full way for a while. */
  failed(): void {
    this.#stop();
  }

  #pays(order: number, size: number, count: number): boolean {
    if (this.#always) return true;
    return order >= SMALLEST_ORDER && trackedCost(order, size, this.#products) < 0.9 * fullCost(order, count);
  }

  #stop(): void {
    this.#tracker = undefined;
    this.#pause = this.#nextPause;
    this.#nextPause = Math.min(LONGEST_PAUSE, 2 * this.#nextPause);
  }
}
