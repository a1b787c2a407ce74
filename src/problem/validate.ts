import type { ConicProblem } from "./conic-problem.ts";
import type { SparseMatrix } from "./sparse-matrix.ts";
import { sparseFromTriplets, transposeSparse } from "./sparse-matrix.ts";
import { validateCones } from "./validate-cones.ts";
import { fault, requireArray, requireFinite, requireObject } from "./validate-fault.ts";
import { validateOperator, validateSparse } from "./validate-operator.ts";

/**
 * A ConicProblem that has passed {@link validateProblem}: P, when there is one, is its upper triangle alone,
 * without zeros; absent when nothing is left.
 */
export interface ValidatedProblem extends ConicProblem {
  readonly P?: SparseMatrix;
}

/**
 * Checks a problem on entry and brings P to its upper triangle; all other data is passed on as it is (not
 * copied). m = 0, n = 0, empty cones and all-zero rows are allowed; b and c must be finite, bounds of box
 * cones need not. Whether P is positive semidefinite is checked only as far as its diagonal and 2×2 minors
 * tell.
 *
 * Throws {@link ProblemError} naming field, index and value.
 */
export function validateProblem(problem: ConicProblem): ValidatedProblem {
  requireObject("problem", problem, "an object with c, A, b and cones");
  const { P, c, A, b, cones, name, objective } = problem;
  requireArray("c", c, "Float64Array");
  requireArray("b", b, "Float64Array");
  validateOperator(A, "A");
  if (A.rows !== b.length) fault("b.length", `must be ${A.rows}, the rows of A`, b.length);
  if (A.cols !== c.length) fault("c.length", `must be ${A.cols}, the columns of A`, c.length);
  requireFinite("c", c);
  requireFinite("b", b);
  validateCones(cones, b.length);
  if (name !== undefined && typeof name !== "string") fault("name", "must be a string", name);
  if (objective !== undefined) {
    requireObject("objective", objective, "an object with sign and offset");
    if (objective.sign !== 1 && objective.sign !== -1)
      fault("objective.sign", "must be 1 or -1", objective.sign ?? null);
    if (!Number.isFinite(objective.offset))
      fault("objective.offset", "must be finite", objective.offset ?? null);
  }
  const upper = P === undefined ? undefined : validateQuadratic(P, c.length);
  return {
    ...(upper !== undefined && { P: upper }),
    c,
    A,
    b,
    cones,
    ...(name !== undefined && { name }),
    ...(objective !== undefined && { objective }),
  };
}

/** Relative difference of P_ij and P_ji, and excess of a 2×2 minor, that is put down to rounding. */
const ROUNDING = 1e-9;

/** The upper triangle of P without zeros, or undefined when it is zero. */
function validateQuadratic(P: SparseMatrix, n: number): SparseMatrix | undefined {
  validateSparse(P, "P");
  if (P.rows !== n) fault("P.rows", `must be ${n}, the length of c`, P.rows);
  if (P.cols !== n) fault("P.cols", `must be ${n}, the length of c`, P.cols);
  if (hasLowerEntries(P)) requireSymmetric(P);

  const diagonal = new Float64Array(n);
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let col = 0; col < n; col++) {
    for (let k = P.colPtr[col]; k < P.colPtr[col + 1]; k++) {
      const row = P.rowIdx[k];
      if (row > col || P.values[k] === 0) continue;
      if (row === col) {
        if (P.values[k] < 0) {
          fault(
            "P.values",
            `is entry (${row}, ${row}) of P, which must be positive semidefinite`,
            P.values[k],
            k,
          );
        }
        diagonal[row] = P.values[k];
      }
      i.push(row);
      j.push(col);
      v.push(P.values[k]);
    }
  }
  requireMinors(P, diagonal);
  return v.length === 0 ? undefined : sparseFromTriplets(n, n, i, j, v);
}

function hasLowerEntries({ cols, colPtr, rowIdx, values }: SparseMatrix): boolean {
  for (let j = 0; j < cols; j++) {
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) if (rowIdx[k] > j && values[k] !== 0) return true;
  }
  return false;
}

/** Walks P and Pᵀ column by column: both must hold the same entries. */
function requireSymmetric(P: SparseMatrix): void {
  const T = transposeSparse(P);
  for (let j = 0; j < P.cols; j++) {
    let k = P.colPtr[j];
    let t = T.colPtr[j];
    while (k < P.colPtr[j + 1] || t < T.colPtr[j + 1]) {
      const row = k < P.colPtr[j + 1] ? P.rowIdx[k] : P.rows;
      const other = t < T.colPtr[j + 1] ? T.rowIdx[t] : P.rows;
      const i = Math.min(row, other);
      const value = row === i ? P.values[k] : 0;
      const mirrored = other === i ? T.values[t] : 0;
      if (Math.abs(value - mirrored) > ROUNDING * Math.max(Math.abs(value), Math.abs(mirrored))) {
        const what = `is entry (${i}, ${j}) of P, but (${j}, ${i}) is ${mirrored}`;
        fault(
          "P.values",
          `${what}: P must be symmetric, or its upper triangle alone`,
          value,
          row === i ? k : undefined,
        );
      }
      if (row === i) k++;
      if (other === i) t++;
    }
  }
}

/** P_ij² ≤ P_ii·P_jj up to rounding, by square roots so that nothing overflows. */
function requireMinors({ cols, colPtr, rowIdx, values }: SparseMatrix, diagonal: Float64Array): void {
  const slack = ROUNDING * diagonal.reduce((largest, value) => Math.max(largest, value), 0);
  for (let j = 0; j < cols; j++) {
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) {
      const i = rowIdx[k];
      if (i >= j) continue;
      const bound = Math.sqrt(diagonal[i]) * Math.sqrt(diagonal[j]);
      if (Math.abs(values[k]) > bound * (1 + ROUNDING) + slack) {
        const what = `is entry (${i}, ${j}) of P, above √(P_ii·P_jj) = ${bound}`;
        fault("P.values", `${what}: P must be positive semidefinite`, values[k], k);
      }
    }
  }
}
