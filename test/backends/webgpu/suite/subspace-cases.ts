import { Gemm, GEMM_SHAPES } from "../../../../src/backends/webgpu/gemm.ts";
import { PolynomialProjector } from "../../../../src/backends/webgpu/psd/polynomial.ts";
import { readStates, STATE_WORDS, SUBSPACE_TOLERANCE, SubspaceProjector } from "../../../../src/backends/webgpu/psd/subspace.ts";
import type { SubspaceState } from "../../../../src/backends/webgpu/psd/subspace.ts";
import type { ScheduleLength } from "../../../../src/backends/schedules.ts";
import type { DenseKernels } from "../../../../src/linear/dense-kernels.ts";
import { matrixToSvec, svecLength } from "../../../../src/problem/svec.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { project, samples } from "./projection-cases.ts";
import { fromEigen, orthogonal, Random } from "./random.ts";
import { PUBLISHED_ERRORS } from "./spectra.ts";

const DEGREE = 6;

/** svec (f32) of a matrix with `rank` eigenvalues on one side of zero, and of a symmetric perturbation. */
function lowRank(n: number, rank: number, side: 1 | -1, dense: DenseKernels) {
  const random = new Random(n + rank);
  const values = Float64Array.from({ length: n }, (_, i) =>
    i < rank ? side * (0.02 + random.uniform()) : -side * (0.01 + random.uniform() ** 2),
  );
  const svec = new Float64Array(svecLength(n));
  matrixToSvec(fromEigen(n, values, orthogonal(n, random, dense), dense), n, svec, 0);
  const noise = random.vector(svec.length).map((value) => value / n);
  return { svec, noise };
}

/** One block, or several of one order, followed through calls. */
async function follower(
  { device }: Bench,
  order: number,
  count: number,
  sides: readonly number[],
  columns: number,
) {
  const length = svecLength(order);
  const blocks = Array.from({ length: count }, (_, i) => ({ offset: 1 + i * length, order }));
  const states = await device.upload(new Float32Array(STATE_WORDS * count), "states");
  const gemm = new Gemm(GEMM_SHAPES[0]);
  const polynomial = await PolynomialProjector.create(device, blocks, order, gemm, states);
  const subspace = await SubspaceProjector.create(device, polynomial, states, sides, columns);
  return {
    async project(svec: ArrayLike<number>, steps: ScheduleLength) {
      const x = await device.upload(Float32Array.from([7, ...Array.from(svec)]), "x");
      const plan = device.plan();
      subspace.add(plan, x, DEGREE, steps);
      device.run(plan);
      const all = await device.readFloats(x, 1 + svec.length);
      device.buffers.release(x);
      const seen = readStates(await device.readIntegers(states, STATE_WORDS * count));
      return { result: all.slice(1), states: seen, moved: Math.abs(all[0] - 7) };
    },
    release() {
      subspace.release();
      polynomial.release(device);
      device.buffers.release(states);
    },
  };
}

const passed = (states: readonly SubspaceState[]): number => states[0].passes;

/** A matrix that changes less and less, on either side: followed within a few calls, as accurate as it says. */
async function drifting(bench: Bench, n: number, rank: number, side: 1 | -1): Promise<Comparison[]> {
  const { dense } = bench;
  const { svec, noise } = lowRank(n, rank, side, dense);
  const subspace = await follower(bench, n, 1, [side], 4 * Math.ceil((rank + 10) / 4));
  const comparisons: Comparison[] = [];
  let last: readonly SubspaceState[] = [];
  for (let call = 0; call < 13; call++) {
    const steps = call < 9 ? 7 : 10;
    const x = svec.map((value, i) => Math.fround(value + 0.3 * 0.4 ** call * noise[i]));
    const { result, states, moved } = await subspace.project(x, steps);
    const error = relativeError(result, project(x, n, dense), x);
    comparisons.push({ label: `call ${call}`, error, limit: 2 * PUBLISHED_ERRORS[steps].lowRank });
    comparisons.push({ label: `call ${call}, entry before`, error: moved, limit: 0 });
    const bound = states[0].error;
    if (call > 0 && passed(states) > passed(last)) {
      comparisons.push({ label: `call ${call}, bound`, error: bound, limit: SUBSPACE_TOLERANCE[steps] });
      // The bound is one but for the rounding of f32.
      comparisons.push({ label: `call ${call}, error beyond bound`, error: error - bound, limit: 1e-6 });
    }
    last = states;
  }
  const wrongRank = Math.abs(last[0].count - rank);
  const few = Math.max(0, 4 - passed(last));
  comparisons.push({ label: "rank", error: wrongRank, limit: 0 }, { label: "calls missing", error: few, limit: 0 });
  subspace.release();
  return comparisons;
}

/** Two blocks of a batch, one followed on each side. */
async function twoLayers(bench: Bench): Promise<Comparison[]> {
  const n = 60;
  const blocks = [lowRank(n, 5, 1, bench.dense).svec, lowRank(n, 7, -1, bench.dense).svec].map((x) => x.map(Math.fround));
  const subspace = await follower(bench, n, 2, [1, -1], 20);
  const comparisons: Comparison[] = [];
  for (let call = 0; call < 12; call++) {
    const { result, states } = await subspace.project([...blocks[0], ...blocks[1]], 8);
    blocks.forEach((x, i) => {
      const part = result.slice(i * x.length, (i + 1) * x.length);
      const error = relativeError(part, project(x, n, bench.dense), x);
      comparisons.push({ label: `call ${call}, block ${i}`, error, limit: 2 * PUBLISHED_ERRORS[8].lowRank });
    });
    if (call === 11) comparisons.push({ label: "calls missing", error: Math.max(0, 2 - passed(states)), limit: 0 });
  }
  subspace.release();
  return comparisons;
}

/** An eigenvalue far below zero jumps above, to where the basis has nothing: no call may miss it. */
async function jump(bench: Bench): Promise<Comparison[]> {
  const n = 80;
  const random = new Random(9);
  const Q = orthogonal(n, random, bench.dense);
  const values = Float64Array.from({ length: n }, (_, i) =>
    i < 5 ? 0.1 + random.uniform() : -0.01 - random.uniform() ** 2,
  );
  const subspace = await follower(bench, n, 1, [1], 16);
  const comparisons: Comparison[] = [];
  for (let call = 0; call < 14; call++) {
    if (call === 10) values[n - 1] = 0.02;
    const svec = new Float64Array(svecLength(n));
    matrixToSvec(fromEigen(n, values, Q, bench.dense), n, svec, 0);
    const x = svec.map(Math.fround);
    const { result, states } = await subspace.project(x, 7);
    const error = relativeError(result, project(x, n, bench.dense), x);
    comparisons.push({ label: `call ${call}`, error, limit: 2 * PUBLISHED_ERRORS[7].lowRank });
    // Until then it was followed.
    if (call === 9) comparisons.push({ label: "followed", error: Math.max(0, 1 - passed(states)), limit: 0 });
  }
  subspace.release();
  return comparisons;
}

/** What has no low rank, or suddenly is another matrix, is the polynomial's. */
async function fallBack(bench: Bench): Promise<Comparison[]> {
  const n = 100;
  const subspace = await follower(bench, n, 1, [1], 16);
  const comparisons: Comparison[] = [];
  for (const { spectrum, svec, projection } of samples(n, bench.dense)) {
    for (const steps of [8, 10] as const) {
      const { result } = await subspace.project(svec, steps);
      const limit = 2 * PUBLISHED_ERRORS[steps][spectrum];
      comparisons.push({ label: `${spectrum}, ${steps}`, error: relativeError(result, projection, svec), limit });
    }
  }
  const zero = await subspace.project(new Float64Array(svecLength(n)), 10);
  comparisons.push({ label: "zero", error: relativeError(zero.result, new Float64Array(svecLength(n))), limit: 0 });
  subspace.release();
  return comparisons;
}

export const subspaceCases: readonly KernelCase[] = [
  { name: "followed subspace, order 90, positive side", run: (bench) => drifting(bench, 90, 6, 1) },
  { name: "followed subspace, order 257, negative side", run: (bench) => drifting(bench, 257, 14, -1) },
  { name: "followed subspaces of two blocks", run: twoLayers },
  { name: "followed subspace, a jump", run: jump },
  { name: "followed subspace, fall-back", run: fallBack },
];
