import type { DenseHeap } from "./heap.ts";
import { exactUpdate, secularRoot } from "./secular.ts";

/** Tridiagonal blocks up to this order go to implicit QL. */
export const LEAF = 48;

/** Where a column of Q is non-zero while two halves are merged. */
const TOP = 0;
const BOTH = 1;
const BOTTOM = 2;

/** Offsets of the matrices on the heap, each n×n. */
export interface Workspace {
  readonly q: number;
  readonly columns: number;
  readonly secular: number;
  /** Room for 2·LEAF + 2·LEAF doubles: a leaf's d and e, then scratch of implicit QL. */
  readonly leaf: number;
}

/** Doubles that {@link Workspace.leaf} needs. */
export const LEAF_ROOM = 4 * (LEAF + 1);

/** Picks eigenvectors: first and count in the ascending order of `values`. */
export type Chooser = (values: Float64Array) => { readonly first: number; readonly count: number };

/** The vectors asked for: the one of the eigenvalue first + c is column `columns[c]` of q. */
export interface ChosenVectors {
  readonly first: number;
  readonly count: number;
  readonly columns: Int32Array;
}

/**
 * Symmetric tridiagonal eigenproblem by divide and conquer (Cuppen 1981; Gu & Eisenstat 1995; deflation as
 * in Rutter, LAPACK Working Note 69). Clusters deflate, so that the degenerate spectra of SDP iterates are
 * the cheap ones. The last and most expensive merge forms only the eigenvectors that are asked for.
 */
export class DivideAndConquer {
  readonly #heap: DenseHeap;
  #n = 0;
  #h: Float64Array = new Float64Array(0);
  #space: Workspace = { q: 0, columns: 0, secular: 0, leaf: 0 };
  #norm = 0;
  #d = new Float64Array(0);
  #z = new Float64Array(0);
  #poles = new Float64Array(0);
  #zeta = new Float64Array(0);
  #squares = new Float64Array(0);
  #exact = new Float64Array(0);
  #column = new Float64Array(0);
  #order = new Int32Array(0);
  #kept = new Int32Array(0);
  #deflated = new Int32Array(0);
  #grouped = new Int32Array(0);
  #support = new Uint8Array(0);

  constructor(heap: DenseHeap) {
    this.#heap = heap;
  }

  /**
   * Eigenpairs of the tridiagonal matrix with diagonal d and subdiagonal e (both left alone). `values`
   * receives all n eigenvalues ascending; columns 0 … count − 1 of q (leading dimension n) the vectors
   * chosen, in the order that is returned. Undefined when a leaf did not converge. Needs n > LEAF.
   */
  solve(
    n: number,
    d: Float64Array,
    e: Float64Array,
    h: Float64Array,
    space: Workspace,
    values: Float64Array,
    choose: Chooser,
  ): ChosenVectors | undefined {
    this.#prepare(n, d, e, h, space);
    const bounds = leafBounds(n);
    for (let b = 1; b + 1 < bounds.length; b++) {
      const cut = Math.abs(e[bounds[b] - 1]);
      this.#d[bounds[b] - 1] -= cut;
      this.#d[bounds[b]] -= cut;
    }
    for (let b = 0; b + 1 < bounds.length; b++) {
      if (!this.#leaf(bounds[b], bounds[b + 1], e)) return undefined;
    }
    let level = bounds;
    while (level.length > 3) {
      const next = [0];
      for (let b = 0; b + 2 < level.length; b += 2) {
        this.#merge(level[b], level[b + 1], level[b + 2], e[level[b + 1] - 1]);
        next.push(level[b + 2]);
      }
      level = next;
    }
    return this.#merge(0, level[1], n, e[level[1] - 1], values, choose);
  }

  #prepare(n: number, d: Float64Array, e: Float64Array, h: Float64Array, space: Workspace): void {
    if (this.#d.length < n) {
      this.#d = new Float64Array(n);
      this.#z = new Float64Array(n);
      this.#poles = new Float64Array(n);
      this.#zeta = new Float64Array(n);
      this.#squares = new Float64Array(n);
      this.#exact = new Float64Array(n);
      this.#column = new Float64Array(n);
      this.#order = new Int32Array(n);
      this.#kept = new Int32Array(n);
      this.#deflated = new Int32Array(n);
      this.#grouped = new Int32Array(n);
      this.#support = new Uint8Array(n);
    }
    this.#n = n;
    this.#h = h;
    this.#space = space;
    this.#norm = 0;
    for (let i = 0; i < n; i++) {
      this.#d[i] = d[i];
      this.#norm = Math.max(this.#norm, Math.abs(d[i]), i + 1 < n ? Math.abs(e[i]) : 0);
    }
    h.fill(0, space.q, space.q + n * n);
  }

  /** Solves the block lo … hi − 1 by QL and puts its vectors on the diagonal of q. */
  #leaf(lo: number, hi: number, e: Float64Array): boolean {
    const h = this.#h;
    const size = hi - lo;
    const { q, secular, leaf } = this.#space;
    const off = leaf + LEAF + 1;
    for (let i = 0; i < size; i++) {
      h[leaf + i] = this.#d[lo + i];
      h[off + i] = i + 1 < size ? e[lo + i] : 0;
    }
    h.fill(0, secular, secular + size * size);
    for (let i = 0; i < size; i++) h[secular + i * size + i] = 1;
    if (!this.#heap.implicitQl(size, leaf, off, secular, size, off + LEAF + 1)) return false;
    for (let c = 0; c < size; c++) {
      this.#d[lo + c] = h[leaf + c];
      const target = q + (lo + c) * this.#n + lo;
      h.copyWithin(target, secular + c * size, secular + (c + 1) * size);
    }
    this.#sortOrder(lo, hi);
    return true;
  }

  /** order[lo … hi) ← the columns lo … hi − 1 by ascending d. */
  #sortOrder(lo: number, hi: number): void {
    const d = this.#d;
    const part = this.#order.subarray(lo, hi);
    for (let i = lo; i < hi; i++) part[i - lo] = i;
    part.sort((x, y) => d[x] - d[y]);
  }

  /** Merges the solved halves lo … mid − 1 and mid … hi − 1 torn apart at the off-diagonal entry `cut`. */
  #merge(
    lo: number,
    mid: number,
    hi: number,
    cut: number,
    values?: Float64Array,
    choose?: Chooser,
  ): ChosenVectors {
    const rho = 2 * Math.abs(cut);
    this.#makeUpdate(lo, mid, hi, cut < 0 ? -Math.SQRT1_2 : Math.SQRT1_2);
    this.#sortOrder(lo, hi);
    const [K, deflated] = this.#deflate(lo, hi, rho);
    const groups = this.#gather(lo, mid, hi, K, deflated);
    // Item t < K is root t, item K + t deflated column t.
    const items = new Float64Array(hi - lo);
    for (let i = 0; i < K; i++) {
      const column = this.#space.secular + i * K;
      items[i] = secularRoot(K, i, this.#poles, this.#squares, rho, this.#h, column);
    }
    for (let t = 0; t < deflated; t++) items[K + t] = this.#d[this.#deflated[t]];
    exactUpdate(K, this.#poles, this.#zeta, this.#h, this.#space.secular, this.#exact);
    const ascending = Int32Array.from(items, (_, t) => t).sort((x, y) => items[x] - items[y]);
    let part = { first: 0, count: hi - lo };
    if (values !== undefined && choose !== undefined) {
      for (let t = 0; t < hi - lo; t++) values[t] = items[ascending[t]];
      part = { ...choose(values) };
    }
    const chosen = ascending.subarray(part.first, part.first + part.count);
    const columns = this.#formVectors(lo, mid, hi, K, groups, chosen);
    this.#d.set(items, lo);
    this.#sortOrder(lo, hi);
    return { ...part, columns };
  }

  /** z = (last row of Q₁, ± first row of Q₂)/√2, of norm one. */
  #makeUpdate(lo: number, mid: number, hi: number, sign: number): void {
    const { q } = this.#space;
    const n = this.#n;
    for (let c = lo; c < mid; c++) {
      this.#z[c] = this.#h[q + c * n + mid - 1] * Math.SQRT1_2;
      this.#support[c] = TOP;
    }
    for (let c = mid; c < hi; c++) {
      this.#z[c] = this.#h[q + c * n + mid] * sign;
      this.#support[c] = BOTTOM;
    }
  }

  /**
   * Sets aside what the update leaves unchanged to working accuracy: columns with a negligible z, and one
   * of every two columns with nearly equal eigenvalues after a rotation that makes its z zero.
   */
  #deflate(lo: number, hi: number, rho: number): [kept: number, deflated: number] {
    const d = this.#d;
    const z = this.#z;
    const tolerance = 4 * Number.EPSILON * this.#norm;
    let K = 0;
    let deflated = 0;
    let pending = -1;
    for (let t = lo; t < hi; t++) {
      const next = this.#order[t];
      if (rho * Math.abs(z[next]) <= tolerance) {
        this.#deflated[deflated++] = next;
        continue;
      }
      if (pending >= 0) {
        const length = Math.hypot(z[next], z[pending]);
        const cosine = z[next] / length;
        const sine = -z[pending] / length;
        const gap = d[next] - d[pending];
        if (Math.abs(gap * cosine * sine) <= tolerance) {
          z[next] = length;
          z[pending] = 0;
          if (this.#support[next] !== this.#support[pending]) this.#support[next] = BOTH;
          this.#rotateColumns(lo, hi, pending, next, cosine, sine);
          const upper = d[pending] * sine * sine + d[next] * cosine * cosine;
          d[pending] = d[pending] * cosine * cosine + d[next] * sine * sine;
          d[next] = upper;
          this.#deflated[deflated++] = pending;
          pending = next;
          continue;
        }
        this.#kept[K++] = pending;
      }
      pending = next;
    }
    if (pending >= 0) this.#kept[K++] = pending;
    for (let j = 0; j < K; j++) {
      this.#poles[j] = d[this.#kept[j]];
      this.#zeta[j] = z[this.#kept[j]];
      this.#squares[j] = this.#zeta[j] ** 2;
    }
    return [K, deflated];
  }

  #rotateColumns(lo: number, hi: number, p: number, r: number, cosine: number, sine: number): void {
    const h = this.#h;
    const x = this.#space.q + p * this.#n;
    const y = this.#space.q + r * this.#n;
    for (let i = lo; i < hi; i++) {
      const a = h[x + i];
      const b = h[y + i];
      h[x + i] = cosine * a + sine * b;
      h[y + i] = cosine * b - sine * a;
    }
  }

  /**
   * Copies the kept columns, grouped by support, as a dense top block and a dense bottom block, and the
   * deflated columns behind them. Returns how many kept columns are non-zero only at the top, and at both.
   */
  #gather(lo: number, mid: number, hi: number, K: number, deflated: number): [number, number] {
    const h = this.#h;
    const n = this.#n;
    const { q } = this.#space;
    const counts = [0, 0, 0];
    let position = 0;
    for (let type = 0; type < 3; type++) {
      for (let j = 0; j < K; j++) {
        if (this.#support[this.#kept[j]] !== type) continue;
        this.#grouped[position++] = j;
        counts[type]++;
      }
    }
    let target = this.#space.columns;
    for (let g = 0; g < counts[0] + counts[1]; g++) {
      const column = q + this.#kept[this.#grouped[g]] * n;
      h.copyWithin(target, column + lo, column + mid);
      target += mid - lo;
    }
    for (let g = counts[0]; g < K; g++) {
      const column = q + this.#kept[this.#grouped[g]] * n;
      h.copyWithin(target, column + mid, column + hi);
      target += hi - mid;
    }
    for (let t = 0; t < deflated; t++) {
      const column = q + this.#deflated[t] * n;
      h.copyWithin(target, column + lo, column + hi);
      target += hi - lo;
    }
    return [counts[0], counts[1]];
  }

  /**
   * Columns lo, lo + 1, … of q ← the chosen eigenvectors, roots first. Returns the column of every chosen
   * item.
   */
  #formVectors(
    lo: number,
    mid: number,
    hi: number,
    K: number,
    [onlyTop, both]: [number, number],
    chosen: Int32Array,
  ): Int32Array {
    const h = this.#h;
    const n = this.#n;
    const { q, columns, secular } = this.#space;
    const [top, bottom, size] = [mid - lo, hi - mid, hi - lo];
    const upper = onlyTop + both;
    const lower = K - onlyTop;
    const lowerStart = columns + top * upper;
    const deflatedStart = lowerStart + bottom * lower;
    const wanted = new Uint8Array(size);
    for (const t of chosen) wanted[t] = 1;
    const place = new Int32Array(size);
    let used = 0;
    for (let t = 0; t < K; t++) {
      if (wanted[t] === 0) continue;
      this.#coefficients(K, secular + t * K, secular + used * K);
      place[t] = used++;
    }
    const start = q + lo * n + lo;
    for (let c = 0; c < used; c++) h.fill(0, start + c * n, start + c * n + size);
    this.#heap.multiplyAdd(false, false, top, used, upper, 1, columns, top, secular, K, start, n);
    const below = start + top;
    this.#heap.multiplyAdd(
      false,
      false,
      bottom,
      used,
      lower,
      1,
      lowerStart,
      bottom,
      secular + onlyTop,
      K,
      below,
      n,
    );
    for (let t = K; t < size; t++) {
      if (wanted[t] === 0) continue;
      const from = deflatedStart + (t - K) * size;
      h.copyWithin(start + used * n, from, from + size);
      place[t] = used++;
    }
    return chosen.map((t) => place[t]);
  }

  /**
   * Eigenvector ζ_j/(d_j − λ) of the update, normalised, from the differences at `from`, in grouped order
   * at `to`.
   */
  #coefficients(K: number, from: number, to: number): void {
    const h = this.#h;
    let sum = 0;
    for (let j = 0; j < K; j++) {
      const value = this.#exact[j] / h[from + j];
      this.#column[j] = value;
      sum += value * value;
    }
    const inverse = 1 / Math.sqrt(sum);
    for (let g = 0; g < K; g++) h[to + g] = this.#column[this.#grouped[g]] * inverse;
  }
}

/** Bounds of 2^L blocks, none longer than LEAF. */
function leafBounds(n: number): number[] {
  let bounds = [0, n];
  for (let longest = n; longest > LEAF; longest = Math.ceil(longest / 2)) {
    bounds = bounds.flatMap((b, i) => (i === 0 ? [b] : [(bounds[i - 1] + b) >> 1, b]));
  }
  return bounds;
}
