import type { LinearProgram } from "../lp/highs.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import type { Multipliers, PieceRanges } from "./node-relaxation.ts";
import type { RelaxationData } from "./training-problem.ts";

/** Where the variables and rows of the node's program lie. */
export interface LpLayout {
  /** (w₁, b₁): M(d+1) columns from 0. */
  readonly outputBias: number;
  /** λ_ijk at lambda + (i·M + j)(P + 1) + k. */
  readonly lambda: number;
  /** Residuals: r⁺ then r⁻ (mae), or r (mse), N·C each. */
  readonly residual: number;
  readonly columns: number;
  /** Rows: Σ_k p_k λ_ijk − (u_i,1)ᵀ(w₁,b₁)ⱼ = 0 at i·M + j, Σ_k λ_ijk = 1 from NM, residuals from 2NM. */
  readonly rows: number;
}

export function lpLayout({ samples: N, neurons: M, outputs: C, features, pwl, loss }: RelaxationData): LpLayout {
  const outputBias = M * (features + 1);
  const lambda = outputBias + C;
  const residual = lambda + N * M * pwl.breakpoints.length;
  const columns = residual + N * C * (loss === "mae" ? 2 : 1);
  return { outputBias, lambda, residual, columns, rows: 2 * N * M + N * C };
}

/**
 * The node relaxation with one matrix for all nodes: (x_ij, g_ij) = Σ_k λ_ijk (p_k, f_k), Σ_k λ_ijk = 1, λ ≥ 0, and a
 * node sets λ_ijk = 0 outside lo…hi ({@link lambdaBounds}). That is the hull of the graph over the node's pieces, with
 * two rows per (i, j); x and g themselves are written out.
 */
export function nodeProgram(problem: RelaxationData): LinearProgram {
  const { samples: N, neurons: M, outputs: C, features, design, targets, outputWeights, pwl, bounds, loss } = problem;
  const { breakpoints: p, values: f } = pwl;
  const K = p.length;
  const width = features + 1;
  const layout = lpLayout(problem);
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  const put = (row: number, column: number, value: number): void => {
    if (value === 0) return;
    rows.push(row);
    columns.push(column);
    values.push(value);
  };
  const right = new Float64Array(layout.rows);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < M; j++) {
      const ij = i * M + j;
      for (let k = 0; k < width; k++) put(ij, j * width + k, -design[i * width + k]);
      for (let k = 0; k < K; k++) {
        const column = layout.lambda + ij * K + k;
        put(ij, column, p[k]);
        put(N * M + ij, column, 1);
        for (let c = 0; c < C; c++) put(2 * N * M + i * C + c, column, outputWeights[c * M + j] * f[k]);
      }
      right[N * M + ij] = 1;
    }
    for (let c = 0; c < C; c++) {
      const ic = i * C + c;
      const row = 2 * N * M + ic;
      put(row, layout.outputBias + c, 1);
      put(row, layout.residual + ic, -1);
      if (loss === "mae") put(row, layout.residual + N * C + ic, 1);
      right[row] = targets[ic];
    }
  }
  const lower = new Float64Array(layout.columns);
  const upper = new Float64Array(layout.columns);
  for (let j = 0; j < M; j++) {
    lower.fill(bounds.weight[0], j * width, j * width + features);
    upper.fill(bounds.weight[1], j * width, j * width + features);
    [lower[j * width + features], upper[j * width + features]] = bounds.bias;
  }
  lower.fill(bounds.outputBias[0], layout.outputBias, layout.lambda);
  upper.fill(bounds.outputBias[1], layout.outputBias, layout.lambda);
  upper.fill(1, layout.lambda, layout.residual);
  upper.fill(Infinity, layout.residual);
  if (loss === "mse") lower.fill(-Infinity, layout.residual);
  const cost = new Float64Array(layout.columns);
  if (loss === "mae") cost.fill(1 / (N * C), layout.residual);
  const matrix = sparseFromTriplets(layout.rows, layout.columns, rows, columns, values);
  const program = { cost, matrix, rowLower: right, rowUpper: right, lower, upper };
  if (loss === "mae") return program;
  const quadratic = new Float64Array(layout.columns);
  quadratic.fill(2 / (N * C), layout.residual);
  return { ...program, quadratic };
}

/** Upper bounds of the λ of a node, N·M·(P+1): 1 from lo to hi, else 0. */
export function lambdaBounds(problem: RelaxationData, ranges: PieceRanges): Float64Array {
  const K = problem.pwl.breakpoints.length;
  const upper = new Float64Array(ranges.lo.length * K);
  for (let ij = 0; ij < ranges.lo.length; ij++) upper.fill(1, ij * K + ranges.lo[ij], ij * K + ranges.hi[ij] + 1);
  return upper;
}

/** π and μ from row duals y (reduced costs cost − Aᵀy). */
export function multipliersFromRows(problem: RelaxationData, y: Float64Array): Multipliers {
  const count = problem.samples * problem.neurons;
  // Row ij reads x − (u,1)ᵀw = 0, the residual row W₂g + b₂ − r = y: the signs of their multipliers turn.
  return { link: y.slice(0, count), residual: y.slice(2 * count, 2 * count + problem.samples * problem.outputs).map((v) => -v) };
}

/** Points of a program's solution: parameters and g = Σ_k λ_k f_k (N×M). */
export function readPoint(
  problem: RelaxationData,
  x: Float64Array,
): { readonly hidden: Float64Array; readonly outputBias: Float64Array; readonly g: Float64Array } {
  const { values: f } = problem.pwl;
  const layout = lpLayout(problem);
  const g = new Float64Array(problem.samples * problem.neurons);
  for (let ij = 0; ij < g.length; ij++) {
    let sum = 0;
    for (let k = 0; k < f.length; k++) sum += f[k] * x[layout.lambda + ij * f.length + k];
    g[ij] = sum;
  }
  return { hidden: x.slice(0, layout.outputBias), outputBias: x.slice(layout.outputBias, layout.lambda), g };
}
