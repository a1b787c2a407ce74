import { svecLength, svecToMatrix } from "../../../problem/svec.ts";
import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import type { SpectrumSide } from "../kernels/smaller-side.ts";
import { projectOrder2 } from "./small-orders.ts";
import { WarmBlock } from "./warm-block.ts";

/** What a {@link PsdProjector} has done so far. */
export interface ProjectionCounters {
  /** Blocks projected, all orders. */
  projections: number;
  /** Full eigendecompositions (order > 2). */
  decompositions: number;
  /** Eigenvectors computed, summed over the decompositions. */
  vectors: number;
  /** Low-rank projections from the last basis that passed their tests, and those that did not. */
  tracked: number;
  trackingFailures: number;
  /** Wall time in seconds spent in {@link PsdProjector.project}. */
  seconds: number;
}

/** How {@link PsdProjector} uses the low-rank warm start. */
export interface ProjectorOptions {
  /**
   * Largest ‖P̂ − P(X)‖_F/‖X‖_F that a warm-started projection may have; 0 switches the warm start off.
   * Default 1e-9.
   */
  readonly tolerance?: number;
  /**
   * "auto" (default) follows low-rank sides where a cost model fitted to measurements says that it pays,
   * "always" wherever the rank allows, "never" not at all.
   */
  readonly warmStart?: "auto" | "always" | "never";
}

/**
 * Euclidean projection of symmetric matrices in svec form onto the PSD cone. Orders 0, 1 and 2 in closed
 * form; above, only the side of the spectrum with fewer eigenvalues gets vectors V: P = V₊Λ₊V₊ᵀ or P = X −
 * V₋Λ₋V₋ᵀ. In large blocks a side of low rank is followed from one call to the next ({@link WarmBlock}),
 * within a bound on the error.
 */
export class PsdProjector {
  readonly counters: ProjectionCounters = {
    projections: 0,
    decompositions: 0,
    vectors: 0,
    tracked: 0,
    trackingFailures: 0,
    seconds: 0,
  };
  /** Rank of the positive part at the last projection, by block; −1 before the first. */
  readonly ranks: Int32Array;
  /** See {@link ProjectorOptions.tolerance}; may be changed between calls. */
  tolerance: number;
  readonly #kernels: DenseKernels;
  readonly #matrix: Float64Array;
  readonly #vectors: Float64Array;
  readonly #part: Float64Array;
  readonly #values: Float64Array;
  readonly #warm: (WarmBlock | undefined)[];

  /** @param orders order of every block, by block number. */
  constructor(kernels: DenseKernels, orders: readonly number[], options: ProjectorOptions = {}) {
    this.#kernels = kernels;
    this.tolerance = options.tolerance ?? 1e-9;
    this.ranks = new Int32Array(orders.length).fill(-1);
    const largest = orders.reduce((a, b) => Math.max(a, b), 0);
    const room = largest > 2 ? largest * largest : 0;
    this.#matrix = new Float64Array(room);
    this.#vectors = new Float64Array(room);
    this.#part = new Float64Array(room);
    this.#values = new Float64Array(largest);
    const { warmStart = "auto" } = options;
    const follow = (order: number): boolean => order > 2 && warmStart !== "never";
    this.#warm = orders.map((order) =>
      follow(order) ? new WarmBlock(kernels, warmStart === "always") : undefined,
    );
  }

  /**
   * Writes the svec of the nearest PSD matrix to `output`; input and output may be the same place. NaN in
   * gives NaN out. `block` is the block's number in the `orders` given to the constructor.
   */
  project(
    input: Float64Array,
    inputOffset: number,
    order: number,
    output: Float64Array,
    outputOffset: number,
    block: number,
  ): void {
    const start = performance.now();
    this.counters.projections++;
    if (order === 1) {
      const value = input[inputOffset];
      output[outputOffset] = value < 0 ? 0 : value;
      this.ranks[block] = value > 0 ? 1 : 0;
    } else if (order === 2) {
      const where = projectOrder2(input, inputOffset, output, outputOffset);
      this.ranks[block] = where === "split" ? 1 : where === "inside" ? 2 : 0;
    } else if (order > 2 && !this.#track(input, inputOffset, order, output, outputOffset, block)) {
      this.#decompose(input, inputOffset, order, output, outputOffset, block);
    }
    this.counters.seconds += (performance.now() - start) / 1000;
  }

  #decompose(
    input: Float64Array,
    inputOffset: number,
    order: number,
    output: Float64Array,
    outputOffset: number,
    block: number,
  ): void {
    const vectors = this.#vectors.subarray(0, order * order);
    const values = this.#values;
    svecToMatrix(input, inputOffset, order, this.#matrix);
    const spectrum = this.#kernels.eigSmallerSide(order, this.#matrix, values, vectors);
    const { side, first, count } = spectrum;
    this.counters.decompositions++;
    this.counters.vectors += count;
    this.ranks[block] = side === "positive" ? count : order - count;
    if (this.tolerance > 0) {
      const x = input.subarray(inputOffset, inputOffset + svecLength(order));
      this.#warm[block]?.restart(order, x, spectrum, values, vectors);
    }
    if (count > 0) this.#formPart(order, count, vectors, values.subarray(first, first + count));
    else this.#part.fill(0, 0, order * order);
    this.#write(input, inputOffset, order, output, outputOffset, side);
  }

  /** The warm-started projection of one block; false when it was not tried or failed its tests. */
  #track(
    input: Float64Array,
    inputOffset: number,
    order: number,
    output: Float64Array,
    outputOffset: number,
    block: number,
  ): boolean {
    const warm = this.#warm[block];
    if (warm === undefined || !warm.ready || !(this.tolerance > 0)) return false;
    const size = order * order;
    const x = input.subarray(inputOffset, inputOffset + svecLength(order));
    const Y = this.#matrix.subarray(0, size);
    const side = warm.side;
    svecToMatrix(input, inputOffset, order, Y);
    if (side === "negative") for (let i = 0; i < size; i++) Y[i] = -Y[i];
    let norm = 0;
    for (const value of x) norm += value * value;
    const allowed = 0.5 * this.tolerance * Math.sqrt(norm);
    const found = warm.advance(Y, x, allowed);
    if (found !== undefined) {
      this.#formPart(order, found.count, found.vectors, found.values);
      for (let i = 0; i < size; i++) Y[i] -= this.#part[i];
    }
    if (found === undefined || !warm.certifies(Y, allowed / Math.sqrt(order))) {
      this.counters.trackingFailures++;
      warm.failed();
      return false;
    }
    this.counters.tracked++;
    this.ranks[block] = side === "positive" ? found.count : order - found.count;
    warm.succeeded(order, found.count);
    this.#write(input, inputOffset, order, output, outputOffset, side);
    return true;
  }

  /** part ← V·|Λ|·Vᵀ; V is overwritten. */
  #formPart(order: number, count: number, vectors: Float64Array, values: Float64Array): void {
    for (let c = 0; c < count; c++) {
      const root = Math.sqrt(Math.abs(values[c]));
      for (let i = c * order; i < (c + 1) * order; i++) vectors[i] *= root;
    }
    this.#kernels.syrk(false, order, count, 1, vectors, 0, this.#part);
  }

  /** output ← svec(part), or input + svec(part) when the part is that of −X. */
  #write(
    input: Float64Array,
    inputOffset: number,
    order: number,
    output: Float64Array,
    outputOffset: number,
    side: SpectrumSide["side"],
  ): void {
    const part = this.#part;
    const add = side === "negative";
    let k = 0;
    for (let j = 0; j < order; j++) {
      const column = j * order;
      output[outputOffset + k] = add ? input[inputOffset + k] + part[column + j] : part[column + j];
      k++;
      for (let i = column + j + 1; i < column + order; i++, k++) {
        const value = part[i] * Math.SQRT2;
        output[outputOffset + k] = add ? input[inputOffset + k] + value : value;
      }
    }
  }
}
