import fc from "fast-check";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../../../src/backends/cpu/kernels/load.ts";
import { distance, identity, maxAbs, multiply, randomMatrix } from "./matrices.ts";

const orders = [...Array(71).keys(), 100, 257];

/** M·Mᵀ/n + I, exactly symmetric. */
function positiveDefinite(n: number, seed: number): Float64Array {
  const M = randomMatrix(n, n, seed);
  const A = multiply(false, true, n, n, n, M, M);
  for (let i = 0; i < n * n; i++) A[i] /= n;
  for (let i = 0; i < n; i++) A[i * n + i] += 1;
  return A;
}

/** The lower triangle, the rest zero; ones on the diagonal when `unit`. */
function lower(n: number, A: Float64Array, unit = false): Float64Array {
  const L = new Float64Array(n * n);
  for (let j = 0; j < n; j++) for (let i = j; i < n; i++) L[j * n + i] = i === j && unit ? 1 : A[j * n + i];
  return L;
}

/** Fills the strict upper triangle with NaN, so that reading it would show. */
function poisonUpper(n: number, A: Float64Array): Float64Array {
  for (let j = 0; j < n; j++) for (let i = 0; i < j; i++) A[j * n + i] = NaN;
  return A;
}

function upperIsNaN(n: number, A: Float64Array): boolean {
  for (let j = 0; j < n; j++) for (let i = 0; i < j; i++) if (!Number.isNaN(A[j * n + i])) return false;
  return true;
}

describe.each(["typescript", "wasm-simd"] as const)("dense kernels, %s", async (choice) => {
  const kernels = await loadDenseKernels(choice);

  it("has the name asked for", () => {
    expect(kernels.name).toBe(choice);
  });

  it("gemm: shapes, transposes, alpha and beta against the definition", () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 70 }));
    const factor = fc.constantFrom(0, 1, -1, 0.5);
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.boolean(),
        fc.boolean(),
        factor,
        factor,
        fc.integer({ min: 1, max: 1e6 }),
        (m, n, k, transA, transB, alpha, beta, seed) => {
          const A = randomMatrix(m, k, seed);
          const B = randomMatrix(k, n, seed + 1);
          const C = beta === 0 ? new Float64Array(m * n).fill(NaN) : randomMatrix(m, n, seed + 2);
          const product = multiply(transA, transB, m, n, k, A, B);
          const expected = product.map((value, i) => alpha * value + (beta === 0 ? 0 : beta * C[i]));
          kernels.gemm(transA, transB, m, n, k, alpha, A, B, beta, C);
          expect(distance(C, expected)).toBeLessThan(1e-13 * (k + 1));
        },
      ),
      { numRuns: 300, seed: 21 },
    );
  });

  it("gemm: operands longer than the matrices, A = B, and sizes past one cache block", () => {
    for (const [m, n, k] of [
      [300, 5, 600],
      [5, 1100, 300],
      [257, 130, 257],
    ]) {
      const A = randomMatrix(m, k, 1);
      const B = randomMatrix(k, n, 2);
      const C = new Float64Array(m * n + 3).fill(7);
      kernels.gemm(false, false, m, n, k, 1, A, B, 0, C);
      expect(distance(C.subarray(0, m * n), multiply(false, false, m, n, k, A, B))).toBeLessThan(1e-12);
      expect(Array.from(C.subarray(m * n))).toEqual([7, 7, 7]);
    }
    const A = randomMatrix(40, 40, 3);
    const C = new Float64Array(1600);
    kernels.gemm(true, false, 40, 40, 40, 1, A, A, 0, C);
    expect(distance(C, multiply(true, false, 40, 40, 40, A, A))).toBeLessThan(1e-13);
  });

  it("syrk: both forms against the definition, both triangles written", () => {
    for (const n of orders) {
      for (const k of [0, 1, 3, 40, n]) {
        for (const trans of [false, true]) {
          const A = randomMatrix(n, k, n + k);
          const start = positiveDefinite(n, 3);
          const C = start.slice();
          kernels.syrk(trans, n, k, -0.5, A, 2, C);
          const product = multiply(trans, !trans, n, n, k, A, A);
          expect(
            distance(
              C,
              product.map((value, i) => -0.5 * value + 2 * start[i]),
            ),
          ).toBeLessThan(1e-12);
        }
      }
    }
  });

  it("cholesky: L Lᵀ = A, as ml-matrix, upper triangle alone", () => {
    for (const n of orders) {
      const A = positiveDefinite(n, n);
      const L = poisonUpper(n, A.slice());
      expect(kernels.cholesky(n, L)).toBe(-1);
      expect(upperIsNaN(n, L)).toBe(true);
      const factor = lower(n, L);
      expect(distance(multiply(false, true, n, n, n, factor, factor), A)).toBeLessThan(1e-13 * (n + 1));
      if (n === 0 || n > 70) continue;
      const rows = Array.from({ length: n }, (_, i) => Array.from(A.subarray(i * n, (i + 1) * n)));
      const oracle = new CholeskyDecomposition(new Matrix(rows)).lowerTriangularMatrix;
      for (let j = 0; j < n; j++)
        for (let i = j; i < n; i++) expect(factor[j * n + i]).toBeCloseTo(oracle.get(i, j), 12);
    }
  });

  it("cholesky: names the first pivot that is not positive", () => {
    for (const n of [1, 5, 20, 33, 70, 100]) {
      for (const bad of [0, n >> 1, n - 1]) {
        for (const pivot of [0, -1, NaN]) {
          const A = identity(n);
          A[bad * n + bad] = pivot;
          expect(kernels.cholesky(n, A), `n ${n}, pivot ${bad}`).toBe(bad);
        }
      }
    }
  });

  it("ldl: L D Lᵀ = A for quasi-definite A, upper triangle alone", () => {
    for (const n of orders) {
      const signs = Int8Array.from({ length: n }, (_, i) => (i % 3 === 1 ? -1 : 1));
      const A = positiveDefinite(n, n + 5);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) if (signs[i] < 0 && signs[j] < 0) A[i * n + j] *= -1;
      const F = poisonUpper(n, A.slice());
      expect(kernels.ldl(n, F, signs, 1e-14, 1e-8)).toBe(0);
      expect(upperIsNaN(n, F)).toBe(true);
      const L = lower(n, F, true);
      const scaled = L.map((value, at) => value * F[Math.floor(at / n) * (n + 1)]);
      expect(distance(multiply(false, true, n, n, n, scaled, L), A)).toBeLessThan(1e-12 * (n + 1));
    }
  });

  it("ldl: replaces small pivots and those of the wrong sign, and counts them", () => {
    for (const n of [4, 20, 50]) {
      const A = identity(n);
      A[0] = 1e-20;
      A[2 * n + 2] = -3;
      A[3 * n + 3] = NaN;
      const signs = new Int8Array(n).fill(1);
      expect(kernels.ldl(n, A, signs, 1e-12, 1e-5)).toBe(3);
      expect([A[0], A[n + 1], A[2 * n + 2]]).toEqual([1e-5, 1, 1e-5]);
      signs[1] = -1;
      const B = identity(n);
      expect(kernels.ldl(n, B, signs, 1e-12, 1e-5)).toBe(1);
      expect(B[n + 1]).toBe(-1e-5);
    }
  });

  it("solveLower: L X = B and Lᵀ X = B, unit or not, few and many right-hand sides", () => {
    for (const n of orders) {
      const L = poisonUpper(n, positiveDefinite(n, n + 9));
      for (const unit of [false, true]) {
        const factor = lower(n, L, unit);
        for (let i = 0; i < n; i++) if (unit) for (let j = 0; j < i; j++) factor[j * n + i] *= 0.1;
        const given = L.slice();
        if (unit) for (let j = 0; j < n; j++) for (let i = j + 1; i < n; i++) given[j * n + i] *= 0.1;
        for (const trans of [false, true]) {
          for (const k of [0, 1, 2, 3, 4, 17]) {
            const X = randomMatrix(n, k, k + 1);
            const B = multiply(trans, false, n, k, n, factor, X);
            kernels.solveLower(trans, unit, n, k, given, B);
            expect(distance(B, X), `n ${n}, k ${k}, trans ${trans}, unit ${unit}`).toBeLessThan(1e-10);
          }
        }
      }
    }
  });

  it("invertLower: L L⁻¹ = I, upper triangle alone", () => {
    for (const n of orders) {
      const L = lower(n, positiveDefinite(n, n + 2));
      const inverse = poisonUpper(n, L.slice());
      kernels.invertLower(n, inverse);
      expect(upperIsNaN(n, inverse)).toBe(true);
      expect(distance(multiply(false, false, n, n, n, L, lower(n, inverse)), identity(n))).toBeLessThan(
        1e-11,
      );
    }
  });

  it("NaN in an operand reaches the result", () => {
    const A = randomMatrix(30, 30, 4);
    A[33] = NaN;
    const C = new Float64Array(900);
    kernels.gemm(false, false, 30, 30, 30, 1, A, identity(30), 0, C);
    expect(maxAbs(C)).toBeNaN();
  });
});

describe("loading", () => {
  it("auto takes WebAssembly SIMD where there is some, and the same instance again", async () => {
    const first = await loadDenseKernels();
    expect(first.name).toBe("wasm-simd");
    expect(await loadDenseKernels("wasm-simd")).toBe(first);
  });

  it("without WebAssembly auto falls back and wasm-simd is refused", async () => {
    const saved = WebAssembly.validate;
    WebAssembly.validate = () => false;
    try {
      expect((await loadDenseKernels("auto")).name).toBe("typescript");
      await expect(loadDenseKernels("wasm-simd")).rejects.toThrow(/no WebAssembly SIMD/);
    } finally {
      WebAssembly.validate = saved;
    }
  });
});
