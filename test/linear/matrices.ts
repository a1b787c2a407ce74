import { Matrix, solve as solveDense } from "ml-matrix";
import type { SymmetricPattern } from "../../src/linear/amd.ts";

/** Upper triangle in compressed columns with values and the expected pivot signs. */
export interface SymmetricMatrix extends SymmetricPattern {
  readonly values: Float64Array;
  readonly signs: Int8Array;
}

/** Deterministic uniform numbers in (0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), 0x2c1b3c6d);
    z = Math.imul(z ^ (z >>> 12), 0x297a2d39);
    return ((z ^ (z >>> 15)) >>> 0) / 4294967296 + 1e-12;
  };
}

/** From the entries of the upper triangle (row ≤ column, each once); the whole diagonal must be there. */
export function symmetricFromEntries(
  n: number,
  entries: readonly (readonly [row: number, column: number, value: number])[],
  signs: Int8Array,
): SymmetricMatrix {
  const sorted = [...entries].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  const colPtr = new Int32Array(n + 1);
  for (const [, j] of sorted) colPtr[j + 1]++;
  for (let j = 0; j < n; j++) colPtr[j + 1] += colPtr[j];
  return {
    n,
    colPtr,
    rowIdx: Int32Array.from(sorted, ([i]) => i),
    values: Float64Array.from(sorted, ([, , v]) => v),
    signs,
  };
}

/**
 * Random quasi-definite matrix: +, − blocks interleaved at random, about `density` of the off-diagonal entries,
 * each row of `denseRows` full. Diagonal dominance inside the blocks of equal sign makes it quasi-definite.
 */
export function randomQuasiDefinite(
  n: number,
  density: number,
  denseRows: readonly number[],
  seed: number,
): SymmetricMatrix {
  const random = randomNumbers(seed);
  const signs = Int8Array.from({ length: n }, () => (random() < 0.6 ? 1 : -1));
  const entries: [number, number, number][] = [];
  const sums = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < j; i++) {
      if (!(random() < density || denseRows.includes(i) || denseRows.includes(j))) continue;
      const value = 2 * random() - 1;
      entries.push([i, j, value]);
      if (signs[i] === signs[j]) {
        sums[i] += Math.abs(value);
        sums[j] += Math.abs(value);
      }
    }
  }
  for (let j = 0; j < n; j++) entries.push([j, j, signs[j] * (sums[j] + 0.1 + random())]);
  return symmetricFromEntries(n, entries, signs);
}

/** Five-point Laplacian on a k×k grid plus 0.1·I. */
export function gridLaplacian(k: number): SymmetricMatrix {
  const entries: [number, number, number][] = [];
  for (let r = 0; r < k; r++) {
    for (let c = 0; c < k; c++) {
      const j = r * k + c;
      entries.push([j, j, 4.1]);
      if (c > 0) entries.push([j - 1, j, -1]);
      if (r > 0) entries.push([j - k, j, -1]);
    }
  }
  return symmetricFromEntries(k * k, entries, new Int8Array(k * k).fill(1));
}

export function toDense({ n, colPtr, rowIdx, values }: SymmetricMatrix): Matrix {
  const dense = Matrix.zeros(n, n);
  for (let j = 0; j < n; j++) {
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      dense.set(rowIdx[p], j, values[p]);
      dense.set(j, rowIdx[p], values[p]);
    }
  }
  return dense;
}

/** K⁻¹b by ml-matrix. */
export function denseSolution(matrix: SymmetricMatrix, b: Float64Array): Float64Array {
  if (matrix.n === 0) return new Float64Array(0);
  return Float64Array.from(solveDense(toDense(matrix), Matrix.columnVector(Array.from(b))).to1DArray());
}

/** ‖Kx − b‖_∞ / (‖K‖_max‖x‖_∞ + ‖b‖_∞). */
export function relativeResidual(matrix: SymmetricMatrix, x: Float64Array, b: Float64Array): number {
  const { n, colPtr, rowIdx, values } = matrix;
  const r = b.map((v) => -v);
  let size = 0;
  for (let j = 0; j < n; j++) {
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      const i = rowIdx[p];
      size = Math.max(size, Math.abs(values[p]));
      r[i] += values[p] * x[j];
      if (i !== j) r[j] += values[p] * x[i];
    }
  }
  return maxAbs(r) / (size * maxAbs(x) + maxAbs(b) || 1);
}

export function maxAbs(x: Float64Array): number {
  return x.reduce((most, v) => (Math.abs(v) <= most ? most : Math.abs(v)), 0);
}

export function randomVector(n: number, seed: number): Float64Array {
  const random = randomNumbers(seed);
  return Float64Array.from({ length: n }, () => 2 * random() - 1);
}
