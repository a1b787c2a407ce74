import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { levenbergMarquardt } from "../local/levenberg-marquardt.ts";
import { residualSystem } from "../local/residual-system.ts";
import { monomialKey } from "../monomial.ts";
import type { LiftedNetwork } from "./lifted.ts";
import { liftedTriangular, lossObjective } from "./losses.ts";
import type { DenseMatrix } from "./network.ts";

export interface BaselineFit {
  /** Read off the lifted solution. */
  readonly lifted: Float64Array;
  /** After Levenberg–Marquardt from there. */
  readonly polished: Float64Array;
  readonly seconds: number;
}

/**
 * The cheap rival of the relaxations: least squares over all monomials of the coefficients as if they were
 * free, then each coefficient as the ratio of two monomials' values, then Levenberg–Marquardt. No bound comes
 * with it.
 */
export function liftedLeastSquares(
  lifted: LiftedNetwork,
  targets: DenseMatrix,
  coefficients: number,
  kernels: DenseKernels,
): BaselineFit {
  const began = performance.now();
  const w = liftedTriangular(lifted, targets).solveLast();
  const start = readCoefficients(lifted, w, coefficients);
  const { residuals } = lossObjective(lifted, targets, "squares");
  const { x } = levenbergMarquardt(residualSystem(residuals, coefficients), start, kernels, 200);
  return { lifted: start, polished: x, seconds: (performance.now() - began) / 1000 };
}

/** c_v = w_m / w_{m/v} for the m with the largest denominator. */
function readCoefficients({ terms }: LiftedNetwork, w: Float64Array, coefficients: number): Float64Array {
  const values = new Map(terms.map(({ monomial }, k) => [monomialKey(monomial), w[k]]));
  values.set("", 1);
  return Float64Array.from({ length: coefficients }, (_, v) => {
    let best = 0;
    let ratio = 0;
    for (const { monomial } of terms) {
      const at = monomial.indexOf(v);
      if (at < 0) continue;
      const rest = values.get(monomialKey([...monomial.slice(0, at), ...monomial.slice(at + 1)]));
      const value = values.get(monomialKey(monomial));
      if (rest === undefined || value === undefined || Math.abs(rest) <= best) continue;
      best = Math.abs(rest);
      ratio = value / rest;
    }
    return ratio;
  });
}
