import { ProblemError } from "../../errors.ts";
import type { SparseMatrix } from "../sparse-matrix.ts";
import { sparseFromTriplets } from "../sparse-matrix.ts";
import type { LinearOperator } from "./linear-operator.ts";
import type { NormalEquations, NormKind, OperatorMethods } from "./operator-methods.ts";
import { quadraticFormMethods } from "./quadratic-form.ts";
import { scaledMethods } from "./scaled.ts";
import { segmentedMethods } from "./segmented.ts";
import { selectionMethods } from "./selection.ts";
import { sparseMethods } from "./sparse.ts";
import { stackMethods } from "./stack.ts";

type MethodTable = {
  readonly [K in LinearOperator["kind"]]: OperatorMethods<Extract<LinearOperator, { readonly kind: K }>>;
};

const METHODS: MethodTable = {
  sparse: sparseMethods,
  quadraticForm: quadraticFormMethods,
  segmented: segmentedMethods,
  selection: selectionMethods,
  stack: stackMethods(methodsOf),
  scaled: scaledMethods(methodsOf),
};

/** The methods of the kind of `op`, to be called with `op` (or another operator of its kind). */
function methodsOf(op: LinearOperator): OperatorMethods<LinearOperator> {
  return METHODS[op.kind] as OperatorMethods<LinearOperator>;
}

/** y ← y + factor · A x, x of length cols, y of length rows. */
export function applyForward(op: LinearOperator, x: Float64Array, y: Float64Array, factor = 1): void {
  methodsOf(op).forward(op, x, y, factor);
}

/** x ← x + factor · Aᵀ y, y of length rows, x of length cols. */
export function applyAdjoint(op: LinearOperator, y: Float64Array, x: Float64Array, factor = 1): void {
  methodsOf(op).adjoint(op, y, x, factor);
}

/** out ← diag(Aᵀ diag(weights) A), weights of length rows, out of length cols. */
export function normalDiagonal(op: LinearOperator, weights: Float64Array, out: Float64Array): void {
  out.fill(0);
  methodsOf(op).addNormalDiagonal(op, weights, out, 1);
}

/** ‖row i‖ for every row, in the 2-norm unless told otherwise. */
export function rowNorms(op: LinearOperator, norm: NormKind = "two"): Float64Array {
  const out = new Float64Array(op.rows);
  methodsOf(op).foldRows(op, norm, out, 1);
  return finishNorms(norm, out);
}

/** ‖column j‖ for every column, in the 2-norm unless told otherwise. */
export function columnNorms(op: LinearOperator, norm: NormKind = "two"): Float64Array {
  const out = new Float64Array(op.cols);
  methodsOf(op).foldColumns(op, norm, out, 1);
  return finishNorms(norm, out);
}

function finishNorms(norm: NormKind, folded: Float64Array): Float64Array {
  if (norm === "two") for (let i = 0; i < folded.length; i++) folded[i] = Math.sqrt(folded[i]);
  return folded;
}

/** How (D + AᵀWA)p = r is solved for this operator. */
export function normalEquations(op: LinearOperator): NormalEquations {
  return methodsOf(op).normalEquations(op);
}

/** Calls emit(i, j, value) for every entry that may be nonzero; no (i, j) comes twice. */
export function forEachEntry(op: LinearOperator, emit: (i: number, j: number, value: number) => void): void {
  methodsOf(op).entries(op, emit);
}

/** Entries of the operator written out as a sparse matrix, at most. */
export function operatorEntries(op: LinearOperator): number {
  return methodsOf(op).entryCount(op);
}

/** Numbers that the operator stores. */
export function operatorNonzeros(op: LinearOperator): number {
  return methodsOf(op).storedCount(op);
}

/** One line a person can read, e.g. `"351×595 quadratic forms of order 34"`. */
export function describeOperator(op: LinearOperator): string {
  return `${op.rows}×${op.cols} ${methodsOf(op).describe(op)}`;
}

/** The default limit of {@link toSparse}: 800 MB of triplets and matrix. */
const MAX_ENTRIES = 2 ** 25;

/**
 * The operator as an explicit sparse matrix; a sparse operator's own matrix is returned as it is.
 * Throws {@link ProblemError} when it could have more than `limit` entries.
 */
export function toSparse(op: LinearOperator, limit = MAX_ENTRIES): SparseMatrix {
  if (op.kind === "sparse") return op.matrix;
  const count = operatorEntries(op);
  if (count > limit) {
    throw new ProblemError(
      `A (${describeOperator(op)}) would have ${count} entries as a sparse matrix, more than ${limit}; ` +
        `use linearSolver "structured" or "cg", which do not write it out`,
      { field: "A", value: count },
    );
  }
  const i = new Int32Array(count);
  const j = new Int32Array(count);
  const v = new Float64Array(count);
  let k = 0;
  methodsOf(op).entries(op, (row, col, value) => {
    if (value === 0) return;
    i[k] = row;
    j[k] = col;
    v[k++] = value;
  });
  return sparseFromTriplets(op.rows, op.cols, i.subarray(0, k), j.subarray(0, k), v.subarray(0, k));
}
