import type { SparseMatrix } from "../sparse-matrix.ts";
import { addSparseProduct, addSparseTransposeProduct } from "../sparse-matrix.ts";
import type { SparseOperator } from "./linear-operator.ts";
import type { OperatorMethods } from "./operator-methods.ts";
import { fold } from "./operator-methods.ts";

/** The operator of an explicit matrix. */
export function sparseOperator(matrix: SparseMatrix): SparseOperator {
  return { kind: "sparse", rows: matrix.rows, cols: matrix.cols, matrix };
}

/** At most one nonzero in each row? Then AᵀWA is diagonal. */
function oneEntryPerRow(matrix: SparseMatrix): boolean {
  const count = matrix.colPtr[matrix.cols];
  if (count > matrix.rows) return false;
  const seen = new Uint8Array(matrix.rows);
  for (let k = 0; k < count; k++) {
    if (seen[matrix.rowIdx[k]] === 1) return false;
    seen[matrix.rowIdx[k]] = 1;
  }
  return true;
}

export const sparseMethods: OperatorMethods<SparseOperator> = {
  forward(op, x, y, factor) {
    addSparseProduct(op.matrix, x, y, factor);
  },
  adjoint(op, y, x, factor) {
    addSparseTransposeProduct(op.matrix, y, x, factor);
  },
  addNormalDiagonal({ cols, matrix: { colPtr, rowIdx, values } }, weights, out, factor) {
    for (let j = 0; j < cols; j++) {
      let sum = 0;
      for (let k = colPtr[j]; k < colPtr[j + 1]; k++) sum += weights[rowIdx[k]] * values[k] * values[k];
      out[j] += factor * sum;
    }
  },
  foldRows({ cols, matrix: { colPtr, rowIdx, values } }, norm, out, factor) {
    for (let k = 0; k < colPtr[cols]; k++) fold(norm, out, rowIdx[k], factor * values[k]);
  },
  foldColumns({ cols, matrix: { colPtr, values } }, norm, out, factor) {
    for (let j = 0; j < cols; j++) {
      for (let k = colPtr[j]; k < colPtr[j + 1]; k++) fold(norm, out, j, factor * values[k]);
    }
  },
  entries({ cols, matrix: { colPtr, rowIdx, values } }, emit) {
    for (let j = 0; j < cols; j++) {
      for (let k = colPtr[j]; k < colPtr[j + 1]; k++) emit(rowIdx[k], j, values[k]);
    }
  },
  entryCount: (op) => op.matrix.colPtr[op.cols],
  storedCount: (op) => op.matrix.colPtr[op.cols],
  normalEquations: (op) => ({ kind: oneEntryPerRow(op.matrix) ? "diagonal" : "none" }),
  describe: (op) => `sparse, ${op.matrix.colPtr[op.cols]} nonzeros`,
};
