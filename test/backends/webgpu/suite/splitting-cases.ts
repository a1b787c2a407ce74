import { createConeSet } from "../../../../src/backends/cpu/create-cone-set.ts";
import { createCpuWorkspace } from "../../../../src/backends/cpu/create-workspace.ts";
import type { Workspace } from "../../../../src/backends/backend.ts";
import { createWebGpuWorkspace } from "../../../../src/backends/webgpu/splitting/create.ts";
import { andersonState, DeviceAnderson } from "../../../../src/backends/webgpu/splitting/device-anderson.ts";
import { Submissions } from "../../../../src/backends/webgpu/splitting/submissions.ts";
import type { ConicPoint, ConicProblem } from "../../../../src/problem/conic-problem.ts";
import type { Cone } from "../../../../src/problem/cones.ts";
import { equilibrateProblem } from "../../../../src/solver/equilibrate.ts";
import { feasibleProblem, seeded } from "../../../solver/random-problems.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { Random } from "./random.ts";

const RHO = 1e-6;
const RELAXATION = 1.7;
/** Of one iteration, and of several: rounding of f32 is carried on. */
const LIMIT = 1e-5;
const LATER_LIMIT = 5e-5;

function mixedProblem(): ConicProblem {
  const cones: Cone[] = [
    { kind: "zero", dim: 3 },
    { kind: "nonnegative", dim: 5 },
    { kind: "secondOrder", dim: 4 },
    { kind: "psd", order: 3 },
    { kind: "psd", order: 15 },
  ];
  return feasibleProblem(cones, 7, seeded(61));
}

/** With the CPU's weight of equality rows, and small blocks by Jacobi, which is exact to rounding. */
async function bothWorkspaces({ device, dense }: Bench, problem: ConicProblem) {
  const options = { embedding: "frozen", rhoX: RHO, penalty: 1 } as const;
  const equilibrated = equilibrateProblem(problem, { equilibrate: true, embedding: "frozen" });
  const cones = createConeSet(problem.cones, dense);
  const own = { lookback: 10, leastColumns: 8, projection: "jacobi", equalityWeight: 1000 } as const;
  return {
    cpu: createCpuWorkspace(equilibrated, options, dense),
    gpu: await createWebGpuWorkspace(device, equilibrated, { ...options, ...own }, dense, cones),
  };
}

function iterate(workspace: Workspace, from: number, to: number): void {
  for (let k = from; k < to; k++) {
    if (k > 0) workspace.relaxStep(RELAXATION);
    workspace.affineStep(k);
    workspace.coneStep(k);
  }
}

function comparePoints(label: string, point: ConicPoint, reference: ConicPoint, limit: number): Comparison[] {
  return (["x", "y", "s"] as const).map((name) => ({
    label: `${label}: ${name}`,
    error: relativeError(point[name], reference[name]),
    limit,
  }));
}

/** Plain iterations, a new penalty and a warm start, against the workspace of the CPU. */
async function iterations(bench: Bench): Promise<Comparison[]> {
  const problem = mixedProblem();
  const { cpu, gpu } = await bothWorkspaces(bench, problem);
  const comparisons: Comparison[] = [];
  const compare = async (label: string, limit = LATER_LIMIT): Promise<void> => {
    comparisons.push(...comparePoints(label, await gpu.readIterate(), cpu.readPoint(), limit));
  };
  for (const workspace of [cpu, gpu]) {
    workspace.start();
    iterate(workspace, 0, 1);
  }
  await compare("one iteration", LIMIT);
  for (const workspace of [cpu, gpu]) iterate(workspace, 1, 10);
  await compare("ten iterations");
  for (const workspace of [cpu, gpu]) {
    workspace.setPenalty(2.5);
    iterate(workspace, 10, 14);
  }
  await compare("new penalty");
  const warm = cpu.readPoint();
  const b = problem.b.map((value, i) => value + 0.01 * Math.cos(i));
  for (const workspace of [cpu, gpu]) {
    workspace.updateData(b);
    workspace.start(warm);
    iterate(workspace, 0, 3);
  }
  await compare("new data, warm start");
  gpu.release();
  return comparisons;
}

/** The scalars of a check against those of the CPU. */
async function measures(bench: Bench): Promise<Comparison[]> {
  const { cpu, gpu } = await bothWorkspaces(bench, mixedProblem());
  const comparisons: Comparison[] = [];
  for (const workspace of [cpu, gpu]) workspace.start();
  let from = 0;
  for (const to of [4, 9]) {
    for (const workspace of [cpu, gpu]) iterate(workspace, from, to);
    from = to;
    const reference = cpu.measure(to - 1);
    const measure = await gpu.measure(to - 1);
    const moved = cpu.movement();
    const primalSize = Math.max(reference.normAx, reference.normS, reference.normB);
    const dualSize = Math.max(reference.normAty, reference.normC);
    const sizes = {
      primalResidual: primalSize,
      primalResidual2: primalSize,
      dualResidual: dualSize,
      dualResidual2: dualSize,
      normAx: primalSize,
      normS: primalSize,
      normB: primalSize,
      normAty: dualSize,
      normC: dualSize,
      cx: Math.abs(reference.cx),
      by: Math.abs(reference.by),
      dualNorm: reference.dualNorm,
      slackNorm: reference.slackNorm,
      objectiveScale: reference.objectiveScale,
    };
    for (const name of Object.keys(sizes) as (keyof typeof sizes)[]) {
      const error = Math.abs(measure[name] - reference[name]) / sizes[name];
      comparisons.push({ label: `${name} after ${to}`, error, limit: LATER_LIMIT });
    }
    for (const name of ["slack", "dual"] as const) {
      const error = Math.abs(gpu.movement()[name] - moved[name]) / moved[name];
      comparisons.push({ label: `movement of ${name} after ${to}`, error, limit: 2 * LATER_LIMIT });
    }
  }
  gpu.release();
  return comparisons;
}

/** γ of min ‖g − Yγ‖² + 1e-6·‖Y‖²‖γ‖², by elimination. */
function weightsOf(Y: readonly Float64Array[], g: Float64Array): number[] {
  const k = Y.length;
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const rows = Y.map((y) => [...Y.map((other) => dot(y, other)), dot(y, g)]);
  const trace = rows.reduce((sum, row, j) => sum + row[j], 0);
  rows.forEach((row, j) => (row[j] += 1e-6 * trace));
  for (let j = 0; j < k; j++) {
    for (let i = 0; i < k; i++) {
      if (i === j) continue;
      const factor = rows[i][j] / rows[j][j];
      rows[i] = rows[i].map((value, c) => value - factor * rows[j][c]);
    }
  }
  return rows.map((row, j) => row[k] / row[j]);
}

/** Extrapolation of a linear map from three columns, its effect, and the way back from a bad step. */
async function acceleration({ device }: Bench): Promise<Comparison[]> {
  const count = 300;
  const least = 3;
  const random = new Random(5);
  const decay = Float64Array.from({ length: count }, (_, i) => [0.95, 0.9, -0.4, 0.2][i % 4]);
  const fixed = random.vector(count);
  const map = (v: ArrayLike<number>): Float32Array =>
    Float32Array.from(fixed, (f, i) => f + decay[i] * (v[i] - f));
  const submissions = new Submissions(device);
  const v = await device.upload(new Float32Array(count), "v");
  const anderson = await DeviceAnderson.create(device, submissions, v, count, 10, least);
  anderson.reset(false);
  const keep = device.plan();
  anderson.keepInput(keep);
  const read = async (): Promise<Float32Array> => {
    submissions.flush();
    return device.readFloats(v, count);
  };
  const state = async () => andersonState(await device.readIntegers(anderson.state, 8));
  const comparisons: Comparison[] = [];
  const inputs: Float32Array[] = [];
  const outputs: Float32Array[] = [];
  for (let k = 0; k < 16; k++) {
    if (k > 0) anderson.extrapolate();
    const input = await read();
    if (k === least + 1) {
      const g = inputs.map((start, j) => Float64Array.from(start, (value, i) => value - outputs[j][i]));
      const Y = Array.from({ length: least }, (_, j) => g[j + 1].map((value, i) => value - g[j][i]));
      const gamma = weightsOf(Y, g[least]);
      const expected = Float64Array.from(outputs[least]);
      for (let j = 0; j < least; j++) {
        for (let i = 0; i < count; i++) expected[i] -= gamma[j] * (outputs[j + 1][i] - outputs[j][i]);
      }
      comparisons.push({ label: "first extrapolation", error: relativeError(input, expected), limit: 1e-4 });
    }
    submissions.run(keep);
    const output = map(input);
    submissions.write(v, output);
    anderson.safeguard();
    inputs.push(input);
    outputs.push(output);
  }
  // Four eigenvalues: four columns reach the fixed point, which plain iterations miss by 0.95¹⁶.
  comparisons.push({ label: "fixed point", error: relativeError(await read(), fixed), limit: 1e-4 });
  const before = await state();
  comparisons.push({ label: "no step rejected", error: before.rejected, limit: 0 });
  comparisons.push({ label: "steps accepted", error: before.accepted > 0 ? 0 : 1, limit: 0 });

  const last = await read();
  anderson.extrapolate();
  submissions.run(keep);
  submissions.write(v, new Float32Array(count).fill(1e3));
  anderson.safeguard();
  comparisons.push({ label: "bad step undone", error: relativeError(await read(), last), limit: 0 });
  comparisons.push({ label: "rejected", error: Math.abs((await state()).rejected - before.rejected - 1), limit: 0 });
  anderson.release();
  device.buffers.release(v);
  return comparisons;
}

export const splittingCases: readonly KernelCase[] = [
  { name: "splitting iterations", run: iterations },
  { name: "measures of a check", run: measures },
  { name: "Anderson acceleration", run: acceleration },
];
