import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { svecIndex, svecLength } from "../../src/problem/svec.ts";

/** Reproducible numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * The Goemans–Williamson relaxation of a maximal cut of a random graph of n vertices: minimize ⟨C, X⟩ with X_ii = 1,
 * X ⪰ 0, as a dual: maximize bᵀy. Written as minimize Σx with Diag(x) + C ⪰ 0.
 */
export function maxCut(n: number, seed = 1): ConicProblem {
  const random = randomNumbers(seed);
  const m = svecLength(n);
  const b = new Float64Array(m);
  for (let j = 0; j < n; j++) {
    for (let i = j + 1; i < n; i++) if (random() < 0.3) b[svecIndex(n, i, j)] = Math.SQRT2 * random();
  }
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < n; i++) {
    rows.push(svecIndex(n, i, i));
    columns.push(i);
    values.push(-1);
  }
  return {
    c: new Float64Array(n).fill(1),
    A: { kind: "sparse", rows: m, cols: n, matrix: sparseFromTriplets(m, n, rows, columns, values) },
    b,
    cones: [{ kind: "psd", order: n }],
    name: `max-cut ${n}`,
  };
}

/** A text in SDPA's sparse format: minimize x₁ + x₂ with [[x₁, 1], [1, x₂]] ⪰ 0; the optimum is 2. */
export const SMALL_SDPA = `2
1
2
1 1
0 1 1 2 -1
1 1 1 1 1
2 1 2 2 1
`;
