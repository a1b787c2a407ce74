import type { TaskInput, TaskName, TaskOutcome, TaskProgress } from "../../../tasks/task.ts";
import type { Placement, SolverPool } from "./solver-pool.ts";

/** Everything a run needs; kept so that it can be resumed as it was. */
export interface JobRequest {
  readonly task: TaskName;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, TaskInput>>;
  readonly placement: Placement;
}

/** A run under way. */
export class Job {
  readonly request: JobRequest;
  /** The latest state to go on from. */
  checkpoint: string | undefined;
  private readonly abort = new AbortController();

  constructor(request: JobRequest) {
    this.request = request;
  }

  get stopping(): boolean {
    return this.abort.signal.aborted;
  }

  stop(): void {
    this.abort.abort();
  }

  async run(pool: SolverPool, onProgress: (progress: TaskProgress) => void, resume: string | undefined): Promise<TaskOutcome> {
    const { task, parameters, inputs, placement } = this.request;
    const solver = await pool.take(placement);
    try {
      return await solver.run(task, parameters, inputs, {
        signal: this.abort.signal,
        onProgress,
        onCheckpoint: (text) => {
          this.checkpoint = text;
        },
        ...(resume !== undefined && { resume }),
      });
    } finally {
      // A stopped job may leave much memory behind in its worker; a fresh one is quickly there.
      pool.giveBack(placement, solver, !this.stopping);
    }
  }
}
