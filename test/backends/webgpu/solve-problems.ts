import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../../src/problem/sparse-matrix.ts";
import { matrixToSvec, svecLength } from "../../../src/problem/svec.ts";
import {
  conesOf,
  denseOperator,
  feasibleProblem,
  infeasibleProblem,
  seeded,
  unboundedProblem,
} from "../../solver/random-problems.ts";

// Problems with known optima. No test framework and no node: imports: browsers solve them, too.

/** max t with L − shift·I − tI ⪰ 0, L the Laplacian of a path of n nodes (λ_min = 0), as min −t: optimum t = −shift. */
export function smallestEigenvalue(n: number, shift: number): ConicProblem {
  const C = new Float64Array(n * n);
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    C[i * n + i] = (i === 0 || i === n - 1 ? 1 : 2) - shift;
    if (i > 0) C[i * n + i - 1] = C[(i - 1) * n + i] = -1;
    identity[i * n + i] = 1;
  }
  const b = new Float64Array(svecLength(n));
  const column = new Float64Array(b.length);
  matrixToSvec(C, n, b, 0);
  matrixToSvec(identity, n, column, 0);
  const A = denseOperator(b.length, 1, (i) => column[i]);
  return { c: Float64Array.of(-1), A, b, cones: [{ kind: "psd", order: n }] };
}

/**
 * Lovász's theta of the n-cycle, max ⟨J, X⟩, tr X = 1, X_ij = 0 on edges, X ⪰ 0, in the variables svec(X): for odd n the
 * optimum is n·cos(π/n)/(1 + cos(π/n)), and the objective its negative.
 */
export function thetaOfCycle(n: number): ConicProblem {
  const length = svecLength(n);
  const c = new Float64Array(length);
  matrixToSvec(new Float64Array(n * n).fill(-1), n, c, 0);
  const entry = (i: number, j: number): Float64Array => {
    const E = new Float64Array(n * n);
    E[j * n + i] = E[i * n + j] = 1;
    const svec = new Float64Array(length);
    matrixToSvec(E, n, svec, 0);
    return svec;
  };
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  const append = (row: number, vector: Float64Array, sign: number): void => {
    vector.forEach((value, k) => {
      if (value === 0) return;
      rows.push(row);
      columns.push(k);
      values.push(sign * value);
    });
  };
  for (let i = 0; i < n; i++) {
    append(0, entry(i, i), 1);
    append(1 + i, entry(i, (i + 1) % n), 1);
  }
  for (let k = 0; k < length; k++) append(1 + n + k, Float64Array.from({ length }, (_, l) => (k === l ? 1 : 0)), -1);
  const m = 1 + n + length;
  const b = new Float64Array(m);
  b[0] = 1;
  const matrix = sparseFromTriplets(m, length, rows, columns, values);
  return {
    c,
    A: { kind: "sparse", rows: m, cols: length, matrix },
    b,
    cones: [{ kind: "zero", dim: 1 + n }, { kind: "psd", order: n }],
  };
}

/** By name, for pages that are driven from outside. */
export const solveProblems = {
  theta7: () => thetaOfCycle(7),
  eigenvalue: () => smallestEigenvalue(6, 0.75),
  socp: () => feasibleProblem(conesOf("socp", seeded(31)), 3, seeded(32)),
  equalities: () =>
    feasibleProblem(
      [{ kind: "zero", dim: 2 }, { kind: "nonnegative", dim: 3 }, { kind: "psd", order: 4 }],
      5,
      seeded(33),
    ),
  infeasible: () => infeasibleProblem(conesOf("sdp", seeded(34)), 2, seeded(35)),
  unbounded: () => unboundedProblem(conesOf("lp", seeded(36)), 3, seeded(37)),
} as const satisfies Readonly<Record<string, () => ConicProblem>>;

export type SolveName = keyof typeof solveProblems;
