import type { ZodType } from "zod";
import { SettingsError } from "../../errors.ts";
import { parseParameters } from "../parameters.ts";
import { suggestion } from "../schema-fault.ts";
import type { TaskInput, TaskName } from "../task.ts";

export const generatorNames = ["plantedActivation", "plantedQuantized"] as const;
export type GeneratorName = (typeof generatorNames)[number];

/** What to generate, as data. */
export interface GeneratorRequest {
  readonly kind: GeneratorName;
  readonly [parameter: string]: unknown;
}

export interface GeneratedInputs {
  readonly inputs: Readonly<Record<string, TaskInput>>;
  /** What only the generator knows of a record of the task: errors against the planted truth. */
  assess(record: unknown): Readonly<Record<string, number | null>>;
}

/** Inputs of a task that are made up from a seed: random, but the same for the same parameters. */
export interface Generator<P = unknown> {
  readonly name: GeneratorName;
  readonly task: TaskName;
  readonly parameters: ZodType<P>;
  generate(parameters: P): GeneratedInputs;
}

const loaders: Readonly<Record<GeneratorName, () => Promise<Generator>>> = {
  plantedActivation: async () => (await import("./planted-activation.ts")).plantedActivation,
  plantedQuantized: async () => (await import("./planted-quantized.ts")).plantedQuantized,
};

/** @throws SettingsError for an unknown name, with the nearest known one */
export async function loadGenerator(name: string): Promise<Generator> {
  const known = generatorNames.find((one) => one === name);
  if (known === undefined) {
    throw new SettingsError(`unknown generator "${name}"${suggestion(name, generatorNames)}`, { field: "kind", value: name });
  }
  return loaders[known]();
}

/** @throws SettingsError for an unknown generator or parameters that it refuses */
export async function generateInputs({ kind, ...parameters }: GeneratorRequest): Promise<GeneratedInputs> {
  const generator = await loadGenerator(kind);
  return generator.generate(parseParameters(generator, parameters));
}
