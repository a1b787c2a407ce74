import type { SpectrumSide } from "../smaller-side.ts";
import { smallerSide } from "../smaller-side.ts";
import { backTransform, backTransformRoom } from "./back-transform.ts";
import type { ChosenVectors, Chooser } from "./divide-and-conquer.ts";
import { DivideAndConquer, LEAF, LEAF_ROOM } from "./divide-and-conquer.ts";
import type { DenseHeap } from "./heap.ts";
import { largestEntry, safeScale } from "./scaling.ts";

/**
 * Residual and loss of orthogonality, over ‖T‖ and 1, that a divide-and-conquer result may show: 1e-13·√n.
 */
const ACCEPTED_ERROR = 1e-13;

/** Which eigenvectors are wanted. */
type Wanted = "all" | "smaller side";

/**
 * Eigenvalues and -vectors of symmetric matrices: Householder tridiagonalisation, divide and conquer,
 * transformation back of the vectors that are wanted. Every divide-and-conquer result is checked on the
 * tridiagonal matrix, and replaced by implicit QL if it fails. A matrix with NaN or infinite entries gives
 * NaN throughout.
 */
export class SymmetricEigen {
  /** Results of divide and conquer that failed the check. */
  fallbacks = 0;
  readonly #heap: DenseHeap;
  readonly #divide: DivideAndConquer;
  #diagonal = new Float64Array(0);
  #subdiagonal = new Float64Array(0);

  constructor(heap: DenseHeap) {
    this.#heap = heap;
    this.#divide = new DivideAndConquer(heap);
  }

  /** Ascending eigenvalues; the lower triangle of A is read. */
  values(n: number, A: Float64Array, values: Float64Array): void {
    const size = n * n;
    const h = this.#heap.reserve(size + 6 * n + 8);
    const scale = this.#load(n, A, h);
    const [d, e, work] = [size, size + n, size + 3 * n];
    if (Number.isNaN(scale)) {
      values.fill(NaN, 0, n);
      return;
    }
    this.#heap.tridiagonalise(n, 0, d, e, size + 2 * n, work);
    if (!this.#heap.implicitQl(n, d, e, 0, 0, work)) {
      values.fill(NaN, 0, n);
      return;
    }
    for (let i = 0; i < n; i++) values[i] = h[d + i] / scale;
    values.subarray(0, n).sort();
  }

  /** Ascending eigenvalues, and orthonormal eigenvectors in the first columns of `vectors`. */
  pairs(
    n: number,
    A: Float64Array,
    values: Float64Array,
    vectors: Float64Array,
    wanted: Wanted,
  ): SpectrumSide {
    const size = n * n;
    const extra = Math.max(2 * size, backTransformRoom(n));
    const h = this.#heap.reserve(2 * size + extra + 6 * n + LEAF_ROOM + 8);
    const scale = this.#load(n, A, h);
    const whole: SpectrumSide = { side: "positive", first: 0, count: n };
    const d = 2 * size + extra;
    const [e, tau, work, leaf] = [d + n, d + 2 * n, d + 3 * n, d + 6 * n];
    if (Number.isNaN(scale)) return allNaN(n, values, vectors, whole);
    this.#heap.tridiagonalise(n, 0, d, e, tau, work);
    if (this.#diagonal.length < n) {
      this.#diagonal = new Float64Array(n);
      this.#subdiagonal = new Float64Array(n);
    }
    this.#diagonal.set(h.subarray(d, d + n));
    this.#subdiagonal.set(h.subarray(e, e + n));
    let side: SpectrumSide = whole;
    const choose: Chooser = (ascending) => (side = wanted === "all" ? whole : smallerSide(n, ascending));
    let part: ChosenVectors | undefined;
    if (n > LEAF) {
      const space = { q: size, columns: 2 * size, secular: 3 * size, leaf };
      part = this.#divide.solve(n, this.#diagonal, this.#subdiagonal, h, space, values, choose);
      if (part !== undefined && !this.#accepts(n, h, size, values, part)) {
        this.fallbacks++;
        part = undefined;
      }
    }
    part ??= this.#implicitQl(n, h, size, d, e, work, values, choose);
    if (part === undefined) return allNaN(n, values, vectors, whole);
    backTransform(this.#heap, h, n, 0, tau, size, part.count, 2 * size);
    for (let c = 0; c < part.count; c++) {
      const column = size + part.columns[c] * n;
      vectors.set(h.subarray(column, column + n), c * n);
    }
    if (scale !== 1) for (let i = 0; i < n; i++) values[i] /= scale;
    return side;
  }

  /** Copies A, scaled against over- and underflow, to the start of the heap; returns the scale or NaN. */
  #load(n: number, A: Float64Array, h: Float64Array): number {
    const largest = largestEntry(n, A);
    if (Number.isNaN(largest)) return NaN;
    const scale = safeScale(largest);
    if (scale === 1) h.set(A.length === n * n ? A : A.subarray(0, n * n));
    else for (let i = 0; i < n * n; i++) h[i] = A[i] * scale;
    return scale;
  }

  /** Implicit QL with vectors; the chosen ones end in the first columns at q. */
  #implicitQl(
    n: number,
    h: Float64Array,
    q: number,
    d: number,
    e: number,
    work: number,
    values: Float64Array,
    choose: Chooser,
  ): ChosenVectors | undefined {
    const rows = q + n * n;
    h.set(this.#diagonal.subarray(0, n), d);
    h.set(this.#subdiagonal.subarray(0, n), e);
    h.fill(0, rows, rows + n * n);
    for (let i = 0; i < n; i++) h[rows + i * n + i] = 1;
    if (!this.#heap.implicitQl(n, d, e, rows, n, work)) return undefined;
    const order = Int32Array.from({ length: n }, (_, i) => i).sort((x, y) => h[d + x] - h[d + y]);
    for (let i = 0; i < n; i++) values[i] = h[d + order[i]];
    const { first, count } = choose(values);
    for (let c = 0; c < count; c++) {
      const row = rows + order[first + c] * n;
      h.copyWithin(q + c * n, row, row + n);
    }
    return { first, count, columns: order.map((_, c) => c) };
  }

  /**
   * Cheap check of T·v = λ·v for every chosen vector and of VᵀV = I along one pseudo-random direction w
   * (VᵀVw = w, with probability one only when V is orthonormal), n·count operations each.
   */
  #accepts(n: number, h: Float64Array, q: number, values: Float64Array, part: ChosenVectors): boolean {
    const d = this.#diagonal;
    const e = this.#subdiagonal;
    let norm = 0;
    for (let i = 0; i < n; i++) norm = Math.max(norm, Math.abs(d[i]), i + 1 < n ? Math.abs(e[i]) : 0);
    const tolerance = ACCEPTED_ERROR * Math.sqrt(n);
    const sum = new Float64Array(n);
    const weights = new Float64Array(part.count);
    let state = 1;
    for (let c = 0; c < part.count; c++) {
      state = Math.imul(state, 1664525) + 1013904223;
      weights[c] = state < 0 ? -1 : 1;
      const column = q + part.columns[c] * n;
      const value = values[part.first + c];
      for (let i = 0; i < n; i++) {
        const x = h[column + i];
        let residual = (d[i] - value) * x;
        if (i > 0) residual += e[i - 1] * h[column + i - 1];
        if (i + 1 < n) residual += e[i] * h[column + i + 1];
        if (!(Math.abs(residual) <= tolerance * norm)) return false;
        sum[i] += weights[c] * x;
      }
    }
    for (let c = 0; c < part.count; c++) {
      const column = q + part.columns[c] * n;
      let dot = 0;
      for (let i = 0; i < n; i++) dot += h[column + i] * sum[i];
      if (!(Math.abs(dot - weights[c]) <= tolerance * Math.sqrt(n))) return false;
    }
    return true;
  }
}

function allNaN(n: number, values: Float64Array, vectors: Float64Array, whole: SpectrumSide): SpectrumSide {
  values.fill(NaN, 0, n);
  vectors.fill(NaN, 0, n * n);
  return whole;
}
