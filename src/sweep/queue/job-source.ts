import type { Job as QueuedJob, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { openQueues, refusal } from "./directory.ts";
import type { QueueEntry, WorkerEntry } from "./directory.ts";
import { PREFIX } from "./names.ts";
import type { QueuePackages } from "./packages.ts";

/** A queue's list of open queues is read again after this long, milliseconds. */
const LOOK_AGAIN = 1000;
/** How often a queue hands a job on whose worker has gone, before it gives it up. */
const MOST_STALLS = 2;

/** A job that this worker holds. */
export interface TakenJob {
  readonly queue: string;
  readonly job: QueuedJob;
}

export interface JobSourceOptions {
  readonly redis: Redis;
  readonly packages: QueuePackages;
  readonly worker: WorkerEntry;
  /** Marks the jobs that this worker holds. */
  readonly token: string;
  /** Milliseconds after which a job whose worker is silent goes to another one. */
  readonly lease: number;
  /** A line for the log. */
  readonly say: (text: string) => void;
}

/** Jobs from all open queues that a worker can serve, in turn. */
export class JobSource {
  private readonly options: JobSourceOptions;
  private readonly served = new Map<string, Worker>();
  private readonly refused = new Set<string>();
  private order: string[] = [];
  private lookedAt = -Infinity;
  private asking: Promise<unknown> = Promise.resolve();

  constructor(options: JobSourceOptions) {
    this.options = options;
  }

  /** The next job, undefined when there is none now. Calls wait for each other. */
  take(): Promise<TakenJob | undefined> {
    const taken = this.asking.then(() => this.ask());
    this.asking = taken.catch(() => undefined);
    return taken;
  }

  /** A new queue may be open. */
  lookAgain(): void {
    this.lookedAt = -Infinity;
  }

  async close(): Promise<void> {
    await Promise.all([...this.served.values()].map((worker) => worker.close(true)));
    this.served.clear();
  }

  private async ask(): Promise<TakenJob | undefined> {
    if (performance.now() - this.lookedAt > LOOK_AGAIN) await this.look();
    for (let k = 0; k < this.order.length; k++) {
      const queue = this.order[k];
      const job = (await this.served.get(queue)?.getNextJob(this.options.token, { block: false })) as QueuedJob | undefined;
      if (job === undefined) continue;
      // The next one comes from the next queue: no sweep waits for another one's end.
      this.order = [...this.order.slice(k + 1), ...this.order.slice(0, k + 1)];
      return { queue, job };
    }
    return undefined;
  }

  private async look(): Promise<void> {
    const open = await openQueues(this.options.redis);
    this.lookedAt = performance.now();
    for (const [queue, worker] of this.served) {
      if (open.has(queue)) continue;
      this.served.delete(queue);
      await worker.close(true);
    }
    for (const [queue, entry] of open) if (!this.served.has(queue) && this.accepts(queue, entry)) await this.serve(queue);
    this.order = [...this.order.filter((queue) => this.served.has(queue)), ...[...this.served.keys()].filter((queue) => !this.order.includes(queue))];
  }

  private accepts(queue: string, entry: QueueEntry): boolean {
    const why = refusal(entry, this.options.worker);
    if (why !== undefined && !this.refused.has(queue)) this.options.say(`sweep "${entry.name}" is not served: ${why}`);
    if (why !== undefined) this.refused.add(queue);
    return why === undefined;
  }

  private async serve(queue: string): Promise<void> {
    const { redis, packages, lease } = this.options;
    const worker = new packages.bullmq.Worker(queue, null, {
      ...{ connection: redis, prefix: PREFIX, autorun: false, skipVersionCheck: true },
      ...{ lockDuration: lease, stalledInterval: lease / 2, maxStalledCount: MOST_STALLS },
    });
    worker.on("error", () => undefined);
    await worker.startStalledCheckTimer();
    this.served.set(queue, worker);
  }
}
