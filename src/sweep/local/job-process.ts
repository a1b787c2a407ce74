import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { formatSeconds } from "../../report/format.ts";
import type { AttemptFailure, FailureReason, Job, JobLimits, JobOutcome, WantedFiles } from "../job.ts";
import type { JsonObject } from "../json.ts";
import { formatBytes } from "../size.ts";
import { CHILD_SETTINGS } from "./messages.ts";
import type { ChildMessage, ChildSettings, RunMessage } from "./messages.ts";
import { WATCHDOG_DESCRIPTOR } from "./watchdog.ts";

/** How a process that serves jobs is started: a module that comes to `serveJobs`, with its arguments. */
export interface ChildCommand {
  readonly module: string;
  readonly args: readonly string[];
  /** Node's own flags; default those of this process. */
  readonly execArgv?: readonly string[];
}

export interface JobProcessOptions {
  readonly command: ChildCommand;
  readonly limits: JobLimits;
  /** Threads that a task may use for itself. */
  readonly threads: number;
}

/** The outcome of an attempt, or why there is none. */
export type AttemptResult = { readonly outcome: JobOutcome } | { readonly failure: AttemptFailure } | { readonly returned: true };

/** The last part of standard error that is kept to explain a crash, characters. */
const KEPT_ERRORS = 4000;

/**
 * One process that runs jobs one after the other. It is started when the first job comes, kept while it does well, and
 * started again after a crash or when a limit had it killed: a job can end its process, never the sweep.
 */
export class JobProcess {
  private readonly options: JobProcessOptions;
  private child: Child | undefined;

  constructor(options: JobProcessOptions) {
    this.options = options;
  }

  /** Process number, while there is a process. */
  get pid(): number | undefined {
    return this.child?.process.pid;
  }

  /**
   * Runs a job; never rejects.
   * @param signal ends the process; the attempt is `returned`
   */
  async run(
    job: Job,
    wanted: WantedFiles,
    local: JsonObject,
    signal: AbortSignal,
    onProgress?: (text: string, fraction?: number) => void,
  ): Promise<AttemptResult> {
    if (signal.aborted) return { returned: true };
    this.child ??= new Child(this.options);
    const { child } = this;
    const result = await child.run({ kind: "run", job, wanted, local }, this.options.limits.time, signal, onProgress);
    if (child.isOver) this.child = undefined;
    // Memory that earlier jobs have left behind must not count against the next one.
    else if (tooLarge(result, this.options.limits)) this.close();
    return result;
  }

  /** Ends the process. */
  close(): void {
    this.child?.end();
    this.child = undefined;
  }
}

function tooLarge(result: AttemptResult, { memory }: JobLimits): boolean {
  return memory > 0 && "outcome" in result && (result.outcome.peakMemory ?? 0) > memory / 2;
}

class Child {
  readonly process: ChildProcess;
  isOver = false;
  private readonly memory: number;
  private errors = "";
  private watchdog = "";
  private ended = false;
  private isReady = false;

  constructor({ command, limits, threads }: JobProcessOptions) {
    const settings: ChildSettings = { memory: limits.memory, threads };
    const heap = limits.memory > 0 ? [`--max-old-space-size=${Math.ceil(limits.memory / 1024 ** 2)}`] : [];
    this.memory = limits.memory;
    this.process = fork(command.module, command.args, {
      execArgv: [...(command.execArgv ?? process.execArgv), ...heap],
      env: { ...process.env, [CHILD_SETTINGS]: JSON.stringify(settings) },
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc", "pipe"],
    });
    this.process.on("error", () => undefined);
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors = (this.errors + text).slice(-KEPT_ERRORS);
    });
    const word = this.process.stdio[WATCHDOG_DESCRIPTOR] as Readable | null;
    word?.setEncoding("utf8").on("data", (text: string) => (this.watchdog += text));
    this.process.once("close", () => (this.isOver = true));
  }

  end(): void {
    this.ended = true;
    this.process.kill("SIGKILL");
  }

  run(
    message: RunMessage,
    timeLimit: number,
    signal: AbortSignal,
    onProgress: ((text: string, fraction?: number) => void) | undefined,
  ): Promise<AttemptResult> {
    let start = performance.now();
    const seconds = (): number => (performance.now() - start) / 1000;
    return new Promise((resolve) => {
      let timedOut = false;
      let timer: NodeJS.Timeout | undefined;
      // The start of the process is not the job's time.
      const begin = (): void => {
        this.isReady = true;
        start = performance.now();
        if (timeLimit === 0) return;
        timer = setTimeout(() => {
          timedOut = true;
          this.process.kill("SIGKILL");
        }, Math.min(timeLimit * 1000, 2 ** 31 - 1));
      };
      const onMessage = (answer: ChildMessage): void => {
        if (answer.kind === "ready") begin();
        if (answer.kind === "progress") onProgress?.(answer.text, answer.fraction);
        if (answer.kind === "done") settle({ outcome: answer.outcome });
        if (answer.kind === "failed") settle({ failure: answer.failure });
      };
      // `close` and not `exit`: by then all that it wrote has been read.
      const onClose = (code: number | null, killer: NodeJS.Signals | null): void => {
        this.isOver = true;
        if (signal.aborted && this.ended) settle({ returned: true });
        else if (timedOut) {
          settle({ failure: { reason: "time", message: `not done after ${formatSeconds(timeLimit)}`, seconds: seconds() } });
        } else settle({ failure: { ...this.death(code, killer), seconds: seconds() } });
      };
      const onAbort = (): void => this.end();
      const settle = (result: AttemptResult): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.process.off("message", onMessage).off("close", onClose);
        resolve(result);
      };
      this.process.on("message", onMessage).once("close", onClose);
      signal.addEventListener("abort", onAbort, { once: true });
      if (this.isReady) begin();
      if (this.isOver) onClose(this.process.exitCode, this.process.signalCode);
      // A process that has just died refuses the message; its end tells the rest.
      else this.process.send(message, () => undefined);
    });
  }

  private death(code: number | null, killer: NodeJS.Signals | null): { reason: FailureReason; message: string } {
    const [, size] = /^memory (\d+)/m.exec(this.watchdog) ?? [];
    if (size !== undefined) {
      const message = `${formatBytes(Number(size))} of memory in use; the limit is ${formatBytes(this.memory)}`;
      return { reason: "memory", message };
    }
    if (/heap out of memory|invalid array length Allocation failed/.test(this.errors)) {
      return { reason: "memory", message: "JavaScript's heap ran out of memory" };
    }
    if (killer === "SIGKILL" || killer === "SIGTERM") {
      return { reason: "lost", message: `the process was killed from outside (${killer})` };
    }
    const how = killer === null ? `the process ended with exit code ${code}` : `the process died of ${killer}`;
    const last = this.errors.trim().split("\n").slice(-12).join("\n");
    return { reason: "crash", message: last === "" ? how : `${how}: ${last}` };
  }
}
