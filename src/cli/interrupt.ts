import { EXIT_INTERRUPTED } from "./exit-codes.ts";

/**
 * Turns the first Ctrl-C into an abort, so that the current point can still be reported; the second one ends the
 * process at once.
 */
export class InterruptHandler {
  private readonly controller = new AbortController();
  private readonly onInterrupt = (): void => {
    if (this.controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    process.stderr.write("\ninterrupting; press Ctrl-C again to stop at once\n");
    this.controller.abort();
  };

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  listen(): void {
    process.on("SIGINT", this.onInterrupt);
  }

  ignore(): void {
    process.off("SIGINT", this.onInterrupt);
  }
}
