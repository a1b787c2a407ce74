import * as z from "zod";
import { parseCsv } from "../formats/csv.ts";
import { hiddenFunction } from "../sosx/activation.ts";
import type { BreakpointRule } from "../sosx/activation.ts";
import { networkText } from "../sosx/network-output.ts";
import { predictionFigure, progressText, studyRecord } from "../sosx/report.ts";
import { defaultSearchSettings } from "../sosx/settings.ts";
import { runStudy } from "../sosx/study.ts";
import { prepareTable } from "../sosx/table-data.ts";
import { inputText, requiredInput } from "./input.ts";
import { listOf, nonNegative, whole } from "./parameters.ts";
import type { InputSlot, Task, TaskHooks, TaskInput, TaskOutcome } from "./task.ts";

const parameters = z.strictObject({
  /** Target column, or several. */
  target: listOf(z.string().min(1)),
  /** Input columns; default all others. */
  inputs: listOf(z.string().min(1)).optional(),
  neurons: whole(0),
  pieces: whole(1).default(3),
  /** A rule, or increasing numbers. */
  breakpoints: z
    .union([z.enum(["paper", "uniform", "optimal"]), z.array(z.number()).min(2)], {
      error: "it must be paper, uniform, optimal or a list of increasing numbers",
    })
    .optional(),
  activation: z.string().default("tanh"),
  loss: z.enum(["mae", "mse"]).default("mae"),
  bound: z.number().min(1e-6).max(1e6).default(4),
  /** Seconds; 0 = none. */
  timeLimit: nonNegative.default(defaultSearchSettings.timeLimit),
  nodes: whole(1).default(defaultSearchSettings.nodeLimit),
  trainFraction: z.number().min(0).max(1).default(0.7),
  chronological: z.boolean().default(false),
  seed: whole(0).default(0),
  epochs: whole(1).default(100),
  cold: z.boolean().default(false),
  refit: z.enum(["layer", "bias"]).default(defaultSearchSettings.refit),
  engine: z.enum(["auto", "highs", "batch", "gpu", "conic"]).default(defaultSearchSettings.engine),
  batch: whole(1).default(defaultSearchSettings.batch),
  threads: whole(1).default(defaultSearchSettings.threads),
  branching: z.enum(["violated", "strong"]).default(defaultSearchSettings.branching),
  gap: z.number().min(0).max(1).default(defaultSearchSettings.gapTolerance),
  heuristics: z.boolean().default(true),
  fixing: z.boolean().default(defaultSearchSettings.fixing),
  envelopes: z.boolean().default(defaultSearchSettings.envelopes),
  compare: z.array(z.enum(["adam", "mip", "ols"])).default([]),
});
export type SosxParameters = z.output<typeof parameters>;

const dataSlot: InputSlot = {
  name: "data",
  required: true,
  description: "a CSV table with a header",
  endings: ["csv", "csv.gz"],
};

/** `spectrahedron sosx`: a network with one hidden layer by branch-and-bound. */
export const sosxTask: Task<SosxParameters> = {
  name: "sosx",
  description: "train a network with one hidden layer by branch-and-bound on linear programs",
  inputs: [dataSlot],
  parameters,
  run,
};

async function run(
  asked: SosxParameters,
  inputs: Readonly<Record<string, TaskInput>>,
  hooks: TaskHooks,
): Promise<TaskOutcome> {
  const activation = hiddenFunction(asked.activation);
  const input = requiredInput(inputs, dataSlot);
  const data = prepareTable(parseCsv(await inputText(input), { name: input.name }), {
    targets: asked.target,
    inputs: asked.inputs,
    trainFraction: asked.trainFraction,
    chronological: asked.chronological,
    seed: asked.seed,
  });
  const { onProgress } = hooks;
  const b = asked.bound;
  const result = await runStudy(data, {
    neurons: asked.neurons,
    activation,
    pieces: asked.pieces,
    range: [-b, b],
    ...breakpointOptions(asked.breakpoints),
    loss: asked.loss,
    bounds: { weight: [-b, b], bias: [-b, b], outputBias: [-b, b] },
    seed: asked.seed,
    epochs: asked.epochs,
    warmStart: !asked.cold,
    compare: asked.compare,
    search: {
      timeLimit: asked.timeLimit,
      nodeLimit: asked.nodes,
      gapTolerance: asked.gap,
      engine: asked.engine,
      batch: asked.batch,
      threads: asked.threads,
      branching: asked.branching,
      heuristics: asked.heuristics,
      fixing: asked.fixing,
      envelopes: asked.envelopes,
      refit: asked.refit,
      resume: hooks.resume,
      onCheckpoint: hooks.onCheckpoint,
      signal: hooks.signal,
      onProgress:
        onProgress &&
        ((progress) => {
          const { nodes, seconds, lowerBound, incumbent, gap } = progress;
          const text = progressText(progress, activation.name);
          onProgress({ text, seconds, iteration: nodes, lowerBound, upperBound: incumbent, gap });
        }),
    },
  });
  const { parameters: weights, source } = result.search.network;
  const description = `trained on ${data.train.samples} rows, target ${asked.target.join(", ")}; from ${source}`;
  const network = networkText(weights, activation.name, data.inputs, data.targets, description);
  const title = `${asked.neurons} neurons, ${asked.pieces} pieces`;
  return {
    status: result.search.status,
    reached: result.search.status !== "interrupted",
    record: studyRecord(data, result),
    files: [{ name: "network.json", mediaType: "application/json", content: network }],
    figures: [{ name: "predictions", spec: predictionFigure(data, result, title) }],
  };
}

function breakpointOptions(given: SosxParameters["breakpoints"]): { rule?: BreakpointRule; breakpoints?: number[] } {
  if (given === undefined) return {};
  return typeof given === "string" ? { rule: given } : { breakpoints: given };
}
