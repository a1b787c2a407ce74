import { transposeSparse } from "../../../problem/sparse-matrix.ts";
import type { SparseMatrix } from "../../../problem/sparse-matrix.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { sparse as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { VectorRun } from "./vector.ts";

const perThread: Kernel = { name: "spmv-thread", entry: "rowPerThread", source };
const perGroup: Kernel = { name: "spmv-group", entry: "rowPerGroup", source };
const meanKernel: Kernel = { name: "segmented-mean", entry: "segmentedMean", source };

/** Kernels of this file, to be compiled before use. */
export const SPARSE_KERNELS: readonly Kernel[] = [perThread, perGroup, meanKernel];

/** Mean row length from which a workgroup takes a row. */
const LONG_ROW = 32;
const THREADS = 64;

/** Compressed sparse rows on the device, in f32. */
export interface DeviceRows {
  readonly rows: number;
  readonly cols: number;
  readonly pointer: DeviceBuffer;
  readonly index: DeviceBuffer;
  readonly values: DeviceBuffer;
  readonly longRows: boolean;
}

/** Uploads the columns of M as rows: the operator Mᵀ. */
export async function uploadColumnsAsRows(device: Device, M: SparseMatrix, label: string): Promise<DeviceRows> {
  await device.compile(SPARSE_KERNELS);
  const { rows, cols, colPtr, rowIdx, values } = M;
  return {
    rows: cols,
    cols: rows,
    pointer: await device.upload(colPtr, `${label} pointers`),
    index: await device.upload(rowIdx, `${label} indices`),
    values: await device.upload(Float32Array.from(values), `${label} values`),
    longRows: colPtr[cols] > LONG_ROW * cols,
  };
}

/** M and Mᵀ on the device, both by rows. */
export async function uploadSparse(
  device: Device,
  M: SparseMatrix,
  label: string,
): Promise<{ readonly forward: DeviceRows; readonly adjoint: DeviceRows }> {
  const forward = await uploadColumnsAsRows(device, transposeSparse(M), label);
  return { forward, adjoint: await uploadColumnsAsRows(device, M, `${label} transposed`) };
}

function add(
  plan: Plan,
  kernel: Kernel,
  rowsPerGroup: number,
  M: DeviceRows,
  x: VectorRun,
  target: VectorRun,
  alpha: number,
  beta: number,
): void {
  const sizes = parameters([M.rows, x.offset ?? 0, target.offset ?? 0], [alpha, beta]);
  const bindings = [sizes, M.pointer, M.index, M.values, x.buffer, target.buffer];
  plan.dispatch(kernel, bindings, linearGrid(Math.ceil(M.rows / rowsPerGroup)));
}

/** target ← alpha·Mx + beta·target; x and target in different buffers. */
export function addSparseProduct(
  plan: Plan,
  M: DeviceRows,
  x: VectorRun,
  target: VectorRun,
  alpha = 1,
  beta = 0,
): void {
  if (M.longRows) add(plan, perGroup, 1, M, x, target, alpha, beta);
  else add(plan, perThread, THREADS, M, x, target, alpha, beta);
}

/** target_j ← alpha·Σwx/Σw² over row j of M (values w) + beta·target_j; rows without entries give 0. */
export function addSegmentedMean(
  plan: Plan,
  M: DeviceRows,
  x: VectorRun,
  target: VectorRun,
  alpha = 1,
  beta = 0,
): void {
  add(plan, meanKernel, THREADS, M, x, target, alpha, beta);
}
