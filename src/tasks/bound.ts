import * as z from "zod";
import { SettingsError } from "../errors.ts";
import { withRawUnits } from "../networks/network.ts";
import type { Network } from "../networks/network.ts";
import { readNetwork } from "../networks/read.ts";
import { boundRecord } from "../relaxation/bound-record.ts";
import { boundNetwork, defaultBoundOptions } from "../relaxation/bound.ts";
import type { BoundResult } from "../relaxation/bound.ts";
import { roundsFigure } from "../relaxation/figures.ts";
import { readInputSet, readPoints } from "../relaxation/input-file.ts";
import { parseObjective } from "../relaxation/objective-text.ts";
import { ballAround } from "../relaxation/query.ts";
import type { InputSet, Objective } from "../relaxation/query.ts";
import { inputText, requiredInput } from "./input.ts";
import { listOf, nonNegative, positive, whole } from "./parameters.ts";
import type { InputSlot, Task, TaskHooks, TaskInput, TaskOutcome } from "./task.ts";

const parameters = z.strictObject({
  /** Radius of the balls around the points of a table; without it the box is a JSON file (`--box eps:RADIUS@TABLE`). */
  eps: nonNegative.optional(),
  /** What to bound, such as `y0 - y1 >= 0`; default every output both ways. */
  objective: listOf(z.string().min(1)).optional(),
  method: z.enum(["interval", "univariate", "neuron"]).default(defaultBoundOptions.method),
  tighten: z.boolean().default(false),
  engine: z.enum(["highs", "splitting"]).default("highs"),
  rounds: whole(1).default(defaultBoundOptions.rounds),
  /** Seconds for each box; 0 = none. */
  timeLimit: nonNegative.default(0),
  /** Seconds for the true optimum by mixed-integer programming; 0 = not asked for. */
  exact: nonNegative.max(1e9).default(0),
  lifted: z.boolean().default(false),
  /** Only this row of the table, from 1. */
  row: whole(1).optional(),
  /** Balls are cut off at these values. */
  clip: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, { error: "the first number must be the smaller one" })
    .optional(),
  divide: positive.default(1),
  raw: z.boolean().default(false),
});
export type BoundParameters = z.output<typeof parameters>;

const networkSlot: InputSlot = {
  name: "network",
  required: true,
  description: "a trained network: JSON, .nnet or ONNX, also gzipped",
  endings: ["json", "nnet", "onnx", "json.gz", "nnet.gz", "onnx.gz"],
};
const boxSlot: InputSlot = {
  name: "box",
  required: true,
  description: "a box of inputs as JSON, or, with the parameter eps, a CSV table of points",
  endings: ["json", "json.gz", "csv", "csv.gz"],
};

/** `spectrahedron bound`: certified bounds on the outputs of a trained network. */
export const boundTask: Task<BoundParameters> = {
  name: "bound",
  description: "bound the outputs of a trained network over a box of inputs",
  inputs: [networkSlot, boxSlot],
  parameters,
  run,
};

async function run(
  asked: BoundParameters,
  inputs: Readonly<Record<string, TaskInput>>,
  { signal, onProgress }: TaskHooks,
): Promise<TaskOutcome> {
  const file = requiredInput(inputs, networkSlot);
  const read = await readNetwork(file.bytes, { name: file.name });
  const network = asked.raw ? withRawUnits(read) : read;
  const objectives = asked.objective?.map((text) => parseObjective(text, network.outputSize)) ?? everyOutput(network);
  const sets = await inputSets(network, requiredInput(inputs, boxSlot), asked);
  const began = performance.now();
  const results: BoundResult[] = [];
  const record: Record<string, unknown>[] = [];
  for (const [k, { row, input }] of sets.entries()) {
    if (signal?.aborted) break;
    const report = await boundNetwork(network, input, objectives, {
      ...{ method: asked.method, tighten: asked.tighten, engine: asked.engine, rounds: asked.rounds },
      ...{ timeLimit: asked.timeLimit, exact: asked.exact, lifted: asked.lifted, signal },
    });
    for (const result of report.results) {
      results.push(result);
      record.push({ ...(row !== undefined && { row }), ...boundRecord(network, report, result) });
    }
    const first = report.results[0];
    onProgress?.({
      text: `${row === undefined ? "box" : `row ${row}`}: ${first.objective.label ?? "objective"} in [${first.lower}, ${first.upper}]`,
      seconds: (performance.now() - began) / 1000,
      lowerBound: first.lower,
      upperBound: first.upper,
      fraction: (k + 1) / sets.length,
    });
  }
  const interrupted = signal?.aborted === true;
  const verdicts = results.flatMap(({ verdict }) => verdict ?? []);
  return {
    status: interrupted ? "interrupted" : verdictOf(results, verdicts),
    reached: !interrupted && results.every(({ certified }) => certified) && !verdicts.includes("unknown"),
    record,
    files: [],
    figures: results.length === 0 ? [] : [{ name: "rounds", spec: roundsFigure(results[0]) }],
  };
}

/** Of all objectives and rows together: a property is violated if one is, and holds if all do. */
function verdictOf(results: readonly BoundResult[], verdicts: readonly string[]): string {
  if (verdicts.includes("violated")) return "violated";
  if (verdicts.includes("unknown")) return "unknown";
  if (verdicts.length > 0) return "holds";
  return results.every(({ certified }) => certified) ? "bounded" : "notCertified";
}

interface NumberedInput {
  /** Row of the table, from 1. */
  readonly row?: number;
  readonly input: InputSet;
}

async function inputSets(
  network: Network,
  box: TaskInput,
  { eps, row: only, clip = [-Infinity, Infinity], divide }: BoundParameters,
): Promise<NumberedInput[]> {
  if (eps === undefined) {
    if (/\.csv(\.gz)?$/i.test(box.name)) {
      throw new SettingsError(`eps is missing: ${box.name} is a table of points, which needs a radius`, { field: "eps" });
    }
    return [{ input: await readInputSet(box.bytes, network.inputSize, box.name) }];
  }
  const points = readPoints(await inputText(box), network.inputSize, box.name, divide);
  if (only !== undefined && only > points.length) {
    throw new SettingsError(`row ${only} is asked for, but ${box.name} has ${points.length} rows`, { field: "row", value: only });
  }
  return points
    .map((point, k) => ({ row: k + 1, input: { box: ballAround(point, eps, clip[0], clip[1]) } }))
    .filter(({ row }) => only === undefined || row === only);
}

/** Every output, minimised and maximised. */
export function everyOutput({ outputSize }: Pick<Network, "outputSize">): Objective[] {
  return Array.from({ length: outputSize }, (_, k) => k).flatMap((k) =>
    (["min", "max"] as const).map((sense) => ({
      sense,
      coefficients: Float64Array.from({ length: outputSize }, (_, i) => (i === k ? 1 : 0)),
      label: `${sense} y${k}`,
    })),
  );
}
