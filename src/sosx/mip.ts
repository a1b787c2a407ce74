import { ApartSolver } from "../lp/apart/apart-solver.ts";
import type { LinearProgram } from "../lp/highs.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import { UnsupportedError } from "../errors.ts";
import { lpLayout, nodeProgram, readPoint } from "./lp-form.ts";
import type { TrainingProblem } from "./training-problem.ts";

/** What HiGHS made of the formulation with binaries. */
export interface MipResult {
  readonly status: "optimal" | "limit" | "failed";
  /** Loss that HiGHS reports; NaN without a solution. */
  readonly objective: number;
  readonly bound: number;
  /** (w₁, b₁) of the solution. */
  readonly hidden?: Float64Array;
  readonly outputBias?: Float64Array;
  readonly seconds: number;
}

/**
 * Formulation (6) of Köksal, Aydın and Türkay, its λ and z linked as they must be: λ_0 ≤ z_0, λ_m ≤ z_{m−1} + z_m,
 * λ_P ≤ z_{P−1}, Σz = 1, z binary.
 */
function mixedIntegerProgram(problem: TrainingProblem): LinearProgram {
  const { samples: N, neurons: M, pwl } = problem;
  const program = nodeProgram(problem);
  const layout = lpLayout(problem);
  const K = pwl.breakpoints.length;
  const P = K - 1;
  const { matrix } = program;
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  for (let j = 0; j < matrix.cols; j++) {
    for (let k = matrix.colPtr[j]; k < matrix.colPtr[j + 1]; k++) {
      rows.push(matrix.rowIdx[k]);
      columns.push(j);
      values.push(matrix.values[k]);
    }
  }
  const rowLower = Array.from(program.rowLower);
  const rowUpper = Array.from(program.rowUpper);
  for (let ij = 0; ij < N * M; ij++) {
    const z = layout.columns + ij * P;
    for (let m = 0; m < K; m++) {
      const row = rowLower.length;
      rows.push(row);
      columns.push(layout.lambda + ij * K + m);
      values.push(1);
      for (const piece of [m - 1, m]) {
        if (piece < 0 || piece >= P) continue;
        rows.push(row);
        columns.push(z + piece);
        values.push(-1);
      }
      rowLower.push(-Infinity);
      rowUpper.push(0);
    }
    for (let m = 0; m < P; m++) {
      rows.push(rowLower.length);
      columns.push(z + m);
      values.push(1);
    }
    rowLower.push(1);
    rowUpper.push(1);
  }
  const total = layout.columns + N * M * P;
  const extended = (given: Float64Array, rest: number): Float64Array => {
    const whole = new Float64Array(total).fill(rest);
    whole.set(given);
    return whole;
  };
  return {
    cost: extended(program.cost, 0),
    matrix: sparseFromTriplets(rowLower.length, total, rows, columns, values),
    rowLower: Float64Array.from(rowLower),
    rowUpper: Float64Array.from(rowUpper),
    lower: extended(program.lower, 0),
    upper: extended(program.upper, 1),
    integer: new Int32Array(total).fill(1, layout.columns),
  };
}

/**
 * The training problem with binaries by HiGHS.
 * @throws UnsupportedError for the quadratic loss, or when the optional package `highs` is not installed
 */
export async function trainByMip(
  problem: TrainingProblem,
  limits: { readonly seconds?: number; readonly gap?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<MipResult> {
  if (problem.loss === "mse") {
    throw new UnsupportedError('HiGHS has no mixed-integer quadratic solver: use the loss "mae" for the MIP', {
      field: "loss",
    });
  }
  const start = performance.now();
  const { gap = 1e-4 } = limits;
  const highs = new ApartSolver();
  try {
    const options = { mip_rel_gap: gap, mip_abs_gap: 1e-9 };
    const answer = await highs.solve(mixedIntegerProgram(problem), { seconds: limits.seconds }, options, limits.signal);
    const seconds = (performance.now() - start) / 1000;
    const status = answer.status === "optimal" ? "optimal" : answer.status === "limit" ? "limit" : "failed";
    const common = { status, objective: answer.objective, bound: answer.mipBound ?? -Infinity, seconds } as const;
    if (answer.x === undefined) return { ...common, objective: NaN };
    const { hidden, outputBias } = readPoint(problem, answer.x);
    return { ...common, hidden, outputBias };
  } finally {
    highs.dispose();
  }
}
