import { ConjugateGradients } from "../../../../src/backends/webgpu/kernels/conjugate-gradients.ts";
import { addProduct, DENSE_KERNELS } from "../../../../src/backends/webgpu/kernels/dense.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { fromEigen, orthogonal, Random } from "./random.ts";

/** Conjugate gradients against the exact solution, and past convergence. */
async function conjugateGradients({ device, dense }: Bench): Promise<Comparison[]> {
  const n = 90;
  const random = new Random(21);
  const scale = Float64Array.from({ length: n }, () => 10 ** (2 * random.uniform() - 1));
  const values = Float64Array.from({ length: n }, () => 1 + 3 * random.uniform());
  const core = fromEigen(n, values, orthogonal(n, random, dense), dense);
  // Badly scaled: only the preconditioner makes it converge in so few steps.
  const M = core.map((value, k) => Math.fround(value * scale[k % n] * scale[Math.floor(k / n)]));
  const x = random.vector(n);
  const b = new Float64Array(n);
  dense.gemm(false, false, n, 1, n, 1, M, x, 0, b);
  await device.compile(DENSE_KERNELS);
  const matrix = { rows: n, columns: n, ld: n, buffer: await device.upload(Float32Array.from(M), "M") };
  const solver = await ConjugateGradients.create(device, Float64Array.from({ length: n }, (_, i) => M[i * (n + 1)]));
  const B = await device.upload(Float32Array.from(b), "b");
  const comparisons: Comparison[] = [];
  for (const iterations of [14, 60]) {
    const X = await device.upload(Float32Array.from(random.vector(n)), "x");
    const plan = device.plan();
    solver.add(plan, (to, p, q) => addProduct(to, matrix, { buffer: p }, { buffer: q }), B, X, iterations);
    device.run(plan);
    const solution = Float64Array.from(await device.readFloats(X, n));
    const scaled = solution.map((value, i) => value * scale[i]);
    const error = relativeError(scaled, x.map((value, i) => value * scale[i]));
    comparisons.push({ label: `${iterations} iterations`, error, limit: iterations === 14 ? 1e-3 : 3e-6 });
    device.buffers.release(X);
  }
  // From the solution of a zero right-hand side there is nowhere to go, and no division by zero.
  const zero = await device.upload(new Float32Array(n), "zero");
  const X = await device.upload(new Float32Array(n), "x");
  const plan = device.plan();
  solver.add(plan, (to, p, q) => addProduct(to, matrix, { buffer: p }, { buffer: q }), zero, X, 3);
  device.run(plan);
  const rest = await device.readFloats(X, n);
  comparisons.push({ label: "zero right-hand side", error: relativeError(rest, new Float64Array(n)), limit: 0 });
  solver.release(device);
  for (const buffer of [matrix.buffer, B, zero, X]) device.buffers.release(buffer);
  return comparisons;
}

export const solveCases: readonly KernelCase[] = [{ name: "conjugate gradients", run: conjugateGradients }];
