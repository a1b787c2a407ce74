import type { SelectionOperator } from "./linear-operator.ts";
import type { OperatorMethods } from "./operator-methods.ts";
import { fold } from "./operator-methods.ts";

/** The n×n identity. */
export function identity(n: number): SelectionOperator {
  return { kind: "selection", rows: n, cols: n };
}

/** (Ax)_i = x[index[i]]: rows of the identity of order `cols`, each at most once. */
export function selectionOperator(cols: number, index: Int32Array): SelectionOperator {
  return { kind: "selection", rows: index.length, cols, index };
}

export const selectionMethods: OperatorMethods<SelectionOperator> = {
  forward({ rows, index }, x, y, factor) {
    if (index === undefined) for (let i = 0; i < rows; i++) y[i] += factor * x[i];
    else for (let i = 0; i < rows; i++) y[i] += factor * x[index[i]];
  },
  adjoint({ rows, index }, y, x, factor) {
    if (index === undefined) for (let i = 0; i < rows; i++) x[i] += factor * y[i];
    else for (let i = 0; i < rows; i++) x[index[i]] += factor * y[i];
  },
  addNormalDiagonal({ rows, index }, weights, out, factor) {
    for (let i = 0; i < rows; i++) out[index?.[i] ?? i] += factor * weights[i];
  },
  foldRows({ rows }, norm, out, factor) {
    for (let i = 0; i < rows; i++) fold(norm, out, i, factor);
  },
  foldColumns({ rows, index }, norm, out, factor) {
    for (let i = 0; i < rows; i++) fold(norm, out, index?.[i] ?? i, factor);
  },
  entries({ rows, index }, emit) {
    for (let i = 0; i < rows; i++) emit(i, index?.[i] ?? i, 1);
  },
  entryCount: (op) => op.rows,
  storedCount: (op) => (op.index === undefined ? 0 : op.rows),
  normalEquations: () => ({ kind: "diagonal" }),
  describe: (op) => (op.index === undefined ? "identity" : "selection"),
};
