/**
 * Indices 0 … count − 1 handed out in descending order of their keys, sorted only as far as asked for: a binary heap,
 * O(count) to fill and O(log count) each. Reused between fills.
 */
export class DescendingIndices {
  private readonly heap: Int32Array;
  private size = 0;
  private keys: Float64Array = new Float64Array(0);

  constructor(capacity: number) {
    this.heap = new Int32Array(capacity);
  }

  fill(keys: Float64Array, count: number): void {
    this.keys = keys;
    this.size = count;
    for (let k = 0; k < count; k++) this.heap[k] = k;
    for (let k = (count >> 1) - 1; k >= 0; k--) this.sink(k);
  }

  /** The index of the greatest key left. */
  get top(): number {
    return this.heap[0];
  }

  /** How many are left. */
  get count(): number {
    return this.size;
  }

  /** Those left, in no particular order: 0 ≤ position < count. */
  at(position: number): number {
    return this.heap[position];
  }

  /** Removes the top. */
  pop(): void {
    this.size--;
    this.heap[0] = this.heap[this.size];
    this.sink(0);
  }

  private sink(start: number): void {
    const { heap, keys, size } = this;
    const index = heap[start];
    const key = keys[index];
    let at = start;
    for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && keys[heap[child + 1]] > keys[heap[child]]) child++;
      if (keys[heap[child]] <= key) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = index;
  }
}
