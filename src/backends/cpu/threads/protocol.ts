/** Slots of the control array (Int32) that all threads share. */
export const GENERATION = 0;
/** Next part to take and their number: {@link turnWord}. */
export const TURN = 1;
/** Parts done. */
export const DONE = 2;
/** 1 once a part has thrown. */
export const FAILED = 3;
export const OPERATION = 4;
/** Whole-number arguments of the operation; addresses are in bytes. */
export const ARGUMENTS = 5;
export const CONTROL_SLOTS = 32;

/** What can be forked. */
export const GEMM = 0;
export const SYRK = 1;
export const SOLVE = 2;
export const INVERSE = 3;
export const PASS = 4;
export type Operation = typeof GEMM | typeof SYRK | typeof SOLVE | typeof INVERSE | typeof PASS;

/** What a thread needs to take part; everything in it can be posted to a worker. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Int32, {@link CONTROL_SLOTS}. */
  readonly control: SharedArrayBuffer;
  /** Float64: the factor of the operation. */
  readonly factor: SharedArrayBuffer;
  /** This thread's scratch for products, a byte address in the memory. */
  readonly scratch: number;
}

const BITS = 12;
const MASK = (1 << BITS) - 1;
/** Parts of one operation, at most. */
export const MOST_PARTS = MASK;

/** The word of TURN before the first part is taken. */
export function turnWord(parts: number): number {
  return parts << BITS;
}

/**
 * Takes parts until none is left. The number of parts stands in the word that is counted up, so that a thread that comes
 * late, even from an earlier operation, takes a part of the present one or none: arguments are written before the word,
 * and not again until all parts are done.
 */
export function takeParts(control: Int32Array, run: (part: number) => void): void {
  for (;;) {
    const word = Atomics.load(control, TURN);
    const parts = word >> BITS;
    const part = word & MASK;
    if (part >= parts) return;
    if (Atomics.compareExchange(control, TURN, word, word + 1) !== word) continue;
    try {
      run(part);
    } catch {
      Atomics.store(control, FAILED, 1);
    }
    if (Atomics.add(control, DONE, 1) + 1 >= parts) Atomics.notify(control, DONE);
  }
}
