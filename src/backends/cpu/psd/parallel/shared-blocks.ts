/** Slots of the control array that all threads share. */
export const GENERATION = 0;
export const NEXT = 1;
export const DONE = 2;
export const CONTROL_SLOTS = 3;

/** What a thread needs to take part; everything in it can be posted to a worker. */
export interface SharedBlocks {
  /** Int32: generation, next block to take, blocks done. */
  readonly control: SharedArrayBuffer;
  /** Float64: the svec blocks one after another, projected in place. */
  readonly data: SharedArrayBuffer;
  /** Int32: rank of the positive part, by block. */
  readonly ranks: SharedArrayBuffer;
  readonly orders: readonly number[];
  /** Start of every block in `data`. */
  readonly starts: readonly number[];
  /** Block numbers by descending order: the long ones are begun first. */
  readonly queue: readonly number[];
}

/** Projects one block of `data` in place and returns the rank of its positive part. */
export type ProjectBlock = (data: Float64Array, start: number, order: number, block: number) => number;

/**
 * Takes blocks until none is left. A thread that comes late, even from an earlier generation, finds either
 * nothing or a block whose data are already in place, since the counter is reset last.
 */
export function takeBlocks(shared: SharedBlocks, project: ProjectBlock): void {
  const control = new Int32Array(shared.control);
  const data = new Float64Array(shared.data);
  const ranks = new Int32Array(shared.ranks);
  for (;;) {
    const turn = Atomics.add(control, NEXT, 1);
    if (turn >= shared.queue.length) return;
    const block = shared.queue[turn];
    const start = shared.starts[block];
    const order = shared.orders[block];
    try {
      ranks[block] = project(data, start, order, block);
    } catch {
      // Out of memory, for one: NaN tells the caller to do this block itself.
      data[start] = NaN;
    }
    Atomics.add(control, DONE, 1);
    Atomics.notify(control, DONE);
  }
}
