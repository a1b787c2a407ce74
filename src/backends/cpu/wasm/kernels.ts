import { chebyshevFilter } from "../kernels/chebyshev.ts";
import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import { SymmetricEigen } from "../kernels/eigen/symmetric-eigen.ts";
import type { SpectrumSide } from "../kernels/smaller-side.ts";
import { typescriptKernels } from "../kernels/typescript.ts";
import { WasmArena } from "./arena.ts";
import type { WasmExports } from "./module.ts";

/** Multiply-adds, and order, below which copying into WebAssembly costs more than it gains (measured). */
const SMALL_PRODUCT = 1500;
const SMALL_ORDER = 12;
/** Panel width of the module's factorizations (assembly/factor.ts). */
const PANEL = 32;

/** Dense kernels in WebAssembly SIMD; tiny operands are left to the TypeScript kernels. */
export class WasmKernels implements DenseKernels {
  readonly name = "wasm-simd";
  /** Threads that the kernels run on. */
  readonly threads: number;
  readonly serial?: DenseKernels;
  readonly #wasm: WasmExports;
  readonly #arena: WasmArena;
  readonly #eigen: SymmetricEigen;

  /**
   * @param threads how many the exports run on; each has room of its own in the scratch of invertLower.
   * @param serial kernels on the calling thread alone, when the exports run on several.
   */
  constructor(wasm: WasmExports, threads = 1, serial?: DenseKernels) {
    this.#wasm = wasm;
    this.threads = threads;
    if (serial) this.serial = serial;
    this.#arena = new WasmArena(wasm);
    this.#eigen = new SymmetricEigen(this.#arena);
  }

  /** Results of divide and conquer that failed their check and were computed by implicit QL instead. */
  get eigenFallbacks(): number {
    return this.#eigen.fallbacks;
  }

  gemm(
    transA: boolean,
    transB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    A: Float64Array,
    B: Float64Array,
    beta: number,
    C: Float64Array,
  ): void {
    if (m * n * k < SMALL_PRODUCT || n === 1 || m === 1) {
      typescriptKernels.gemm(transA, transB, m, n, k, alpha, A, B, beta, C);
      return;
    }
    const b = m * k;
    const c = b + k * n;
    const h = this.#arena.reserve(c + m * n);
    copyIn(h, A, b, 0);
    if (B !== A) copyIn(h, B, k * n, b);
    this.#loadTarget(h, C, m * n, c, beta);
    const right = this.#arena.address(B === A ? 0 : b);
    const target = this.#arena.address(c);
    const ldb = transB ? n : k;
    this.#wasm.gemm(
      +transA,
      +transB,
      m,
      n,
      k,
      alpha,
      this.#arena.start,
      transA ? k : m,
      right,
      ldb,
      target,
      m,
    );
    copyOut(h, c, m * n, C);
  }

  syrk(
    trans: boolean,
    n: number,
    k: number,
    alpha: number,
    A: Float64Array,
    beta: number,
    C: Float64Array,
  ): void {
    if (n * n * k < SMALL_PRODUCT) {
      typescriptKernels.syrk(trans, n, k, alpha, A, beta, C);
      return;
    }
    const c = n * k;
    const h = this.#arena.reserve(c + n * n);
    copyIn(h, A, n * k, 0);
    this.#loadTarget(h, C, n * n, c, beta);
    this.#wasm.syrk(+trans, n, k, alpha, this.#arena.start, trans ? k : n, this.#arena.address(c));
    copyOut(h, c, n * n, C);
  }

  eigSymmetric(n: number, A: Float64Array, values: Float64Array, vectors: Float64Array): void {
    this.#eigen.pairs(n, A, values, vectors, "all");
  }

  eigenvalues(n: number, A: Float64Array, values: Float64Array): void {
    this.#eigen.values(n, A, values);
  }

  eigSmallerSide(n: number, A: Float64Array, values: Float64Array, vectors: Float64Array): SpectrumSide {
    return this.#eigen.pairs(n, A, values, vectors, "smaller side");
  }

  cholesky(n: number, A: Float64Array): number {
    if (n < SMALL_ORDER) return typescriptKernels.cholesky(n, A);
    const h = this.#arena.reserve(n * n + PANEL * PANEL);
    copyIn(h, A, n * n, 0);
    const result = this.#wasm.cholesky(n, this.#arena.start, this.#arena.address(n * n));
    copyOut(h, 0, n * n, A);
    return result;
  }

  ldl(n: number, A: Float64Array, signs: Int8Array, threshold: number, delta: number): number {
    if (n < SMALL_ORDER) return typescriptKernels.ldl(n, A, signs, threshold, delta);
    const work = n * n + Math.ceil(n / 8);
    const h = this.#arena.reserve(work + PANEL * (PANEL + n));
    copyIn(h, A, n * n, 0);
    const signsAt = this.#arena.address(n * n);
    new Int8Array(h.buffer, signsAt, n).set(signs.length === n ? signs : signs.subarray(0, n));
    const replaced = this.#wasm.ldl(
      n,
      this.#arena.start,
      signsAt,
      threshold,
      delta,
      this.#arena.address(work),
    );
    copyOut(h, 0, n * n, A);
    return replaced;
  }

  solveLower(trans: boolean, unit: boolean, n: number, k: number, L: Float64Array, B: Float64Array): void {
    // With one or two right-hand sides the copy of L would cost as much as the solve.
    if (k <= 2 || n < SMALL_ORDER) {
      typescriptKernels.solveLower(trans, unit, n, k, L, B);
      return;
    }
    const b = n * n;
    const h = this.#arena.reserve(b + n * k);
    copyIn(h, L, n * n, 0);
    copyIn(h, B, n * k, b);
    this.#wasm.solveLower(+trans, +unit, n, k, this.#arena.start, n, this.#arena.address(b), n);
    copyOut(h, b, n * k, B);
  }

  invertLower(n: number, L: Float64Array): void {
    if (n < SMALL_ORDER) {
      typescriptKernels.invertLower(n, L);
      return;
    }
    const h = this.#arena.reserve(n * n + this.threads * PANEL * n);
    copyIn(h, L, n * n, 0);
    this.#wasm.invertLower(n, this.#arena.start, this.#arena.address(n * n));
    copyOut(h, 0, n * n, L);
  }

  chebyshevFilter(
    n: number,
    k: number,
    A: Float64Array,
    lower: number,
    upper: number,
    degree: number,
    V: Float64Array,
  ): void {
    chebyshevFilter(this.#arena, n, k, A, lower, upper, degree, V);
  }

  /** beta·C at `offset`; C is not read when beta = 0. */
  #loadTarget(h: Float64Array, C: Float64Array, length: number, offset: number, beta: number): void {
    if (beta === 0) h.fill(0, offset, offset + length);
    else {
      copyIn(h, C, length, offset);
      if (beta !== 1) this.#wasm.scale(length, 1, beta, this.#arena.address(offset), length);
    }
  }
}

function copyIn(h: Float64Array, source: Float64Array, length: number, offset: number): void {
  h.set(source.length === length ? source : source.subarray(0, length), offset);
}

function copyOut(h: Float64Array, offset: number, length: number, target: Float64Array): void {
  target.set(h.subarray(offset, offset + length));
}
