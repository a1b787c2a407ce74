import { GEMM_SHAPES, Gemm } from "../../../../src/backends/webgpu/gemm.ts";
import { ExactGemm } from "../../../../src/backends/webgpu/refine/exact-gemm.ts";
import { relativeError } from "./case.ts";
import type { Bench, Comparison, KernelCase } from "./case.ts";
import { Random } from "./random.ts";

/** Of products of some 48 bits, against exact ones. */
const LIMIT = 1e-12;
const SIZES = [
  { k: 1, m: 1, n: 1 },
  { k: 33, m: 20, n: 13 },
  { k: 512, m: 48, n: 40 },
] as const;

async function products({ device, dense }: Bench): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  const exact = await ExactGemm.create(device, new Gemm(GEMM_SHAPES[0]));
  for (const { k, m, n } of SIZES) {
    for (const graded of [false, true]) {
      const random = new Random(k + m + n);
      // Full f64 significands; columns of many magnitudes.
      const matrix = (columns: number): Float64Array =>
        Float64Array.from({ length: k * columns }, (_, i) => random.normal() * (graded ? 10 ** ((i % columns) % 9 - 4) : 1));
      const A = matrix(m);
      const B = matrix(n);
      const result = await exact.multiply(A, B, k, m, n);
      const label = `${m}×${n}×${k}${graded ? ", graded columns" : ""}`;
      comparisons.push({ label, error: relativeError(result, reference(dense, A, B, k, m, n)), limit: LIMIT });
    }
  }
  exact.release();
  return comparisons;
}

/** Integers whose products and sums f64 holds: what comes back has no error at all. */
async function integers({ device, dense }: Bench): Promise<Comparison[]> {
  const [k, m, n] = [512, 16, 24];
  const random = new Random(5);
  const A = Float64Array.from({ length: k * m }, () => random.integer(2 ** 20) - 2 ** 19);
  const B = Float64Array.from({ length: k * n }, () => random.integer(2 ** 20) - 2 ** 19);
  const exact = await ExactGemm.create(device, new Gemm(GEMM_SHAPES[0]));
  const result = await exact.multiply(A, B, k, m, n);
  const again = await exact.multiply(A, B, k, m, n);
  exact.release();
  return [
    { label: "20-bit integers", error: relativeError(result, reference(dense, A, B, k, m, n)), limit: 1e-15 },
    { label: "the same bits again", error: relativeError(result, again), limit: 0 },
  ];
}

/** AᵀB by rows: with the rows as columns, Cᵀ (n×m) = B (n×k) · Aᵀ (k×m). */
function reference(
  dense: Bench["dense"],
  A: Float64Array,
  B: Float64Array,
  k: number,
  m: number,
  n: number,
): Float64Array {
  const C = new Float64Array(m * n);
  dense.gemm(false, true, n, m, k, 1, B, A, 0, C);
  return C;
}

export const exactCases: readonly KernelCase[] = [
  { name: "exact products from integer slices", run: products },
  { name: "exact products of integers", run: integers },
];
