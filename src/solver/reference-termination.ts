import type { Measure, RayMeasure } from "../backends/backend.ts";

/** SCS's tolerances. */
export interface ReferenceTolerances {
  /** Default 1e-4. */
  readonly epsAbs: number;
  /** Default 1e-4. */
  readonly epsRel: number;
  /** Default 1e-7. */
  readonly epsInfeasible: number;
}

export const REFERENCE_TOLERANCES: ReferenceTolerances = Object.freeze({
  epsAbs: 1e-4,
  epsRel: 1e-4,
  epsInfeasible: 1e-7,
});

export type ReferenceVerdict = "solved" | "primalInfeasible" | "dualInfeasible";

/** Products bᵀy, cᵀx this close to zero in the equilibrated space say nothing about their sign. */
const LEAST_PRODUCT = 1e-9;

/** SCS v3's termination test (O'Donoghue, 2021, §3.2), in original units. */
export function referenceTest(
  measure: Measure,
  tolerances: ReferenceTolerances = REFERENCE_TOLERANCES,
): "continue" | ReferenceVerdict {
  const { epsAbs, epsRel, epsInfeasible } = tolerances;
  if (measure.tau > 0) {
    const { cx, by, xPx } = measure;
    const primal = Math.max(measure.normAx, measure.normS, measure.normB);
    const dual = Math.max(measure.normPx, measure.normAty, measure.normC);
    const objective = Math.max(Math.abs(xPx), Math.abs(cx), Math.abs(by));
    if (
      measure.primalResidual < epsAbs + epsRel * primal &&
      measure.dualResidual < epsAbs + epsRel * dual &&
      Math.abs(xPx + cx + by) < epsAbs + epsRel * objective
    ) {
      return "solved";
    }
  }
  const { ray, objectiveScale } = measure;
  return ray ? rayTest(ray, epsInfeasible, LEAST_PRODUCT / objectiveScale) : "continue";
}

function rayTest(ray: RayMeasure, eps: number, least: number): "continue" | ReferenceVerdict {
  if (ray.cx < -least && Math.max(ray.normAxs, ray.normPx) < eps * -ray.cx) return "dualInfeasible";
  if (ray.by < -least && ray.normAty < eps * -ray.by) return "primalInfeasible";
  return "continue";
}

/**
 * What SCS reports when it runs out of iterations or time: the status that the last iterate is nearest to.
 */
export function referenceGuess(measure: Measure): ReferenceVerdict {
  const { ray, kappa, tau } = measure;
  if (ray && kappa > tau && (ray.by < 0 || ray.cx < 0)) {
    return ray.by < 0 && ray.by < ray.cx ? "primalInfeasible" : "dualInfeasible";
  }
  return "solved";
}
