import type { LinearOperator, ScaledOperator } from "./linear-operator.ts";
import type { MethodsOf, OperatorMethods, PlacedOperator } from "./operator-methods.ts";

/** factor · operator. */
export function scaledOperator(factor: number, operator: LinearOperator): ScaledOperator {
  return { kind: "scaled", rows: operator.rows, cols: operator.cols, factor, operator };
}

export function scaledMethods(methodsOf: MethodsOf): OperatorMethods<ScaledOperator> {
  const scalePart =
    (factor: number) =>
    (part: PlacedOperator): PlacedOperator => ({ ...part, operator: scaledOperator(factor, part.operator) });
  return {
    forward({ factor: own, operator }, x, y, factor) {
      methodsOf(operator).forward(operator, x, y, factor * own);
    },
    adjoint({ factor: own, operator }, y, x, factor) {
      methodsOf(operator).adjoint(operator, y, x, factor * own);
    },
    addNormalDiagonal({ factor: own, operator }, weights, out, factor) {
      methodsOf(operator).addNormalDiagonal(operator, weights, out, factor * own * own);
    },
    foldRows({ factor: own, operator }, norm, out, factor) {
      methodsOf(operator).foldRows(operator, norm, out, factor * own);
    },
    foldColumns({ factor: own, operator }, norm, out, factor) {
      methodsOf(operator).foldColumns(operator, norm, out, factor * own);
    },
    entries({ factor: own, operator }, emit) {
      methodsOf(operator).entries(operator, (i, j, value) => emit(i, j, own * value));
    },
    entryCount: ({ operator }) => methodsOf(operator).entryCount(operator),
    storedCount: ({ operator }) => methodsOf(operator).storedCount(operator),
    normalEquations({ factor, operator }) {
      const inner = methodsOf(operator).normalEquations(operator);
      switch (inner.kind) {
        case "diagonal":
        case "none":
          return inner;
        case "blocks":
          return { kind: "blocks", blocks: inner.blocks.map(scalePart(factor)) };
        case "diagonalPlusRows":
          return {
            ...inner,
            diagonal: inner.diagonal.map(scalePart(factor)),
            rows: inner.rows.map(scalePart(factor)),
          };
      }
    },
    describe: ({ factor, operator }) => `${factor} · (${methodsOf(operator).describe(operator)})`,
  };
}
