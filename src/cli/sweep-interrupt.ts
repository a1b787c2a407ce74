import type { StopSignals } from "../sweep/executor.ts";

/**
 * Ctrl-C once drains a sweep, twice (or SIGTERM) stops it; the third one has its usual effect again. Of a worker SIGTERM
 * asks the same as Ctrl-C: it is how services are told to end.
 */
export class SweepInterrupt implements StopSignals {
  private readonly draining = new AbortController();
  private readonly stopping = new AbortController();
  private readonly after: string;

  /** @param of what is interrupted */
  constructor(of: "sweep" | "worker" = "sweep") {
    this.after = of === "sweep" ? "; go on later with --resume" : "";
    if (of === "worker") this.onTerminate = this.onInterrupt;
  }

  private readonly onInterrupt = (): void => {
    if (this.draining.signal.aborted) this.end(`\nreturning the running jobs${this.after}\n`);
    else {
      process.stderr.write("\nfinishing the running jobs; again to return them\n");
      this.draining.abort();
    }
  };
  private readonly onTerminate: () => void = () => this.end("\nterminating: running jobs are returned\n");

  get drain(): AbortSignal {
    return this.draining.signal;
  }

  get stop(): AbortSignal {
    return this.stopping.signal;
  }

  listen(): void {
    process.on("SIGINT", this.onInterrupt);
    process.on("SIGTERM", this.onTerminate);
  }

  ignore(): void {
    process.off("SIGINT", this.onInterrupt);
    process.off("SIGTERM", this.onTerminate);
  }

  private end(text: string): void {
    this.ignore();
    process.stderr.write(text);
    this.draining.abort();
    this.stopping.abort();
  }
}
