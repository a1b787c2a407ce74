import type { WebBackend, WebCapabilities } from "../../api/client.ts";
import { WebSolver } from "../../api/client.ts";

/** Where to compute: what the page's form says. */
export interface Placement {
  readonly backend: WebBackend;
  /** Undefined leaves the choice to the solver. */
  readonly threads: number | undefined;
}

const createWorker = (): Worker => new Worker(new URL("../../api/worker.ts", import.meta.url), { type: "module", name: "solver" });

/** Keeps one worker warm for the placement asked for last. */
export class SolverPool {
  private key: string | undefined;
  private current: Promise<WebSolver> | undefined;

  /** A worker for this placement. @throws UnsupportedError, WorkerError as WebSolver.start does */
  open(placement: Placement): Promise<WebSolver> {
    const key = JSON.stringify(placement);
    if (this.current === undefined || this.key !== key) {
      this.close();
      const { backend, threads } = placement;
      const started = WebSolver.start({ backend, createWorker, ...(threads !== undefined && { threads }) });
      this.key = key;
      this.current = started;
      started.catch(() => {
        if (this.current === started) this.current = undefined;
      });
    }
    return this.current;
  }

  async capabilities(placement: Placement): Promise<WebCapabilities> {
    return (await this.open(placement)).capabilities;
  }

  /** Ends the worker and gives its memory back; the next call of {@link open} starts a fresh one. */
  close(): void {
    const before = this.current;
    this.current = undefined;
    before?.then(
      (solver) => solver.terminate(),
      () => undefined,
    );
  }
}
