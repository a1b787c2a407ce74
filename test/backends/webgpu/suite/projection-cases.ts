import type { DenseKernels } from "../../../../src/backends/cpu/kernels/dense-kernels.ts";
import { Gemm, GEMM_SHAPES } from "../../../../src/backends/webgpu/gemm.ts";
import { JacobiProjector } from "../../../../src/backends/webgpu/psd/jacobi.ts";
import { PolynomialProjector } from "../../../../src/backends/webgpu/psd/polynomial.ts";
import { PsdProjector } from "../../../../src/backends/webgpu/psd/projector.ts";
import type { ScheduleLength } from "../../../../src/backends/webgpu/schedules.ts";
import { matrixToSvec, svecLength, svecToMatrix } from "../../../../src/problem/svec.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { fromEigen, normalQuantile, orthogonal, Random } from "./random.ts";

/** The five spectra of the projection's error table. */
type Spectrum = "GOE" | "logUniform" | "lowRank" | "outlier" | "thirdNull";

/** Published errors ‖P̂ − P‖_F/‖X‖_F by number of steps; twice as much is allowed. */
const TABLE: Readonly<Record<ScheduleLength, Readonly<Record<Spectrum, number>>>> = {
  5: { GOE: 1.4e-4, logUniform: 6e-4, lowRank: 5.2e-4, outlier: 4.7e-3, thirdNull: 1.3e-4 },
  7: { GOE: 1.3e-5, logUniform: 4.2e-5, lowRank: 2.3e-5, outlier: 1.4e-4, thirdNull: 1.3e-5 },
  8: { GOE: 2e-6, logUniform: 1.1e-5, lowRank: 2e-6, outlier: 2.5e-5, thirdNull: 2.1e-6 },
  10: { GOE: 4.1e-7, logUniform: 1.3e-6, lowRank: 5e-7, outlier: 6e-7, thirdNull: 6.7e-7 },
};

const SPECTRA: readonly Spectrum[] = ["GOE", "logUniform", "lowRank", "outlier", "thirdNull"];
const LENGTHS: readonly ScheduleLength[] = [5, 7, 8, 10];
export const ORDERS = [8, 31, 64, 100, 257, 400] as const;

/** Eigenvalues of a spectrum; GOE comes from its matrix instead. */
function eigenvalues(spectrum: Exclude<Spectrum, "GOE">, n: number, random: Random): Float64Array {
  const sign = (): number => (random.uniform() < 0.5 ? -1 : 1);
  return Float64Array.from({ length: n }, (_, i) => {
    switch (spectrum) {
      case "logUniform":
        return sign() * 10 ** ((-8 * (i + 0.5)) / n);
      case "lowRank":
        return i < n / 4 ? 0.5 + random.uniform() : sign() * 1e-3;
      case "outlier":
        return i === 0 ? 1 : 1e-3 * normalQuantile((i - 0.5) / (n - 1));
      case "thirdNull":
        return i < n / 3 ? 0 : normalQuantile((i + 0.5 - Math.ceil(n / 3)) / (n - Math.ceil(n / 3)));
    }
  });
}

/** Data and their f64 projection. */
interface Sample {
  readonly spectrum: Spectrum;
  readonly svec: Float64Array;
  readonly projection: Float64Array;
}

/** A random matrix of each spectrum, as svec rounded to f32. */
function samples(n: number, dense: DenseKernels, spectra = SPECTRA): Sample[] {
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
function project(svec: Float64Array, n: number, dense: DenseKernels): Float64Array {
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
          comparisons.push({ label: `${spectrum}, ${steps} steps`, error, limit: 2 * TABLE[steps][spectrum] });
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
        comparisons.push({ label: spectrum, error, limit: 2 * TABLE[10][spectrum] });
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
