import { Gemm, GEMM_SHAPES } from "../../../../src/backends/webgpu/gemm.ts";
import { addProduct, addTransposedProduct, DENSE_KERNELS } from "../../../../src/backends/webgpu/kernels/dense.ts";
import { QuadraticForm } from "../../../../src/backends/webgpu/kernels/quadratic-form.ts";
import { Reducer } from "../../../../src/backends/webgpu/kernels/reduce.ts";
import type { Reduction } from "../../../../src/backends/webgpu/kernels/reduce.ts";
import {
  addSegmentedMean,
  addSparseProduct,
  uploadColumnsAsRows,
  uploadSparse,
} from "../../../../src/backends/webgpu/kernels/sparse.ts";
import { addCombine, addGather, addMultiply, VECTOR_KERNELS } from "../../../../src/backends/webgpu/kernels/vector.ts";
import {
  addSparseProduct as addReferenceProduct,
  addSparseTransposeProduct,
  sparseFromTriplets,
} from "../../../../src/problem/sparse-matrix.ts";
import { matrixToSvec, svecLength, svecToMatrix } from "../../../../src/problem/svec.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { Random } from "./random.ts";

const f32 = (values: Float64Array): Float32Array => Float32Array.from(values);

async function elementwise({ device }: Bench): Promise<Comparison[]> {
  const random = new Random(3);
  const count = 1000;
  const [x, y, w] = [random.vector(count + 5), random.vector(count), random.vector(count + 2)];
  const index = Uint32Array.from({ length: count }, () => random.integer(count));
  await device.compile(VECTOR_KERNELS);
  const X = { buffer: await device.upload(f32(x), "x"), offset: 5 };
  const Y = { buffer: await device.upload(f32(y), "y") };
  const c = { buffer: await device.upload(new Float32Array([9, 9, 9, 9, 2, -3, 0.5, 0.25]), "c"), row: 1 };
  const places = await device.upload(index, "index");
  const comparisons: Comparison[] = [];
  const check = async (
    label: string,
    add: (plan: ReturnType<typeof device.plan>, target: { buffer: typeof places; offset: number }) => void,
    reference: (i: number) => number,
  ): Promise<void> => {
    const target = { buffer: await device.upload(f32(w), "target"), offset: 2 };
    const plan = device.plan();
    add(plan, target);
    device.run(plan);
    const result = await device.readFloats(target.buffer, count, 8);
    const expected = Float64Array.from({ length: count }, (_, i) => reference(i));
    comparisons.push({ label, error: relativeError(result, expected), limit: 2e-7 });
    const before = await device.readFloats(target.buffer, 2);
    comparisons.push({ label: `${label}: rows before`, error: Math.abs(before[0] - w[0]), limit: 0 });
    device.buffers.release(target.buffer);
  };
  await check(
    "combine",
    (plan, target) => addCombine(plan, count, c, X, Y, target),
    (i) => 2 * x[i + 5] - 3 * y[i] + 0.5 * w[i + 2] + 0.25,
  );
  await check(
    "multiply",
    (plan, target) => addMultiply(plan, count, c, X, Y, target),
    (i) => 2 * x[i + 5] * y[i] - 3 * w[i + 2],
  );
  await check(
    "gather",
    (plan, target) => addGather(plan, count, c, X, Y, places, target),
    (i) => 2 * y[i] * x[5 + index[i]] - 3 * w[i + 2],
  );
  for (const buffer of [X.buffer, Y.buffer, c.buffer, places]) device.buffers.release(buffer);
  return comparisons;
}

async function reductions({ device }: Bench): Promise<Comparison[]> {
  const random = new Random(4);
  const comparisons: Comparison[] = [];
  const kinds: readonly Reduction[] = ["dot", "squaredDistance", "maxAbs", "maxDistance", "sum"];
  const reducer = await Reducer.create(device, kinds.length);
  for (const count of [1, 127, 5000, 300_001]) {
    const x = random.vector(count).map((value) => Math.fround(value + 0.5));
    const y = random.vector(count);
    const X = { buffer: await device.upload(f32(x), "x") };
    const Y = { buffer: await device.upload(f32(y), "y") };
    const plan = device.plan();
    kinds.forEach((kind, slot) => reducer.add(plan, kind, count, slot, X, Y));
    device.run(plan);
    const first = await device.readFloats(reducer.results, kinds.length);
    device.run(plan);
    const second = await device.readFloats(reducer.results, kinds.length);
    const sums = [0, 0, 0, 0, 0];
    let magnitude = 0;
    for (let i = 0; i < count; i++) {
      sums[0] += x[i] * y[i];
      magnitude += Math.abs(x[i] * y[i]);
      sums[1] += (x[i] - y[i]) ** 2;
      sums[2] = Math.max(sums[2], Math.abs(x[i]));
      sums[3] = Math.max(sums[3], Math.abs(x[i] - y[i]));
      sums[4] += x[i];
    }
    kinds.forEach((kind, slot) => {
      // A dot product is measured against what it adds up, not against what cancellation leaves.
      const scale = slot === 0 ? magnitude : Math.abs(sums[slot]);
      const error = Math.abs(first[slot] - sums[slot]) / scale;
      comparisons.push({ label: `${kind} of ${count}`, error, limit: 1e-6 });
      const change = first[slot] === second[slot] ? 0 : 1;
      comparisons.push({ label: `${kind} of ${count}: same bits again`, error: change, limit: 0 });
    });
    device.buffers.release(X.buffer);
    device.buffers.release(Y.buffer);
  }
  reducer.release(device);
  return comparisons;
}

async function sparse({ device }: Bench): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  // Short rows (a thread each) and long ones (a workgroup each); some rows empty.
  for (const [rows, cols, entries] of [[200, 90, 700], [9, 400, 2500]]) {
    const random = new Random(rows);
    const i = Array.from({ length: entries }, () => random.integer(rows - 1));
    const j = Array.from({ length: entries }, () => random.integer(cols));
    const values = random.vector(entries);
    const M = sparseFromTriplets(rows, cols, i, j, values);
    const { forward, adjoint } = await uploadSparse(device, M, "M");
    const x = random.vector(cols);
    const y = random.vector(rows);
    const X = { buffer: await device.upload(f32(x), "x") };
    const Y = { buffer: await device.upload(f32(y), "y") };
    const target = { buffer: await device.upload(f32(y), "Mx") };
    const adjointTarget = { buffer: await device.upload(f32(x), "Mᵀy") };
    const plan = device.plan();
    addSparseProduct(plan, forward, X, target, -2, 0.5);
    addSparseProduct(plan, adjoint, Y, adjointTarget);
    device.run(plan);
    const expected = y.map((value) => 0.5 * value);
    addReferenceProduct(M, x, expected, -2);
    const expectedAdjoint = new Float64Array(cols);
    addSparseTransposeProduct(M, y, expectedAdjoint);
    const label = `${rows}×${cols}`;
    const forwardError = relativeError(await device.readFloats(target.buffer, rows), expected);
    const adjointError = relativeError(await device.readFloats(adjointTarget.buffer, cols), expectedAdjoint);
    comparisons.push({ label: `${label} forward`, error: forwardError, limit: 5e-7 });
    comparisons.push({ label: `${label} adjoint`, error: adjointError, limit: 5e-7 });
    for (const buffer of [X.buffer, Y.buffer, target.buffer, adjointTarget.buffer]) device.buffers.release(buffer);
  }
  return comparisons;
}

async function segmentedMean({ device }: Bench): Promise<Comparison[]> {
  const random = new Random(6);
  const [rows, segments] = [500, 61];
  // Row i of the operator is weights[i] · x[index[i]]; the last segment has no rows.
  const index = Array.from({ length: rows }, () => random.integer(segments - 1));
  const weights = Float64Array.from({ length: rows }, () => Math.fround(0.5 + random.uniform()));
  const M = sparseFromTriplets(rows, segments, Array.from({ length: rows }, (_, i) => i), index, weights);
  const y = random.vector(rows);
  const bySegment = await uploadColumnsAsRows(device, M, "segments");
  const Y = { buffer: await device.upload(f32(y), "y") };
  const target = { buffer: await device.upload(new Float32Array(segments).fill(9), "means") };
  const plan = device.plan();
  addSegmentedMean(plan, bySegment, Y, target);
  device.run(plan);
  const sums = new Float64Array(segments);
  const squares = new Float64Array(segments);
  for (let i = 0; i < rows; i++) {
    sums[index[i]] += weights[i] * y[i];
    squares[index[i]] += weights[i] ** 2;
  }
  const expected = sums.map((sum, j) => (squares[j] > 0 ? sum / squares[j] : 0));
  const error = relativeError(await device.readFloats(target.buffer, segments), expected);
  return [{ label: "means", error, limit: 5e-7 }];
}

async function denseProduct({ device, dense }: Bench): Promise<Comparison[]> {
  const random = new Random(8);
  const [rows, columns, ld] = [70, 133, 136];
  const M = new Float64Array(rows * ld);
  for (let i = 0; i < rows; i++) M.set(random.vector(columns), i * ld);
  const x = random.vector(columns);
  await device.compile(DENSE_KERNELS);
  const matrix = { rows, columns, ld, buffer: await device.upload(f32(M), "M") };
  const target = { buffer: await device.upload(new Float32Array(rows), "Mx") };
  const plan = device.plan();
  addProduct(plan, matrix, { buffer: await device.upload(f32(x), "x") }, target, 3);
  device.run(plan);
  const padded = new Float64Array(ld);
  padded.set(x);
  const expected = new Float64Array(rows);
  dense.gemm(true, false, rows, 1, ld, 3, M, padded, 0, expected);
  const result = await device.readFloats(target.buffer, rows);

  const w = random.vector(rows);
  const start = random.vector(ld);
  const back = { buffer: await device.upload(f32(start), "Mᵀw") };
  const transposed = device.plan();
  addTransposedProduct(transposed, matrix, { buffer: await device.upload(f32(w), "w") }, back, -1, 2);
  device.run(transposed);
  const expectedBack = start.slice();
  dense.gemm(false, false, ld, 1, rows, -1, M, w, 2, expectedBack);
  // Past the columns nothing is written.
  expectedBack.set(start.subarray(columns), columns);
  return [
    { label: "gemv", error: relativeError(result, expected), limit: 5e-7 },
    { label: "transposed", error: relativeError(await device.readFloats(back.buffer, ld), expectedBack), limit: 5e-7 },
  ];
}

async function quadraticForm({ device }: Bench): Promise<Comparison[]> {
  const random = new Random(9);
  const [samples, order, offset] = [37, 22, 6];
  const X = random.vector(samples * order);
  const length = svecLength(order);
  const z = random.vector(offset + length);
  const v = random.vector(samples);
  const Z = new Float64Array(order * order);
  svecToMatrix(z, offset, order, Z);
  const forward = new Float64Array(samples);
  const adjoint = new Float64Array(order * order);
  for (let s = 0; s < samples; s++) {
    for (let i = 0; i < order; i++) {
      for (let j = 0; j < order; j++) {
        forward[s] += X[s * order + i] * Z[j * order + i] * X[s * order + j];
        adjoint[j * order + i] += v[s] * X[s * order + i] * X[s * order + j];
      }
    }
  }
  const expectedAdjoint = new Float64Array(length);
  matrixToSvec(adjoint, order, expectedAdjoint, 0);
  const form = await QuadraticForm.create(device, X, samples, order, offset, new Gemm(GEMM_SHAPES[0]));
  const zBuffer = await device.upload(f32(z), "z");
  const target = { buffer: await device.upload(new Float32Array(samples).fill(NaN), "forward") };
  const adjointTarget = await device.upload(new Float32Array(offset + length), "adjoint");
  const plan = device.plan();
  form.addForward(plan, zBuffer, target);
  form.addAdjoint(plan, { buffer: await device.upload(f32(v), "v") }, adjointTarget);
  device.run(plan);
  const comparisons = [
    { label: "forward", error: relativeError(await device.readFloats(target.buffer, samples), forward), limit: 1e-6 },
    {
      label: "adjoint",
      error: relativeError(await device.readFloats(adjointTarget, length, 4 * offset), expectedAdjoint),
      limit: 1e-6,
    },
  ];
  form.release(device);
  return comparisons;
}

export const vectorCases: readonly KernelCase[] = [
  { name: "element-wise updates", run: elementwise },
  { name: "reductions", run: reductions },
  { name: "sparse products", run: sparse },
  { name: "segmented mean", run: segmentedMean },
  { name: "dense matrix-vector product", run: denseProduct },
  { name: "quadratic form", run: quadraticForm },
];
