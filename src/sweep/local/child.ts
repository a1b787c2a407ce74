import { InputLoader } from "../load-inputs.ts";
import { attemptFailure, runJob } from "../run-job.ts";
import type { TaskProgress } from "../../tasks/task.ts";
import { CHILD_SETTINGS } from "./messages.ts";
import type { ChildMessage, ChildSettings, RunMessage } from "./messages.ts";
import { Watchdog } from "./watchdog.ts";

/** Progress is told this often at most, milliseconds. */
const TELL_EVERY = 500;

/**
 * The life of a process of a pool: jobs come as messages, one at a time, and their outcomes go back. It ends when its
 * parent closes the channel or is gone.
 */
export function serveJobs(): void {
  const settings = JSON.parse(process.env[CHILD_SETTINGS] ?? "null") as ChildSettings | null;
  if (settings === null || process.send === undefined) {
    throw new Error("this command is started by `spectrahedron sweep` for its jobs, not by hand");
  }
  limitThreads(settings.threads);
  // Ctrl-C reaches the whole group of processes; what happens to the jobs is the parent's to say.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => process.exit(0));
  const watchdog = new Watchdog(settings.memory);
  const loader = new InputLoader();
  process.on("message", (message: RunMessage) => {
    void answer(message, loader, watchdog).then(send);
  });
  send({ kind: "ready" });
}

async function answer({ job, wanted, local }: RunMessage, loader: InputLoader, watchdog: Watchdog): Promise<ChildMessage> {
  const start = performance.now();
  watchdog.reset();
  try {
    const outcome = await runJob(job, loader, { wanted, local, onProgress: teller() });
    return { kind: "done", outcome: { ...outcome, peakMemory: watchdog.peakMemory() } };
  } catch (error) {
    return { kind: "failed", failure: attemptFailure(error, (performance.now() - start) / 1000) };
  }
}

function teller(): (progress: TaskProgress) => void {
  let next = performance.now() + TELL_EVERY;
  return ({ text, fraction }) => {
    if (performance.now() < next) return;
    next = performance.now() + TELL_EVERY;
    send({ kind: "progress", text, ...(fraction !== undefined && { fraction }) });
  };
}

function send(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}

/** With a process on every core, a task that takes all cores for itself only gets in the others' way. */
function limitThreads(threads: number): void {
  const stated = { value: threads, configurable: true };
  const { navigator: own } = globalThis as { readonly navigator?: object };
  if (own !== undefined) Object.defineProperty(own, "hardwareConcurrency", stated);
  else {
    // As Node has it from version 21 on.
    const userAgent = `Node.js/${process.versions.node.split(".")[0]}`;
    const made = Object.defineProperty({ userAgent }, "hardwareConcurrency", stated);
    Object.defineProperty(globalThis, "navigator", { value: made, configurable: true });
  }
}
