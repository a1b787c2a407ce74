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

/** A part of the sub-level set's box. */
interface Part {
  readonly box: readonly Interval[];
  readonly value: number;
  /** The variable that adds most to what is not linear. */
  readonly split: number;
}

/** Relative gap to stop at. */
const GAP = 1e-5;
/** Halving goes on while a half gains this share of the gap. */
const LEAST_GAIN = 0.05;
/** Relaxations at most. */
const MOST_PARTS = 24;

/**
 * Rigorous lower bound on ‖r(x)‖ over a box, however large, from a point with norm at most `level`: everything
 * better lies in the sub-level set, which {@link normSublevelBox} encloses; about the centre of that small box
 * r is nearly linear, and the relaxation of the least order nearly exact. Where it is not, the box is halved,
 * the worst part first.
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
  const bound = (part: readonly Interval[]): Promise<Part | undefined> =>
    boundPart(objective, level, part, kernels, settings);
  const first = await bound(region);
  if (!first) return undefined;
  const parts = [first];
  let worst = first;
  for (let solved = 1; solved + 2 <= MOST_PARTS && worst.value < level * (1 - GAP); solved += 2) {
    const [low, high] = worst.box[worst.split];
    const middle = low + (high - low) / 2;
    const halves: Part[] = [];
    for (const range of [[low, middle] as const, [middle, high] as const]) {
      const half = worst.box.map((interval, v) => (v === worst.split ? range : interval));
      const part = await bound(normSublevelBox(objective, level, half));
      // A half is never worse than the whole.
      if (part) halves.push({ ...part, value: Math.max(part.value, worst.value) });
    }
    if (halves.length < 2) break;
    parts.splice(parts.indexOf(worst), 1, ...halves);
    const before = worst.value;
    worst = parts.reduce((a, b) => (b.value < a.value ? b : a));
    // Rounding, not curvature, is what is left.
    if (Math.max(halves[0].value, halves[1].value) - before < LEAST_GAIN * (level - before)) break;
  }
  return { value: worst.value, box: region };
}

async function boundPart(
  objective: NormObjective,
  level: number,
  box: readonly Interval[],
  kernels: DenseKernels,
  settings: Partial<Settings>,
): Promise<Part | undefined> {
  const n = box.length;
  const { objective: shifted, error } = recentreNorm(objective, box);
  const unit = box.map((): Interval => [-1, 1]);
  const problem = completeProblem({
    variables: unit.map((_, v) => `z${v + 1}`),
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
  // A higher order would give the convex hull of r's values at best, to which curvature matters more.
  const relaxation = layOutRelaxation(scaled.problem, leastOrder(scaled.problem));
  const { status, assembled, dual } = await solveRelaxation(relaxation, { eps: 1e-9, ...settings });
  if (status !== "solved") return undefined;
  const normBound = (level + error) * scaled.objectiveScale * (1 + 1e-12);
  const bound = certifyLowerBound(relaxation, assembled, dual, unit, kernels, normBound);
  if (bound.value === undefined) return undefined;
  const curvature = new Float64Array(n);
  for (const r of shifted.residuals) {
    for (const { coefficient, monomial } of r.terms) {
      if (monomial.length > 1) for (const v of new Set(monomial)) curvature[v] += Math.abs(coefficient);
    }
  }
  return {
    box,
    value: Math.max(0, bound.value / scaled.objectiveScale - error),
    split: curvature.indexOf(Math.max(...curvature)),
  };
}
