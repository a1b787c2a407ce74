import type { DenseKernels } from "../linear/dense-kernels.ts";
import { cliqueBasis, momentMatrix } from "./moment-matrix.ts";
import type { Moments } from "./moment-matrix.ts";
import { flatnessStep } from "./relaxation.ts";
import type { Relaxation } from "./relaxation.ts";

/** Ranks of the moment matrices of one clique. */
export interface Ranks {
  /** ranks[d] = rank M_d, d = 0 … order; shorter where term sparsity left moments out. */
  readonly ranks: readonly number[];
  /**
   * The least d with rank M_d = rank M_{d−step}, if any: the moments up to 2d are those of rank M_d points.
   */
  readonly flatAt: number | undefined;
}

/**
 * Flat truncation (Nie 2013; Curto & Fialkow): tested for every d in [step, order], step = ⌈deg g/2⌉.
 * A rank counts the eigenvalues above `tolerance` times the largest.
 */
export function flatTruncation(
  relaxation: Relaxation,
  moments: Moments,
  clique: number,
  tolerance: number,
  kernels: DenseKernels,
): Ranks {
  const step = flatnessStep(relaxation.problem);
  const ranks: number[] = [];
  for (let d = 0; d <= relaxation.order; d++) {
    const basis = cliqueBasis(relaxation, clique, d);
    const matrix = momentMatrix(relaxation, moments, basis);
    if (!matrix) break;
    const values = new Float64Array(basis.length);
    kernels.eigenvalues(basis.length, matrix, values);
    const largest = values[values.length - 1];
    ranks.push(values.filter((value) => value > tolerance * largest).length);
  }
  let flatAt: number | undefined;
  for (let d = step; d < ranks.length; d++) if (ranks[d] === ranks[d - step]) flatAt ??= d;
  return { ranks, flatAt };
}
