import * as z from "zod";
import { SettingsError } from "../errors.ts";
import { schemaFaults, suggestion } from "./schema-fault.ts";
import type { Task, TaskInput } from "./task.ts";

/** What faults of parameters are told with. */
export const parameterWords = { entry: "parameter", whole: "what stands for the parameters" };

/**
 * Validates parameters of a task and fills in the defaults.
 * @throws SettingsError naming the parameter and its value; for an unknown one also the nearest known
 */
export function parseParameters<P>(task: { readonly name: string; readonly parameters: z.ZodType<P> }, given: unknown): P {
  const parsed = task.parameters.safeParse(given);
  if (parsed.success) return parsed.data;
  const [fault, ...more] = schemaFaults(task.parameters, given, parsed.error, parameterWords);
  const rest = more.map(({ message }) => `; ${message}`).join("");
  throw new SettingsError(`${task.name}: ${fault.message}${rest}`, {
    field: fault.path.join("."),
    ...(fault.value !== undefined && { value: fault.value }),
  });
}

/** @throws SettingsError for inputs that the task does not take, and for required ones that are missing */
export function checkInputs(task: Pick<Task, "name" | "inputs">, given: readonly string[]): void {
  const known = task.inputs.map(({ name }) => name);
  for (const name of given) {
    if (!known.includes(name)) {
      throw new SettingsError(`${task.name}: unknown input "${name}"${suggestion(name, known)}`, { field: name });
    }
  }
  for (const { name, required, description } of task.inputs) {
    if (required && !given.includes(name)) {
      throw new SettingsError(`${task.name}: the input "${name}" is missing: ${description}`, { field: name });
    }
  }
}

/** Names of the inputs that were given. */
export function inputNames(inputs: Readonly<Record<string, TaskInput>>): string[] {
  return Object.keys(inputs);
}

/** A number of at least 0: seconds, bounds on traces. */
export const nonNegative = z.number().min(0);

/** A number above 0. */
export const positive = z.number().positive();

/** A whole number of at least `least`. */
export function whole(least: number): z.ZodNumber {
  return z.int().min(least);
}

/** A list, or one entry alone for a list of one. */
export function listOf<T extends z.ZodType>(entry: T): z.ZodType<z.output<T>[]> {
  return z.preprocess(
    (given) => (Array.isArray(given) || given === undefined ? given : [given]),
    z.array(entry).min(1),
  );
}

export const backend = z.enum(["auto", "cpu", "webgpu"]);
