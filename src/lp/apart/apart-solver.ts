import { nodeWorker } from "../../node-worker.ts";
import type { NodeThread } from "../../node-worker.ts";
import { solveWithHighs } from "../highs.ts";
import type { LinearProgram, LpAnswer, LpLimits } from "../highs.ts";
import type { ApartReply, ApartTask } from "./protocol.ts";

interface Waiting {
  resolve(answer: LpAnswer): void;
  reject(error: Error): void;
}

/** Entries of a matrix below which a solve takes some ms at most and a thread is not worth its start. */
const LARGE = 20_000;

/** The answer of a solve that was ended. */
const ended: LpAnswer = { status: "limit", objective: NaN, iterations: 0 };

/**
 * HiGHS in a thread of its own, so that a long solve holds up neither timers nor Ctrl-C and can be ended. In Node only; in
 * browsers, where the package cannot be located, and for small programs, solves run on the calling thread. One at a time.
 */
export class ApartSolver {
  private worker: NodeThread | undefined;
  private waiting: Waiting | undefined;
  private nextId = 0;

  /**
   * Solves one program from scratch. An aborted solve answers with status "limit" and no point.
   * @throws UnsupportedError when the optional package `highs` is not installed
   */
  async solve(
    program: LinearProgram,
    limits: LpLimits = {},
    options: Readonly<Record<string, boolean | number | string>> = {},
    signal?: AbortSignal,
  ): Promise<LpAnswer> {
    if (signal?.aborted) return ended;
    const hard = program.matrix.values.length >= LARGE;
    const worker = hard ? (this.worker ??= await this.open()) : undefined;
    if (worker === undefined) return solveWithHighs(program, limits, options);
    const task: ApartTask = { id: this.nextId++, program, limits, options };
    const abort = (): void => this.stop(ended);
    signal?.addEventListener("abort", abort, { once: true });
    worker.ref();
    try {
      return await new Promise<LpAnswer>((resolve, reject) => {
        this.waiting = { resolve, reject };
        worker.postMessage(task);
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      worker.unref();
    }
  }

  /** Ends the thread. A later solve starts another. */
  dispose(): void {
    this.stop(ended);
  }

  private stop(answer: LpAnswer): void {
    void this.worker?.terminate();
    this.worker = undefined;
    this.waiting?.resolve(answer);
    this.waiting = undefined;
  }

  private async open(): Promise<NodeThread | undefined> {
    const highs = locate();
    const Thread = nodeWorker();
    if (highs === undefined || Thread === undefined) return undefined;
    const { highsWorkerSource } = await import("./generated/highs-worker.ts");
    const worker = new Thread(highsWorkerSource, { eval: true });
    worker.on("message", ({ answer, error }: ApartReply) => {
      const waiting = this.waiting;
      this.waiting = undefined;
      if (answer !== undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(`the thread of HiGHS failed: ${error}`));
    });
    worker.on("error", (error) => {
      this.waiting?.reject(error);
      this.waiting = undefined;
      this.worker = undefined;
    });
    worker.unref();
    worker.postMessage({ highs });
    return worker;
  }
}

/** Where the package `highs` lies; undefined when it cannot be told. */
function locate(): string | undefined {
  if (typeof import.meta.resolve !== "function") return undefined;
  try {
    return import.meta.resolve("highs");
  } catch {
    return undefined;
  }
}
