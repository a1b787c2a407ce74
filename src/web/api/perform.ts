import { SettingsError } from "../../errors.ts";
import { solve } from "../../solver/solve.ts";
import type { BackendChoice } from "../../solver/settings.ts";
import type { Task, TaskHooks } from "../../tasks/task.ts";
import type { Job, JobValue } from "./messages.ts";
import type { JobHooks } from "./serve.ts";

/** Does one job; `backend` stands for "auto" where the job leaves the choice open. */
export async function perform(job: Job, hooks: JobHooks, backend: BackendChoice): Promise<JobValue> {
  const { signal, onProgress, onIteration, onCheckpoint } = hooks;
  if (job.kind === "solve") {
    const { settings } = job;
    const open = settings.backend === undefined || settings.backend === "auto";
    return solve(job.problem, { ...settings, ...(open && { backend }), signal, ...(job.iterations && { onIteration }) });
  }
  const { loadTask } = await import("../../tasks/registry.ts");
  const task: Task = await loadTask(job.task);
  const taskHooks: TaskHooks = {
    signal,
    ...(job.progress && { onProgress }),
    ...(job.checkpoints && { onCheckpoint }),
    ...(job.resume !== undefined && { resume: job.resume }),
  };
  return task.run(completeParameters(task, job.parameters, backend), job.inputs, taskHooks);
}

/** Parameters with the worker's backend, for tasks that take one. */
function completeParameters(task: Task, parameters: object, backend: BackendChoice): unknown {
  const given = (parameters as { readonly backend?: unknown }).backend;
  if (backend !== "auto" && (given === undefined || given === "auto")) {
    const preferred = task.parameters.safeParse({ ...parameters, backend });
    if (preferred.success) return preferred.data;
  }
  const parsed = task.parameters.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue.path.map(String).join(".");
  throw new SettingsError(`${task.name}: ${field === "" ? "" : `${field}: `}${issue.message}`, {
    ...(field !== "" && { field }),
  });
}
