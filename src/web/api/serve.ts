import { SettingsError } from "../../errors.ts";
import type { IterationInfo } from "../../solver/settings.ts";
import type { TaskProgress } from "../../tasks/task.ts";
import type { Job, JobValue, Reply, Request } from "./messages.ts";
import type { WebCapabilities } from "./options.ts";
import { fromPortable, toPortable } from "./portable-error.ts";
import { Batcher } from "./throttle.ts";
import { pack } from "./transfer.ts";

/** What serve() needs of a worker's global scope, or of one end of a MessageChannel. */
export interface ServedPort {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer: Transferable[]): void;
}

/** How a worker does what it is asked for. */
export interface Services {
  /** Looks at the platform and prepares it for what was chosen. */
  readonly prepare: (request: Extract<Request, { kind: "start" }>) => Promise<Prepared>;
}

export interface Prepared {
  readonly capabilities: WebCapabilities;
  /** Does one job. */
  readonly perform: (job: Job, hooks: JobHooks) => Promise<JobValue>;
}

export interface JobHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TaskProgress) => void;
  readonly onIteration: (info: IterationInfo) => void;
  readonly onCheckpoint: (text: string) => Promise<void>;
}

/** Answers requests on a port until the worker ends. */
export function serve(port: ServedPort, { prepare }: Services): void {
  let prepared: Prepared | undefined;
  let current: { readonly id: number; readonly abort: AbortController } | undefined;
  let kept: ((error: Error | undefined) => void) | undefined;
  const post = (reply: Reply, transfer: Transferable[] = []): void => port.postMessage(reply, transfer);

  async function start(request: Extract<Request, { kind: "start" }>): Promise<void> {
    try {
      prepared = await prepare(request);
      post({ kind: "ready", capabilities: prepared.capabilities });
    } catch (error) {
      post({ kind: "notReady", error: toPortable(error) });
    }
  }

  async function work({ id, job, aborted }: Extract<Request, { kind: "job" }>): Promise<void> {
    const abort = new AbortController();
    current = { id, abort };
    if (aborted) abort.abort();
    const progress = new Batcher<TaskProgress>((items) => post({ kind: "progress", id, progress: items[0] }), true);
    const iterations = new Batcher<IterationInfo>((infos) => post({ kind: "iterations", id, infos }));
    try {
      if (prepared === undefined) throw new SettingsError("the worker was asked to work before it was started");
      const value = await prepared.perform(job, {
        signal: abort.signal,
        onProgress: (item) => progress.add(item),
        onIteration: (info) => iterations.add(info),
        onCheckpoint: (text) =>
          new Promise((resolve, reject) => {
            kept = (error) => (error ? reject(error) : resolve());
            post({ kind: "checkpoint", id, text });
          }),
      });
      progress.flush();
      iterations.flush();
      const parcel = pack(value, true);
      post({ kind: "done", id, value: parcel.value }, parcel.transfer);
    } catch (error) {
      progress.flush();
      iterations.flush();
      post({ kind: "failed", id, error: toPortable(error) });
    } finally {
      current = undefined;
      kept = undefined;
    }
  }

  port.onmessage = ({ data }) => {
    switch (data.kind) {
      case "start":
        void start(data);
        return;
      case "job":
        void work(data);
        return;
      case "abort":
        if (current?.id === data.id) current.abort.abort();
        return;
      case "checkpointKept":
        if (current?.id === data.id) kept?.(data.error && fromPortable(data.error));
    }
  };
}
