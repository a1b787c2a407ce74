/**
 * Approximate minimum degree ordering of a symmetric matrix, after P. R. Amestoy, T. A. Davis, I. S. Duff,
 * "An approximate minimum degree ordering algorithm", SIAM J. Matrix Anal. Appl. 17 (1996) 886–905:
 * quotient graph with element absorption (also aggressive), approximate external degrees, mass elimination,
 * indistinguishable variables merged by hashing, and rows of very high degree postponed to the end.
 */

/** Symmetric pattern by its upper triangle (entries with row ≤ column) in compressed columns. */
export interface SymmetricPattern {
  readonly n: number;
  readonly colPtr: Int32Array;
  readonly rowIdx: Int32Array;
}

/** Timestamps above this are reset, far from the Int32 limit. */
const MAX_STAMP = 0x3fffffff;

/**
 * The order: `order[k]` is the original index of the k-th pivot. Rows with more than `denseFactor`·√n (at
 * least 16) off-diagonal entries come last; negative: none is postponed. Default 10, as published.
 */
export function amdOrdering(pattern: SymmetricPattern, denseFactor = 10): Int32Array {
  const graph = new QuotientGraph(pattern, denseFactor);
  graph.eliminateAll();
  return graph.order();
}

/**
 * Every index is a variable until it is a pivot, then an element. A variable's list in `lists` holds first
 * its `elements[i]` elements, then variables; an element's list holds its variables.
 */
class QuotientGraph {
  private readonly n: number;
  private lists: Int32Array;
  private spare: Int32Array;
  private free: number;
  private readonly start: Int32Array;
  private readonly length: Int32Array;
  /** Elements at the head of a variable's list. */
  private readonly elements: Int32Array;
  /** Size of a supervariable; 0 when merged or postponed; negated while in the element being formed. */
  private readonly weight: Int32Array;
  /** Bound on the external degree of a variable; total weight of an element. */
  private readonly degree: Int32Array;
  /** Timestamps; 0 marks a dead element. */
  private readonly stamp: Int32Array;
  private now = 1;
  private largestElement = 0;
  /** Variables by degree, doubly linked. */
  private readonly head: Int32Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private minDegree = 0;
  private readonly hashHead: Int32Array;
  private readonly hash: Int32Array;
  /** The variable or pivot that took this variable; −1 for pivots. */
  private readonly mergedInto: Int32Array;
  /** Position of a pivot in the elimination, −1 before. */
  private readonly sequence: Int32Array;
  private pivots = 0;
  private eliminated = 0;
  private readonly postponed: number[] = [];

  constructor({ n, colPtr, rowIdx }: SymmetricPattern, denseFactor: number) {
    this.n = n;
    this.start = new Int32Array(n);
    this.length = new Int32Array(n);
    this.elements = new Int32Array(n);
    this.weight = new Int32Array(n).fill(1);
    this.degree = new Int32Array(n);
    this.stamp = new Int32Array(n).fill(1);
    this.head = new Int32Array(n).fill(-1);
    this.next = new Int32Array(n).fill(-1);
    this.previous = new Int32Array(n).fill(-1);
    this.hashHead = new Int32Array(n).fill(-1);
    this.hash = new Int32Array(n);
    this.mergedInto = new Int32Array(n).fill(-1);
    this.sequence = new Int32Array(n).fill(-1);

    const { start, length, degree, elements } = this;
    for (let j = 0; j < n; j++) {
      for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
        const i = rowIdx[p];
        if (i === j) continue;
        length[i]++;
        length[j]++;
      }
    }
    let total = 0;
    for (let i = 0; i < n; i++) {
      start[i] = total;
      total += length[i];
    }
    const capacity = total + Math.floor(total / 4) + n + 1;
    this.lists = new Int32Array(capacity);
    this.spare = new Int32Array(0);
    this.free = total;
    const fill = start.slice();
    for (let j = 0; j < n; j++) {
      for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
        const i = rowIdx[p];
        if (i === j) continue;
        this.lists[fill[i]++] = j;
        this.lists[fill[j]++] = i;
      }
    }

    const dense = denseFactor < 0 ? n : Math.max(16, denseFactor * Math.sqrt(n));
    for (let i = 0; i < n; i++) {
      degree[i] = length[i];
      if (degree[i] > dense) {
        this.weight[i] = 0;
        this.eliminated++;
        this.postponed.push(i);
      }
    }
    for (let i = n - 1; i >= 0; i--) {
      if (this.weight[i] === 0) continue;
      if (degree[i] === 0) {
        this.sequence[i] = this.pivots++;
        this.stamp[i] = 0;
        elements[i] = -2;
        this.eliminated++;
      } else this.insertByDegree(i, degree[i]);
    }
  }

  eliminateAll(): void {
    while (this.eliminated < this.n) this.eliminate(this.takeMinimum());
  }

  /**
   * Pivots in sequence, each followed by the variables merged into it; postponed rows last, sparser first.
   */
  order(): Int32Array {
    const { n, mergedInto, sequence, degree } = this;
    const place = new Int32Array(n).fill(-1);
    for (let i = 0; i < n; i++) {
      let root = i;
      while (mergedInto[root] >= 0) root = mergedInto[root];
      // Path compression keeps chains of merges short.
      for (let k = i; k !== root; ) {
        const up = mergedInto[k];
        mergedInto[k] = root;
        k = up;
      }
      place[i] = sequence[root];
    }
    const begin = new Int32Array(this.pivots + 1);
    for (let i = 0; i < n; i++) if (place[i] >= 0) begin[place[i] + 1]++;
    for (let k = 0; k < this.pivots; k++) begin[k + 1] += begin[k];
    const order = new Int32Array(n);
    const sorted = begin[this.pivots];
    for (let i = 0; i < n; i++) if (place[i] >= 0) order[begin[place[i]]++] = i;
    this.postponed.sort((a, b) => degree[a] - degree[b] || a - b);
    order.set(this.postponed, sorted);
    return order;
  }

  private insertByDegree(i: number, d: number): void {
    const old = this.head[d];
    this.next[i] = old;
    this.previous[i] = -1;
    if (old !== -1) this.previous[old] = i;
    this.head[d] = i;
    if (d < this.minDegree) this.minDegree = d;
  }

  private removeFromDegree(i: number): void {
    const after = this.next[i];
    const before = this.previous[i];
    if (after !== -1) this.previous[after] = before;
    if (before !== -1) this.next[before] = after;
    else this.head[this.degree[i]] = after;
  }

  private takeMinimum(): number {
    while (this.head[this.minDegree] === -1) this.minDegree++;
    const pivot = this.head[this.minDegree];
    this.removeFromDegree(pivot);
    return pivot;
  }

  /** Makes stamps ≥ now unused, resetting them all before they overflow. */
  private advanceStamp(by: number): void {
    this.now += by;
    if (this.now < MAX_STAMP && this.now >= 2) return;
    for (let i = 0; i < this.n; i++) if (this.stamp[i] !== 0) this.stamp[i] = 1;
    this.now = 2;
  }

  /** Copies the living lists to the front of a fresh buffer when fewer than `room` entries are free. */
  private ensureRoom(room: number): void {
    if (this.free + room <= this.lists.length) return;
    const { start, length, elements, weight, stamp } = this;
    if (this.spare.length === 0) this.spare = new Int32Array(this.lists.length);
    const old = this.lists;
    const fresh = this.spare;
    let write = 0;
    for (let i = 0; i < this.n; i++) {
      const alive = elements[i] === -2 ? stamp[i] !== 0 : weight[i] !== 0;
      if (!alive) continue;
      const from = start[i];
      start[i] = write;
      for (let p = from; p < from + length[i]; p++) fresh[write++] = old[p];
    }
    this.lists = fresh;
    this.spare = old;
    this.free = write;
  }

  private eliminate(pivot: number): void {
    const { weight } = this;
    const pivotElements = this.elements[pivot];
    this.sequence[pivot] = this.pivots++;
    this.eliminated += weight[pivot];
    weight[pivot] = -weight[pivot];
    this.formElement(pivot, pivotElements);
    this.countOutside(pivot);
    this.updateVariables(pivot);
    this.largestElement = Math.max(this.largestElement, this.degree[pivot]);
    this.advanceStamp(this.largestElement + 1);
    this.mergeIndistinguishable(pivot);
    this.finishElement(pivot, pivotElements);
  }

  /** The new element's variables: those of the pivot's elements (which it absorbs) and its own. */
  private formElement(pivot: number, pivotElements: number): void {
    const { start, length, weight } = this;
    if (pivotElements > 0) this.ensureRoom(this.degree[pivot]);
    const lists = this.lists;
    const listBegin = start[pivot];
    const listEnd = listBegin + length[pivot];
    const begin = pivotElements > 0 ? this.free : listBegin;
    let end = begin;
    let size = 0;
    for (let q = listBegin; q <= listBegin + pivotElements; q++) {
      const own = q === listBegin + pivotElements;
      const element = own ? pivot : lists[q];
      const from = own ? q : start[element];
      const to = own ? listEnd : from + length[element];
      for (let p = from; p < to; p++) {
        const i = lists[p];
        const w = weight[i];
        if (w <= 0) continue;
        size += w;
        weight[i] = -w;
        lists[end++] = i;
        this.removeFromDegree(i);
      }
      if (!own) this.stamp[element] = 0;
    }
    start[pivot] = begin;
    length[pivot] = end - begin;
    this.elements[pivot] = -2;
    this.degree[pivot] = size;
    if (pivotElements > 0) this.free = end;
  }

  /** For each element e next to the new one: stamp[e] − now = |L_e \ L_pivot|. */
  private countOutside(pivot: number): void {
    const { lists, start, length, elements, weight, stamp, degree } = this;
    this.advanceStamp(0);
    const now = this.now;
    const end = start[pivot] + length[pivot];
    for (let q = start[pivot]; q < end; q++) {
      const i = lists[q];
      const w = -weight[i];
      const stop = start[i] + elements[i];
      for (let p = start[i]; p < stop; p++) {
        const e = lists[p];
        if (stamp[e] >= now) stamp[e] -= w;
        else if (stamp[e] !== 0) stamp[e] = degree[e] + now - w;
      }
    }
  }

  /** Prunes each variable's list, bounds its degree, eliminates it with the pivot if nothing else remains. */
  private updateVariables(pivot: number): void {
    const { lists, start, length, elements, weight, stamp, degree, hash, hashHead, next } = this;
    const now = this.now;
    const n = this.n;
    const end = start[pivot] + length[pivot];
    for (let q = start[pivot]; q < end; q++) {
      const i = lists[q];
      const first = start[i];
      const variables = first + elements[i];
      const stop = first + length[i];
      let write = first;
      let sum = 0;
      let d = 0;
      for (let p = first; p < variables; p++) {
        const e = lists[p];
        if (stamp[e] === 0) continue;
        const outside = stamp[e] - now;
        if (outside > 0) {
          d += outside;
          lists[write++] = e;
          sum += e;
        } else stamp[e] = 0;
      }
      const kept = write;
      for (let p = variables; p < stop; p++) {
        const j = lists[p];
        const w = weight[j];
        if (w <= 0) continue;
        d += w;
        lists[write++] = j;
        sum += j;
      }
      if (d === 0) {
        const w = -weight[i];
        this.mergedInto[i] = pivot;
        degree[pivot] -= w;
        weight[pivot] -= w;
        this.eliminated += w;
        weight[i] = 0;
        elements[i] = -1;
        continue;
      }
      if (d < degree[i]) degree[i] = d;
      // The pivot goes first; the entry that it displaces moves behind its kind.
      lists[write] = lists[kept];
      lists[kept] = lists[first];
      lists[first] = pivot;
      elements[i] = kept - first + 1;
      length[i] = write - first + 1;
      const h = sum % n;
      hash[i] = h;
      next[i] = hashHead[h];
      hashHead[h] = i;
    }
  }

  /** Variables of the new element with equal lists become one supervariable. */
  private mergeIndistinguishable(pivot: number): void {
    const { lists, start, length, elements, weight, stamp, hash, hashHead, next, mergedInto } = this;
    const end = start[pivot] + length[pivot];
    for (let q = start[pivot]; q < end; q++) {
      if (weight[lists[q]] === 0) continue;
      const h = hash[lists[q]];
      let i = hashHead[h];
      hashHead[h] = -1;
      for (; i !== -1 && next[i] !== -1; i = next[i]) {
        const now = this.now;
        const size = length[i];
        for (let p = start[i] + 1; p < start[i] + size; p++) stamp[lists[p]] = now;
        let last = i;
        for (let j = next[i]; j !== -1; j = next[j]) {
          let same = length[j] === size && elements[j] === elements[i];
          for (let p = start[j] + 1; same && p < start[j] + size; p++) same = stamp[lists[p]] === now;
          if (same) {
            mergedInto[j] = i;
            weight[i] += weight[j];
            weight[j] = 0;
            elements[j] = -1;
            next[last] = next[j];
          } else last = j;
        }
        this.advanceStamp(1);
      }
    }
  }

  /** Puts the remaining variables back by degree and shortens the element's list to them. */
  private finishElement(pivot: number, pivotElements: number): void {
    const { lists, start, length, weight, degree } = this;
    const size = degree[pivot];
    const begin = start[pivot];
    const end = begin + length[pivot];
    let write = begin;
    for (let q = begin; q < end; q++) {
      const i = lists[q];
      const w = -weight[i];
      if (w <= 0) continue;
      weight[i] = w;
      const d = Math.min(degree[i] + size - w, this.n - this.eliminated - w);
      degree[i] = d;
      this.insertByDegree(i, d);
      lists[write++] = i;
    }
    length[pivot] = write - begin;
    if (write === begin) this.stamp[pivot] = 0;
    if (pivotElements > 0) this.free = write;
  }
}
