import type { Measures } from "./result.ts";

/**
 * The test behind the word "solved". Residuals small against their scale are not enough: on badly scaled problems
 * they hide errors of the objective of 50 % (SCS on SDPLIB hinf9). So the objective must also be pinned: for any
 * optimal (x*, y*), −bᵀy + x*ᵀr_d ≤ p* ≤ cᵀx + y*ᵀr_p, and the width of that interval, with |x*|, |y*| estimated by
 * the iterates, must be within `objectiveSlack`·eps of the objective's size.
 */
export const objectiveSlack = 5;

/** SCS's own test (method `reference`) is looser than ours: its word is taken up to this factor, no further. */
export const referenceFactor = 10;

/** The objective may still move by this many times eps (convergence.ts) when a splitting is called solved. */
export const driftSlack = 5;

/** `solvedInaccurate` is said up to this factor above eps, but never beyond `inaccurateLimit`. */
export const inaccurateFactor = 10;
export const inaccurateLimit = 5e-4;

/** How far a point is from `solved` at tolerance 1: the largest of the tested ratios. NaN when anything is. */
export function terminationError(m: Measures): number {
  return worst([
    m.primalResidual / m.primalScale,
    m.dualResidual / m.dualScale,
    m.dualityGap / m.objectiveScale,
    m.objectiveError / (objectiveSlack * m.objectiveScale),
    ...m.dimacs.map(Math.abs),
  ]);
}

/** All tests hold at this tolerance. */
export function isSolved(m: Measures, eps: number): boolean {
  return terminationError(m) <= eps;
}

function worst(values: readonly number[]): number {
  let max = 0;
  for (const value of values) {
    if (value !== value) return NaN;
    if (value > max) max = value;
  }
  return max;
}
