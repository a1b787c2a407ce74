import * as z from "zod";
import { taskNames } from "../tasks/task.ts";
import type { JsonValue } from "./json.ts";
import { failureReasons } from "./job.ts";
import { parseBytes } from "./size.ts";

const json: z.ZodType<JsonValue> = z.json();
const values = z.record(z.string(), json);

const hash = z.string().regex(/^[0-9a-f]{64}$/, { error: "a SHA-256 has 64 hexadecimal digits" });

const SOURCE = "it must be a path, a mapping of path, sha256, name, columns, rows, or a list of these";

/** A path, or more exactly what a file holds. */
const source = z.union(
  [
    z.string().min(1),
    z.strictObject({
      path: z.string().min(1).optional(),
      sha256: hash.optional(),
      /** File name where there is no path. */
      name: z.string().min(1).optional(),
      /** Of a CSV table: only these columns, rows without gaps. */
      columns: z.array(z.string().min(1)).min(1).optional(),
      /** Of a CSV table: the first rows. */
      rows: z.int().min(1).optional(),
    }),
  ],
  { error: SOURCE },
);
export type InputSource = z.output<typeof source>;

const sources = z.record(z.string(), z.union([source, z.array(source).min(1)], { error: SOURCE }));

const memory = z.union([z.number(), z.string()]).transform((given, context): number => {
  const bytes = typeof given === "number" ? given : parseBytes(given);
  if (bytes === 0 || bytes >= 64 * 1024 ** 2) return Math.round(bytes);
  context.addIssue({ code: "custom", message: 'it must be a size of at least 64 MiB, such as "2 GiB" (0 = no limit)' });
  return z.NEVER;
});

const seeds = z.union(
  [z.array(z.int().min(0)).min(1), z.strictObject({ from: z.int().min(0).default(1), count: z.int().min(1) })],
  { error: "it must be a list of whole numbers, or {from, count}" },
);

const figure = z.strictObject({
  /** An axis of the plan with numbers. */
  x: z.string().min(1),
  /** A field. */
  y: z.string().min(1),
  /** An axis; default all others together. */
  color: z.string().min(1).optional(),
  xScale: z.enum(["linear", "log"]).default("linear"),
  yScale: z.enum(["linear", "log"]).default("linear"),
  title: z.string().optional(),
});
export type FigureRequest = z.output<typeof figure>;

const output = z.strictObject({
  /** Numbers of the records to summarise, by path: `seconds.total`, `sampled.-1.testAccuracy`. */
  fields: z.array(z.string().min(1)).min(1).optional(),
  /** Axes to group by; default all. */
  by: z.array(z.string().min(1)).optional(),
  figures: z.array(figure).optional(),
  /** Whether the files of the jobs are kept: points, networks, certificates. */
  files: z.boolean().default(false),
  /** Whether the figures of the jobs are drawn and kept. */
  jobFigures: z.boolean().default(false),
});

/** A plan as it is written. */
export const planSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, { error: "a name has letters, digits, dots, dashes and underscores" }).optional(),
  description: z.string().optional(),
  task: z.enum(taskNames),
  /** The same for all jobs. */
  parameters: values.default({}),
  /** By slot; several sources of a slot are an axis. */
  inputs: sources.default({}),
  /** Inputs made up from a seed: `kind` and the parameters of the generator. */
  generate: z.looseObject({ kind: z.string() }).optional(),
  /** Axes: every combination of the values is a job. `generate.NAME` is a parameter of the generator. */
  grid: z.record(z.string(), z.array(json).min(1)).default({}),
  /** Variants, each crossed with the grid. */
  list: z
    .array(
      z.strictObject({
        name: z.string().min(1).optional(),
        parameters: values.default({}),
        inputs: sources.default({}),
        generate: values.default({}),
      }),
    )
    .min(1)
    .optional(),
  seeds: seeds.optional(),
  repeats: z.int().min(1).max(1e6).default(1),
  limits: z
    .strictObject({ time: z.number().min(0).default(0), memory: memory.default(0) })
    .default({ time: 0, memory: 0 }),
  retries: z.int().min(0).max(100).default(2),
  retryOn: z.array(z.enum(failureReasons).exclude(["input"])).default(["crash", "error", "lost"]),
  output: output.default({ files: false, jobFigures: false }),
});
export type Plan = z.output<typeof planSchema>;
