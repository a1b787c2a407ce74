import { svecLength } from "../../../../problem/svec.ts";
import type { DenseKernels } from "../../../../linear/dense-kernels.ts";
import { compileKernels, hasWasmSimd } from "../../wasm/module.ts";
import type { ProjectorOptions } from "../project.ts";
import { PsdProjector } from "../project.ts";
import { fullCost } from "../warm-block.ts";
import { CONTROL_SLOTS, DONE, GENERATION, NEXT, takeBlocks } from "./shared-blocks.ts";
import type { SharedBlocks } from "./shared-blocks.ts";
import { spawnThread } from "./thread.ts";
import type { Thread } from "./thread.ts";

/**
 * Milliseconds of work beside the longest block below which threads do not pay: fork and join take tens of
 * µs.
 */
const WORTH_SHARING = 0.2;
/** Seconds of projections before threads are started: starting one takes 65 … 150 ms. */
const WORTH_STARTING = 0.5;
/** Milliseconds after which a silent thread counts as lost. */
const LOST = 20_000;
/** Looks at the counter before going to sleep: some ten µs. */
const SPINS = 2000;

export interface ParallelOptions extends ProjectorOptions {
  /**
   * Threads beside the calling one; default: one less than the processors, at most one less than the
   * blocks.
   */
  readonly threads?: number;
  /** Seconds of projections before the threads are started. Default 0.5. */
  readonly startAfter?: number;
}

/**
 * Projects all PSD blocks of a vector, by several threads where there are several blocks of some size.
 * Threads share one SharedArrayBuffer and take the largest blocks first; the calling thread takes part and
 * joins synchronously. Without SharedArrayBuffer (a page that is not cross-origin isolated), WebAssembly
 * SIMD, or enough work, everything runs on the calling thread. Threads never keep a process alive.
 */
export class ParallelPsdProjector {
  /** The projector of the calling thread. */
  readonly local: PsdProjector;
  readonly #orders: readonly number[];
  readonly #offsets: readonly number[];
  readonly #count: number;
  readonly #startAfter: number;
  #shared: SharedBlocks | undefined;
  #threads: Thread[] = [];
  #starting: Promise<void> | undefined;
  #disposed = false;

  /** @param offsets place of every block's svec in the vectors to be projected. */
  constructor(
    kernels: DenseKernels,
    orders: readonly number[],
    offsets: readonly number[],
    options: ParallelOptions = {},
  ) {
    this.local = new PsdProjector(kernels, orders, options);
    this.#orders = orders;
    this.#offsets = offsets;
    this.#startAfter = options.startAfter ?? WORTH_STARTING;
    const possible = kernels.name === "wasm-simd" && hasWasmSimd() && typeof SharedArrayBuffer === "function";
    const wanted = options.threads ?? Math.min(processors() - 1, orders.length - 1);
    this.#count = possible && sharedWork(orders) > WORTH_SHARING ? Math.max(0, wanted) : 0;
  }

  /** Threads that take part beside the calling one. */
  get threads(): number {
    return this.#threads.length;
  }

  /** v ← v with every PSD block projected. */
  projectAll(v: Float64Array): void {
    const shared = this.#shared;
    if (shared === undefined) {
      this.#projectHere(v);
      if (this.#count > 0 && this.local.counters.seconds >= this.#startAfter) void this.start();
      return;
    }
    const control = new Int32Array(shared.control);
    const data = new Float64Array(shared.data);
    const blocks = shared.queue.length;
    this.#orders.forEach((order, block) => {
      const from = this.#offsets[block];
      data.set(v.subarray(from, from + svecLength(order)), shared.starts[block]);
    });
    Atomics.store(control, DONE, 0);
    Atomics.store(control, NEXT, 0);
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
    takeBlocks(shared, (all, start, order, block) => {
      this.local.project(all, start, order, all, start, block);
      return this.local.ranks[block];
    });
    if (!join(control, blocks)) {
      this.dispose();
      this.#projectHere(v);
      return;
    }
    const ranks = new Int32Array(shared.ranks);
    this.#orders.forEach((order, block) => {
      const [start, offset] = [shared.starts[block], this.#offsets[block]];
      if (order > 0 && Number.isNaN(data[start])) this.local.project(v, offset, order, v, offset, block);
      else {
        v.set(data.subarray(start, start + svecLength(order)), offset);
        this.local.ranks[block] = ranks[block];
      }
    });
  }

  /** Starts the threads now, if there is work for them; resolves when they can take part. */
  start(): Promise<void> {
    if (this.#count === 0 || this.#disposed) return Promise.resolve();
    this.#starting ??= this.#startThreads();
    return this.#starting;
  }

  /** Ends the threads; projections go on in the calling thread. */
  dispose(): void {
    this.#disposed = true;
    this.#shared = undefined;
    for (const thread of this.#threads) thread.end();
    this.#threads = [];
  }

  async #startThreads(): Promise<void> {
    const starts: number[] = [];
    let total = 0;
    for (const order of this.#orders) {
      starts.push(total);
      total += svecLength(order);
    }
    const orders = [...this.#orders];
    const queue = orders.map((_, block) => block).sort((a, b) => orders[b] - orders[a]);
    const shared: SharedBlocks = {
      control: new SharedArrayBuffer(4 * CONTROL_SLOTS),
      data: new SharedArrayBuffer(8 * Math.max(1, total)),
      ranks: new SharedArrayBuffer(4 * Math.max(1, orders.length)),
      orders,
      starts,
      queue,
    };
    // Nothing to take until the first call.
    Atomics.store(new Int32Array(shared.control), NEXT, queue.length);
    try {
      const module = await compileKernels();
      const threads = await Promise.all(
        Array.from({ length: this.#count }, () => spawnThread({ module, shared })),
      );
      if (this.#disposed) {
        for (const thread of threads) thread.end();
        return;
      }
      this.#threads = threads;
      this.#shared = shared;
    } catch {
      // Threads may be forbidden here (a content security policy): the calling thread does the work.
      this.#disposed = true;
    }
  }

  #projectHere(v: Float64Array): void {
    this.#orders.forEach((order, block) => {
      const offset = this.#offsets[block];
      this.local.project(v, offset, order, v, offset, block);
    });
  }
}

/**
 * Waits until all blocks are done; false when a thread was lost. Sleeps where that is allowed, else spins.
 */
function join(control: Int32Array, blocks: number): boolean {
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(control, DONE) >= blocks) return true;
  const deadline = performance.now() + LOST;
  for (;;) {
    const done = Atomics.load(control, DONE);
    if (done >= blocks) return true;
    if (performance.now() > deadline) return false;
    if (maySleep()) Atomics.wait(control, DONE, done, 1000);
  }
}

/** A browser's main thread must not sleep in Atomics.wait. */
function maySleep(): boolean {
  return typeof document === "undefined";
}

function processors(): number {
  return typeof navigator === "object" && navigator.hardwareConcurrency ? navigator.hardwareConcurrency : 2;
}

/** Milliseconds (by the cost model) that threads could take off the calling one. */
function sharedWork(orders: readonly number[]): number {
  const costs = orders.map((order) => (order > 2 ? fullCost(order, order / 2) : 0));
  return costs.reduce((a, b) => a + b, 0) - Math.max(0, ...costs);
}
