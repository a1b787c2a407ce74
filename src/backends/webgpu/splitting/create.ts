import { UnsupportedError } from "../../../errors.ts";
import { coneOffsets } from "../../../problem/cones.ts";
import { toSparse } from "../../../problem/operators/apply.ts";
import type { EquilibratedProblem } from "../../../problem/equilibrated-problem.ts";
import type { SparseMatrix } from "../../../problem/sparse-matrix.ts";
import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import type { Device } from "../device.ts";
import { DeviceMemoryError } from "../errors.ts";
import { uploadSparse } from "../kernels/sparse.ts";
import type { ProjectionMethod } from "../psd/choose.ts";
import { tuneDevice } from "../psd/tune.ts";
import { CheckReduction } from "./check.ts";
import { DeviceCones, unsupportedCone } from "./cones.ts";
import { DeviceAnderson } from "./device-anderson.ts";
import { createLinearSolver } from "./linear.ts";
import { Submissions } from "./submissions.ts";
import { SPLITTING_KERNELS, SplittingSteps } from "./steps.ts";
import type { SplittingBuffers } from "./steps.ts";
import type { ExactProjection } from "./polish.ts";
import { WebGpuWorkspace } from "./workspace.ts";

/**
 * Default weight of equality rows. Their y = w + weight·penalty·(At − b) carries the rounding of At that many times
 * over: SCS's 1000 ends at errors of 1e-3 in f32, 3 at 1e-5, in as many iterations as f64 with 1000.
 */
const EQUALITY_WEIGHT = 3;

export interface WebGpuWorkspaceOptions {
  readonly rhoX: number;
  readonly penalty: number;
  /** Columns of the acceleration and how many it needs to begin. */
  readonly lookback: number;
  readonly leastColumns: number;
  /** Weight of equality rows in W, above 1. Default 3. */
  readonly equalityWeight?: number;
  /** Default "auto". */
  readonly projection?: ProjectionMethod;
}

/** Why this problem cannot run on the device; undefined when it can. */
export function webGpuObstacle(problem: EquilibratedProblem): string | undefined {
  const cone = unsupportedCone(problem.cones);
  if (cone) return `the ${cone} cone has no projection on the device`;
  if (problem.P) return "a quadratic objective is not supported on the device";
  if (problem.original.b.length === 0 || problem.original.c.length === 0) return "there is nothing to iterate on";
  return undefined;
}

/**
 * Uploads an equilibrated problem and everything an iteration needs.
 * @throws UnsupportedError when {@link webGpuObstacle} names one; DeviceMemoryError when it does not fit.
 */
export async function createWebGpuWorkspace(
  device: Device,
  problem: EquilibratedProblem,
  { rhoX, penalty, lookback, leastColumns, equalityWeight = EQUALITY_WEIGHT, projection = "auto" }: WebGpuWorkspaceOptions,
  kernels: DenseKernels,
  exact: ExactProjection,
): Promise<WebGpuWorkspace> {
  const obstacle = webGpuObstacle(problem);
  if (obstacle) throw new UnsupportedError(`backend "webgpu": ${obstacle}; use the CPU`);
  const m = problem.original.b.length;
  const n = problem.original.c.length;
  requireRoom(device, n, m);
  await device.compile(SPLITTING_KERNELS);
  const A = explicitMatrix(problem);
  const weights = new Float64Array(m).fill(1);
  const offsets = coneOffsets(problem.cones);
  problem.cones.forEach((cone, k) => {
    if (cone.kind === "zero") weights.fill(equalityWeight, offsets[k], offsets[k + 1]);
  });

  const weightsOnDevice = await device.upload(Float32Array.from(weights), "weights");
  const room = (length: number, label: string) => device.buffers.allocate(4 * length, label);
  const buffers: SplittingBuffers = {
    n,
    m,
    scalars: await room(4, "scalars"),
    v: await room(n + m, "v"),
    u: await room(n + m, "u"),
    t: await room(n + m, "t"),
    s: await room(m, "s"),
    b: await room(m, "b"),
    c: await room(n, "c"),
    weights: weightsOnDevice,
    rowInverse: await room(m, "row scales"),
    colInverse: await room(n, "column scales"),
    work: await room(m, "work"),
    rhs: await room(n, "right-hand side"),
  };
  const products = await room(m + n, "products");
  const { forward, adjoint } = await uploadSparse(device, A, "A");
  const system = { A, forward, adjoint, weights, weightsOnDevice, rho: rhoX };
  const linear = await createLinearSolver(device, system, kernels);
  const tuning = await tuneDevice(device);
  const submissions = new Submissions(device);
  const anderson = await DeviceAnderson.create(device, submissions, buffers.v, n + m, lookback, leastColumns);
  const cones = await DeviceCones.create(device, problem.cones, tuning, projection);
  return new WebGpuWorkspace({
    device,
    problem,
    A,
    penalty,
    rho: rhoX,
    weights,
    buffers,
    products,
    steps: new SplittingSteps(buffers),
    forward,
    adjoint,
    linear,
    cones,
    check: await CheckReduction.create(device, buffers, products, [anderson.state, ...cones.watched]),
    anderson,
    submissions,
    exact,
  });
}

/** Sparse products gather from all of an iterate, which therefore has to fit one binding; its matrices need not. */
function requireRoom(device: Device, n: number, m: number): void {
  const most = Math.floor(device.limits.maxBindingBytes / 4);
  if (n + m <= most) return;
  throw new DeviceMemoryError(
    `An iterate has ${n + m} numbers, one for each unknown and row; one binding on this adapter holds ${most}, and ` +
      "products with A gather from the whole iterate. Use the CPU backend, or an adapter with larger bindings.",
  );
}

/** Â written out: D·A where only A's structure was kept. */
function explicitMatrix({ A, scaledOperator, rowScale }: EquilibratedProblem): SparseMatrix {
  const matrix = toSparse(A);
  if (scaledOperator) return matrix;
  return { ...matrix, values: matrix.values.map((value, k) => value * rowScale[matrix.rowIdx[k]]) };
}
