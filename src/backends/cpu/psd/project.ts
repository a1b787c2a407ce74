import { matrixToSvec, svecLength, svecToMatrix } from "../../../problem/svec.ts";
import type { DenseKernels } from "../kernels/dense-kernels.ts";
import { projectOrder2 } from "./small-orders.ts";

/** What a {@link PsdProjector} has done so far. */
export interface ProjectionCounters {
  /** Blocks projected, all orders. */
  projections: number;
  /** Full eigendecompositions (order > 2). */
  decompositions: number;
  /** Eigenvectors computed, summed over the decompositions. */
  vectors: number;
  /** Wall time in seconds spent in {@link PsdProjector.project}. */
  seconds: number;
}

/**
 * Euclidean projection of symmetric matrices in svec form onto the PSD cone. Orders 0, 1 and 2 in closed form; above,
 * only the side of the spectrum with fewer eigenvalues gets vectors V: P = V₊Λ₊V₊ᵀ or P = X − V₋Λ₋V₋ᵀ.
 */
export class PsdProjector {
  readonly counters: ProjectionCounters = { projections: 0, decompositions: 0, vectors: 0, seconds: 0 };
  /** Rank of the positive part at the last projection, by block; −1 before the first. */
  readonly ranks: Int32Array;
  readonly #kernels: DenseKernels;
  readonly #matrix: Float64Array;
  readonly #vectors: Float64Array;
  readonly #part: Float64Array;
  readonly #values: Float64Array;

  /** @param orders order of every block, by block number. */
  constructor(kernels: DenseKernels, orders: readonly number[]) {
    this.#kernels = kernels;
    this.ranks = new Int32Array(orders.length).fill(-1);
    const largest = orders.reduce((a, b) => Math.max(a, b), 0);
    const room = largest > 2 ? largest * largest : 0;
    this.#matrix = new Float64Array(room);
    this.#vectors = new Float64Array(room);
    this.#part = new Float64Array(room);
    this.#values = new Float64Array(largest);
  }

  /**
   * Writes the svec of the nearest PSD matrix to `output`; input and output may be the same place. NaN in gives NaN
   * out. `block` is the block's number in the `orders` given to the constructor.
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
    } else if (order > 2) {
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
    const size = order * order;
    const part = this.#part.subarray(0, size);
    const vectors = this.#vectors.subarray(0, size);
    const values = this.#values;
    svecToMatrix(input, inputOffset, order, this.#matrix);
    const { side, first, count } = this.#kernels.eigSmallerSide(order, this.#matrix, values, vectors);
    this.counters.decompositions++;
    this.counters.vectors += count;
    this.ranks[block] = side === "positive" ? count : order - count;
    if (count === 0) {
      // Nothing on this side: X is its own projection, or has none.
      if (side === "positive") output.fill(0, outputOffset, outputOffset + svecLength(order));
      else if (output !== input || outputOffset !== inputOffset) {
        output.set(input.subarray(inputOffset, inputOffset + svecLength(order)), outputOffset);
      }
      return;
    }
    for (let c = 0; c < count; c++) {
      const root = Math.sqrt(Math.abs(values[first + c]));
      for (let i = c * order; i < (c + 1) * order; i++) vectors[i] *= root;
    }
    this.#kernels.syrk(false, order, count, 1, vectors, 0, part);
    if (side === "positive") {
      matrixToSvec(part, order, output, outputOffset);
      return;
    }
    let k = 0;
    for (let j = 0; j < order; j++) {
      for (let i = j; i < order; i++, k++) {
        output[outputOffset + k] = input[inputOffset + k] + part[j * order + i] * (i === j ? 1 : Math.SQRT2);
      }
    }
  }
}
