import type { Embedding } from "../backends/backend.ts";
import { coneDim } from "../problem/cones.ts";
import type { Cone } from "../problem/cones.ts";
import type { ConicProblem } from "../problem/conic-problem.ts";
import { clampNorm } from "../problem/equilibrated-problem.ts";
import type { DataScaling, EquilibratedProblem } from "../problem/equilibrated-problem.ts";
import { normalEquations, operatorEntries, rowNorms, toSparse } from "../problem/operators/apply.ts";
import type { LinearOperator } from "../problem/operators/linear-operator.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";

const RUIZ_PASSES = 25;
/** A bound this large is no bound. */
const INFINITE_BOUND = 1e15;

/** Entries up to which an operator without normal equations of its own is written out as a sparse matrix. */
const MAX_ENTRIES = 2 ** 25;

export interface EquilibrationOptions {
  /** False: D = I, E = I and b, c as they are. */
  readonly equilibrate: boolean;
  /** Default: `common` for the homogeneous embedding, `separate` for the frozen one. */
  readonly dataScaling?: DataScaling;
  readonly embedding: Embedding;
}

/**
 * Ruiz equilibration of [[P, Aᵀ], [A, 0]]: 25 passes in the ∞-norm and one in the 2-norm, row factors equal
 * inside every cone that is not a product of half-lines (O'Donoghue, 2021, §5.2). An operator that knows its
 * own normal equations keeps its structure: D from the 2-norms of its rows, E = I.
 */
export function equilibrateProblem(
  problem: ConicProblem,
  options: EquilibrationOptions,
): EquilibratedProblem {
  const m = problem.b.length;
  const n = problem.c.length;
  const rowScale = new Float64Array(m).fill(1);
  const colScale = new Float64Array(n).fill(1);
  const P = upperTriangle(problem.P);
  const shared = { original: problem, rowScale, colScale, dataScaling: chooseDataScaling(options, P) };
  const blocks = scalingBlocks(problem.cones);
  const sparse = explicitMatrix(problem.A);
  if (!sparse) {
    if (options.equilibrate) {
      rowScale.set(rowNorms(problem.A));
      averageBlocks(rowScale, blocks);
      for (let i = 0; i < m; i++) rowScale[i] = 1 / clampNorm(rowScale[i]);
    }
    const cones = scaleBoxes(problem.cones, rowScale);
    return { ...shared, ...(P && { P }), cones, A: problem.A, scaledOperator: false };
  }
  const matrix: SparseMatrix = { ...sparse, values: sparse.values.slice() };
  if (options.equilibrate) {
    const row = new Float64Array(m);
    const col = new Float64Array(n);
    for (let pass = 0; pass <= RUIZ_PASSES; pass++) {
      if (pass < RUIZ_PASSES) maxNorms(matrix, P, blocks, row, col);
      else twoNorms(matrix, P, blocks, row, col);
      toFactors(row);
      toFactors(col);
      scaleMatrix(matrix, row, col);
      if (P) scaleMatrix(P, col, col);
      for (let i = 0; i < m; i++) rowScale[i] *= row[i];
      for (let j = 0; j < n; j++) colScale[j] *= col[j];
    }
  }
  return {
    ...shared,
    ...(P && { P }),
    cones: scaleBoxes(problem.cones, rowScale),
    A: { kind: "sparse", rows: m, cols: n, matrix },
    scaledOperator: true,
  };
}

/**
 * P ties the scales of primal and dual together: σ_p = σ_d keeps P̂ and its factorisation when b and c
 * change.
 */
function chooseDataScaling(options: EquilibrationOptions, P: SparseMatrix | undefined): DataScaling {
  if (!options.equilibrate) return "none";
  const wanted = options.dataScaling ?? (options.embedding === "homogeneous" ? "common" : "separate");
  return wanted === "separate" && P !== undefined ? "common" : wanted;
}

function explicitMatrix(A: LinearOperator): SparseMatrix | undefined {
  if (A.kind === "sparse") return A.matrix;
  return normalEquations(A).kind === "none" && operatorEntries(A) <= MAX_ENTRIES ? toSparse(A) : undefined;
}

/** [first row, rows, …] of the cones whose rows must share one factor. */
function scalingBlocks(cones: readonly Cone[]): Int32Array {
  const blocks: number[] = [];
  let first = 0;
  for (const cone of cones) {
    const rows = coneDim(cone);
    if (cone.kind !== "zero" && cone.kind !== "nonnegative" && cone.kind !== "box") blocks.push(first, rows);
    first += rows;
  }
  return Int32Array.from(blocks);
}

function maxNorms(
  A: SparseMatrix,
  P: SparseMatrix | undefined,
  blocks: Int32Array,
  row: Float64Array,
  col: Float64Array,
): void {
  row.fill(0);
  col.fill(0);
  for (let j = 0; j < A.cols; j++) {
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
      const size = Math.abs(A.values[k]);
      const i = A.rowIdx[k];
      if (size > row[i]) row[i] = size;
      if (size > col[j]) col[j] = size;
    }
  }
  if (P) {
    for (let j = 0; j < P.cols; j++) {
      for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++) {
        const size = Math.abs(P.values[k]);
        const i = P.rowIdx[k];
        if (size > col[j]) col[j] = size;
        if (size > col[i]) col[i] = size;
      }
    }
  }
  for (let k = 0; k < blocks.length; k += 2) {
    const end = blocks[k] + blocks[k + 1];
    let largest = 0;
    for (let i = blocks[k]; i < end; i++) largest = Math.max(largest, row[i]);
    row.fill(largest, blocks[k], end);
  }
}

function twoNorms(
  A: SparseMatrix,
  P: SparseMatrix | undefined,
  blocks: Int32Array,
  row: Float64Array,
  col: Float64Array,
): void {
  row.fill(0);
  col.fill(0);
  for (let j = 0; j < A.cols; j++) {
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
      const square = A.values[k] * A.values[k];
      row[A.rowIdx[k]] += square;
      col[j] += square;
    }
  }
  if (P) {
    for (let j = 0; j < P.cols; j++) {
      for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++) {
        const square = P.values[k] * P.values[k];
        col[j] += square;
        if (P.rowIdx[k] !== j) col[P.rowIdx[k]] += square;
      }
    }
  }
  for (let i = 0; i < row.length; i++) row[i] = Math.sqrt(row[i]);
  for (let j = 0; j < col.length; j++) col[j] = Math.sqrt(col[j]);
  averageBlocks(row, blocks);
}

function averageBlocks(row: Float64Array, blocks: Int32Array): void {
  for (let k = 0; k < blocks.length; k += 2) {
    const end = blocks[k] + blocks[k + 1];
    let sum = 0;
    for (let i = blocks[k]; i < end; i++) sum += row[i];
    row.fill(sum / blocks[k + 1], blocks[k], end);
  }
}

/** Norms to the factors 1/√norm. */
function toFactors(norms: Float64Array): void {
  for (let i = 0; i < norms.length; i++) norms[i] = 1 / Math.sqrt(clampNorm(norms[i]));
}

function scaleMatrix(M: SparseMatrix, row: Float64Array, col: Float64Array): void {
  for (let j = 0; j < M.cols; j++) {
    for (let k = M.colPtr[j]; k < M.colPtr[j + 1]; k++) M.values[k] *= row[M.rowIdx[k]] * col[j];
  }
}

/** t·l ≤ x ≤ t·u becomes t̂·(D_x/D_t)·l ≤ x̂ ≤ t̂·(D_x/D_t)·u. */
function scaleBoxes(cones: readonly Cone[], rowScale: Float64Array): readonly Cone[] {
  let first = 0;
  return cones.map((cone) => {
    const t = first;
    first += coneDim(cone);
    if (cone.kind !== "box") return cone;
    const scaleBound = (bound: number, j: number): number =>
      Math.abs(bound) >= INFINITE_BOUND
        ? Math.sign(bound) * Infinity
        : (bound * rowScale[t + 1 + j]) / rowScale[t];
    return { kind: "box", lower: cone.lower.map(scaleBound), upper: cone.upper.map(scaleBound) };
  });
}

/** A copy of P's upper triangle, or undefined when nothing is in it. */
function upperTriangle(P: SparseMatrix | undefined): SparseMatrix | undefined {
  if (!P) return undefined;
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let col = 0; col < P.cols; col++) {
    for (let k = P.colPtr[col]; k < P.colPtr[col + 1]; k++) {
      if (P.rowIdx[k] > col || P.values[k] === 0) continue;
      i.push(P.rowIdx[k]);
      j.push(col);
      v.push(P.values[k]);
    }
  }
  return v.length === 0 ? undefined : sparseFromTriplets(P.rows, P.cols, i, j, v);
}
