import type { DenseKernels } from "./dense-kernels.ts";
import { applyAdjoint, applyForward, describeOperator, normalEquations } from "../problem/operators/apply.ts";
import type { LinearOperator } from "../problem/operators/linear-operator.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { requireFinite } from "./finite.ts";
import type { KktSolver } from "./kkt-solver.ts";
import { DiagonalPiece } from "./structured-diagonal.ts";
import type { StructuredPiece } from "./structured-piece.ts";
import { MAX_DENSE_COPY, NormalPiece, WoodburyPiece } from "./structured-rows.ts";

/** Relative residual above which a solution is corrected, and the corrections allowed. */
const REFINE_ABOVE = 1e-12;
const REFINEMENTS = 3;

/**
 * The solver of an operator that knows its own normal equations (see {@link normalEquations}), or undefined
 * when it does not, or when P (upper triangle) is not diagonal. A is never written out as a sparse matrix; at
 * most `maxDenseCopy` of its entries are held in a dense copy while the system is formed (default 2²³, 64
 * MB).
 */
export function structuredKktSolver(
  P: SparseMatrix | undefined,
  A: LinearOperator,
  kernels: DenseKernels,
  maxDenseCopy = MAX_DENSE_COPY,
): StructuredKktSolver | undefined {
  const quadratic = diagonalOf(P, A.cols);
  if (quadratic === undefined) return undefined;
  const piece = pieceFor(A, kernels, maxDenseCopy);
  return piece && new StructuredKktSolver(quadratic, A, piece);
}

/** diag(P), or undefined when P has entries elsewhere. */
function diagonalOf(P: SparseMatrix | undefined, n: number): Float64Array | undefined {
  const diagonal = new Float64Array(n);
  if (P === undefined) return diagonal;
  for (let j = 0; j < n; j++) {
    for (let k = P.colPtr[j]; k < P.colPtr[j + 1]; k++) {
      if (P.rowIdx[k] === j) diagonal[j] = P.values[k];
      else if (P.values[k] !== 0) return undefined;
    }
  }
  return diagonal;
}

function pieceFor(
  A: LinearOperator,
  kernels: DenseKernels,
  maxDenseCopy: number,
): StructuredPiece | undefined {
  const structure = normalEquations(A);
  switch (structure.kind) {
    case "none":
      return undefined;
    case "diagonal":
      return new DiagonalPiece(A);
    case "diagonalPlusRows":
      return structure.rowCount <= A.cols
        ? new WoodburyPiece(A, structure.diagonal, structure.rows, kernels, maxDenseCopy)
        : new NormalPiece(A, structure.diagonal, structure.rows, kernels, maxDenseCopy);
    case "blocks": {
      const placed: PlacedPiece[] = [];
      for (const { operator, rowOffset, colOffset } of structure.blocks) {
        const piece = pieceFor(operator, kernels, maxDenseCopy);
        if (piece === undefined) return undefined;
        placed.push({ piece, rows: operator.rows, cols: operator.cols, rowOffset, colOffset });
      }
      return new BlockPieces(placed);
    }
  }
}

interface PlacedPiece {
  readonly piece: StructuredPiece;
  readonly rows: number;
  readonly cols: number;
  readonly rowOffset: number;
  readonly colOffset: number;
}

/** Parts that share no row and no column. */
class BlockPieces implements StructuredPiece {
  readonly exact: boolean;
  readonly description: string;
  private readonly blocks: readonly PlacedPiece[];

  constructor(blocks: readonly PlacedPiece[]) {
    this.blocks = blocks;
    this.exact = blocks.every(({ piece }) => piece.exact);
    this.description = `blocks [${blocks.map(({ piece }) => piece.description).join("; ")}]`;
  }

  update(D: Float64Array, ry: Float64Array): void {
    for (const { piece, rows, cols, rowOffset, colOffset } of this.blocks) {
      piece.update(D.subarray(colOffset, colOffset + cols), ry.subarray(rowOffset, rowOffset + rows));
    }
  }

  solve(a: Float64Array, b: Float64Array): void {
    for (const { piece, rows, cols, rowOffset, colOffset } of this.blocks) {
      piece.solve(a.subarray(colOffset, colOffset + cols), b.subarray(rowOffset, rowOffset + rows));
    }
  }
}

/** Solves the KKT system of an operator by its own structure; see {@link structuredKktSolver}. */
export class StructuredKktSolver implements KktSolver {
  readonly method = "structured";
  readonly description: string;
  private readonly quadratic: Float64Array;
  private readonly A: LinearOperator;
  private readonly piece: StructuredPiece;
  private readonly D: Float64Array;
  private readonly ry: Float64Array;
  private readonly residual: Float64Array;
  private readonly solution: Float64Array;

  /** `quadratic`: the diagonal of P. */
  constructor(quadratic: Float64Array, A: LinearOperator, piece: StructuredPiece) {
    this.quadratic = quadratic;
    this.A = A;
    this.piece = piece;
    this.D = new Float64Array(A.cols);
    this.ry = new Float64Array(A.rows);
    this.residual = new Float64Array(A.cols + A.rows);
    this.solution = new Float64Array(A.cols + A.rows);
    this.description = `${piece.description} for ${describeOperator(A)}`;
  }

  update(rx: Float64Array, ry: Float64Array): void {
    requireFinite(rx, "rx");
    requireFinite(ry, "ry");
    for (let j = 0; j < this.D.length; j++) this.D[j] = rx[j] + this.quadratic[j];
    this.ry.set(ry);
    this.piece.update(this.D, this.ry);
  }

  solve(rhs: Float64Array): number {
    const { residual, solution, piece } = this;
    if (piece.exact) {
      this.solvePiece(rhs);
      return 1;
    }
    solution.set(rhs);
    this.solvePiece(solution);
    const size = largestMagnitude(rhs);
    let last = Infinity;
    for (let pass = 1; pass <= REFINEMENTS; pass++) {
      this.residualOf(rhs);
      const error = largestMagnitude(residual);
      if (!(error > REFINE_ABOVE * size) || !(error < 0.5 * last)) break;
      last = error;
      this.solvePiece(residual);
      for (let i = 0; i < solution.length; i++) solution[i] += residual[i];
    }
    rhs.set(solution);
    return 1;
  }

  private solvePiece(v: Float64Array): void {
    const n = this.D.length;
    this.piece.solve(v.subarray(0, n), v.subarray(n));
  }

  /** residual ← rhs − K·solution. */
  private residualOf(rhs: Float64Array): void {
    const { residual, solution, A, D, ry } = this;
    const n = D.length;
    for (let j = 0; j < n; j++) residual[j] = rhs[j] - D[j] * solution[j];
    for (let i = 0; i < ry.length; i++) residual[n + i] = rhs[n + i] + ry[i] * solution[n + i];
    applyAdjoint(A, solution.subarray(n), residual.subarray(0, n), -1);
    applyForward(A, solution.subarray(0, n), residual.subarray(n), -1);
  }
}

function largestMagnitude(v: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < v.length; i++) largest = Math.max(largest, Math.abs(v[i]));
  return largest;
}
