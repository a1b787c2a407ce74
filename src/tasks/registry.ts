import { SettingsError } from "../errors.ts";
import { checkInputs, inputNames, parseParameters } from "./parameters.ts";
import { suggestion } from "./schema-fault.ts";
import { taskNames } from "./task.ts";
import type { Task, TaskHooks, TaskInput, TaskName, TaskOutcome } from "./task.ts";

export { taskNames } from "./task.ts";

const loaders: Readonly<Record<TaskName, () => Promise<Task>>> = {
  solve: async () => (await import("./solve.ts")).solveTask,
  quantize: async () => (await import("./quantize.ts")).quantizeTask,
  minimize: async () => (await import("./minimize.ts")).minimizeTask,
  activation: async () => (await import("./activation.ts")).activationTask,
  bound: async () => (await import("./bound.ts")).boundTask,
  sosx: async () => (await import("./sosx.ts")).sosxTask,
};

/**
 * The task of this name; its code is loaded when first asked for.
 * @throws SettingsError for an unknown name, with the nearest known one
 */
export async function loadTask(name: string): Promise<Task> {
  if (!isTaskName(name)) throw new SettingsError(`unknown task "${name}"${suggestion(name, taskNames)}`, { field: "task", value: name });
  return loaders[name]();
}

export function isTaskName(name: string): name is TaskName {
  return (taskNames as readonly string[]).includes(name);
}

/**
 * Validates parameters and inputs, then runs the task.
 * @throws SettingsError for what cannot be asked, SpectrahedronError for input that cannot be used
 */
export async function runTask(
  name: string,
  parameters: unknown,
  inputs: Readonly<Record<string, TaskInput>>,
  hooks: TaskHooks = {},
): Promise<TaskOutcome> {
  const task = await loadTask(name);
  const complete = parseParameters(task, parameters);
  checkInputs(task, inputNames(inputs));
  return task.run(complete, inputs, hooks);
}
