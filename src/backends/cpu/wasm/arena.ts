import type { DenseHeap } from "../kernels/eigen/heap.ts";
import type { WasmExports } from "./module.ts";

/** WebAssembly pages are 64 KiB. */
const PAGE = 65536;

/**
 * The part of the module's memory that holds operands, laid out anew by every call: copying n² entries in
 * and out is cheap beside the n³ operations on them.
 */
export class WasmArena implements DenseHeap {
  /** Byte address of the first double. */
  readonly start: number;
  readonly #wasm: WasmExports;
  #doubles: Float64Array;

  constructor(wasm: WasmExports) {
    this.#wasm = wasm;
    const scratch = wasm.arenaStart();
    wasm.setGemmScratch(scratch);
    this.start = (scratch + wasm.gemmScratchBytes() + 63) & ~63;
    this.#doubles = new Float64Array(0);
    this.reserve(1);
  }

  /** {@inheritDoc DenseHeap.reserve} @throws RangeError when the memory cannot grow that far. */
  reserve(doubles: number): Float64Array {
    const { memory } = this.#wasm;
    const missing = this.start + 8 * doubles - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    if (this.#doubles.length < doubles || this.#doubles.buffer !== memory.buffer) {
      this.#doubles = new Float64Array(memory.buffer, this.start);
    }
    return this.#doubles;
  }

  /** Byte address of an offset in doubles. */
  address(offset: number): number {
    return this.start + 8 * offset;
  }

  multiplyAdd(
    transA: boolean,
    transB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    c: number,
    ldc: number,
  ): void {
    const s = this.start;
    this.#wasm.gemm(+transA, +transB, m, n, k, alpha, s + 8 * a, lda, s + 8 * b, ldb, s + 8 * c, ldc);
  }

  tridiagonalise(n: number, a: number, d: number, e: number, tau: number, work: number): void {
    const s = this.start;
    this.#wasm.tridiagonalise(n, s + 8 * a, s + 8 * d, s + 8 * e, s + 8 * tau, s + 8 * work);
  }

  implicitQl(n: number, d: number, e: number, q: number, width: number, work: number): boolean {
    const s = this.start;
    return this.#wasm.implicitQl(n, s + 8 * d, s + 8 * e, s + 8 * q, width, s + 8 * work) !== 0;
  }
}
