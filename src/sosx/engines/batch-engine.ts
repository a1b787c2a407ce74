import { loadDenseKernels } from "../../backends/cpu/kernels/load.ts";
import type { RelaxationData } from "../training-problem.ts";
import type { AccuracyOptions, BatchSolver } from "./batch-solver.ts";
import { cpuBatchSolver } from "./cpu-iterations.ts";
import type { EngineLimits, NodeAnswer, NodeRequest, RelaxationEngine } from "./engine.ts";
import { unsolved } from "./engine.ts";
import { relaxationData } from "./threads/protocol.ts";
import { ThreadPool } from "./threads/thread-pool.ts";
import type { BatchThread } from "./threads/thread-pool.ts";

export interface BatchOptions extends AccuracyOptions {
  /** Nodes at once. Default 64. */
  readonly batch?: number | undefined;
  /** Threads that share a batch; 1 = the calling one alone. Default 1. */
  readonly threads?: number | undefined;
}

/**
 * Nodes that are solved together. A batch is cut into chunks of this size whatever the number of threads, so that sums
 * are formed in the same order and answers are the same to the last bit.
 */
const CHUNK = 8;

/** Batches of nodes by operator splitting ({@link BatchSolver}) on the CPU, by one thread or several. */
export class BatchEngine implements RelaxationEngine {
  readonly name = "batch";
  readonly batch: number;
  private readonly local: BatchSolver;
  private readonly pool: ThreadPool | undefined;

  private constructor(local: BatchSolver, pool: ThreadPool | undefined, batch: number) {
    this.local = local;
    this.pool = pool;
    this.batch = batch;
  }

  static async create(problem: RelaxationData, options: BatchOptions = {}): Promise<BatchEngine> {
    const { batch = 64, threads = 1, maxIterations, tolerance } = options;
    const local = cpuBatchSolver(problem, await loadDenseKernels(), options);
    const chunks = Math.ceil(batch / CHUNK);
    const count = Math.min(threads, chunks);
    const start = { data: relaxationData(problem), accuracy: { maxIterations, tolerance } };
    // A page may forbid workers.
    const pool = count > 1 ? await ThreadPool.start(count, start).catch(() => undefined) : undefined;
    return new BatchEngine(local, pool, batch);
  }

  /** Threads at work; 1 where threads could not be had. */
  get threads(): number {
    return this.pool?.size ?? 1;
  }

  async solve(requests: readonly NodeRequest[], limits: EngineLimits = {}): Promise<NodeAnswer[]> {
    const { signal, ...plain } = limits;
    const chunks: (readonly NodeRequest[])[] = [];
    for (let from = 0; from < requests.length; from += CHUNK) chunks.push(requests.slice(from, from + CHUNK));
    const end = performance.now() + 1000 * (limits.seconds ?? Infinity);
    const left = (): EngineLimits =>
      limits.seconds === undefined ? plain : { ...plain, seconds: Math.max(0, (end - performance.now()) / 1000) };
    const answers: NodeAnswer[][] = chunks.map((chunk) => chunk.map(() => unsolved));
    let next = 0;
    // Every thread takes the next chunk when it is done with its last.
    const take = async (solve: BatchSolver["solve"]): Promise<void> => {
      while (next < chunks.length && !signal?.aborted) {
        const chunk = next++;
        answers[chunk] = await solve(chunks[chunk], left());
        await turn();
      }
    };
    const { pool, local } = this;
    if (pool === undefined || chunks.length === 1) await take((nodes, some) => local.solve(nodes, some));
    else {
      // What a thread fails at is done here.
      const orHere = (thread: BatchThread): BatchSolver["solve"] => async (nodes, some) =>
        thread.solve(nodes, some).catch(() => local.solve(nodes, some));
      await Promise.all(pool.threads.map((thread) => take(orHere(thread))));
    }
    return answers.flat();
  }

  dispose(): void {
    this.pool?.end();
  }
}

/** Lets timers and signals through. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
