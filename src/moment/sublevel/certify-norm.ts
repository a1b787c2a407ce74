import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { Settings } from "../../solver/settings.ts";
import type { Interval } from "../bounds.ts";
import { certifyLowerBound } from "../certify.ts";
import { Polynomial } from "../polynomial.ts";
import { completeProblem } from "../problem.ts";
import type { NormObjective } from "../problem.ts";
import { layOutRelaxation, leastOrder } from "../relaxation.ts";
import { scaleProblem } from "../scaling.ts";
import { solveRelaxation } from "../solve-relaxation.ts";
import { normSublevelBox, recentreNorm } from "./norm-sublevel.ts";

export interface NormCertificate {
  /** No x of the box given has a smaller norm. */
  readonly value: number;
  /** Holds every x of the box given with a norm up to the level. */
  readonly box: readonly Interval[];
}

/**
 * Rigorous lower bound on ‖r(x)‖ over a box, however large, from a point with norm at most `level`: everything
 * better lies in the sub-level set, which {@link normSublevelBox} encloses; about the centre of that small box
 * r is nearly linear, and the relaxation of the least order nearly exact.
 *
 * @param box infinite ends allowed
 * @returns undefined where the sub-level set could not be bounded or the relaxation not solved
 */
export async function certifyNorm(
  objective: NormObjective,
  level: number,
  box: readonly Interval[],
  kernels: DenseKernels,
  settings: Partial<Settings> = {},
): Promise<NormCertificate | undefined> {
  const region = normSublevelBox(objective, level, box);
  if (!region.every(([low, high]) => Number.isFinite(low) && Number.isFinite(high))) return undefined;
  const { objective: shifted, centre, error } = recentreNorm(objective, region);
  const n = region.length;
  const unit = Array.from({ length: n }, (): Interval => [-1, 1]);
  const problem = completeProblem({
    variables: Array.from({ length: n }, (_, v) => `z${v + 1}`),
    objective: shifted,
    inequalities: unit.map((_, v) =>
      Polynomial.fromTerms([
        { coefficient: 1, monomial: [] },
        { coefficient: -1, monomial: [v, v] },
      ]),
    ),
    box: unit,
  });
  const scaled = scaleProblem(problem, unit);
  const relaxation = layOutRelaxation(scaled.problem, leastOrder(scaled.problem));
  const { status, assembled, dual } = await solveRelaxation(relaxation, settings);
  if (status !== "solved") return undefined;
  const normBound = (level + error) * scaled.objectiveScale * (1 + 1e-12);
  const bound = certifyLowerBound(relaxation, assembled, dual, unit, kernels, normBound);
  if (bound.value === undefined || centre.radius.length !== n) return undefined;
  return { value: Math.max(0, bound.value / scaled.objectiveScale - error), box: region };
}
