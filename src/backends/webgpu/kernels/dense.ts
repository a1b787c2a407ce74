import type { DeviceBuffer } from "../buffers.ts";
import { dense as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { VectorRun } from "./vector.ts";

const productKernel: Kernel = { name: "gemv", entry: "product", source };
const transposedKernel: Kernel = { name: "gemv-transposed", entry: "transposedProduct", source };
const columnDotsKernel: Kernel = { name: "column-dots", entry: "columnDots", source };
const scaleRowsKernel: Kernel = { name: "scale-rows", entry: "scaleRows", source };

/** Kernels of this file, to be compiled before use. */
export const DENSE_KERNELS: readonly Kernel[] = [
  productKernel,
  transposedKernel,
  columnDotsKernel,
  scaleRowsKernel,
];

/** A row-major matrix on the device; `ld` floats from row to row. */
export interface DeviceMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly ld: number;
  readonly buffer: DeviceBuffer;
}

const THREADS = 64;

function sizes(M: DeviceMatrix, x: VectorRun, target: VectorRun, alpha: number, beta: number) {
  return parameters([M.rows, M.columns, M.ld, x.offset ?? 0, target.offset ?? 0], [alpha, beta]);
}

/** target ← alpha·Mx + beta·target; three different buffers. */
export function addProduct(
  plan: Plan,
  M: DeviceMatrix,
  x: VectorRun,
  target: VectorRun,
  alpha = 1,
  beta = 0,
): void {
  const bindings = [sizes(M, x, target, alpha, beta), M.buffer, x.buffer, target.buffer];
  plan.dispatch(productKernel, bindings, linearGrid(M.rows));
}

/** target ← alpha·Mᵀx + beta·target; three different buffers. Best for few, long rows (histories of iterates). */
export function addTransposedProduct(
  plan: Plan,
  M: DeviceMatrix,
  x: VectorRun,
  target: VectorRun,
  alpha = 1,
  beta = 0,
): void {
  const bindings = [sizes(M, x, target, alpha, beta), M.buffer, x.buffer, target.buffer];
  plan.dispatch(transposedKernel, bindings, linearGrid(Math.ceil(M.columns / THREADS)));
}

/** target_j ← alpha·Σ_i M_ij N_ij + beta·target_j; N laid out as M. */
export function addColumnDots(
  plan: Plan,
  M: DeviceMatrix,
  N: DeviceBuffer,
  target: VectorRun,
  alpha = 1,
  beta = 0,
): void {
  const bindings = [sizes(M, { buffer: N }, target, alpha, beta), M.buffer, N, target.buffer];
  plan.dispatch(columnDotsKernel, bindings, linearGrid(Math.ceil(M.columns / THREADS)));
}

/** target ← diag(x)·M; target laid out as M. */
export function addScaleRows(plan: Plan, M: DeviceMatrix, x: VectorRun, target: DeviceBuffer): void {
  const bindings = [sizes(M, x, { buffer: target }, 1, 0), M.buffer, x.buffer, target];
  plan.dispatch(scaleRowsKernel, bindings, linearGrid(Math.ceil((M.rows * M.ld) / THREADS)));
}
