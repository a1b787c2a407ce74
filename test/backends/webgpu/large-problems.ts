import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../../src/problem/sparse-matrix.ts";
import { svecIndex, svecLength } from "../../../src/problem/svec.ts";
import { gaussian, seeded } from "../../solver/random-problems.ts";

/** s = b − Ax and c = −Aᵀy for s = y = I in every block and a random x: strictly feasible on both sides. */
function withInterior(
  orders: readonly number[],
  n: number,
  triplets: { readonly row: number[]; readonly column: number[]; readonly value: number[] },
): ConicProblem {
  const random = seeded(71);
  const { row, column, value } = triplets;
  const m = orders.reduce((sum, order) => sum + svecLength(order), 0);
  const identity = new Float64Array(m);
  let offset = 0;
  for (const order of orders) {
    for (let i = 0; i < order; i++) identity[offset + svecIndex(order, i, i)] = 1;
    offset += svecLength(order);
  }
  const x = Float64Array.from({ length: n }, () => 0.3 * gaussian(random));
  const b = identity.slice();
  const c = new Float64Array(n);
  row.forEach((i, k) => {
    b[i] += value[k] * x[column[k]];
    c[column[k]] -= value[k] * identity[i];
  });
  const matrix = sparseFromTriplets(m, n, row, column, value);
  const cones = orders.map((order) => ({ kind: "psd", order }) as const);
  return { c, A: { kind: "sparse", rows: m, cols: n, matrix }, b, cones };
}

/** Moment-like: every entry of every block is one of the moments, neighbours share most of theirs. */
export function manyBlocks(blocks: number, order: number): ConicProblem {
  const length = svecLength(order);
  const shift = Math.ceil(length / 3);
  const row: number[] = [];
  const column: number[] = [];
  const value: number[] = [];
  for (let block = 0; block < blocks; block++) {
    for (let k = 0; k < length; k++) {
      row.push(block * length + k);
      column.push(block * shift + k);
      value.push(-1);
    }
  }
  return withInterior(Array<number>(blocks).fill(order), (blocks - 1) * shift + length, { row, column, value });
}

/** Like a layered network: unknowns tie a few entries of two large blocks. */
export function twoBlocks(order: number, unknowns: number): ConicProblem {
  const random = seeded(72);
  const length = svecLength(order);
  const row: number[] = [];
  const column: number[] = [];
  const value: number[] = [];
  for (let j = 0; j < unknowns; j++) {
    const seen = new Set<number>();
    for (let k = 0; k < 6; k++) {
      const i = Math.floor(2 * length * random());
      if (seen.has(i)) continue;
      seen.add(i);
      row.push(i);
      column.push(j);
      value.push(gaussian(random));
    }
    row.push((j % 2) * length + svecIndex(order, j % order, j % order));
    column.push(j);
    value.push(1);
  }
  return withInterior([order, order], unknowns, { row, column, value });
}
