/**
 * Turns the first Ctrl-C into an abort, so that the current point can still be reported. From then on the signal has
 * its usual effect again: the second one ends the process at once, even in the middle of a long computation.
 */
export class InterruptHandler {
  private readonly controller = new AbortController();
  private readonly onInterrupt = (): void => {
    this.ignore();
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
