import type { DenseHeap } from "../eigen/heap.ts";
import { gemmBlock } from "./gemm.ts";
import { implicitQl } from "./tridiagonal-ql.ts";
import { tridiagonalise } from "./tridiagonal.ts";

/** The eigensolver's operations in plain TypeScript. */
export class TypescriptHeap implements DenseHeap {
  #doubles = new Float64Array(0);

  reserve(doubles: number): Float64Array {
    if (this.#doubles.length < doubles) this.#doubles = new Float64Array(doubles);
    return this.#doubles;
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
    const h = this.#doubles;
    gemmBlock(transA, transB, m, n, k, alpha, h, a, lda, h, b, ldb, 1, h, c, ldc);
  }

  tridiagonalise(n: number, a: number, d: number, e: number, tau: number, work: number): void {
    const h = this.#doubles;
    const at = (start: number, length: number): Float64Array => h.subarray(start, start + length);
    tridiagonalise(n, at(a, n * n), at(d, n), at(e, n), at(tau, n), at(work, n), at(work + n, n));
  }

  implicitQl(n: number, d: number, e: number, q: number, width: number, work: number): boolean {
    const h = this.#doubles;
    const at = (start: number, length: number): Float64Array => h.subarray(start, start + length);
    return implicitQl(n, at(d, n), at(e, n), at(q, n * width), width, at(work, n), at(work + n, n));
  }
}
