import type { ConicProblem } from "../../problem/conic-problem.ts";
import type { Result } from "../../solver/result.ts";
import type { Settings } from "../../solver/settings.ts";
import type { TaskHooks, TaskInput, TaskName, TaskOutcome } from "../../tasks/task.ts";
import { Connection } from "./connection.ts";
import type { JobEvents } from "./connection.ts";
import type { Job, JobValue } from "./messages.ts";
import type { WebCapabilities, WebSolverOptions } from "./options.ts";
import { pack } from "./transfer.ts";
import { WorkerError } from "./worker-error.ts";

export type { WebBackend, WebCapabilities, WebSolverOptions } from "./options.ts";

const createDefaultWorker = (): Worker => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/**
 * The solver in a Web Worker: the page stays free. Jobs of one WebSolver are done one after another, in the order in
 * which they were asked for; start several for several at once. Errors are of the classes that solve() throws in the
 * same thread.
 */
export class WebSolver {
  readonly capabilities: WebCapabilities;
  readonly #options: WebSolverOptions;
  #connection: Connection;
  #last: Promise<unknown> = Promise.resolve();
  #terminated = false;

  private constructor(options: WebSolverOptions, connection: Connection) {
    this.#options = options;
    this.#connection = connection;
    this.capabilities = connection.capabilities;
  }

  /**
   * Starts a worker, which looks at what the browser offers and chooses where to compute.
   * @throws WorkerError when the worker cannot be loaded.
   * @throws UnsupportedError when the backend asked for is not there.
   */
  static async start(options: WebSolverOptions = {}): Promise<WebSolver> {
    return new WebSolver(options, await Connection.open(options, options.createWorker ?? createDefaultWorker));
  }

  /**
   * Does a task on inputs, which are copied (or moved, see `moveInputs`). Progress comes at most every 50 ms. When
   * `hooks.signal` is aborted the task ends with what it has, or, after the grace period, with its worker.
   *
   * @throws SpectrahedronError as the task does; WorkerError when the worker breaks down or has to be terminated.
   */
  async run(
    task: TaskName,
    parameters: object,
    inputs: Readonly<Record<string, TaskInput>>,
    hooks: TaskHooks = {},
  ): Promise<TaskOutcome> {
    const { signal, onProgress, onCheckpoint, resume } = hooks;
    const job: Job = {
      kind: "run",
      task,
      parameters,
      inputs,
      progress: onProgress !== undefined,
      checkpoints: onCheckpoint !== undefined,
      ...(resume !== undefined && { resume }),
    };
    return (await this.#enqueue(job, {
      signal,
      onCheckpoint,
      onReport: (reply) => {
        if (reply.kind === "progress") onProgress?.(reply.progress);
      },
    })) as TaskOutcome;
  }

  /**
   * As solve() in this thread: same settings, same Result; `backend` "auto" is what was chosen at the start. Calls of
   * `onIteration` come in batches, at most every 50 ms. An aborted solve comes back with its present point and status
   * `interrupted`, or, after the grace period, ends with its worker.
   *
   * @throws ProblemError, SettingsError, WarmStartError or UnsupportedError for input that cannot be solved as asked;
   * WorkerError when the worker breaks down or has to be terminated.
   */
  async solve(problem: ConicProblem, settings: Partial<Settings> = {}): Promise<Result> {
    const { signal, onIteration, ...rest } = settings;
    const job: Job = { kind: "solve", problem, settings: rest, iterations: onIteration !== undefined };
    return (await this.#enqueue(job, {
      signal,
      onReport: (reply) => {
        if (reply.kind === "iterations") reply.infos.forEach((info) => onIteration?.(info));
      },
    })) as Result;
  }

  /**
   * Frees the worker with its threads, its GPU and all its memory at once. The job under way and those that wait are
   * rejected with a WorkerError, as are later ones.
   */
  terminate(): void {
    this.#terminated = true;
    this.#connection.close(new WorkerError("The worker was terminated."));
  }

  #enqueue(job: Job, events: JobEvents): Promise<JobValue> {
    // Packed now, so that the caller may change its arrays while the job waits.
    const { value, transfer } = pack(job, this.#options.moveInputs ?? false);
    const done = this.#last.then(async () => (await this.#open()).perform(value, transfer, events));
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** A fresh worker in place of one that broke down. */
  async #open(): Promise<Connection> {
    if (this.#terminated) throw new WorkerError("The worker was terminated.");
    if (!this.#connection.closed) return this.#connection;
    const fresh = await Connection.open(this.#options, this.#options.createWorker ?? createDefaultWorker);
    if (this.#terminated) fresh.close(new WorkerError("The worker was terminated."));
    return (this.#connection = fresh);
  }
}
