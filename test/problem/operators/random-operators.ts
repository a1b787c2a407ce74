import fc from "fast-check";
import type { LinearOperator } from "../../../src/problem/operators/linear-operator.ts";
import { quadraticForm } from "../../../src/problem/operators/quadratic-form.ts";
import { scaledOperator } from "../../../src/problem/operators/scaled.ts";
import { segmentedOperator } from "../../../src/problem/operators/segmented.ts";
import { identity, selectionOperator } from "../../../src/problem/operators/selection.ts";
import { sparseOperator } from "../../../src/problem/operators/sparse.ts";
import { diagonalStack, horizontalStack, verticalStack } from "../../../src/problem/operators/stack.ts";
import { sparseFromTriplets } from "../../../src/problem/sparse-matrix.ts";

/** Deterministic numbers in [−1, 1) (xorshift32). */
export function generator(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

export function randomVector(length: number, next: () => number): Float64Array {
  return Float64Array.from({ length }, next);
}

const triangular = (order: number): number => (order * (order + 1)) / 2;

/** A leaf with exactly these dimensions (rows may be chosen freely). */
export function randomLeaf(rows: number, cols: number, next: () => number): LinearOperator {
  const pick = (bound: number): number => Math.floor(((next() + 1) / 2) * bound);
  const order = Math.round((Math.sqrt(8 * cols + 1) - 1) / 2);
  const choice = pick(4);
  if (choice === 0 && triangular(order) === cols && order > 0) {
    return quadraticForm(randomVector(rows * order, next), order);
  }
  if (choice === 1 && cols > 0) {
    const index = Int32Array.from({ length: rows }, () => pick(cols));
    return next() > 0
      ? segmentedOperator(cols, index, randomVector(rows, next))
      : segmentedOperator(cols, index);
  }
  if (choice === 2 && rows === cols) return identity(cols);
  if (choice === 2 && rows < cols) {
    const shuffled = Array.from({ length: cols }, (_, j) => j);
    for (let j = cols - 1; j > 0; j--) {
      const k = pick(j + 1);
      [shuffled[j], shuffled[k]] = [shuffled[k], shuffled[j]];
    }
    return selectionOperator(cols, Int32Array.from(shuffled.slice(0, rows)));
  }
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      if (next() < 0.2) continue;
      i.push(r);
      j.push(c);
      v.push(next());
    }
  }
  return sparseOperator(sparseFromTriplets(rows, cols, i, j, v));
}

/** A random nesting of these dimensions. */
export function randomOperator(
  rows: number,
  cols: number,
  depth: number,
  next: () => number,
): LinearOperator {
  const pick = (bound: number): number => Math.floor(((next() + 1) / 2) * bound);
  if (depth === 0) return randomLeaf(rows, cols, next);
  const top = pick(rows + 1);
  const left = pick(cols + 1);
  switch (pick(5)) {
    case 0:
      return scaledOperator(2 * next(), randomOperator(rows, cols, depth - 1, next));
    case 1:
      return verticalStack([
        randomOperator(top, cols, depth - 1, next),
        randomOperator(rows - top, cols, depth - 1, next),
      ]);
    case 2:
      return horizontalStack([
        randomOperator(rows, left, depth - 1, next),
        randomOperator(rows, cols - left, depth - 1, next),
      ]);
    case 3:
      return diagonalStack([
        randomOperator(top, left, depth - 1, next),
        randomOperator(rows - top, cols - left, depth - 1, next),
      ]);
    default:
      return randomLeaf(rows, cols, next);
  }
}

/** Operators of every kind, nested up to three deep, with the generator to draw vectors from. */
export const anyOperator: fc.Arbitrary<readonly [LinearOperator, () => number]> = fc
  .tuple(
    fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    fc.integer({ min: 0, max: 11 }),
    fc.constantFrom(0, 1, 3, 5, 6, 8, 10, 15),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([seed, rows, cols, depth]) => {
    const next = generator(seed);
    return [randomOperator(rows, cols, depth, next), next] as const;
  });
