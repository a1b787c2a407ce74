import type { SegmentedOperator } from "./linear-operator.ts";
import type { OperatorMethods } from "./operator-methods.ts";
import { fold } from "./operator-methods.ts";

/** (Ax)_i = weights[i] · x[index[i]], index.length rows, `cols` columns; weights default to 1. */
export function segmentedOperator(
  cols: number,
  index: Int32Array,
  weights?: Float64Array,
): SegmentedOperator {
  return { kind: "segmented", rows: index.length, cols, index, ...(weights && { weights }) };
}

export const segmentedMethods: OperatorMethods<SegmentedOperator> = {
  forward({ index, weights }, x, y, factor) {
    if (weights === undefined) for (let i = 0; i < index.length; i++) y[i] += factor * x[index[i]];
    else for (let i = 0; i < index.length; i++) y[i] += factor * weights[i] * x[index[i]];
  },
  adjoint({ index, weights }, y, x, factor) {
    if (weights === undefined) for (let i = 0; i < index.length; i++) x[index[i]] += factor * y[i];
    else for (let i = 0; i < index.length; i++) x[index[i]] += factor * weights[i] * y[i];
  },
  addNormalDiagonal({ index, weights }, w, out, factor) {
    for (let i = 0; i < index.length; i++) {
      out[index[i]] += factor * w[i] * (weights === undefined ? 1 : weights[i] * weights[i]);
    }
  },
  foldRows({ index, weights }, norm, out, factor) {
    for (let i = 0; i < index.length; i++) fold(norm, out, i, factor * (weights?.[i] ?? 1));
  },
  foldColumns({ index, weights }, norm, out, factor) {
    for (let i = 0; i < index.length; i++) fold(norm, out, index[i], factor * (weights?.[i] ?? 1));
  },
  entries({ index, weights }, emit) {
    for (let i = 0; i < index.length; i++) emit(i, index[i], weights?.[i] ?? 1);
  },
  entryCount: (op) => op.rows,
  storedCount: (op) => op.rows,
  normalEquations: () => ({ kind: "diagonal" }),
  describe: () => "segmented",
};
