import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProblemError } from "../../../src/errors.ts";
import {
  applyAdjoint,
  applyForward,
  columnNorms,
  describeOperator,
  normalDiagonal,
  normalEquations,
  operatorEntries,
  operatorNonzeros,
  rowNorms,
  toSparse,
} from "../../../src/problem/operators/apply.ts";
import type { LinearOperator } from "../../../src/problem/operators/linear-operator.ts";
import { quadraticForm, quadraticFormGram } from "../../../src/problem/operators/quadratic-form.ts";
import { scaledOperator } from "../../../src/problem/operators/scaled.ts";
import { segmentedOperator } from "../../../src/problem/operators/segmented.ts";
import { identity, selectionOperator } from "../../../src/problem/operators/selection.ts";
import { sparseOperator } from "../../../src/problem/operators/sparse.ts";
import { diagonalStack, horizontalStack, verticalStack } from "../../../src/problem/operators/stack.ts";
import {
  addSparseProduct,
  addSparseTransposeProduct,
  sparseFromTriplets,
} from "../../../src/problem/sparse-matrix.ts";
import { matrixToSvec, svecLength } from "../../../src/problem/svec.ts";
import { anyOperator, generator, randomVector } from "./random-operators.ts";

const RUNS = { numRuns: 500, seed: 77 };

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

function expectClose(actual: Float64Array, expected: Float64Array, tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[i])));
  });
}

/** Column-major dense copy, by applying the operator to unit vectors. */
function dense(op: LinearOperator): Float64Array {
  const out = new Float64Array(op.rows * op.cols);
  for (let j = 0; j < op.cols; j++) {
    const unit = new Float64Array(op.cols);
    unit[j] = 1;
    applyForward(op, unit, out.subarray(j * op.rows, (j + 1) * op.rows));
  }
  return out;
}

describe("operators of all kinds, nested at random", () => {
  it("satisfy ⟨Ax, y⟩ = ⟨x, Aᵀy⟩ and accumulate with a factor", () => {
    fc.assert(
      fc.property(anyOperator, ([op, next]) => {
        const x = randomVector(op.cols, next);
        const y = randomVector(op.rows, next);
        const y0 = randomVector(op.rows, next);
        const x0 = randomVector(op.cols, next);
        const Ax = y0.slice();
        applyForward(op, x, Ax, -1.5);
        const Aty = x0.slice();
        applyAdjoint(op, y, Aty, -1.5);
        expect(dot(Ax, y) - dot(y0, y)).toBeCloseTo(dot(Aty, x) - dot(x0, x), 10);
      }),
      RUNS,
    );
  });

  it("agree with their sparse form in products, norms, normal diagonal and counts", () => {
    fc.assert(
      fc.property(anyOperator, ([op, next]) => {
        const matrix = toSparse(op);
        expect([matrix.rows, matrix.cols]).toEqual([op.rows, op.cols]);
        expect(matrix.colPtr[op.cols]).toBeLessThanOrEqual(operatorEntries(op));
        const x = randomVector(op.cols, next);
        const y = randomVector(op.rows, next);
        const forward = new Float64Array(op.rows);
        const adjoint = new Float64Array(op.cols);
        applyForward(op, x, forward);
        applyAdjoint(op, y, adjoint);
        const expectedForward = new Float64Array(op.rows);
        const expectedAdjoint = new Float64Array(op.cols);
        addSparseProduct(matrix, x, expectedForward);
        addSparseTransposeProduct(matrix, y, expectedAdjoint);
        expectClose(forward, expectedForward);
        expectClose(adjoint, expectedAdjoint);

        const reference = sparseOperator(matrix);
        for (const norm of ["two", "infinity"] as const) {
          expectClose(rowNorms(op, norm), rowNorms(reference, norm));
          expectClose(columnNorms(op, norm), columnNorms(reference, norm));
        }
        const weights = y.map(Math.abs);
        const diagonal = new Float64Array(op.cols).fill(9);
        const expectedDiagonal = new Float64Array(op.cols);
        normalDiagonal(op, weights, diagonal);
        normalDiagonal(reference, weights, expectedDiagonal);
        expectClose(diagonal, expectedDiagonal);
      }),
      RUNS,
    );
  });

  it("are diagonal in their normal equations when they say so", () => {
    let seen = 0;
    fc.assert(
      fc.property(anyOperator, ([op, next]) => {
        if (normalEquations(op).kind !== "diagonal") return;
        seen++;
        const A = dense(op);
        const w = randomVector(op.rows, next).map(Math.abs);
        for (let j = 0; j < op.cols; j++) {
          for (let k = 0; k < j; k++) {
            let sum = 0;
            for (let i = 0; i < op.rows; i++) sum += A[j * op.rows + i] * w[i] * A[k * op.rows + i];
            expect(sum).toBe(0);
          }
        }
      }),
      { ...RUNS, numRuns: 1500 },
    );
    expect(seen).toBeGreaterThan(50);
  });
});

describe("each kind by its definition", () => {
  it("quadratic forms are xᵀZx, their adjoint svec(Xᵀdiag(v)X), their Gram matrix (XXᵀ)∘(XXᵀ)", () => {
    const next = generator(5);
    for (const [samples, order] of [
      [1, 1],
      [3, 4],
      [4, 3],
      [9, 5],
      [6, 1],
    ]) {
      const X = randomVector(samples * order, next);
      const op = quadraticForm(X, order);
      expect([op.rows, op.cols]).toEqual([samples, svecLength(order)]);
      const Z = new Float64Array(order * order);
      for (let j = 0; j < order; j++)
        for (let i = j; i < order; i++) Z[i * order + j] = Z[j * order + i] = next();
      const z = new Float64Array(op.cols);
      matrixToSvec(Z, order, z, 0);
      const values = new Float64Array(samples);
      applyForward(op, z, values);
      for (let s = 0; s < samples; s++) {
        let expected = 0;
        for (let i = 0; i < order; i++) {
          for (let j = 0; j < order; j++) expected += X[s * order + i] * Z[i * order + j] * X[s * order + j];
        }
        expect(values[s]).toBeCloseTo(expected, 12);
      }
      const v = randomVector(samples, next);
      const sum = new Float64Array(order * order);
      for (let s = 0; s < samples; s++) {
        for (let i = 0; i < order; i++) {
          for (let j = 0; j < order; j++) sum[i * order + j] += v[s] * X[s * order + i] * X[s * order + j];
        }
      }
      const expectedAdjoint = new Float64Array(op.cols);
      matrixToSvec(sum, order, expectedAdjoint, 0);
      const adjoint = new Float64Array(op.cols);
      applyAdjoint(op, v, adjoint);
      expectClose(adjoint, expectedAdjoint);

      const rows = dense(op);
      const gram = quadraticFormGram(op);
      for (let s = 0; s < samples; s++) {
        for (let t = 0; t < samples; t++) {
          let product = 0;
          for (let j = 0; j < op.cols; j++) product += rows[j * samples + s] * rows[j * samples + t];
          expect(gram[t * samples + s]).toBeCloseTo(product, 12);
        }
      }
    }
  });

  it("segmented, selection, identity, scaled and stacks write out as expected", () => {
    const segmented = segmentedOperator(3, Int32Array.of(2, 0, 2), Float64Array.of(2, 3, 4));
    expect([...dense(segmented)]).toEqual([0, 3, 0, 0, 0, 0, 2, 0, 4]);
    const selection = selectionOperator(3, Int32Array.of(2, 0));
    expect([...dense(selection)]).toEqual([0, 1, 0, 0, 1, 0]);
    expect([...dense(scaledOperator(-3, identity(2)))]).toEqual([-3, -0, -0, -3].map((v) => v + 0));
    expect([...dense(verticalStack([identity(1), scaledOperator(5, identity(1))]))]).toEqual([1, 5]);
    expect([...dense(horizontalStack([identity(1), scaledOperator(5, identity(1))]))]).toEqual([1, 5]);
    expect([...dense(diagonalStack([identity(1), scaledOperator(5, identity(1))]))]).toEqual([1, 0, 0, 5]);
    const empty = verticalStack([], 4);
    expect([empty.rows, empty.cols]).toEqual([0, 4]);
  });

  it("state the structure of the quantized-network shape: quadratic forms above the identity", () => {
    const next = generator(8);
    const forms = quadraticForm(randomVector(12, next), 4);
    const A = verticalStack([forms, scaledOperator(-1, identity(10))]);
    const structure = normalEquations(A);
    expect(structure.kind).toBe("diagonalPlusRows");
    if (structure.kind !== "diagonalPlusRows") return;
    expect(structure.rowCount).toBe(3);
    expect(structure.diagonal.map((part) => [part.rowOffset, part.operator.kind])).toEqual([[3, "scaled"]]);
    expect(operatorNonzeros(A)).toBe(12);
    expect(describeOperator(A)).toBe("13×10 vertical stack of [quadratic forms of order 4; -1 · (identity)]");
  });

  it("leave purely sparse operators to the sparse factorisation", () => {
    const full = sparseOperator(sparseFromTriplets(2, 2, [0, 0, 1, 1], [0, 1, 0, 1], [1, 2, 3, 4]));
    const bounds = sparseOperator(sparseFromTriplets(2, 2, [0, 1], [0, 1], [1, -1]));
    expect(normalEquations(full).kind).toBe("none");
    expect(normalEquations(bounds).kind).toBe("diagonal");
    expect(normalEquations(verticalStack([full, bounds])).kind).toBe("none");
    expect(normalEquations(verticalStack([full, identity(2)])).kind).toBe("diagonalPlusRows");
    expect(normalEquations(diagonalStack([identity(2), quadraticForm(Float64Array.of(1, 2), 2)])).kind).toBe(
      "blocks",
    );
  });

  it("refuse to be written out beyond the limit", () => {
    const op = quadraticForm(new Float64Array(100).fill(1), 10);
    expect(toSparse(op, 550).colPtr[55]).toBe(550);
    expect(() => toSparse(op, 549)).toThrow(ProblemError);
    expect(() => toSparse(op, 549)).toThrow(/550 entries.*structured/);
  });
});
