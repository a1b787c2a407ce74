import { describe, expect, it } from "vitest";
import { loadDenseKernels, missingThreads, useThreads } from "../../../../src/backends/cpu/kernels/load.ts";
import { DONE, takeParts, TURN, turnWord } from "../../../../src/backends/cpu/threads/protocol.ts";
import { SettingsError } from "../../../../src/errors.ts";
import type { DenseKernels } from "../../../../src/linear/dense-kernels.ts";
import { solve } from "../../../../src/solver/solve.ts";
import { maxCut, randomNumbers } from "../../../web/problems.ts";

const one = await loadDenseKernels("wasm-simd");
const threaded = await Promise.all([2, 3].map((threads) => loadDenseKernels("wasm-simd", threads)));

function randomMatrix(rows: number, cols: number, seed: number): Float64Array {
  const random = randomNumbers(seed);
  return Float64Array.from({ length: rows * cols }, () => random() - 0.5);
}

function symmetric(n: number, seed: number): Float64Array {
  const A = randomMatrix(n, n, seed);
  for (let j = 0; j < n; j++) for (let i = 0; i < j; i++) A[j * n + i] = A[i * n + j];
  return A;
}

/** Positive definite. */
function definite(n: number, seed: number): Float64Array {
  const A = symmetric(n, seed);
  for (let i = 0; i < n; i++) A[i * n + i] += n;
  return A;
}

/** Runs the same on one thread and on several. */
function compare(run: (kernels: DenseKernels) => readonly Float64Array[], tolerance = 0): void {
  const expected = run(one);
  for (const kernels of threaded) {
    run(kernels).forEach((actual, k) => {
      let largest = 0;
      let difference = 0;
      for (let i = 0; i < actual.length; i++) {
        largest = Math.max(largest, Math.abs(expected[k][i]));
        difference = Math.max(difference, Math.abs(actual[i] - expected[k][i]));
      }
      expect(largest).toBeGreaterThan(0);
      expect(difference).toBeLessThanOrEqual(tolerance * largest);
    });
  }
}

describe("dense kernels on threads", () => {
  it("are there", () => {
    expect(threaded.map(({ threads }) => threads)).toEqual([2, 3]);
    expect(threaded[0].serial).toBe(one);
  });

  it.each([
    [200, 190, 180],
    [501, 33, 70],
    [37, 640, 65],
    [130, 130, 1],
    [1031, 7, 300],
  ])("products %i×%i, inner dimension %i, bit by bit", (m, n, k) => {
    const A = randomMatrix(m, k, 1);
    const B = randomMatrix(k, n, 2);
    for (const transA of [false, true]) {
      for (const transB of [false, true]) {
        compare((kernels) => {
          const C = randomMatrix(m, n, 3);
          kernels.gemm(transA, transB, m, n, k, -0.7, A, B, 0.4, C);
          return [C];
        });
      }
    }
  });

  it.each([
    [300, 150],
    [129, 401],
  ])("symmetric products of order %i, inner dimension %i, bit by bit", (n, k) => {
    const A = randomMatrix(n, k, 4);
    for (const trans of [false, true]) {
      compare((kernels) => {
        const C = symmetric(n, 5);
        kernels.syrk(trans, n, k, 1.3, A, 0.5, C);
        return [C];
      });
    }
  });

  it.each([97, 260, 515])("factorisations and solves of order %i, bit by bit", (n) => {
    const signs = Int8Array.from({ length: n }, (_, i) => (i % 3 === 0 ? -1 : 1));
    compare((kernels) => {
      const L = definite(n, 6);
      expect(kernels.cholesky(n, L)).toBe(-1);
      const X = randomMatrix(n, 70, 7);
      kernels.solveLower(false, false, n, 70, L, X);
      kernels.solveLower(true, false, n, 70, L, X);
      const D = symmetric(n, 8);
      for (let i = 0; i < n; i++) D[i * n + i] += n * signs[i];
      kernels.ldl(n, D, signs, 1e-10, 1e-8);
      const inverse = L.slice();
      kernels.invertLower(n, inverse);
      return [L, X, D, inverse];
    });
  });

  it("finds the same pivot that is not positive", () => {
    const n = 300;
    for (const kernels of threaded) {
      const A = definite(n, 9);
      A[217 * n + 217] = -1;
      expect(kernels.cholesky(n, A)).toBe(217);
    }
  });

  it.each([161, 240, 421])("eigenvalues and the smaller side of order %i to 1e-13", (n) => {
    const A = symmetric(n, 10);
    compare((kernels) => {
      const values = new Float64Array(n);
      kernels.eigenvalues(n, A.slice(), values);
      const vectors = new Float64Array(n * n);
      const { first, count } = kernels.eigSmallerSide(n, A.slice(), new Float64Array(n), vectors);
      const part = new Float64Array(n * n);
      // V·Λ·Vᵀ does not depend on signs of vectors.
      const scaled = vectors.slice(0, n * count);
      for (let c = 0; c < count; c++) for (let i = 0; i < n; i++) scaled[c * n + i] *= values[first + c];
      one.gemm(false, true, n, n, count, 1, scaled, vectors, 0, part);
      return [values, part];
    }, 1e-13);
  });

  it("decompose a matrix", () => {
    const n = 350;
    const A = symmetric(n, 11);
    for (const kernels of threaded) {
      const values = new Float64Array(n);
      const vectors = new Float64Array(n * n);
      kernels.eigSymmetric(n, A.slice(), values, vectors);
      const product = new Float64Array(n * n);
      kernels.gemm(false, false, n, n, n, 1, A, vectors, 0, product);
      let worst = 0;
      for (let c = 0; c < n; c++) {
        for (let i = 0; i < n; i++) worst = Math.max(worst, Math.abs(product[c * n + i] - values[c] * vectors[c * n + i]));
      }
      expect(worst).toBeLessThan(1e-12 * n);
    }
  });

  it("give a solve the same result, and a note", async () => {
    const problem = maxCut(100);
    const expected = await solve(problem, { backend: "cpu" });
    const result = await solve(problem, { backend: "cpu", threads: 2 });
    expect(result.status).toBe("solved");
    expect(result.notes).toContain("dense kernels on 2 threads");
    expect(result.measures.primalObjective).toBeCloseTo(expected.measures.primalObjective, 4);
    await expect(solve(problem, { threads: 1.5 })).rejects.toThrow(SettingsError);
    await expect(solve(problem, { threads: 0 })).rejects.toThrow(SettingsError);
  });

  it("say why there are none", async () => {
    const shared = globalThis.SharedArrayBuffer;
    try {
      Object.assign(globalThis, { SharedArrayBuffer: undefined });
      expect(await missingThreads(5)).toContain("cross-origin isolated");
      expect(await loadDenseKernels("auto", 5)).toBe(one);
    } finally {
      Object.assign(globalThis, { SharedArrayBuffer: shared });
    }
    const { notes } = await solve(maxCut(5), { kernels: "typescript", threads: 2 });
    expect(notes).toContain("dense kernels on one thread: typescript kernels have none");
  });

  it("are the default where somebody asked for that", async () => {
    useThreads(2);
    try {
      expect(await loadDenseKernels()).toBe(threaded[0]);
      expect(await loadDenseKernels("auto", 1)).toBe(one);
    } finally {
      useThreads(1);
    }
    expect(await loadDenseKernels()).toBe(one);
  });
});

describe("parts of an operation", () => {
  it("are taken once each, and none after the last", () => {
    const control = new Int32Array(new SharedArrayBuffer(128));
    const taken: number[] = [];
    Atomics.store(control, TURN, turnWord(5));
    takeParts(control, (part) => taken.push(part));
    takeParts(control, (part) => taken.push(part));
    expect(taken).toEqual([0, 1, 2, 3, 4]);
    expect(Atomics.load(control, DONE)).toBe(5);
  });
});
