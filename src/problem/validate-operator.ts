import type { LinearOperator, StackOperator } from "./operators/linear-operator.ts";
import type { SparseMatrix } from "./sparse-matrix.ts";
import { svecLength } from "./svec.ts";
import {
  fault,
  requireArray,
  requireCount,
  requireFinite,
  requireIndices,
  requireObject,
} from "./validate-fault.ts";

/** Operators nest at most this deep: more means that one contains itself. */
const MAX_DEPTH = 100;

/** Checks a compressed-column matrix: pointers, indices in range and ascending, finite values. */
export function validateSparse(matrix: SparseMatrix, field: string): void {
  requireObject(field, matrix, "a sparse matrix: an object with rows, cols, colPtr, rowIdx and values");
  const { rows, cols, colPtr, rowIdx, values } = matrix;
  requireCount(`${field}.rows`, rows);
  requireCount(`${field}.cols`, cols);
  requireArray(`${field}.colPtr`, colPtr, "Int32Array", cols + 1, ", one more than cols");
  requireArray(`${field}.rowIdx`, rowIdx, "Int32Array");
  requireArray(`${field}.values`, values, "Float64Array", rowIdx.length, ", the length of rowIdx");
  if (colPtr[0] !== 0) fault(`${field}.colPtr`, "must be 0", colPtr[0], 0);
  for (let j = 0; j < cols; j++) {
    if (colPtr[j + 1] < colPtr[j])
      fault(`${field}.colPtr`, `must not be below ${colPtr[j]}`, colPtr[j + 1], j + 1);
  }
  if (colPtr[cols] !== rowIdx.length) {
    fault(`${field}.colPtr`, `must be ${rowIdx.length}, the number of entries`, colPtr[cols], cols);
  }
  requireIndices(`${field}.rowIdx`, rowIdx, rows);
  for (let j = 0; j < cols; j++) {
    for (let k = colPtr[j] + 1; k < colPtr[j + 1]; k++) {
      if (rowIdx[k] === rowIdx[k - 1]) {
        fault(`${field}.rowIdx`, `is given twice in column ${j}; add duplicate entries up`, rowIdx[k], k);
      }
      if (rowIdx[k] < rowIdx[k - 1]) {
        const hint = "row indices must ascend inside a column; sparseFromTriplets sorts them";
        fault(`${field}.rowIdx`, `comes after ${rowIdx[k - 1]} in column ${j}: ${hint}`, rowIdx[k], k);
      }
    }
  }
  requireFinite(`${field}.values`, values);
}

/** Checks an operator and everything it contains. */
export function validateOperator(op: LinearOperator, field: string, depth = 0): void {
  requireObject(field, op, "a linear operator: an object with kind, rows and cols");
  if (depth > MAX_DEPTH) fault(field, `operators must not nest deeper than ${MAX_DEPTH}`);
  requireCount(`${field}.rows`, op.rows);
  requireCount(`${field}.cols`, op.cols);
  switch (op.kind) {
    case "sparse":
      validateSparse(op.matrix, `${field}.matrix`);
      return requireShape(op, field, op.matrix.rows, op.matrix.cols, "of its matrix");
    case "quadraticForm":
      requireCount(`${field}.order`, op.order);
      requireArray(`${field}.samples`, op.samples, "Float64Array", op.rows * op.order, ", rows × order");
      requireFinite(`${field}.samples`, op.samples);
      return requireShape(op, field, op.rows, svecLength(op.order), "order·(order + 1)/2");
    case "segmented":
      requireArray(`${field}.index`, op.index, "Int32Array", op.rows, ", the number of rows");
      requireIndices(`${field}.index`, op.index, op.cols);
      if (op.weights !== undefined) {
        requireArray(`${field}.weights`, op.weights, "Float64Array", op.rows, ", the number of rows");
        requireFinite(`${field}.weights`, op.weights);
      }
      return;
    case "selection":
      if (op.index === undefined) return requireShape(op, field, op.cols, op.cols, "of an identity");
      requireArray(`${field}.index`, op.index, "Int32Array", op.rows, ", the number of rows");
      requireIndices(`${field}.index`, op.index, op.cols);
      return requireDistinct(`${field}.index`, op.index);
    case "stack":
      return validateStack(op, field, depth);
    case "scaled":
      if (!Number.isFinite(op.factor)) fault(`${field}.factor`, "must be a finite number", op.factor ?? null);
      validateOperator(op.operator, `${field}.operator`, depth + 1);
      return requireShape(op, field, op.operator.rows, op.operator.cols, "of the operator inside");
    default:
      fault(
        `${field}.kind`,
        "must be sparse, quadraticForm, segmented, selection, stack or scaled",
        (op as { kind?: unknown }).kind ?? null,
      );
  }
}

function validateStack(op: StackOperator, field: string, depth: number): void {
  if (!Array.isArray(op.parts)) fault(`${field}.parts`, "must be an array of operators", op.parts ?? null);
  let rows = 0;
  let cols = 0;
  op.parts.forEach((part, i) => {
    validateOperator(part, `${field}.parts[${i}]`, depth + 1);
    rows += part.rows;
    cols += part.cols;
  });
  switch (op.direction) {
    case "vertical":
      op.parts.forEach((part, i) => {
        if (part.cols !== op.cols)
          fault(`${field}.parts[${i}].cols`, `must be ${op.cols}, as the stack`, part.cols);
      });
      return requireShape(op, field, rows, op.cols, "in all");
    case "horizontal":
      op.parts.forEach((part, i) => {
        if (part.rows !== op.rows)
          fault(`${field}.parts[${i}].rows`, `must be ${op.rows}, as the stack`, part.rows);
      });
      return requireShape(op, field, op.rows, cols, "in all");
    case "diagonal":
      return requireShape(op, field, rows, cols, "in all");
    default:
      fault(
        `${field}.direction`,
        "must be vertical, horizontal or diagonal",
        (op as { direction?: unknown }).direction ?? null,
      );
  }
}

function requireShape(op: LinearOperator, field: string, rows: number, cols: number, why: string): void {
  if (op.rows !== rows) fault(`${field}.rows`, `must be ${rows}, the rows ${why}`, op.rows);
  if (op.cols !== cols) fault(`${field}.cols`, `must be ${cols}, the columns ${why}`, op.cols);
}

function requireDistinct(field: string, indices: Int32Array): void {
  const sorted = indices.slice().sort();
  const k = sorted.findIndex((index, i) => i > 0 && sorted[i - 1] === index);
  if (k < 0) return;
  fault(field, "selects a column twice; use a segmented operator", sorted[k], indices.lastIndexOf(sorted[k]));
}
