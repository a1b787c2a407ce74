import type { SparseMatrix } from "../problem/sparse-matrix.ts";

/** What to do with a second entry at one position: throw, or return to keep the first one only. */
export type DuplicateRule = (row: number, col: number, first: EntryOrigin, second: EntryOrigin) => void;

export interface EntryOrigin {
  readonly value: number;
  /** As given to {@link EntryList.push}. */
  readonly origin: number;
}

/** Entries of a sparse matrix as they are read, 20 bytes each, in any order. */
export class EntryList {
  count = 0;
  rows = new Int32Array(256);
  cols = new Int32Array(256);
  /** Where each entry came from, for errors: a line number, possibly signed. */
  origins = new Int32Array(256);
  values = new Float64Array(256);

  push(row: number, col: number, value: number, origin: number): void {
    const k = this.count++;
    if (k === this.rows.length) this.grow();
    this.rows[k] = row;
    this.cols[k] = col;
    this.origins[k] = origin;
    this.values[k] = value;
  }

  private grow(): void {
    const capacity = 2 * this.rows.length;
    const larger = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(capacity);
      array.set(old);
      return array;
    };
    this.rows = larger(this.rows);
    this.cols = larger(this.cols);
    this.origins = larger(this.origins);
    const values = new Float64Array(capacity);
    values.set(this.values);
    this.values = values;
  }

  /**
   * Compressed columns. Columns that come in order (nearly all files) are only copied, others sorted.
   * O(entries + columns), no array of the length of the rows.
   */
  compress(rows: number, cols: number, onDuplicate: DuplicateRule): SparseMatrix {
    const { count } = this;
    const colPtr = new Int32Array(cols + 1);
    for (let k = 0; k < count; k++) colPtr[this.cols[k] + 1]++;
    for (let j = 0; j < cols; j++) colPtr[j + 1] += colPtr[j];
    const next = colPtr.slice(0, cols);
    const order = new Int32Array(count);
    for (let k = 0; k < count; k++) order[next[this.cols[k]]++] = k;
    const rowIdx = new Int32Array(count);
    const values = new Float64Array(count);
    let write = 0;
    let start = 0;
    for (let j = 0; j < cols; j++) {
      const end = colPtr[j + 1];
      this.sortColumn(order, start, end);
      const columnStart = write;
      let previous = -1;
      for (let p = start; p < end; p++) {
        const k = order[p];
        const row = this.rows[k];
        if (write > columnStart && rowIdx[write - 1] === row) {
          onDuplicate(row, j, this.entry(previous), this.entry(k));
          continue;
        }
        rowIdx[write] = row;
        values[write++] = this.values[k];
        previous = k;
      }
      start = end;
      colPtr[j + 1] = write;
    }
    return write === count
      ? { rows, cols, colPtr, rowIdx, values }
      : { rows, cols, colPtr, rowIdx: rowIdx.slice(0, write), values: values.slice(0, write) };
  }

  private entry(k: number): EntryOrigin {
    return { value: this.values[k], origin: this.origins[k] };
  }

  /** Orders entries [start, end) of a column by row, then by place in the file. */
  private sortColumn(order: Int32Array, start: number, end: number): void {
    const { rows } = this;
    let p = start + 1;
    while (p < end && rows[order[p - 1]] <= rows[order[p]]) p++;
    if (p >= end) return;
    const length = end - start;
    const keys = new Float64Array(length);
    const old = order.slice(start, end);
    // Row and place packed into one double: rows < 2²⁶ and places < 2²⁷ keep the key an exact integer.
    for (let q = 0; q < length; q++) keys[q] = rows[old[q]] * length + q;
    keys.sort();
    for (let q = 0; q < length; q++) order[start + q] = old[keys[q] % length];
  }
}
