import { gemmKernel, itemTile } from "./gemm-source.ts";
import type { GemmShape } from "./gemm-source.ts";
import { linearGrid, parameters } from "./kernel.ts";
import type { Binding, Kernel, StorageBinding } from "./kernel.ts";
import type { Plan } from "./plan.ts";

/** What a thread may compute and how, for a device to pick from; the first needs no workgroup memory. */
export const GEMM_SHAPES: readonly GemmShape[] = [
  { strategy: "register", rows: 4, columns: 8, threadsDown: 8, threadsAcross: 1, depth: 1 },
  { strategy: "register", rows: 8, columns: 8, threadsDown: 32, threadsAcross: 1, depth: 1 },
  { strategy: "workgroup", rows: 4, columns: 4, threadsDown: 16, threadsAcross: 16, depth: 16 },
  { strategy: "workgroup", rows: 8, columns: 8, threadsDown: 8, threadsAcross: 8, depth: 16 },
  { strategy: "workgroup", rows: 8, columns: 8, threadsDown: 8, threadsAcross: 16, depth: 16 },
  { strategy: "workgroup", rows: 8, columns: 8, threadsDown: 16, threadsAcross: 16, depth: 16 },
];

/** C ← alpha·AᵀB + beta·D on every layer; A k×m, B k×n, C and D m×n, row-major. */
export interface GemmCall {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly A: StorageBinding;
  readonly B: StorageBinding;
  readonly C: StorageBinding;
  /** Leading dimensions in floats, multiples of 4. Default m, n, n. */
  readonly lda?: number;
  readonly ldb?: number;
  readonly ldc?: number;
  /** Floats from layer to layer, multiples of 4; 0 shares a matrix. Default k·lda, k·ldb, m·ldc. */
  readonly strideA?: number;
  readonly strideB?: number;
  readonly strideC?: number;
  /** Laid out as C, and another buffer than C unless it is C. Default none (beta must be 0). */
  readonly D?: StorageBinding;
  readonly layers?: number;
  /** The product is known to be symmetric (m = n): compute the upper triangle and mirror it. */
  readonly symmetric?: boolean;
  /** Pairs (alpha, beta) of floats. */
  readonly coefficients: Binding;
  /** Index of the first pair, and step from layer to layer. Default 0 and 0. */
  readonly coefficient?: number;
  readonly coefficientStride?: number;
}

/** One form of the product on the device. */
export class Gemm {
  readonly shape: GemmShape;
  readonly kernel: Kernel;

  constructor(shape: GemmShape) {
    this.shape = shape;
    this.kernel = gemmKernel(shape);
  }

  /** Appends a product to a plan. Throws RangeError on sizes that are not multiples of four. */
  add(plan: Plan, call: GemmCall): void {
    const { m, n, k, A, B, C, D = A, layers = 1, symmetric = false } = call;
    const { lda = m, ldb = n, ldc = n } = call;
    const { strideA = k * lda, strideB = k * ldb, strideC = m * ldc } = call;
    const quads = [m, n, lda, ldb, ldc, strideA, strideB, strideC].map((size) => size / 4);
    if (!quads.every(Number.isInteger)) throw new RangeError(`GEMM sizes must be multiples of 4: ${m}×${n}×${k}.`);
    if (symmetric && m !== n) throw new RangeError(`A symmetric product is square, not ${m}×${n}.`);
    const tile = itemTile(this.shape);
    const columns = Math.ceil(n / tile.columns);
    const ratio = tile.columns / tile.rows;
    const tiles = symmetric ? (ratio * columns * (columns + 1)) / 2 : columns * Math.ceil(m / tile.rows);
    const [, , lda4, ldb4, ldc4, strideA4, strideB4, strideC4] = quads;
    const sizes = parameters([
      ...[m, n, k, lda4, ldb4, ldc4, strideA4, strideB4, strideC4, symmetric ? 1 : 0, tiles, columns],
      ...[call.coefficient ?? 0, call.coefficientStride ?? 0, D === C ? 1 : 0],
    ]);
    const { strategy, threadsDown, threadsAcross } = this.shape;
    const groups = strategy === "register" ? Math.ceil(tiles / (threadsDown * threadsAcross)) : tiles;
    const work = 2 * tiles * tile.rows * tile.columns * k * layers;
    plan.dispatch(this.kernel, [sizes, A, B, D === C ? A : D, call.coefficients, C], linearGrid(groups, layers), work);
  }
}
