import * as z from "zod";
import { parseCsv } from "../formats/csv.ts";
import { chooseBeta } from "../quantized/experiment/choose-beta.ts";
import { reportFigure } from "../quantized/experiment/figure.ts";
import { prepareData } from "../quantized/experiment/prepare.ts";
import type { PreparedData } from "../quantized/experiment/prepare.ts";
import { runExperiment } from "../quantized/experiment/run.ts";
import type { Experiment, ExperimentReport } from "../quantized/experiment/run.ts";
import { lossNames } from "../quantized/model/loss.ts";
import { writeNetwork } from "../quantized/network/json.ts";
import { packNetwork } from "../quantized/network/network.ts";
import { networkToOnnx } from "../quantized/network/onnx.ts";
import type { RelaxationProgress } from "../quantized/solve/relax.ts";
import { formatScientific, formatSignificant } from "../report/format.ts";
import { inputText, requiredInput } from "./input.ts";
import { backend, listOf, nonNegative, positive, whole } from "./parameters.ts";
import type { InputSlot, Task, TaskFile, TaskHooks, TaskInput, TaskOutcome } from "./task.ts";

const parameters = z.strictObject({
  target: z.string().min(1),
  /** Default: by the look of the target. */
  task: z.enum(["regression", "classification"]).optional(),
  program: z.enum(["bilinear", "quadratic"]).default("bilinear"),
  /** `bilinear`, or the coefficients of at² + bt + c. */
  activation: z
    .union([
      z.literal("bilinear"),
      z.tuple([z.number(), z.number(), z.number()]).transform(([a, b, c]) => ({ a, b, c })),
      z.strictObject({ a: z.number(), b: z.number(), c: z.number() }),
    ], { error: "it must be bilinear or three numbers [a, b, c]" })
    .default("bilinear"),
  levels: whole(1).default(1),
  loss: z.enum(lossNames).default("squared"),
  average: z.enum(["sum", "mean"]).default("sum"),
  regularizer: z.enum(["consistent", "printed"]).default("consistent"),
  beta: positive.default(1),
  /** Chooses β by accuracy on a fifth of the training rows. */
  betaGrid: listOf(positive).optional(),
  neurons: listOf(whole(1)).default([250, 2500]),
  split: z.number().min(1e-6).max(1).default(0.8),
  seed: whole(0).default(1),
  /** Runs with seeds from `seed` on; the record is a list where there are several. */
  repeat: whole(1).default(1),
  compare: z.array(z.enum(["sgd", "ste", "float"])).default([]),
  scale: z.enum(["none", "standard", "range"]).default("standard"),
  constant: z.boolean().default(false),
  missing: z.enum(["error", "mean"]).default("error"),
  drop: listOf(z.string().min(1)).optional(),
  gap: z.number().min(1e-12).max(1).default(1e-6),
  maxIterations: whole(1).default(5000),
  /** Seconds of a solve; 0 = none. */
  timeLimit: nonNegative.default(0),
  backend: backend.default("auto"),
  adapter: z.string().optional(),
  threads: whole(1).optional(),
});
export type QuantizeParameters = z.output<typeof parameters>;

const dataSlot: InputSlot = {
  name: "data",
  required: true,
  description: "a CSV table with a header",
  endings: ["csv", "csv.gz"],
};

/** `spectrahedron quantize`: a two-layer network with quantized weights to a certified bound. */
export const quantizeTask: Task<QuantizeParameters> = {
  name: "quantize",
  description: "train a two-layer network with quantized weights to a certified bound",
  inputs: [dataSlot],
  parameters,
  run,
};

async function run(
  asked: QuantizeParameters,
  inputs: Readonly<Record<string, TaskInput>>,
  { signal, onProgress }: TaskHooks,
): Promise<TaskOutcome> {
  const input = requiredInput(inputs, dataSlot);
  const table = parseCsv(await inputText(input), { name: input.name });
  const neurons = [...asked.neurons].sort((a, b) => a - b);
  const reports: ExperimentReport[] = [];
  let last: { readonly experiment: Experiment; readonly data: PreparedData } | undefined;
  for (let k = 0; k < asked.repeat && signal?.aborted !== true; k++) {
    const seed = asked.seed + k;
    const data = prepareData(table, { ...asked, seed });
    const forBeta = (value: number): ReturnType<typeof solverSettings> => ({ ...solverSettings(asked, value), signal });
    const beta = asked.betaGrid === undefined ? asked.beta : (await chooseBeta(data, asked.betaGrid, forBeta, seed)).beta;
    const settings = {
      ...solverSettings(asked, beta),
      signal,
      onProgress: onProgress && ((at: RelaxationProgress) => onProgress({ ...progressOf(at), fraction: k / asked.repeat })),
    };
    const experiment = await runExperiment(data, settings, { neurons, seed, compare: asked.compare });
    reports.push(experiment.report);
    last = { experiment, data };
  }
  const interrupted = signal?.aborted === true;
  return {
    status: interrupted ? "interrupted" : (reports.find(({ status }) => status !== "solved") ?? reports[0]).status,
    reached: !interrupted && reports.every(({ status }) => status === "solved"),
    record: asked.repeat > 1 ? reports : (reports[0] ?? null),
    files: last === undefined ? [] : networkFiles(last.experiment, last.data, asked),
    figures: reports.length === 0 ? [] : [{ name: "neurons", spec: reportFigure(reports, input.name) }],
  };
}

function solverSettings(asked: QuantizeParameters, beta: number): Parameters<typeof runExperiment>[1] {
  const { program, activation, levels, loss, average, regularizer, gap, maxIterations, timeLimit } = asked;
  const { backend: where, adapter, threads } = asked;
  return {
    ...{ program, activation, levels, loss, average, regularizer, beta, gap, maxIterations, timeLimit },
    ...{ backend: where, adapter, threads },
  };
}

function progressOf({ iteration, lowerBound, objective, relativeGap, seconds }: RelaxationProgress): {
  readonly text: string;
  readonly seconds: number;
  readonly iteration: number;
  readonly lowerBound: number;
  readonly upperBound: number;
  readonly gap: number;
} {
  const text =
    `iteration ${iteration}: bound ${formatSignificant(lowerBound, 7)}, objective ${formatSignificant(objective, 7)}, ` +
    `gap ${formatScientific(relativeGap)}`;
  return { text, seconds, iteration, lowerBound, upperBound: objective, gap: relativeGap };
}

/** The largest network drawn, in both formats. */
function networkFiles(
  { networks }: Experiment,
  { input, meaning, train }: PreparedData,
  { activation, levels }: QuantizeParameters,
): TaskFile[] {
  const network = packNetwork(networks[networks.length - 1].refit, {
    ...{ activation, levels, input, meaning },
    features: train.samples.features,
  });
  return [
    { name: "network.json", mediaType: "application/json", content: writeNetwork(network) },
    { name: "network.onnx", mediaType: "application/octet-stream", content: networkToOnnx(network) },
  ];
}
