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
    const cpuOnly = settings.method === "interior" || settings.method === "reference";
    const open = !cpuOnly && (settings.backend === undefined || settings.backend === "auto");
    return solve(job.problem, { ...settings, ...(open && { backend }), signal, ...(job.iterations && { onIteration }) });
  }
  const { loadTask, runTask } = await import("../../tasks/registry.ts");
  const taskHooks: TaskHooks = {
    signal,
    ...(job.progress && { onProgress }),
    ...(job.checkpoints && { onCheckpoint }),
    ...(job.resume !== undefined && { resume: job.resume }),
  };
  const parameters = withBackend(await loadTask(job.task), job.parameters, backend);
  return runTask(job.task, parameters, job.inputs, taskHooks);
}

/** Parameters with the worker's backend, for tasks that take it. */
function withBackend(task: Task, parameters: object, backend: BackendChoice): object {
  const given = parameters as { readonly backend?: unknown; readonly method?: unknown };
  const cpuOnly = given.method === "interior" || given.method === "reference";
  if (cpuOnly || backend === "auto" || (given.backend !== undefined && given.backend !== "auto")) return parameters;
  const preferred = { ...parameters, backend };
  return task.parameters.safeParse(preferred).success ? preferred : parameters;
}
