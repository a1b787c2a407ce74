import { svecToMatrix, matrixToSvec } from "../../problem/svec.ts";
import type { BlockPoint, BlockState, Penalties, SplittingProblem } from "./engine.ts";

/**
 * The variables of one output at a point that was read of an engine, for another engine to go on from: at the optimum
 * the scaled duals are U_P = −(D_μ − A*ν)/σ, U_M = −(D_μ + A*ν)/σ and w = −ν/σ_u.
 */
export function blockState(
  { forms, loss }: SplittingProblem,
  { P, M, nu, muP, muM }: BlockPoint,
  { matrices, predictions }: Penalties,
): BlockState {
  const d = forms.order;
  const square = new Float64Array(d * d);
  forms.adjoint(nu, square);
  const S = new Float64Array(P.length);
  matrixToSvec(square, d, S, 0);
  const UP = S.map((s) => s / matrices);
  const UM = S.map((s) => -s / matrices);
  for (let j = 0, k = 0; j < d; k += d - j, j++) {
    UP[k] -= muP[j] / matrices;
    UM[k] -= muM[j] / matrices;
  }
  const u = new Float64Array(forms.count);
  const w = new Float64Array(forms.count);
  if (loss.name !== "squared") {
    svecToMatrix(
      P.map((p, k) => p - M[k]),
      0,
      d,
      square,
    );
    forms.forward(square, u);
    nu.forEach((value, i) => (w[i] = -value / predictions));
  }
  return { P: P.slice(), M: M.slice(), UP, UM, u, w };
}
