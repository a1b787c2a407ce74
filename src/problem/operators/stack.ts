import type { LinearOperator, StackOperator } from "./linear-operator.ts";
import type { MethodsOf, NormalEquations, OperatorMethods, PlacedOperator } from "./operator-methods.ts";
import { MAX_DENSE_ORDER } from "./operator-methods.ts";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Parts above one another. All have the same number of columns; `cols` is needed only without parts. */
export function verticalStack(parts: readonly LinearOperator[], cols = parts[0]?.cols ?? 0): StackOperator {
  return { kind: "stack", direction: "vertical", rows: sum(parts.map((part) => part.rows)), cols, parts };
}

/** Parts beside one another. All have the same number of rows; `rows` is needed only without parts. */
export function horizontalStack(parts: readonly LinearOperator[], rows = parts[0]?.rows ?? 0): StackOperator {
  return { kind: "stack", direction: "horizontal", rows, cols: sum(parts.map((part) => part.cols)), parts };
}

/** Parts on the diagonal, zero elsewhere. */
export function diagonalStack(parts: readonly LinearOperator[]): StackOperator {
  const rows = sum(parts.map((part) => part.rows));
  return { kind: "stack", direction: "diagonal", rows, cols: sum(parts.map((part) => part.cols)), parts };
}

/** The parts of a stack with the places where they begin. */
export function placedParts(op: StackOperator): PlacedOperator[] {
  let rowOffset = 0;
  let colOffset = 0;
  return op.parts.map((operator) => {
    const placed = { operator, rowOffset, colOffset };
    if (op.direction !== "horizontal") rowOffset += operator.rows;
    if (op.direction !== "vertical") colOffset += operator.cols;
    return placed;
  });
}

const isSparse = ({ operator }: PlacedOperator): boolean => operator.kind === "sparse";

export function stackMethods(methodsOf: MethodsOf): OperatorMethods<StackOperator> {
  /** Calls visit with each part, its rows of a row vector and its columns of a column vector (views). */
  function eachPart(
    op: StackOperator,
    visit: (part: LinearOperator, rowOffset: number, colOffset: number) => void,
  ): void {
    for (const { operator, rowOffset, colOffset } of placedParts(op)) visit(operator, rowOffset, colOffset);
  }
  const view = (v: Float64Array, begin: number, length: number): Float64Array =>
    v.subarray(begin, begin + length);

  function verticalNormalEquations(op: StackOperator): NormalEquations {
    const diagonal: PlacedOperator[] = [];
    const rows: PlacedOperator[] = [];
    for (const part of placedParts(op)) {
      const { operator, rowOffset } = part;
      const inner = methodsOf(operator).normalEquations(operator);
      if (inner.kind === "diagonal") diagonal.push(part);
      else if (inner.kind === "diagonalPlusRows") {
        const shift = (p: PlacedOperator): PlacedOperator => ({ ...p, rowOffset: rowOffset + p.rowOffset });
        diagonal.push(...inner.diagonal.map(shift));
        rows.push(...inner.rows.map(shift));
      } else rows.push(part);
    }
    const rowCount = sum(rows.map((part) => part.operator.rows));
    if (rowCount === 0) return { kind: "diagonal" };
    // Sparse rows alone are better factored as one sparse matrix.
    if (rows.every(isSparse) && diagonal.every(isSparse)) return { kind: "none" };
    if (Math.min(rowCount, op.cols) > MAX_DENSE_ORDER) return { kind: "none" };
    return { kind: "diagonalPlusRows", diagonal, rows, rowCount };
  }

  function diagonalNormalEquations(op: StackOperator): NormalEquations {
    const blocks = placedParts(op);
    const kinds = blocks.map(({ operator }) => methodsOf(operator).normalEquations(operator).kind);
    if (kinds.every((kind) => kind === "diagonal")) return { kind: "diagonal" };
    return kinds.includes("none") ? { kind: "none" } : { kind: "blocks", blocks };
  }

  return {
    forward(op, x, y, factor) {
      eachPart(op, (part, r, c) => {
        methodsOf(part).forward(part, view(x, c, part.cols), view(y, r, part.rows), factor);
      });
    },
    adjoint(op, y, x, factor) {
      eachPart(op, (part, r, c) => {
        methodsOf(part).adjoint(part, view(y, r, part.rows), view(x, c, part.cols), factor);
      });
    },
    addNormalDiagonal(op, weights, out, factor) {
      eachPart(op, (part, r, c) => {
        methodsOf(part).addNormalDiagonal(part, view(weights, r, part.rows), view(out, c, part.cols), factor);
      });
    },
    foldRows(op, norm, out, factor) {
      eachPart(op, (part, r) => methodsOf(part).foldRows(part, norm, view(out, r, part.rows), factor));
    },
    foldColumns(op, norm, out, factor) {
      eachPart(op, (part, _r, c) => methodsOf(part).foldColumns(part, norm, view(out, c, part.cols), factor));
    },
    entries(op, emit) {
      eachPart(op, (part, r, c) => methodsOf(part).entries(part, (i, j, value) => emit(r + i, c + j, value)));
    },
    entryCount: (op) => sum(op.parts.map((part) => methodsOf(part).entryCount(part))),
    storedCount: (op) => sum(op.parts.map((part) => methodsOf(part).storedCount(part))),
    normalEquations(op) {
      if (op.parts.length === 0) return { kind: "diagonal" };
      if (op.parts.length === 1) return methodsOf(op.parts[0]).normalEquations(op.parts[0]);
      if (op.direction === "vertical") return verticalNormalEquations(op);
      if (op.direction === "diagonal") return diagonalNormalEquations(op);
      return { kind: "none" };
    },
    describe: (op) =>
      `${op.direction} stack of [${op.parts.map((part) => methodsOf(part).describe(part)).join("; ")}]`,
  };
}
