import type { ConjugateMinimum, Multipliers, PieceRanges } from "./node-relaxation.ts";
import { marginalCost } from "./node-relaxation.ts";
import type { RelaxationData } from "./training-problem.ts";
import type { PieceChange } from "./tree.ts";

/** Values of the same multipliers. */
export interface NodeBounds {
  /** safeBound. */
  readonly bound: number;
  /** activationBound; anything where unknown. */
  readonly activation: number;
}

export interface Fixing {
  readonly changes: readonly PieceChange[];
  /** Least bounds of the parts taken away, for f and for σ; Infinity when nothing was. */
  readonly removed: NodeBounds;
  /** Some (i, j) has no piece left: nothing in the node is better than `cutoff`. */
  readonly empty: boolean;
}

/**
 * Reduced-cost fixing: the node's safe bound is a sum with one term min_k(κ_ij f_k − μ_ij p_k) for every (i, j). Where
 * the same sum over breakpoints lo … k alone reaches the cutoff, no better network has x_ij in [p_lo, p_k], and likewise
 * from the right. No solve is needed; any multipliers serve.
 * @param bounds of these multipliers over the whole node
 * @param minimum for σ itself, where it has one
 */
export function fixPieces(
  problem: RelaxationData,
  ranges: PieceRanges,
  multipliers: Multipliers,
  { bound, activation }: NodeBounds,
  cutoff: number,
  minimum?: ConjugateMinimum,
): Fixing {
  const { breakpoints: p, values: f } = problem.pwl;
  const changes: PieceChange[] = [];
  const { neurons: M } = problem;
  const removed = { bound: Infinity, activation: Infinity };
  if (!Number.isFinite(bound) || !Number.isFinite(cutoff)) return { changes, removed, empty: false };
  const kappa = new Float64Array(M);
  for (let i = 0; i < problem.samples; i++) {
    marginalCost(problem, multipliers.residual, i, kappa);
    for (let j = 0; j < M; j++) {
      const ij = i * M + j;
      const [lo, hi] = [ranges.lo[ij], ranges.hi[ij]];
      const mu = multipliers.link[ij];
      const value = (k: number): number => kappa[j] * f[k] - mu * p[k];
      let least = Infinity;
      for (let k = lo; k <= hi; k++) least = Math.min(least, value(k));
      // What a part's least value has to be; the sum's rounding is in `bound`, the term's own in the margin.
      const wanted = cutoff - bound + least + 1e-13 * (1 + Math.abs(least));
      let [from, to] = [lo, hi];
      let left = value(lo);
      while (from < hi && Math.min(left, value(from + 1)) >= wanted) left = Math.min(left, value(++from));
      let right = value(hi);
      while (to > lo && Math.min(right, value(to - 1)) >= wanted) right = Math.min(right, value(--to));
      const take = (part: number, low: number, high: number): void => {
        removed.bound = Math.min(removed.bound, bound - least + part);
        if (minimum === undefined) return;
        const gained = minimum(kappa[j], mu, p[low], p[high]) - minimum(kappa[j], mu, p[lo], p[hi]);
        removed.activation = Math.min(removed.activation, activation + gained);
      };
      if (from > lo) take(left, lo, from);
      if (to < hi) take(right, to, hi);
      if (from >= to) return { changes, removed, empty: true };
      if (from > lo || to < hi) changes.push({ ij, lo: from, hi: to });
    }
  }
  return { changes, removed, empty: false };
}
