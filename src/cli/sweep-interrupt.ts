import type { StopSignals } from "../sweep/executor.ts";

/**
 * Ctrl-C once drains a sweep, twice (or SIGTERM) stops it; the third one has its usual effect again.
 */
export class SweepInterrupt implements StopSignals {
  private readonly draining = new AbortController();
  private readonly stopping = new AbortController();
  private readonly onInterrupt = (): void => {
    if (this.draining.signal.aborted) this.end("\nreturning the running jobs; go on later with --resume\n");
    else {
      process.stderr.write("\nfinishing the running jobs; press Ctrl-C again to return them\n");
      this.draining.abort();
    }
  };
  private readonly onTerminate = (): void => this.end("\nterminating: running jobs are returned\n");

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
