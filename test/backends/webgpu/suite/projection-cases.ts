import type { DenseKernels } from "../../../../src/linear/dense-kernels.ts";
import { Gemm, GEMM_SHAPES } from "../../../../src/backends/webgpu/gemm.ts";
import { JacobiProjector } from "../../../../src/backends/webgpu/psd/jacobi.ts";
import { PolynomialProjector } from "../../../../src/backends/webgpu/psd/polynomial.ts";
import { PsdProjector } from "../../../../src/backends/webgpu/psd/projector.ts";
import type { ScheduleLength } from "../../../../src/backends/schedules.ts";
import { matrixToSvec, svecLength, svecToMatrix } from "../../../../src/problem/svec.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { fromEigen, orthogonal, Random } from "./random.ts";
import { eigenvalues, PUBLISHED_ERRORS, SPECTRA } from "./spectra.ts";
import type { Spectrum } from "./spectra.ts";

export const LENGTHS: readonly ScheduleLength[] = [5, 7, 8, 10];
export const ORDERS = [8, 31, 64, 100, 257, 400] as const;

/** Data and their f64 projection. */
export interface Sample {
  readonly spectrum: Spectrum;
  readonly svec: Float64Array;
  readonly projection: Float64Array;
}

/** A random matrix of each spectrum, as svec rounded to f32. */
export function samples(n: number, dense: DenseKernels, spectra = SPECTRA): Sample[] {
  const random = new Random(n);
  const Q = orthogonal(n, random, dense);
  return spectra.map((spectrum) => {
    const exact = new Float64Array(svecLength(n));
    if (spectrum === "GOE") exact.forEach((_, i) => (exact[i] = random.normal()));
    else matrixToSvec(fromEigen(n, eigenvalues(spectrum, n, random), Q, dense), n, exact, 0);
    const svec = exact.map(Math.fround);
    return { spectrum, svec, projection: project(svec, n, dense) };
  });
}

/** f64 projection of one svec. */
export function project(svec: Float64Array, n: number, dense: DenseKernels): Float64Array {
  const M = new Float64Array(n * n);
  svecToMatrix(svec, 0, n, M);
  const values = new Float64Array(n);
  const Q = new Float64Array(n * n);
  dense.eigSymmetric(n, M, values, Q);
  const P = fromEigen(n, values.map((value) => Math.max(value, 0)), Q, dense);
  const result = new Float64Array(svec.length);
  matrixToSvec(P, n, result, 0);
  return result;
}

function polynomialCase(n: number): KernelCase {
  return {
    name: `polynomial projection, order ${n}`,
    run: async ({ device, dense }) => {
      const gemm = new Gemm(GEMM_SHAPES[n < 64 ? 0 : 1]);
      const projector = await PolynomialProjector.create(device, [{ offset: 3, order: n }], n, gemm);
      const comparisons: Comparison[] = [];
      for (const { spectrum, svec, projection } of samples(n, dense)) {
        for (const steps of LENGTHS) {
          const x = await device.upload(Float32Array.from([1, 2, 3, ...svec]), "x");
          const plan = device.plan();
          projector.add(plan, x, steps);
          device.run(plan);
          const result = await device.readFloats(x, svec.length, 12);
          device.buffers.release(x);
          const error = relativeError(result, projection, svec);
          const limit = 2 * PUBLISHED_ERRORS[steps][spectrum];
          comparisons.push({ label: `${spectrum}, ${steps} steps`, error, limit });
        }
      }
      projector.release(device);
      return comparisons;
    },
  };
}

/** Jacobi is held to the most accurate schedule's row. */
function jacobiCase(n: number): KernelCase {
  return {
    name: `jacobi projection, order ${n}`,
    run: async ({ device, dense }) => {
      const comparisons: Comparison[] = [];
      for (const { spectrum, svec, projection } of samples(n, dense)) {
        const projector = await JacobiProjector.create(device, [{ offset: 0, order: n }]);
        const x = await device.upload(Float32Array.from(svec), "x");
        const plan = device.plan();
        projector.add(plan, x);
        device.run(plan);
        const error = relativeError(await device.readFloats(x, svec.length), projection, svec);
        comparisons.push({ label: spectrum, error, limit: 2 * PUBLISHED_ERRORS[10][spectrum] });
        device.buffers.release(x);
        projector.release(device);
      }
      return comparisons;
    },
  };
}

/** Blocks of many orders in one vector, with rows between them that must not change. */
async function mixed({ device, dense }: Bench, method: "auto" | "polynomial"): Promise<Comparison[]> {
  const random = new Random(7);
  const tens = Array.from({ length: 14 }, () => 10);
  const orders = [1, 44, 2, 3, ...tens, 7, 8, 1, 1, 43, 45, 60, 47, 2, 5];
  const blocks: { offset: number; order: number }[] = [];
  let length = 0;
  for (const order of orders) {
    blocks.push({ offset: length, order });
    length += svecLength(order) + 1;
  }
  const x = random.vector(length);
  const reference = x.slice();
  for (const { offset, order } of blocks) {
    reference.set(project(x.slice(offset, offset + svecLength(order)), order, dense), offset);
  }
  // A zero block stays zero.
  const zero = blocks[4];
  x.fill(0, zero.offset, zero.offset + svecLength(zero.order));
  reference.fill(0, zero.offset, zero.offset + svecLength(zero.order));
  const tuning = { small: GEMM_SHAPES[0], large: GEMM_SHAPES[1], largeFrom: 50, jacobiUpTo: 44 };
  const projector = await PsdProjector.create(device, blocks, tuning, method);
  const buffer = await device.upload(Float32Array.from(x), "x");
  const plan = device.plan();
  projector.add(plan, buffer, 10);
  device.run(plan);
  const result = await device.readFloats(buffer, length);
  device.buffers.release(buffer);
  projector.release(device);
  const comparisons = blocks.map(({ offset, order }, i) => {
    const end = offset + svecLength(order);
    const error = relativeError(result.slice(offset, end), reference.slice(offset, end), x.slice(offset, end));
    return { label: `block ${i}, order ${order}`, error, limit: 2e-6 };
  });
  const gaps = blocks.map(({ offset, order }) => offset + svecLength(order));
  const moved = Math.max(...gaps.map((i) => Math.abs(result[i] - x[i])));
  return [...comparisons, { label: "rows between blocks", error: moved, limit: 0 }];
}

/** Norms far from one. */
async function scales({ device, dense }: Bench): Promise<Comparison[]> {
  const n = 50;
  const comparisons: Comparison[] = [];
  const projector = await PolynomialProjector.create(device, [{ offset: 0, order: n }], n, new Gemm(GEMM_SHAPES[0]));
  for (const scale of [1e-12, 1e-4, 1e4, 1e12]) {
    const svec = samples(n, dense, ["GOE"])[0].svec.map((value) => Math.fround(scale * value));
    const x = await device.upload(Float32Array.from(svec), "x");
    const plan = device.plan();
    projector.add(plan, x, 10);
    device.run(plan);
    const error = relativeError(await device.readFloats(x, svec.length), project(svec, n, dense), svec);
    comparisons.push({ label: `scale ${scale}`, error, limit: 2e-6 });
    device.buffers.release(x);
  }
  projector.release(device);
  return comparisons;
}

export const projectionCases: readonly KernelCase[] = [
  ...ORDERS.filter((n) => n <= 44).map(jacobiCase),
  jacobiCase(44),
  ...ORDERS.map(polynomialCase),
  { name: "projection of blocks of many orders", run: (bench) => mixed(bench, "auto") },
  { name: "projection of blocks of many orders, polynomial", run: (bench) => mixed(bench, "polynomial") },
  { name: "projection at extreme scales", run: scales },
];
