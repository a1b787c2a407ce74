import type { LinearOperator } from "./linear-operator.ts";

/** Which norm of a row or a column: ‖·‖₂ or ‖·‖∞. */
export type NormKind = "two" | "infinity";

/** A part of an operator with the row and the column of the whole where it begins. */
export interface PlacedOperator {
  readonly operator: LinearOperator;
  readonly rowOffset: number;
  readonly colOffset: number;
}

/**
 * How (D + AᵀWA)p = r is solved for diagonal D > 0, W > 0.
 * - `diagonal`: AᵀWA is diagonal for every W.
 * - `diagonalPlusRows`: A = the parts of `diagonal` above the parts of `rows` (in any order, told apart by
 *   their row offsets; every part has all columns). The latter have `rowCount` rows in all; a dense system of
 *   order min(rowCount, columns) solves them.
 * - `blocks`: block diagonal: the parts share no row and no column and are solved one by one.
 * - `none`: nothing better than a sparse factorisation or conjugate gradients.
 */
export type NormalEquations =
  | { readonly kind: "diagonal" }
  | {
      readonly kind: "diagonalPlusRows";
      readonly diagonal: readonly PlacedOperator[];
      readonly rows: readonly PlacedOperator[];
      readonly rowCount: number;
    }
  | { readonly kind: "blocks"; readonly blocks: readonly PlacedOperator[] }
  | { readonly kind: "none" };

/** The largest dense system that `diagonalPlusRows` may ask for: 128 MB, some seconds to factor. */
export const MAX_DENSE_ORDER = 4096;

/** What every kind of operator knows to do. One object per kind, in the file of its name. */
export interface OperatorMethods<T extends LinearOperator> {
  /** y ← y + factor · A x. */
  forward(op: T, x: Float64Array, y: Float64Array, factor: number): void;
  /** x ← x + factor · Aᵀ y. */
  adjoint(op: T, y: Float64Array, x: Float64Array, factor: number): void;
  /** out ← out + factor · diag(Aᵀ diag(weights) A). */
  addNormalDiagonal(op: T, weights: Float64Array, out: Float64Array, factor: number): void;
  /**
   * Folds the rows of factor · A into out: adds squares (`two`) or takes maxima of magnitudes (`infinity`).
   */
  foldRows(op: T, norm: NormKind, out: Float64Array, factor: number): void;
  /** The same for columns. */
  foldColumns(op: T, norm: NormKind, out: Float64Array, factor: number): void;
  /** Calls emit(i, j, value) for every entry that may be nonzero. */
  entries(op: T, emit: (i: number, j: number, value: number) => void): void;
  /** Upper bound on the number of calls of emit. */
  entryCount(op: T): number;
  /** Numbers stored. */
  storedCount(op: T): number;
  normalEquations(op: T): NormalEquations;
  /** One line a person can read, without the dimensions. */
  describe(op: T): string;
}

/** Lookup of the methods of any operator, handed to the kinds that contain operators. */
export type MethodsOf = (op: LinearOperator) => OperatorMethods<LinearOperator>;

/** One step of a fold: see {@link OperatorMethods.foldRows}. */
export function fold(norm: NormKind, out: Float64Array, index: number, value: number): void {
  if (norm === "two") out[index] += value * value;
  else out[index] = Math.max(out[index], Math.abs(value));
}
