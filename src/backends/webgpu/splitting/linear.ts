import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import { NormalMatrixAssembler } from "../../../linear/normal-matrix.ts";
import type { SparseMatrix } from "../../../problem/sparse-matrix.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { ConjugateGradients } from "../kernels/conjugate-gradients.ts";
import { addProduct, DENSE_KERNELS } from "../kernels/dense.ts";
import type { DeviceMatrix } from "../kernels/dense.ts";
import { addSparseProduct } from "../kernels/sparse.ts";
import type { DeviceRows } from "../kernels/sparse.ts";
import { addCombine, addMultiply, VECTOR_KERNELS } from "../kernels/vector.ts";
import type { Plan } from "../plan.ts";

/** Appends t ← H⁻¹ rhs for H = ρI + AᵀWA; t is the head of its buffer and, for iterative methods, the first guess. */
export interface DeviceLinearSolver {
  readonly description: string;
  add(plan: Plan, rhs: DeviceBuffer, t: DeviceBuffer): void;
  release(device: Device): void;
}

export interface NormalSystem {
  /** Equilibrated A, and it on the device. */
  readonly A: SparseMatrix;
  readonly forward: DeviceRows;
  readonly adjoint: DeviceRows;
  /** Diagonal of W, length m. */
  readonly weights: Float64Array;
  readonly weightsOnDevice: DeviceBuffer;
  readonly rho: number;
}

/** Order up to which the inverse is formed (f64, on the CPU) and kept (f32) as a dense matrix. */
const LARGEST_INVERSE = 3000;
/** Steps of conjugate gradients per iteration; each starts from the iterate before. */
const CG_STEPS = 20;

/** The cheapest way for this A: a diagonal, an explicit inverse with one refinement, or conjugate gradients. */
export async function createLinearSolver(
  device: Device,
  system: NormalSystem,
  kernels: DenseKernels,
): Promise<DeviceLinearSolver> {
  const { A } = system;
  await device.compile([...VECTOR_KERNELS, ...DENSE_KERNELS]);
  if (rowsHaveOneEntry(A)) return diagonalSolver(device, system);
  const bytes = 4 * A.cols ** 2;
  const fits = bytes <= device.limits.maxBindingBytes && 3 * bytes <= device.buffers.budget;
  if (A.cols <= LARGEST_INVERSE && fits) return inverseSolver(device, system, kernels);
  return conjugateGradientSolver(device, system);
}

function rowsHaveOneEntry({ rows, cols, colPtr, rowIdx }: SparseMatrix): boolean {
  const seen = new Uint8Array(rows);
  for (let k = 0; k < colPtr[cols]; k++) {
    if (seen[rowIdx[k]] === 1) return false;
    seen[rowIdx[k]] = 1;
  }
  return true;
}

function normalDiagonal({ A, weights, rho }: NormalSystem): Float64Array {
  const d = new Float64Array(A.cols);
  for (let j = 0; j < A.cols; j++) {
    let sum = rho;
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) sum += weights[A.rowIdx[k]] * A.values[k] ** 2;
    d[j] = sum;
  }
  return d;
}

async function diagonalSolver(device: Device, system: NormalSystem): Promise<DeviceLinearSolver> {
  const inverse = await device.upload(Float32Array.from(normalDiagonal(system), (d) => 1 / d), "inverse diagonal");
  const one = await device.upload(new Float32Array([1, 0, 0, 0]), "one");
  const n = system.A.cols;
  return {
    description: `diagonal normal equations, order ${n}`,
    add: (plan, rhs, t) => addMultiply(plan, n, { buffer: one }, { buffer: rhs }, { buffer: inverse }, { buffer: t }),
    release: () => {
      device.buffers.release(inverse);
      device.buffers.release(one);
    },
  };
}

/** t ← Gr, then t ← t + G(r − Ht): the refinement takes out the rounding of G to f32. */
async function inverseSolver(
  device: Device,
  system: NormalSystem,
  kernels: DenseKernels,
): Promise<DeviceLinearSolver> {
  const { A, weights, rho } = system;
  const n = A.cols;
  const H = new Float64Array(n * n);
  new NormalMatrixAssembler(undefined, A, kernels).assemble(new Float64Array(n).fill(rho), weights, H);
  for (let j = 0; j < n; j++) for (let i = j + 1; i < n; i++) H[i * n + j] = H[j * n + i];
  const L = H.slice();
  if (kernels.cholesky(n, L) !== -1) {
    // Rank-deficient to rounding: lift the diagonal by the smallest amount that f64 sees.
    L.set(H);
    let size = 0;
    for (let j = 0; j < n; j++) size = Math.max(size, H[j * n + j]);
    for (let j = 0; j < n; j++) L[j * n + j] += 1e-12 * size;
    if (kernels.cholesky(n, L) !== -1) return conjugateGradientSolver(device, system);
  }
  for (let j = 1; j < n; j++) L.fill(0, j * n, j * n + j);
  kernels.invertLower(n, L);
  const G = new Float64Array(n * n);
  kernels.syrk(true, n, n, 1, L, 0, G);

  const upload = async (M: Float64Array, label: string): Promise<DeviceMatrix> => ({
    rows: n,
    columns: n,
    ld: n,
    buffer: await device.upload(Float32Array.from(M), label),
  });
  const inverse = await upload(G, "inverse");
  const matrix = await upload(H, "normal matrix");
  const r = await device.buffers.allocate(4 * n, "refinement residual");
  const correction = await device.buffers.allocate(4 * n, "refinement");
  const coefficients = await device.upload(new Float32Array([1, 0, 0, 0, 1, 0, 1, 0]), "refinement coefficients");
  return {
    description: `explicit inverse of order ${n}, one refinement`,
    add: (plan, rhs, t) => {
      addProduct(plan, inverse, { buffer: rhs }, { buffer: t });
      addCombine(plan, n, { buffer: coefficients }, { buffer: rhs }, { buffer: rhs }, { buffer: r });
      addProduct(plan, matrix, { buffer: t }, { buffer: r }, -1, 1);
      addProduct(plan, inverse, { buffer: r }, { buffer: correction });
      const add = { buffer: coefficients, row: 1 };
      addCombine(plan, n, add, { buffer: correction }, { buffer: correction }, { buffer: t });
    },
    release: () => {
      for (const buffer of [inverse.buffer, matrix.buffer, r, correction, coefficients]) device.buffers.release(buffer);
    },
  };
}

async function conjugateGradientSolver(device: Device, system: NormalSystem): Promise<DeviceLinearSolver> {
  const { A, forward, adjoint, weightsOnDevice, rho } = system;
  const { rows: m, cols: n } = A;
  const cg = await ConjugateGradients.create(device, normalDiagonal(system));
  const product = await device.buffers.allocate(4 * m, "cg product");
  const weighted = await device.buffers.allocate(4 * m, "cg weighted product");
  const coefficients = await device.upload(new Float32Array([1, 0, 0, 0, rho, 0, 0, 0]), "cg operator");
  const apply = (plan: Plan, p: DeviceBuffer, q: DeviceBuffer): void => {
    addSparseProduct(plan, forward, { buffer: p }, { buffer: product });
    const one = { buffer: coefficients };
    addMultiply(plan, m, one, { buffer: product }, { buffer: weightsOnDevice }, { buffer: weighted });
    addCombine(plan, n, { buffer: coefficients, row: 1 }, { buffer: p }, { buffer: p }, { buffer: q });
    addSparseProduct(plan, adjoint, { buffer: weighted }, { buffer: q }, 1, 1);
  };
  return {
    description: `conjugate gradients, order ${n}, ${CG_STEPS} steps an iteration`,
    add: (plan, rhs, t) => cg.add(plan, apply, rhs, t, CG_STEPS),
    release: () => {
      cg.release(device);
      for (const buffer of [product, weighted, coefficients]) device.buffers.release(buffer);
    },
  };
}
