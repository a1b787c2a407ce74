import type { Cone } from "../problem/cones.ts";
import type { ConicProblem } from "../problem/conic-problem.ts";
import { segmentedOperator } from "../problem/operators/segmented.ts";
import { sparseOperator } from "../problem/operators/sparse.ts";
import { sparseFromTriplets } from "../problem/sparse-matrix.ts";
import { svecLength } from "../problem/svec.ts";
import type { Monomial } from "./monomial.ts";
import { multiplyMonomials } from "./monomial.ts";
import type { Polynomial } from "./polynomial.ts";
import { isNorm } from "./problem.ts";
import type { MatrixBlock, Relaxation } from "./relaxation.ts";

/** Where a matrix of the relaxation stands in the rows of the conic problem. */
export interface PlacedBlock extends MatrixBlock {
  readonly row: number;
}

/**
 * The relaxation as a conic problem: the variables are the moments but the first (x[i] = y_{i+1}), then, for
 * a norm, its bound t. Rows: equalities; t ± r and matrices of order 1; the second-order cone; matrices. Ax +
 * s = b reads s = the matrix of moments.
 */
export interface AssembledRelaxation {
  readonly conic: ConicProblem;
  readonly blocks: readonly PlacedBlock[];
  /** First row of each equality's multipliers. */
  readonly equalityRows: readonly number[];
  /** Column of t. */
  readonly normColumn: number | undefined;
}

export function assembleRelaxation(relaxation: Relaxation): AssembledRelaxation {
  const { problem, moments, reduce } = relaxation;
  const norm = isNorm(problem.objective) ? problem.objective : undefined;
  const columns = moments.length - 1 + (norm ? 1 : 0);
  const normColumn = norm ? columns - 1 : undefined;
  const rows: number[] = [];
  const cols: number[] = [];
  const values: number[] = [];
  const b: number[] = [];
  let row = 0;

  const position = (monomial: Monomial): number => relaxation.indexOf(monomial) as number;
  /** The row s = weight·L(polynomial · by) + tWeight·t. */
  const writeRow = (polynomial: Polynomial, by: Monomial, weight: number, tWeight = 0): void => {
    let constant = 0;
    for (const { coefficient, monomial } of polynomial.terms) {
      const at = position(reduce(multiplyMonomials(monomial, by)));
      if (at === 0) constant += weight * coefficient;
      else {
        rows.push(row);
        cols.push(at - 1);
        values.push(-weight * coefficient);
      }
    }
    if (tWeight !== 0 && normColumn !== undefined) {
      rows.push(row);
      cols.push(normColumn);
      values.push(-tWeight);
    }
    b.push(constant);
    row++;
  };

  const cones: Cone[] = [];
  const equalityRows: number[] = [];
  for (const { polynomial, multipliers } of relaxation.equalities) {
    equalityRows.push(row);
    for (const m of multipliers) writeRow(polynomial, m, 1);
  }
  if (row > 0) cones.push({ kind: "zero", dim: row });

  const nonnegativeFrom = row;
  if (norm?.norm === "max") {
    for (const r of norm.residuals) {
      writeRow(r, [], 1, 1);
      writeRow(r, [], -1, 1);
    }
  }
  const blocks: PlacedBlock[] = [];
  for (const block of relaxation.blocks) {
    if (block.basis.length !== 1) continue;
    blocks.push({ ...block, row });
    writeRow(block.multiplier, reduce(multiplyMonomials(block.basis[0], block.basis[0])), 1);
  }
  if (row > nonnegativeFrom) cones.push({ kind: "nonnegative", dim: row - nonnegativeFrom });

  if (norm?.norm === "two" && normColumn !== undefined) {
    cones.push({ kind: "secondOrder", dim: 1 + norm.residuals.length });
    rows.push(row);
    cols.push(normColumn);
    values.push(-1);
    b.push(0);
    row++;
    for (const r of norm.residuals) writeRow(r, [], 1);
  }

  for (const block of relaxation.blocks) {
    const { basis, multiplier } = block;
    if (basis.length <= 1) continue;
    blocks.push({ ...block, row });
    cones.push({ kind: "psd", order: basis.length });
    for (let j = 0; j < basis.length; j++) {
      for (let i = j; i < basis.length; i++) {
        writeRow(multiplier, multiplyMonomials(basis[i], basis[j]), i === j ? 1 : Math.SQRT2);
      }
    }
  }

  const c = new Float64Array(columns);
  let offset = 0;
  if (normColumn !== undefined) c[normColumn] = 1;
  if (!isNorm(problem.objective)) {
    for (const { coefficient, monomial } of problem.objective.terms) {
      const at = relaxation.indexOf(monomial);
      if (at === 0) offset += coefficient;
      else if (at !== undefined) c[at - 1] += coefficient;
    }
  }
  const A = operatorOf(row, columns, rows, cols, values);
  const conic: ConicProblem = { c, A, b: Float64Array.from(b), cones, objective: { sign: 1, offset } };
  return { conic, blocks, equalityRows, normColumn };
}

/** A segmented operator where every row has at most one moment, which is so for moment matrices alone. */
function operatorOf(
  m: number,
  n: number,
  rows: number[],
  cols: number[],
  values: number[],
): ConicProblem["A"] {
  const distinct = new Set(rows).size === rows.length;
  if (!distinct || n === 0) return sparseOperator(sparseFromTriplets(m, n, rows, cols, values));
  const index = new Int32Array(m);
  const weights = new Float64Array(m);
  rows.forEach((r, k) => {
    index[r] = cols[k];
    weights[r] = values[k];
  });
  return segmentedOperator(n, index, weights);
}

/** Rows of a matrix of the relaxation. */
export function blockRows({ basis }: MatrixBlock): number {
  return svecLength(basis.length);
}
