import * as z from "zod";
import { readPoint, writePoint } from "../formats/point.ts";
import { readProblem } from "../formats/read.ts";
import type { ConicPoint, ConicProblem } from "../problem/conic-problem.ts";
import { formatScientific } from "../report/format.ts";
import { isInfeasible, jsonSummary } from "../report/json-summary.ts";
import type { Certificate, Result } from "../solver/result.ts";
import { defaultSettings } from "../solver/settings.ts";
import type { IterationInfo } from "../solver/settings.ts";
import { solve } from "../solver/solve.ts";
import { ConvergenceHistory } from "./convergence-figure.ts";
import { optionalInput, requiredInput } from "./input.ts";
import { nonNegative, whole } from "./parameters.ts";
import { largestBlockSpectrum } from "./spectrum.ts";
import type { InputSlot, Task, TaskFile, TaskHooks, TaskInput, TaskOutcome, TaskProgress } from "./task.ts";

const parameters = z.strictObject({
  /** Accuracy asked for. */
  eps: z.number().min(1e-12).max(1).default(defaultSettings.eps),
  maxIterations: whole(0).default(defaultSettings.maxIterations),
  /** Seconds; 0 = none. */
  timeLimit: nonNegative.default(defaultSettings.timeLimit),
  backend: z.enum(["auto", "cpu", "webgpu", "webgl"]).default("auto"),
  adapter: z.string().optional(),
  precision: z.enum(["auto", "f32", "refined"]).default("auto"),
  refinement: z.enum(["auto", "cpu", "device"]).default("auto"),
  projection: z.enum(["auto", "jacobi", "polynomial", "tiled", "subspace"]).default("auto"),
  threads: whole(1).optional(),
  profile: z.boolean().default(false),
  method: z.enum(["auto", "splitting", "interior", "reference"]).default("auto"),
  traceBound: nonNegative.optional(),
  dualTraceBound: nonNegative.optional(),
});
export type SolveParameters = z.output<typeof parameters>;

const problemSlot: InputSlot = {
  name: "problem",
  required: true,
  description: "a problem: SDPA (.dat-s), CBF, MPS or JSON, also gzipped",
  endings: ["dat-s", "cbf", "mps", "json", "dat-s.gz", "cbf.gz", "mps.gz", "json.gz"],
};
const warmStartSlot: InputSlot = {
  name: "warmStart",
  required: false,
  description: "a point to start from, as the task gives it in point.json",
  endings: ["json", "json.gz"],
};

/** `spectrahedron solve`: a conic problem to its point. */
export const solveTask: Task<SolveParameters> = {
  name: "solve",
  description: "solve a semidefinite or conic problem",
  inputs: [problemSlot, warmStartSlot],
  parameters,
  run,
};

async function run(
  asked: SolveParameters,
  inputs: Readonly<Record<string, TaskInput>>,
  hooks: TaskHooks,
): Promise<TaskOutcome> {
  const { bytes, name } = requiredInput(inputs, problemSlot);
  const problem = await readProblem(bytes, { name });
  const history = new ConvergenceHistory();
  const result = await solve(problem, {
    ...asked,
    warmStart: await startingPoint(problem, inputs, hooks),
    signal: hooks.signal,
    onIteration: (info) => {
      history.add(info);
      hooks.onProgress?.(progress(info));
    },
  });
  if (result.status !== "solved" && !isInfeasible(result.status)) {
    const point = pointText(result);
    if (point !== undefined) await hooks.onCheckpoint?.(point);
  }
  const spectrum = isInfeasible(result.status) ? undefined : await largestBlockSpectrum(problem.cones, result.s);
  return {
    status: result.status,
    reached: ["solved", "primalInfeasible", "dualInfeasible"].includes(result.status),
    record: jsonSummary(problem, result),
    files: filesOf(result),
    figures: history.length > 1 ? [{ name: "convergence", spec: history.figure(problem.name ?? name) }] : [],
    ...(spectrum && { spectrum }),
  };
}

async function startingPoint(
  problem: ConicProblem,
  inputs: Readonly<Record<string, TaskInput>>,
  { resume }: TaskHooks,
): Promise<ConicPoint | undefined> {
  const dimensions = { variables: problem.c.length, rows: problem.b.length };
  if (resume !== undefined) return readPoint(resume, { name: "checkpoint", ...dimensions });
  const given = optionalInput(inputs, warmStartSlot);
  return given && readPoint(given.bytes, { name: given.name, ...dimensions });
}

function progress(info: IterationInfo): TaskProgress {
  const { phase, iteration, primalResidual, dualResidual, gap, primalObjective, dualObjective, seconds } = info;
  const text =
    `${phase} ${iteration}: residuals ${formatScientific(primalResidual)}, ${formatScientific(dualResidual)}, ` +
    `gap ${formatScientific(gap)}`;
  return {
    ...{ text, seconds, iteration, primalResidual, dualResidual, gap },
    lowerBound: dualObjective,
    upperBound: primalObjective,
  };
}

/** The point as JSON, where it is finite. */
function pointText(point: ConicPoint): string | undefined {
  const finite = [point.x, point.y, point.s].every((vector) => vector.every(Number.isFinite));
  return finite ? [...writePoint(point)].join("") : undefined;
}

function filesOf(result: Result): TaskFile[] {
  const files: TaskFile[] = [];
  const point = pointText(result);
  if (point !== undefined) files.push({ name: "point.json", mediaType: "application/json", content: point });
  if (result.certificate) {
    files.push({ name: "certificate.json", mediaType: "application/json", content: certificateText(result.certificate) });
  }
  return files;
}

function certificateText(certificate: Certificate): string {
  const { kind, residual } = certificate;
  const vectors =
    certificate.kind === "primalInfeasible"
      ? { y: [...certificate.y] }
      : { x: [...certificate.x], s: [...certificate.s] };
  return `${JSON.stringify({ kind, residual, ...vectors })}\n`;
}
