import { magnitudes } from "./bounds.ts";
import type { Interval } from "./bounds.ts";
import { Polynomial } from "./polynomial.ts";
import type { CompleteProblem } from "./problem.ts";
import { isNorm } from "./problem.ts";

/**
 * A problem in z with x = scale∘z, |z| ≤ 1 where a bound is known, objective times `objectiveScale`,
 * constraints with largest coefficient in [1, 2). All factors are powers of two, so nothing is rounded and
 * certificates carry over.
 */
export interface ScaledProblem {
  readonly problem: CompleteProblem;
  readonly scale: Float64Array;
  readonly objectiveScale: number;
  /** Box of z that holds every feasible point. */
  readonly box: readonly Interval[];
  /** Power of two by which each constraint was multiplied. */
  readonly inequalityScale: readonly number[];
  readonly equalityScale: readonly number[];
}

/**
 * @param box holds every feasible point
 * @param typical magnitudes of x where the box is unbounded; default 1
 */
export function scaleProblem(
  problem: CompleteProblem,
  box: readonly Interval[],
  typical?: ArrayLike<number>,
): ScaledProblem {
  const bounds = magnitudes(box);
  let largestTypical = 0;
  for (let v = 0; v < (typical?.length ?? 0); v++)
    largestTypical = Math.max(largestTypical, Math.abs(typical?.[v] ?? 0));
  const scale = Float64Array.from(bounds, (bound, v) => {
    if (problem.binary.has(v)) return 1;
    // A variable near zero at one point need not be small at others.
    const expected = problem.typical?.[v] ?? 0;
    const size = expected > 0 ? expected : Number.isFinite(bound) ? bound : typical ? largestTypical : 1;
    return size > 0 && Number.isFinite(size) ? 2 ** Math.ceil(Math.log2(size)) : 1;
  });
  const rescale = (p: Polynomial): Polynomial =>
    Polynomial.fromTerms(
      p.terms.map(({ coefficient, monomial }) => ({
        coefficient: monomial.reduce((c, v) => c * scale[v], coefficient),
        monomial,
      })),
    );
  const normalise = (p: Polynomial): { readonly polynomial: Polynomial; readonly factor: number } => {
    const factor = inversePower(largest(p));
    return { polynomial: p.times(factor), factor };
  };
  const { objective } = problem;
  const scaledParts = isNorm(objective) ? objective.residuals.map(rescale) : [rescale(objective)];
  const objectiveScale = inversePower(Math.max(...scaledParts.map(largest), 0));
  const parts = scaledParts.map((p) => p.times(objectiveScale));
  const inequalities = problem.inequalities.map((g) => normalise(rescale(g)));
  const equalities = problem.equalities.map((h) => normalise(rescale(h)));
  return {
    problem: {
      ...problem,
      objective: isNorm(objective) ? { ...objective, residuals: parts } : parts[0],
      inequalities: inequalities.map(({ polynomial }) => polynomial),
      equalities: equalities.map(({ polynomial }) => polynomial),
    },
    scale,
    objectiveScale,
    box: box.map(([low, high], v) => [low / scale[v], high / scale[v]] as const),
    inequalityScale: inequalities.map(({ factor }) => factor),
    equalityScale: equalities.map(({ factor }) => factor),
  };
}

function largest(p: Polynomial): number {
  return p.terms.reduce(
    (most, { coefficient, monomial }) => (monomial.length > 0 ? Math.max(most, Math.abs(coefficient)) : most),
    0,
  );
}

function inversePower(size: number): number {
  return size > 0 ? 2 ** -Math.floor(Math.log2(size)) : 1;
}

/** x of a scaled point. */
export function unscalePoint({ scale }: ScaledProblem, z: ArrayLike<number>): Float64Array {
  return scale.map((s, v) => s * z[v]);
}

/** z of a point. */
export function scalePoint({ scale }: ScaledProblem, x: ArrayLike<number>): Float64Array {
  return scale.map((s, v) => x[v] / s);
}
