import { SpectrahedronError, UnsupportedError } from "../errors.ts";
import { renderVegaLite } from "../report/figure.ts";
import { runTask } from "../tasks/registry.ts";
import type { TaskHooks, TaskOutcome } from "../tasks/task.ts";
import type { AttemptFailure, Job, JobOutcome, ResultFile, WantedFiles } from "./job.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { InputLoader } from "./load-inputs.ts";

export interface RunJobOptions extends TaskHooks {
  readonly wanted: WantedFiles;
  /** Parameters of the place where it runs, such as the adapter: no part of the job. */
  readonly local?: JsonObject;
}

/** Runs a job in this process. Everything it throws is an error of the job: see {@link attemptFailure}. */
export async function runJob(job: Job, loader: InputLoader, options: RunJobOptions): Promise<Omit<JobOutcome, "peakMemory">> {
  const { wanted, local, ...hooks } = options;
  const { inputs, assess } = await loader.load(job);
  const start = performance.now();
  const outcome = await runTask(job.task, { ...job.parameters, ...local }, inputs, hooks);
  const seconds = (performance.now() - start) / 1000;
  // What JSON cannot hold becomes null here rather than at some later stage.
  const record = JSON.parse(JSON.stringify(outcome.record ?? null)) as JsonValue;
  return {
    status: outcome.status,
    reached: outcome.reached,
    record,
    ...(assess && { assessment: assess(record) }),
    seconds,
    files: await filesOf(outcome, wanted),
  };
}

async function filesOf({ files, figures }: TaskOutcome, wanted: WantedFiles): Promise<ResultFile[]> {
  const encoder = new TextEncoder();
  const kept: ResultFile[] = [];
  for (const { name, mediaType, content } of wanted.files ? files : []) {
    kept.push({ name, mediaType, content: typeof content === "string" ? encoder.encode(content) : content });
  }
  for (const { name, spec } of wanted.figures ? figures : []) {
    try {
      kept.push({ name: `${name}.svg`, mediaType: "image/svg+xml", content: encoder.encode(await renderVegaLite(spec)) });
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      const content = encoder.encode(JSON.stringify(spec));
      kept.push({ name: `${name}.vl.json`, mediaType: "application/vnd.vegalite+json", content });
    }
  }
  return kept;
}

/** Why an attempt failed, from what it threw. */
export function attemptFailure(error: unknown, seconds: number): AttemptFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SpectrahedronError) return { reason: "input", message, seconds };
  if (error instanceof RangeError && /allocation failed|out of memory|could not allocate/i.test(message)) {
    return { reason: "memory", message, seconds };
  }
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  return { reason: "error", message: stack.split("\n").slice(0, 6).join("\n"), seconds };
}
