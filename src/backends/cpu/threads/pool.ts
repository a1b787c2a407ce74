import { instantiate } from "../wasm/module.ts";
import type { WasmExports } from "../wasm/module.ts";
import {
  ARGUMENTS,
  CONTROL_SLOTS,
  DONE,
  FAILED,
  GENERATION,
  MOST_PARTS,
  OPERATION,
  takeParts,
  TURN,
  turnWord,
} from "./protocol.ts";
import type { Operation, ThreadStart } from "./protocol.ts";
import { runPart } from "./run-part.ts";
import { spawnKernelThread } from "./spawn.ts";
import type { KernelThread } from "./spawn.ts";

/** WebAssembly pages are 64 KiB. */
const PAGE = 65536;
/** Largest sizes of the shared memory that are tried, in pages: browsers reserve it all at once. */
const MAXIMA = [65536, 32768, 16384, 8192];
/** Looks at the counter before going to sleep. */
const SPINS = 20_000;
/** Milliseconds after which a silent thread counts as lost. */
const LOST = 600_000;

/**
 * Threads that share one WebAssembly memory and do parts of one operation at a time. The calling thread takes part and
 * joins synchronously; where it may not sleep (a page's own thread) it spins.
 */
export class KernelPool {
  /** The calling thread's instance. */
  readonly wasm: WasmExports;
  /** First byte after the threads' scratch. */
  readonly start: number;
  readonly #threads: readonly KernelThread[];
  readonly #control: Int32Array;
  readonly #factor: Float64Array;
  readonly #mayWait: boolean;

  private constructor(
    wasm: WasmExports,
    start: number,
    threads: readonly KernelThread[],
    control: Int32Array,
    factor: Float64Array,
  ) {
    this.wasm = wasm;
    this.start = start;
    this.#threads = threads;
    this.#control = control;
    this.#factor = factor;
    this.#mayWait = typeof document === "undefined";
  }

  /**
   * Starts threads beside the calling one.
   * @throws Error when shared memory or threads are not to be had.
   */
  static async start(module: WebAssembly.Module, threads: number): Promise<KernelPool> {
    const memory = createMemory();
    const wasm = await instantiate(module, memory);
    const bytes = (wasm.gemmScratchBytes() + 63) & ~63;
    const first = (wasm.arenaStart() + 63) & ~63;
    const start = first + bytes * threads;
    const missing = start - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    const control = new SharedArrayBuffer(4 * CONTROL_SLOTS);
    const factor = new SharedArrayBuffer(8);
    const share = { module, memory, control, factor };
    const started = await Promise.all(
      Array.from({ length: threads }, (_, i) => {
        const task: ThreadStart = { ...share, scratch: first + i * bytes };
        return spawnKernelThread(task);
      }),
    );
    return new KernelPool(wasm, start, started, new Int32Array(control), new Float64Array(factor));
  }

  /** Where the calling thread's products have their scratch; free between them. */
  get scratch(): number {
    return this.start;
  }

  /** Threads, the calling one among them. */
  get threads(): number {
    return this.#threads.length + 1;
  }

  /** Parts of an operation that keep all threads busy even when one of them is held up. */
  get parts(): number {
    return 2 * this.threads;
  }

  /**
   * Does all parts of an operation and returns when they are done.
   * @throws Error when a thread failed or was lost: then the operands are of no use.
   */
  fork(operation: Operation, parts: number, values: readonly number[], factor = 0): void {
    if (parts > MOST_PARTS) throw new RangeError(`${parts} parts are more than ${MOST_PARTS}`);
    const control = this.#control;
    control[OPERATION] = operation;
    for (let i = 0; i < values.length; i++) control[ARGUMENTS + i] = values[i];
    this.#factor[0] = factor;
    Atomics.store(control, DONE, 0);
    Atomics.store(control, TURN, turnWord(parts));
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
    takeParts(control, (part) => runPart(this.wasm, control, this.#factor, part));
    this.#join(parts);
    if (Atomics.load(control, FAILED) !== 0) throw new Error("a kernel thread failed");
  }

  /** Ends the threads; the pool is of no use afterwards. */
  dispose(): void {
    for (const thread of this.#threads) thread.end();
  }

  #join(parts: number): void {
    const control = this.#control;
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(control, DONE) >= parts) return;
    const deadline = performance.now() + LOST;
    for (;;) {
      const done = Atomics.load(control, DONE);
      if (done >= parts) return;
      if (performance.now() > deadline) throw new Error("a kernel thread was lost");
      if (this.#mayWait) Atomics.wait(control, DONE, done, 100);
    }
  }
}

function createMemory(): WebAssembly.Memory {
  let failure: unknown;
  for (const maximum of MAXIMA) {
    try {
      return new WebAssembly.Memory({ initial: 64, maximum, shared: true });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
