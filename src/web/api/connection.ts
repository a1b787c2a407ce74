import type { Job, JobValue, Reply, Request } from "./messages.ts";
import type { WebCapabilities, WebSolverOptions } from "./options.ts";
import { fromPortable, toPortable } from "./portable-error.ts";
import { WorkerError } from "./worker-error.ts";

/** What happens while a job is under way; a callback that throws ends the job with its error. */
export interface JobEvents {
  readonly signal?: AbortSignal | undefined;
  /** A reply that is neither the end nor a checkpoint. */
  readonly onReport: (reply: Extract<Reply, { kind: "progress" | "iterations" }>) => void;
  readonly onCheckpoint?: ((text: string) => void | Promise<void>) | undefined;
}

interface OpenJob {
  readonly id: number;
  readonly resolve: (value: JobValue) => void;
  readonly reject: (reason: unknown) => void;
  readonly events: JobEvents;
  /** What a callback threw; the job is aborted then, and this is what its caller gets. */
  thrown?: { readonly error: unknown };
  deadline?: ReturnType<typeof setTimeout>;
}

/** One worker and the job it is at. */
export class Connection {
  readonly capabilities: WebCapabilities;
  readonly #worker: Worker;
  readonly #grace: number;
  #job: OpenJob | undefined;
  #closed: WorkerError | undefined;
  #lastId = 0;

  private constructor(worker: Worker, capabilities: WebCapabilities, grace: number) {
    this.#worker = worker;
    this.capabilities = capabilities;
    this.#grace = grace;
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#receive(data);
    worker.onerror = (event) => this.close(brokenDown(event));
    worker.onmessageerror = () => this.close(new WorkerError("The worker sent a message that could not be read."));
  }

  /**
   * Starts a worker and waits until it has looked around.
   * @throws WorkerError when its script cannot be loaded; UnsupportedError for a backend that is not there.
   */
  static async open(
    { backend = "auto", threads, grace = 10_000 }: WebSolverOptions,
    createWorker: () => Worker,
  ): Promise<Connection> {
    let worker: Worker;
    try {
      worker = createWorker();
    } catch (error) {
      throw new WorkerError(`The worker cannot be created: ${messageOf(error)}`, {}, { cause: error });
    }
    try {
      const capabilities = await new Promise<WebCapabilities>((resolve, reject) => {
        worker.onerror = (event) => reject(brokenDown(event));
        worker.onmessageerror = () => reject(new WorkerError("The worker sent a message that could not be read."));
        worker.onmessage = ({ data }: MessageEvent<Reply>) => {
          if (data.kind === "ready") resolve(data.capabilities);
          if (data.kind === "notReady") reject(fromPortable(data.error));
        };
        worker.postMessage({ kind: "start", backend, ...(threads !== undefined && { threads }) } satisfies Request);
      });
      return new Connection(worker, capabilities, grace);
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Does one job; the caller sees to it that there is one at a time. */
  perform(job: Job, transfer: Transferable[], events: JobEvents): Promise<JobValue> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = ++this.#lastId;
    const { signal } = events;
    const stop = (): void => this.#abort(id);
    return new Promise<JobValue>((resolve, reject) => {
      this.#job = { id, resolve, reject, events };
      signal?.addEventListener("abort", stop, { once: true });
      const aborted = signal?.aborted ?? false;
      this.#worker.postMessage({ kind: "job", id, job, aborted } satisfies Request, transfer);
      if (aborted) this.#startGrace(id);
    }).finally(() => {
      signal?.removeEventListener("abort", stop);
      clearTimeout(this.#job?.deadline);
      this.#job = undefined;
    });
  }

  /** Ends the worker now; the job under way is rejected with this error. */
  close(error: WorkerError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#worker.terminate();
    this.#job?.reject(error);
  }

  #abort(id: number): void {
    if (this.#job?.id !== id || this.#closed) return;
    this.#worker.postMessage({ kind: "abort", id } satisfies Request);
    this.#startGrace(id);
  }

  #startGrace(id: number): void {
    const job = this.#job;
    if (job?.id !== id) return;
    clearTimeout(job.deadline);
    job.deadline = setTimeout(() => {
      const seconds = this.#grace / 1000;
      this.close(new WorkerError(`The job did not end within ${seconds} s of being aborted; its worker was terminated.`));
    }, this.#grace);
  }

  #receive(reply: Reply): void {
    const job = this.#job;
    if (job === undefined || reply.kind === "ready" || reply.kind === "notReady" || reply.id !== job.id) return;
    switch (reply.kind) {
      case "progress":
      case "iterations":
        try {
          if (!job.thrown) job.events.onReport(reply);
        } catch (error) {
          this.#fail(job, error);
        }
        return;
      case "checkpoint":
        void this.#keep(job, reply.text);
        return;
      case "done":
        if (job.thrown) job.reject(job.thrown.error);
        else job.resolve(reply.value);
        return;
      case "failed":
        job.reject(job.thrown ? job.thrown.error : fromPortable(reply.error));
    }
  }

  /** The task goes on once the checkpoint is kept. */
  async #keep(job: OpenJob, text: string): Promise<void> {
    let failure: unknown;
    try {
      await job.events.onCheckpoint?.(text);
    } catch (error) {
      failure = error;
      this.#fail(job, error);
    }
    if (this.#closed) return;
    const error = failure === undefined ? undefined : toPortable(failure);
    this.#worker.postMessage({ kind: "checkpointKept", id: job.id, ...(error && { error }) } satisfies Request);
  }

  #fail(job: OpenJob, error: unknown): void {
    job.thrown ??= { error };
    this.#abort(job.id);
  }
}

/** A browser tells nothing about a script that it cannot load; then the event has no message. */
function brokenDown(event: ErrorEvent): WorkerError {
  event.preventDefault();
  const where = event.filename ? ` (${event.filename}:${event.lineno}:${event.colno})` : "";
  return event.message
    ? new WorkerError(`The worker broke down: ${event.message}${where}`, {}, { cause: event.error })
    : new WorkerError(
        "The worker could not be loaded or broke down. Check that its script is served, as JavaScript, from this origin.",
      );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
