import { nodeWorker } from "../../../node-worker.ts";
import type { NodeThread } from "../../../node-worker.ts";
import { compileKernels, hasWasmSimd } from "../../../backends/cpu/wasm/module.ts";
import type { EngineLimits, NodeAnswer, NodeRequest } from "../engine.ts";
import type { ThreadReply, ThreadStart, ThreadTask } from "./protocol.ts";

/** A worker, in Node or a browser. */
interface Port {
  post(message: ThreadStart | ThreadTask): void;
  /** Whether open tasks keep a Node process alive. */
  hold(held: boolean): void;
  end(): void;
}

interface PortEvents {
  readonly message: (reply: ThreadReply) => void;
  readonly failed: (error: Error) => void;
}

/** One thread of the batch engine; solves one chunk at a time. */
export class BatchThread {
  private readonly port: Port;
  private readonly waiting = new Map<number, { resolve(a: NodeAnswer[]): void; reject(error: Error): void }>();
  private nextId = 0;
  /** Why the thread answers no more. */
  private failure: Error | undefined;

  private constructor(open: (events: PortEvents) => Port) {
    this.port = open({
      message: (reply) => this.settle(reply),
      failed: (error) => this.fail(error),
    });
  }

  static async start(start: ThreadStart): Promise<BatchThread> {
    const { batchWorkerSource } = await import("./generated/batch-worker.ts");
    const NodeWorker = nodeWorker();
    const thread = new BatchThread((events) =>
      NodeWorker === undefined ? webPort(batchWorkerSource, events) : nodePort(new NodeWorker(batchWorkerSource, { eval: true }), events),
    );
    thread.port.post(start);
    return thread;
  }

  /** Rejects when the thread has failed, now or before. */
  solve(requests: readonly NodeRequest[], limits: EngineLimits = {}): Promise<NodeAnswer[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const id = this.nextId++;
    this.port.hold(true);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.port.post({ id, requests, limits });
    });
  }

  end(): void {
    this.port.end();
    this.fail(new Error("the thread was ended"));
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.waiting.forEach(({ reject }) => reject(error));
    this.waiting.clear();
  }

  private settle({ id, answers, error }: ThreadReply): void {
    const task = this.waiting.get(id);
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.port.hold(false);
    if (answers !== undefined) task?.resolve([...answers]);
    else task?.reject(new Error(`a thread of the batch engine failed: ${error}`));
  }
}

/** Threads that all have the problem. They never keep a process alive by themselves. */
export class ThreadPool {
  readonly threads: readonly BatchThread[];

  private constructor(threads: readonly BatchThread[]) {
    this.threads = threads;
  }

  static async start(count: number, start: ThreadStart): Promise<ThreadPool> {
    const module = hasWasmSimd() ? await compileKernels() : undefined;
    const threads = Array.from({ length: count }, () => BatchThread.start({ ...start, module }));
    return new ThreadPool(await Promise.all(threads));
  }

  get size(): number {
    return this.threads.length;
  }

  end(): void {
    this.threads.forEach((thread) => thread.end());
  }
}

function nodePort(worker: NodeThread, { message, failed }: PortEvents): Port {
  worker.on("message", message);
  worker.on("error", failed);
  worker.on("exit", (code) => failed(new Error(`the thread ended with code ${code}`)));
  worker.unref();
  return {
    post: (task) => worker.postMessage(task),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
  };
}

function webPort(source: string, { message, failed }: PortEvents): Port {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.addEventListener("message", (event: MessageEvent<ThreadReply>) => message(event.data));
  worker.addEventListener("error", (event) => failed(new Error(event.message)));
  return {
    post: (task) => worker.postMessage(task),
    hold: () => undefined,
    end: () => {
      worker.terminate();
      URL.revokeObjectURL(address);
    },
  };
}
