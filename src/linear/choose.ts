import type { DenseKernels } from "./dense-kernels.ts";
import { UnsupportedError } from "../errors.ts";
import { describeOperator, operatorEntries, toSparse } from "../problem/operators/apply.ts";
import type { LinearOperator } from "../problem/operators/linear-operator.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { CgKktSolver } from "./cg-kkt.ts";
import { DenseKktSolver } from "./dense-kkt.ts";
import type { KktSolver } from "./kkt-solver.ts";
import { kktPattern, LdlKktSolver } from "./ldl-kkt.ts";
import { normalMatrixTime } from "./normal-matrix.ts";
import { structuredKktSolver } from "./structured.ts";
import { predictFill } from "./symbolic.ts";

export interface KktParts {
  /** Upper triangle of the n×n quadratic term. */
  readonly P?: SparseMatrix | undefined;
  /** m×n. */
  readonly A: LinearOperator;
}

export type KktChoice = "auto" | KktSolver["method"];

/** Entries of A above which it is not written out unasked. */
const MAX_ENTRIES = 2 ** 25;
/** Entries of a sparse factor (up to 1 GB), and work of a factorisation (minutes), that are too much. */
const MAX_FACTOR_ENTRIES = 6e7;
const MAX_FACTOR_FLOPS = 5e11;
/** Order of the dense normal equations: unasked, and at all (2 GiB). */
const MAX_DENSE_ORDER = 6000;
const DENSE_LIMIT = 16384;
/** Solves per factorisation that the choice reckons with. */
const SOLVES = 50;

/**
 * The solver of the KKT system for these data. `"auto"`: what the operator knows about itself, else the
 * cheaper of sparse LDLᵀ and dense normal equations by predicted work, else conjugate gradients. A method
 * asked for by name is taken; {@link UnsupportedError} when it cannot work here.
 */
export function createKktSolver(
  { P, A }: KktParts,
  kernels: DenseKernels,
  choice: KktChoice = "auto",
): KktSolver {
  switch (choice) {
    case "ldl":
      return new LdlKktSolver(P, toSparse(A), kernels);
    case "dense":
      if (A.cols > DENSE_LIMIT) {
        throw new UnsupportedError(
          `linearSolver "dense" needs a ${A.cols}×${A.cols} matrix; more than ${DENSE_LIMIT} columns are ` +
            `not supported, use "ldl" or "cg"`,
          { field: "linearSolver", value: choice },
        );
      }
      return new DenseKktSolver(P, toSparse(A), kernels);
    case "cg":
      return new CgKktSolver(P, A);
    case "structured": {
      const solver = structuredKktSolver(P, A, kernels);
      if (solver !== undefined) return solver;
      throw new UnsupportedError(
        `linearSolver "structured" needs a diagonal P and an operator that knows its normal equations, ` +
          `not ${describeOperator(A)}; use "auto"`,
        { field: "linearSolver", value: choice },
      );
    }
    case "auto":
      return structuredKktSolver(P, A, kernels) ?? chooseByWork({ P, A }, kernels);
  }
}

function chooseByWork({ P, A }: KktParts, kernels: DenseKernels): KktSolver {
  if (operatorEntries(A) > MAX_ENTRIES) return new CgKktSolver(P, A);
  const matrix = toSparse(A);
  const { colPtr, rowIdx } = kktPattern(P, matrix);
  const fill = predictFill({ n: A.cols + A.rows, colPtr, rowIdx });
  const ldlFits = fill.nonzeros <= MAX_FACTOR_ENTRIES && fill.flops <= MAX_FACTOR_FLOPS;
  const denseFits = A.cols <= MAX_DENSE_ORDER;
  const ldlTime = fill.time.factor + SOLVES * fill.time.solve;
  if (denseFits && (!ldlFits || denseTime(matrix, kernels) < 0.8 * ldlTime)) {
    return new DenseKktSolver(P, matrix, kernels);
  }
  return ldlFits ? new LdlKktSolver(P, matrix, kernels, fill.order) : new CgKktSolver(P, A);
}

/** Nanoseconds of one factorisation and the solves that go with it; fitted to LP, SOCP and SDP files. */
function denseTime(A: SparseMatrix, kernels: DenseKernels): number {
  const rate = kernels.name === "wasm-simd" ? 10 : 4;
  const n = A.cols;
  const entries = A.colPtr[n];
  const factor = normalMatrixTime(A, rate) + (n * n * n) / 3 / rate;
  return factor + SOLVES * (0.9 * n * n + 6 * entries + 6 * A.rows);
}
