import fc from "fast-check";
import { Matrix, solve } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { typescriptKernels } from "../../src/backends/cpu/kernels/typescript.ts";
import { ProblemError } from "../../src/errors.ts";
import { structuredKktSolver } from "../../src/linear/structured.ts";
import { toSparse } from "../../src/problem/operators/apply.ts";
import type { LinearOperator } from "../../src/problem/operators/linear-operator.ts";
import { quadraticForm } from "../../src/problem/operators/quadratic-form.ts";
import { scaledOperator } from "../../src/problem/operators/scaled.ts";
import { segmentedOperator } from "../../src/problem/operators/segmented.ts";
import { identity } from "../../src/problem/operators/selection.ts";
import { sparseOperator } from "../../src/problem/operators/sparse.ts";
import { diagonalStack, verticalStack } from "../../src/problem/operators/stack.ts";
import type { SparseMatrix } from "../../src/problem/sparse-matrix.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { anyOperator, generator, randomVector } from "../problem/operators/random-operators.ts";

/** Largest error of the structured solution against LU of the whole matrix, relative to the largest entry. */
function errorAgainstDense(
  A: LinearOperator,
  rx: Float64Array,
  ry: Float64Array,
  rhs: Float64Array,
  P?: SparseMatrix,
  maxDenseCopy?: number,
): number | undefined {
  const solver = structuredKktSolver(P, A, typescriptKernels, maxDenseCopy);
  if (solver === undefined) return undefined;
  solver.update(rx, ry);
  const solution = rhs.slice();
  expect(solver.solve(solution)).toBe(1);
  const n = A.cols;
  const size = n + A.rows;
  if (size === 0) return 0;
  const K = Matrix.zeros(size, size);
  const { colPtr, rowIdx, values } = toSparse(A);
  for (let j = 0; j < n; j++) {
    K.set(j, j, rx[j]);
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) {
      K.set(n + rowIdx[k], j, values[k]);
      K.set(j, n + rowIdx[k], values[k]);
    }
  }
  if (P) {
    for (let j = 0; j < n; j++) {
      for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++) K.set(j, j, K.get(j, j) + P.values[k]);
    }
  }
  for (let i = 0; i < A.rows; i++) K.set(n + i, n + i, -ry[i]);
  const expected = solve(K, Matrix.columnVector([...rhs])).to1DArray();
  const largest = Math.max(1e-300, ...expected.map(Math.abs));
  return Math.max(0, ...expected.map((value, i) => Math.abs(value - solution[i]))) / largest;
}

describe("the structured solver", () => {
  it("agrees with a dense solve on every random nesting it accepts", () => {
    const methods = new Map<string, number>();
    fc.assert(
      fc.property(
        anyOperator,
        fc.boolean(),
        fc.constantFrom(0, 7, undefined),
        ([A, next], uniform, maxDenseCopy) => {
          const positive = (length: number): Float64Array =>
            uniform
              ? new Float64Array(length).fill(0.3)
              : randomVector(length, next).map((v) => 0.1 + Math.abs(v));
          const rhs = randomVector(A.cols + A.rows, next);
          const error = errorAgainstDense(
            A,
            positive(A.cols),
            positive(A.rows),
            rhs,
            undefined,
            maxDenseCopy,
          );
          if (error === undefined) return;
          const description = structuredKktSolver(undefined, A, typescriptKernels)?.description ?? "";
          const method = description.split(" ").slice(0, 2).join(" ");
          methods.set(method, (methods.get(method) ?? 0) + 1);
          expect(error).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 2500, seed: 31 },
    );
    for (const method of ["closed form", "dense system", "dense normal"]) {
      expect(methods.get(method) ?? 0, method).toBeGreaterThan(10);
    }
  });

  const next = generator(99);
  const forms = (samples: number, order: number): LinearOperator =>
    quadraticForm(randomVector(samples * order, next), order);
  const row = sparseOperator(sparseFromTriplets(1, 21, [0, 0, 0], [0, 6, 11], [1, 1, 1]));
  const shapes: Record<string, LinearOperator> = {
    "quadratic forms above minus the identity": verticalStack([
      forms(9, 6),
      scaledOperator(-1, identity(21)),
    ]),
    "with a trace row between": verticalStack([
      scaledOperator(0.5, forms(9, 6)),
      row,
      scaledOperator(-1, identity(21)),
    ]),
    "more samples than svec entries": verticalStack([forms(40, 6), scaledOperator(-1, identity(21))]),
    "blocks on the diagonal": diagonalStack([
      forms(5, 4),
      segmentedOperator(3, Int32Array.of(0, 1, 1, 2, 0)),
    ]),
    "scaled blocks": scaledOperator(
      -2,
      diagonalStack([verticalStack([forms(5, 4), identity(10)]), identity(3)]),
    ),
  };
  for (const [name, A] of Object.entries(shapes)) {
    it(`solves ${name} at the weights of the splitting (rx = 1e-6, ry from 1e-5 to 10)`, () => {
      const m = A.rows;
      for (const level of [1e-5, 1e-3, 10]) {
        const ry = new Float64Array(m).fill(level);
        ry[0] = level / 1000;
        const error = errorAgainstDense(
          A,
          new Float64Array(A.cols).fill(1e-6),
          ry,
          randomVector(A.cols + m, next),
        );
        expect(error).toBeLessThan(1e-8);
      }
    });
  }

  it("takes a diagonal P in, and leaves any other to the general solvers", () => {
    const A = verticalStack([forms(4, 3), identity(6)]);
    const diagonal = sparseFromTriplets(6, 6, [0, 3], [0, 3], [2, 5]);
    const full = sparseFromTriplets(6, 6, [0, 0], [0, 3], [2, 1]);
    const ones = new Float64Array(6).fill(1);
    const rhs = randomVector(16, next);
    expect(errorAgainstDense(A, ones, new Float64Array(10).fill(0.2), rhs, diagonal)).toBeLessThan(1e-12);
    expect(structuredKktSolver(full, A, typescriptKernels)).toBeUndefined();
  });

  it("refuses weights that are not finite", () => {
    const solver = structuredKktSolver(undefined, identity(2), typescriptKernels);
    expect(() => solver?.update(Float64Array.of(1, NaN), Float64Array.of(1, 1))).toThrow(ProblemError);
  });
});
