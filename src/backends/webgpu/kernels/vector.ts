import type { DeviceBuffer } from "../buffers.ts";
import { vector as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";

const combineKernel: Kernel = { name: "combine", source };
const multiplyKernel: Kernel = { name: "multiply", source };
const gatherKernel: Kernel = { name: "gather", source };

/** Kernels of this file, to be compiled before use. */
export const VECTOR_KERNELS: readonly Kernel[] = [combineKernel, multiplyKernel, gatherKernel];

/** A run of a vector on the device; `offset` in elements, default 0. */
export interface VectorRun {
  readonly buffer: DeviceBuffer;
  readonly offset?: number;
}

/** Coefficients on the device: the vec4 with this index (default 0). */
export interface CoefficientRow {
  readonly buffer: DeviceBuffer;
  readonly row?: number;
}

const THREADS = 64;

function sizes(count: number, c: CoefficientRow, x: VectorRun, y: VectorRun, target: VectorRun) {
  return parameters([count, c.row ?? 0, x.offset ?? 0, y.offset ?? 0, target.offset ?? 0]);
}

/** target ← c₀x + c₁y + c₂target + c₃. Neither x nor y may lie in the target's buffer. */
export function addCombine(
  plan: Plan,
  count: number,
  c: CoefficientRow,
  x: VectorRun,
  y: VectorRun,
  target: VectorRun,
): void {
  const bindings = [sizes(count, c, x, y, target), x.buffer, y.buffer, c.buffer, target.buffer];
  plan.dispatch(combineKernel, bindings, linearGrid(Math.ceil(count / THREADS)));
}

/** target ← c₀ x∘y + c₁ target. Neither x nor y may lie in the target's buffer. */
export function addMultiply(
  plan: Plan,
  count: number,
  c: CoefficientRow,
  x: VectorRun,
  y: VectorRun,
  target: VectorRun,
): void {
  const bindings = [sizes(count, c, x, y, target), x.buffer, y.buffer, c.buffer, target.buffer];
  plan.dispatch(multiplyKernel, bindings, linearGrid(Math.ceil(count / THREADS)));
}

/** target_i ← c₀ weights_i x[index_i] + c₁ target_i. */
export function addGather(
  plan: Plan,
  count: number,
  c: CoefficientRow,
  x: VectorRun,
  weights: VectorRun,
  index: DeviceBuffer,
  target: VectorRun,
): void {
  const bindings = [sizes(count, c, x, weights, target), x.buffer, weights.buffer, c.buffer, target.buffer, index];
  plan.dispatch(gatherKernel, bindings, linearGrid(Math.ceil(count / THREADS)));
}
