import type { EquilibratedProblem } from "../../problem/equilibrated-problem.ts";
import { addSparseTransposeProduct, transposeSparse } from "../../problem/sparse-matrix.ts";
import { applyAdjoint, applyForward } from "../../problem/operators/apply.ts";
import type { OperatorProducts } from "./workspace.ts";

/** Products with Â: the materialised matrix, or the operator as it stands between its diagonals. */
export function operatorProducts(problem: EquilibratedProblem): OperatorProducts {
  const { A, rowScale, colScale } = problem;
  if (A.kind === "sparse") {
    // Columns of Aᵀ are rows of A: both products then gather, and write every entry once.
    const transposed = transposeSparse(A.matrix);
    return {
      forward: (x, out) => {
        out.fill(0);
        addSparseTransposeProduct(transposed, x, out);
      },
      adjoint: (y, out) => {
        out.fill(0);
        addSparseTransposeProduct(A.matrix, y, out);
      },
    };
  }
  const x1 = new Float64Array(A.cols);
  const y1 = new Float64Array(A.rows);
  return {
    forward: (x, out) => {
      for (let j = 0; j < x1.length; j++) x1[j] = colScale[j] * x[j];
      out.fill(0);
      applyForward(A, x1, out);
      for (let i = 0; i < out.length; i++) out[i] *= rowScale[i];
    },
    adjoint: (y, out) => {
      for (let i = 0; i < y1.length; i++) y1[i] = rowScale[i] * y[i];
      out.fill(0);
      applyAdjoint(A, y1, out);
      for (let j = 0; j < out.length; j++) out[j] *= colScale[j];
    },
  };
}
