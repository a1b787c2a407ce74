import { Gemm, GEMM_SHAPES } from "../../../../src/backends/webgpu/gemm.ts";
import { shapeName } from "../../../../src/backends/webgpu/gemm-source.ts";
import type { GemmShape } from "../../../../src/backends/webgpu/gemm-source.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { Random } from "./random.ts";

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly layers: number;
  readonly symmetric: boolean;
  readonly beta: number;
}

const PRODUCTS: readonly Product[] = [
  { m: 4, n: 4, k: 1, layers: 1, symmetric: false, beta: 0 },
  { m: 68, n: 12, k: 37, layers: 3, symmetric: false, beta: 0 },
  { m: 64, n: 132, k: 300, layers: 1, symmetric: false, beta: -1.5 },
  { m: 16, n: 20, k: 2048, layers: 1, symmetric: false, beta: 0 },
  { m: 12, n: 12, k: 12, layers: 5, symmetric: true, beta: 0 },
  { m: 140, n: 140, k: 140, layers: 2, symmetric: true, beta: 0.25 },
  { m: 60, n: 60, k: 2048, layers: 1, symmetric: true, beta: 0 },
];

/** Issue: relative error at most 1e-6 for inner dimensions up to 2048. */
const LIMIT = 1e-6;

/** Every shape of the product on every kind of call. */
export const gemmCases: readonly KernelCase[] = GEMM_SHAPES.map((shape) => ({
  name: `gemm ${shapeName(shape)}`,
  run: async (bench) => {
    const comparisons: Comparison[] = [];
    for (const product of PRODUCTS) comparisons.push(...(await compare(bench, shape, product)));
    return comparisons;
  },
}));

async function compare({ device, dense }: Bench, shape: GemmShape, product: Product): Promise<Comparison[]> {
  const { m, n, k, layers, symmetric, beta } = product;
  const random = new Random(1 + m + n + k);
  const alpha = 0.5;
  const a = random.vector(layers * k * m);
  const b = symmetric ? a : random.vector(layers * k * n);
  const d = random.vector(layers * m * n);
  if (symmetric) symmetrise(d, n, layers);
  const gemm = new Gemm(shape);
  await device.compile([gemm.kernel]);
  const A = await device.upload(Float32Array.from(a), "A");
  const B = await device.upload(Float32Array.from(b), "B");
  const D = await device.upload(Float32Array.from(d), "D");
  const C = await device.upload(new Float32Array(layers * m * n).fill(NaN), "C");
  const coefficients = await device.upload(new Float32Array([NaN, NaN, alpha, beta]), "coefficients");
  const plan = device.plan();
  gemm.add(plan, { m, n, k, A, B, C, D, layers, symmetric, coefficients, coefficient: 1 });
  device.run(plan);
  const result = await device.readFloats(C, layers * m * n);
  for (const buffer of [A, B, C, D, coefficients]) device.buffers.release(buffer);

  const label = `${m}×${n}×${k}, ${layers} layers${symmetric ? ", symmetric" : ""}`;
  const reference = new Float64Array(layers * m * n);
  for (let layer = 0; layer < layers; layer++) {
    // Row-major AᵀB is column-major BᵀA: with the rows as columns, Cᵀ (n×m) = B (n×k) · Aᵀ (k×m).
    const part = d.slice(layer * m * n, (layer + 1) * m * n);
    const aLayer = a.slice(layer * k * m, (layer + 1) * k * m);
    const bLayer = b.slice(layer * k * n, (layer + 1) * k * n);
    dense.gemm(false, true, n, m, k, alpha, bLayer, aLayer, beta, part);
    reference.set(part, layer * m * n);
  }
  const comparisons = [{ label, error: relativeError(result, reference), limit: LIMIT }];
  if (symmetric) comparisons.push({ label: `${label}: asymmetry`, error: asymmetry(result, n, layers), limit: 0 });
  return comparisons;
}

function symmetrise(d: Float64Array, n: number, layers: number): void {
  for (let layer = 0; layer < layers; layer++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) d[(layer * n + i) * n + j] = d[(layer * n + j) * n + i];
    }
  }
}

function asymmetry(c: Float32Array, n: number, layers: number): number {
  let worst = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const difference = c[(layer * n + i) * n + j] - c[(layer * n + j) * n + i];
        worst = Math.max(worst, Math.abs(difference));
      }
    }
  }
  return worst;
}
