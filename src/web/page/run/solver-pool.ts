import type { WebBackend, WebCapabilities } from "../../api/client.ts";
import { WebSolver } from "../../api/client.ts";

/** Where to compute: what the page's form says. */
export interface Placement {
  readonly backend: WebBackend;
  /** Undefined leaves the choice to the solver. */
  readonly threads: number | undefined;
}

interface Lent {
  readonly key: string;
  readonly solver: Promise<WebSolver>;
}

const createWorker = (): Worker => new Worker(new URL("../../api/worker.ts", import.meta.url), { type: "module", name: "solver" });

/** Lends workers to runs and keeps one warm for the next, for the placement asked for last. */
export class SolverPool {
  private idle: Lent | undefined;
  /** The worker started last, idle or not: it knows what the browser offers. */
  private latest: Lent | undefined;

  /** A worker for one run, which gives it back. @throws UnsupportedError, WorkerError as WebSolver.start does */
  take(placement: Placement): Promise<WebSolver> {
    const warm = this.warm(placement);
    this.idle = undefined;
    return warm;
  }

  /** Takes a worker back; one that may hold much memory is better ended. */
  giveBack(placement: Placement, solver: WebSolver, keep: boolean): void {
    if (keep && this.idle === undefined) this.idle = { key: keyOf(placement), solver: Promise.resolve(solver) };
    else solver.terminate();
  }

  /** What the browser offers to this placement; its worker is kept for the next run. */
  async capabilities(placement: Placement): Promise<WebCapabilities> {
    const known = this.latest?.key === keyOf(placement) ? this.latest.solver : this.warm(placement);
    return (await known).capabilities;
  }

  private warm(placement: Placement): Promise<WebSolver> {
    const key = keyOf(placement);
    if (this.idle?.key === key) return this.idle.solver;
    this.idle?.solver.then(
      (solver) => solver.terminate(),
      () => undefined,
    );
    const { backend, threads } = placement;
    const started = { key, solver: WebSolver.start({ backend, createWorker, ...(threads !== undefined && { threads }) }) };
    this.idle = started;
    this.latest = started;
    started.solver.catch(() => {
      if (this.idle === started) this.idle = undefined;
      if (this.latest === started) this.latest = undefined;
    });
    return started.solver;
  }
}

function keyOf({ backend, threads }: Placement): string {
  return `${backend} ${threads ?? ""}`;
}
