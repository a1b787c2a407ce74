import type { DenseKernels } from "../linear/dense-kernels.ts";
import { extractPoints } from "./extraction.ts";
import type { Extraction } from "./extraction.ts";
import { flatTruncation } from "./flatness.ts";
import type { Ranks } from "./flatness.ts";
import type { Moments } from "./moment-matrix.ts";
import type { Relaxation } from "./relaxation.ts";

/** What the moments of a relaxation say about minimisers. */
export interface MomentReading {
  /** Flat, with points that reproduce the moments. */
  readonly flat: boolean;
  /** Eigenvalues below this times the largest were counted as zero. */
  readonly rankTolerance: number;
  /** The largest rank of M_d over the cliques, d = 0, 1, …. */
  readonly ranks: readonly number[];
  /** Largest extraction residual where extraction was possible. */
  readonly residual: number | undefined;
  /** The extracted points when flat. */
  readonly points: readonly Float64Array[];
  /** Other starting points for a local search: the mean, points of extractions that do not fit, samples. */
  readonly hints: readonly Float64Array[];
}

/** Points from flat moments must reproduce them to this. */
const FITTING = 1e-3;
/** Points that reproduce the moments to this are taken without looking further. */
const CLOSE = 1e-6;
/** Hints by sampling. */
const SAMPLES = 12;

/**
 * Reads the moments with the first tolerance, and with the next ones while the points do not reproduce the
 * moments closely: points near one another give small eigenvalues that are not zero. The closest fit counts.
 *
 * @param rankTolerances from large to small, at least one
 */
export function readMinimizers(
  relaxation: Relaxation,
  moments: Moments,
  rankTolerances: readonly number[],
  kernels: DenseKernels,
  random: () => number,
): MomentReading {
  let best: MomentReading | undefined;
  const hints: Float64Array[] = [];
  const quality = ({ flat, residual = 0 }: MomentReading): number => (flat ? residual : Infinity);
  for (const tolerance of rankTolerances) {
    const reading = readWith(relaxation, moments, tolerance, kernels);
    for (const hint of reading.hints)
      if (hints.every((other) => distance(hint, other) > 1e-6)) hints.push(hint);
    if (!best || quality(reading) < quality(best)) best = reading;
    if (quality(best) <= CLOSE) break;
  }
  const last = best as MomentReading;
  if (!last.flat && relaxation.cliques.length === 1)
    hints.push(...samples(relaxation, moments, hints[0], kernels, random));
  return { ...last, hints };
}

function distance(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

/**
 * Tests flat truncation in every clique, extracts, and collects starting points where that gives no
 * minimiser.
 */
function readWith(
  relaxation: Relaxation,
  moments: Moments,
  rankTolerance: number,
  kernels: DenseKernels,
): MomentReading {
  const { cliques, problem } = relaxation;
  const mean = new Float64Array(problem.n);
  for (let v = 0; v < problem.n; v++) {
    const at = relaxation.indexOf([v]);
    if (at !== undefined) mean[v] = moments[at];
  }
  const tests = cliques.map((_, k) => flatTruncation(relaxation, moments, k, rankTolerance, kernels));
  const ranks: number[] = [];
  for (const test of tests) test.ranks.forEach((rank, d) => (ranks[d] = Math.max(ranks[d] ?? 0, rank)));
  if (cliques.length > 1) {
    // Rank-one moment matrices of degree 1 in all cliques agree on their intersections: one point.
    const flat = tests.every(({ ranks: r, flatAt }) => flatAt !== undefined && r[1] === 1);
    return { flat, rankTolerance, ranks, residual: undefined, points: flat ? [mean] : [], hints: [mean] };
  }
  const [test] = tests;
  const hints: Float64Array[] = [mean];
  if (test.flatAt !== undefined) {
    const extraction = extract(relaxation, moments, test, test.flatAt, mean, kernels);
    if (extraction && extraction.residual <= FITTING) {
      return {
        flat: true,
        rankTolerance,
        ranks,
        residual: extraction.residual,
        points: extraction.points,
        hints,
      };
    }
    hints.push(...(extraction?.points ?? []));
    return { flat: false, rankTolerance, ranks, residual: extraction?.residual, points: [], hints };
  }
  for (let d = test.ranks.length - 1; d >= 2 && hints.length < 20; d--) {
    const rank = test.ranks[d - 1];
    const extraction = extractPoints(relaxation, moments, 0, d, rank, kernels);
    if (extraction) hints.push(...extraction.points);
  }
  return { flat: false, rankTolerance, ranks, residual: undefined, points: [], hints };
}

function extract(
  relaxation: Relaxation,
  moments: Moments,
  { ranks }: Ranks,
  flatAt: number,
  mean: Float64Array,
  kernels: DenseKernels,
): Extraction | undefined {
  if (ranks[flatAt] === 1) {
    return { points: [mean], weights: [1], residual: rankOneResidual(relaxation, moments, mean, flatAt) };
  }
  return extractPoints(relaxation, moments, 0, flatAt, ranks[flatAt], kernels);
}

function rankOneResidual(relaxation: Relaxation, moments: Moments, x: Float64Array, d: number): number {
  let worst = 0;
  relaxation.moments.forEach((monomial, k) => {
    if (monomial.length > 2 * d) return;
    const value = monomial.reduce((product, v) => product * x[v], 1);
    worst = Math.max(worst, Math.abs(value - moments[k]) / Math.max(1, Math.abs(moments[k])));
  });
  return worst;
}

/** Samples of the normal distribution with the moments' mean and covariance. */
function samples(
  relaxation: Relaxation,
  moments: Moments,
  mean: Float64Array,
  kernels: DenseKernels,
  random: () => number,
): Float64Array[] {
  const n = mean.length;
  if (n > 200) return [];
  const covariance = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      const at = relaxation.indexOf([j, i]);
      if (at !== undefined) covariance[j * n + i] = moments[at] - mean[i] * mean[j];
    }
  }
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  kernels.eigSymmetric(n, covariance, values, vectors);
  return Array.from({ length: SAMPLES }, () => {
    const x = mean.slice();
    for (let j = 0; j < n; j++) {
      // Sum of uniform numbers: near enough to normal, and bounded.
      const weight =
        (random() + random() + random() + random() - 2) * 1.7320508 * Math.sqrt(Math.max(0, values[j]));
      for (let i = 0; i < n; i++) x[i] += weight * vectors[j * n + i];
    }
    return x;
  });
}
