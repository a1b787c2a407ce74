import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { typescriptKernels } from "../../src/backends/cpu/kernels/typescript.ts";
import { ProblemError } from "../../src/errors.ts";
import { SparseLdl, type SparseLdlOptions } from "../../src/linear/ldl.ts";
import {
  denseSolution,
  gridLaplacian,
  maxAbs,
  randomNumbers,
  randomQuasiDefinite,
  randomVector,
  relativeResidual,
  symmetricFromEntries,
  type SymmetricMatrix,
} from "./matrices.ts";

function ldlOf(matrix: SymmetricMatrix, options?: SparseLdlOptions): SparseLdl {
  return new SparseLdl(matrix.n, matrix.colPtr, matrix.rowIdx, typescriptKernels, options);
}

function solution(matrix: SymmetricMatrix, b: Float64Array, options?: SparseLdlOptions): Float64Array {
  const ldl = ldlOf(matrix, options);
  expect(ldl.factor(matrix.values, matrix.signs)).toBe(0);
  const x = b.slice();
  ldl.solve(x);
  return x;
}

function shuffled(n: number, seed: number): Int32Array {
  const random = randomNumbers(seed);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

describe("sparse LDL", () => {
  it("agrees with dense solves on random quasi-definite matrices, in any order", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 0.4, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: 59 }), { maxLength: 2 }),
        fc.integer(),
        fc.boolean(),
        (n, density, dense, seed, supernodes) => {
          const matrix = randomQuasiDefinite(n, density, dense, seed);
          const b = randomVector(n, seed + 1);
          const expected = denseSolution(matrix, b);
          for (const ordering of ["amd", "natural", shuffled(n, seed)] as const) {
            const x = solution(matrix, b, { ordering, supernodes });
            expect(relativeResidual(matrix, x, b)).toBeLessThan(1e-12);
            const error = maxAbs(x.map((v, i) => v - expected[i]));
            expect(error).toBeLessThanOrEqual(1e-9 * (1 + maxAbs(expected)));
          }
        },
      ),
      { numRuns: 200, seed: 2 },
    );
  });

  it("solves larger matrices through fronts of every size", () => {
    const shapes: [n: number, density: number, denseRows: number[]][] = [
      [300, 0.01, [5]],
      [400, 0.05, []],
      [250, 1, []],
      [600, 0.004, [0, 300, 599]],
    ];
    for (const [n, density, dense] of shapes) {
      const matrix = randomQuasiDefinite(n, density, dense, n);
      const b = randomVector(n, 7);
      expect(relativeResidual(matrix, solution(matrix, b), b)).toBeLessThan(1e-13);
      expect(relativeResidual(matrix, solution(matrix, b, { supernodes: false }), b)).toBeLessThan(1e-13);
    }
  });

  it("gives the same with a dense tail as column by column", () => {
    // 900 sparse columns whose elimination makes the last 150 dense.
    const n = 1050;
    const random = randomNumbers(4);
    const signs = Int8Array.from({ length: n }, (_, i) => (i < 900 ? -1 : 1));
    const entries: [number, number, number][] = [];
    for (let i = 0; i < 900; i++) {
      entries.push([i, i, -1 - random()]);
      const touched = new Set(Array.from({ length: 6 }, () => 900 + Math.floor(150 * random())));
      for (const j of touched) entries.push([i, j, 2 * random() - 1]);
    }
    for (let j = 900; j < n; j++) entries.push([j, j, 1e-3 + random()]);
    const matrix = symmetricFromEntries(n, entries, signs);
    const ldl = ldlOf(matrix);
    expect(ldl.blocks.largest).toBeGreaterThan(100);
    const b = randomVector(n, 3);
    const x = solution(matrix, b);
    const reference = solution(matrix, b, { supernodes: false });
    expect(ldlOf(matrix, { supernodes: false }).blocks.largest).toBe(1);
    expect(maxAbs(x.map((v, i) => v - reference[i]))).toBeLessThan(1e-11 * maxAbs(reference));
  });

  it("takes a dense matrix as one block", () => {
    const matrix = randomQuasiDefinite(300, 1, [], 5);
    expect(ldlOf(matrix).blocks).toEqual({ count: 1, stored: 90000, largest: 300 });
  });

  it("predicts the entries and work of the factor", () => {
    const matrix = randomQuasiDefinite(120, 0.03, [], 8);
    const merged = ldlOf(matrix);
    const columns = ldlOf(matrix, { supernodes: false });
    expect(columns.blocks.stored).toBe(columns.nonzeros);
    expect(merged.nonzeros).toBe(columns.nonzeros);
    expect(merged.flops).toBe(columns.flops);
    const dense = ldlOf(randomQuasiDefinite(30, 1, [], 8));
    expect(dense.nonzeros).toBe(465);
    let flops = 0;
    for (let c = 1; c <= 30; c++) flops += (c - 1) * (c + 1);
    expect(dense.flops).toBe(flops);
  });

  it("handles orders 0, 1 and 2, diagonal matrices and separate parts", () => {
    const none = new Int8Array(0);
    expect(solution(symmetricFromEntries(0, [], none), new Float64Array(0))).toEqual(new Float64Array(0));
    const one = symmetricFromEntries(1, [[0, 0, -4]], Int8Array.of(-1));
    expect(solution(one, Float64Array.of(2))).toEqual(Float64Array.of(-0.5));
    const two = symmetricFromEntries(2, [[0, 0, 2], [0, 1, 1], [1, 1, -1]], Int8Array.of(1, -1));
    const x = solution(two, Float64Array.of(3, 0));
    expect(x[0]).toBeCloseTo(1, 14);
    expect(x[1]).toBeCloseTo(1, 14);
    const diagonal = symmetricFromEntries(3, [[0, 0, 1], [1, 1, -2], [2, 2, 4]], Int8Array.of(1, -1, 1));
    expect(solution(diagonal, Float64Array.of(1, 1, 1))).toEqual(Float64Array.of(1, -0.5, 0.25));
  });

  it("refactors with new values and keeps nothing of the old ones", () => {
    const matrix = gridLaplacian(20);
    const ldl = ldlOf(matrix);
    const b = randomVector(matrix.n, 1);
    for (const scale of [1, 1e6, 1e-4]) {
      const random = randomNumbers(11);
      const values = matrix.values.map((v) => (v > 0 ? v * (1 + scale * random()) : v));
      ldl.factor(values, matrix.signs);
      const x = b.slice();
      ldl.solve(x);
      expect(relativeResidual({ ...matrix, values }, x, b)).toBeLessThan(1e-13);
    }
  });

  it("stays accurate while interior-point diagonals drift over sixteen orders of magnitude", () => {
    // [[D, Aᵀ], [A, −E]] with D, E → 10^±8 as complementary pairs separate.
    const n = 120;
    const m = 60;
    const random = randomNumbers(21);
    const signs = new Int8Array(n + m).fill(1, 0, n).fill(-1, n);
    const entries: [number, number, number][] = [];
    for (let j = 0; j < n + m; j++) entries.push([j, j, 0]);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) if (random() < 0.08) entries.push([j, n + i, 2 * random() - 1]);
    }
    const pattern = symmetricFromEntries(n + m, entries, signs);
    const exponents = randomVector(n + m, 22);
    const ldl = ldlOf(pattern);
    for (let round = 0; round <= 16; round++) {
      const values = pattern.values.slice();
      for (let j = 0; j < n + m; j++) {
        values[pattern.colPtr[j + 1] - 1] = signs[j] * 10 ** (exponents[j] * 0.5 * round);
      }
      const matrix = { ...pattern, values };
      expect(ldl.factor(values, signs)).toBe(0);
      const b = randomVector(n + m, round);
      const x = b.slice();
      ldl.solveRefined(x, values);
      expect(relativeResidual(matrix, x, b)).toBeLessThan(1e-12);
    }
  });

  it("replaces and counts pivots of the wrong sign or too small, in loops and in kernels", () => {
    const signs = Int8Array.of(1, 1, -1);
    const matrix = symmetricFromEntries(3, [[0, 0, -1], [1, 1, 1e-20], [2, 2, -3]], signs);
    const ldl = ldlOf(matrix, { ordering: "natural" });
    expect(ldl.factor(matrix.values, signs, { threshold: 1e-10, delta: 0.5 })).toBe(2);
    const x = Float64Array.of(1, 1, 3);
    ldl.solve(x);
    expect(x).toEqual(Float64Array.of(2, 2, -1));
    const n = 60;
    const dense = randomQuasiDefinite(n, 1, [], 2);
    const values = dense.values.slice();
    // A whole negative definite matrix against signs that say otherwise: every + pivot is replaced.
    for (let j = 0; j < n; j++) {
      for (let p = dense.colPtr[j]; p < dense.colPtr[j + 1]; p++) values[p] = dense.rowIdx[p] === j ? -1 : 0;
    }
    const wrong = dense.signs.filter((s) => s === 1).length;
    expect(wrong).toBeGreaterThan(0);
    expect(ldlOf(dense).factor(values, dense.signs, { threshold: 1e-10, delta: 1 })).toBe(wrong);
    const single = ldlOf(dense, { supernodes: false });
    expect(single.factor(values, dense.signs, { threshold: 1e-10, delta: 1 })).toBe(wrong);
  });

  it("recovers from a static regularisation by refinement", () => {
    const matrix = randomQuasiDefinite(80, 0.1, [], 6);
    const regularised = matrix.values.slice();
    for (let j = 0; j < matrix.n; j++) regularised[matrix.colPtr[j + 1] - 1] += 1e-4 * matrix.signs[j];
    const ldl = ldlOf(matrix);
    ldl.factor(regularised, matrix.signs);
    const b = randomVector(80, 3);
    const rough = b.slice();
    ldl.solve(rough);
    expect(relativeResidual(matrix, rough, b)).toBeGreaterThan(1e-8);
    const x = b.slice();
    const residual = ldl.solveRefined(x, matrix.values, 6);
    expect(relativeResidual(matrix, x, b)).toBeLessThan(1e-14);
    expect(residual).toBeLessThan(1e-12);
    const loose = b.slice();
    const stopped = ldl.solveRefined(loose, matrix.values, 6, 1e-4);
    expect(stopped).toBeLessThanOrEqual(1e-4);
  });

  it("refuses non-finite values, naming the entry", () => {
    const matrix = gridLaplacian(5);
    for (const bad of [NaN, Infinity]) {
      const values = matrix.values.slice();
      values[7] = bad;
      expect(() => ldlOf(matrix).factor(values, matrix.signs)).toThrow(ProblemError);
      expect(() => ldlOf(matrix).factor(values, matrix.signs)).toThrow(/\[7\]/);
    }
  });

  it("refuses what is no upper triangle with a full diagonal, and orders that are no permutation", () => {
    const make = (colPtr: number[], rowIdx: number[]) =>
      new SparseLdl(2, Int32Array.from(colPtr), Int32Array.from(rowIdx), typescriptKernels);
    expect(() => make([0, 1, 2], [0, 0])).toThrow(/column 1 has no diagonal/);
    expect(() => make([0, 2, 3], [0, 1, 1])).toThrow(/\(1, 0\) is not in the upper/);
    expect(() => make([0, 1, 4], [0, 0, 0, 1])).toThrow(/given twice/);
    expect(() => make([0, 1], [0])).toThrow(/colPtr has length 2/);
    const twice = Int32Array.of(0, 1, 1, 2);
    expect(() => ldlOf(gridLaplacian(2), { ordering: twice })).toThrow(/not a permutation/);
  });
});
