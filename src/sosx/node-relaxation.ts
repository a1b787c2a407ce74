import type { RelaxationData } from "./training-problem.ts";

/**
 * A node of the tree: for every sample i and neuron j (at i·M + j) the pieces left, as breakpoint indices lo < hi; x_ij
 * lies in [p_lo, p_hi] and (x_ij, g_ij) in the hull of the breakpoints between (the spatial reading of Keha, de Farias
 * and Nemhauser's branching on y).
 */
export interface PieceRanges {
  readonly lo: Uint8Array;
  readonly hi: Uint8Array;
}

/** All pieces everywhere. */
export function rootRanges(problem: RelaxationData): PieceRanges {
  const count = problem.samples * problem.neurons;
  const last = problem.pwl.breakpoints.length - 1;
  return { lo: new Uint8Array(count), hi: new Uint8Array(count).fill(last) };
}

/** Lagrange multipliers of the node's relaxation; any values give a valid bound. */
export interface Multipliers {
  /** π, N×C: of r = W₂g + b₂ − y. */
  readonly residual: Float64Array;
  /** μ, N×M: of x = (w₁, b₁)ᵀ(u, 1). */
  readonly link: Float64Array;
}

/** g_ij ≤ constant + slopeᵀ(w₁, b₁)ⱼ (`side` 1) or ≥ (`side` −1), which holds for f on the whole box of (w₁, b₁). */
export interface EnvelopeCut {
  readonly ij: number;
  readonly side: 1 | -1;
  readonly constant: number;
  /** Length d+1. */
  readonly slope: Float64Array;
}

/** Cuts in a relaxation and their multipliers: at most 0 for `side` 1, at least 0 for −1; others count as 0. */
export interface CutMultipliers {
  readonly cuts: readonly EnvelopeCut[];
  readonly values: Float64Array;
}

export interface BoundOptions {
  /** The value without the loss (π = 0): above 0 it proves the node empty. Default false. */
  readonly ray?: boolean;
  readonly envelopes?: CutMultipliers | undefined;
}

/**
 * κ_ij = Σ_c π_ic W₂[c,j] of one sample, into `kappa` (length M): what g_ij costs. For the absolute loss π is brought into
 * the conjugate's domain.
 */
export function marginalCost(problem: RelaxationData, residual: Float64Array, i: number, kappa: Float64Array): void {
  const { samples: N, neurons: M, outputs: C, outputWeights, loss } = problem;
  const limit = 1 / (N * C);
  kappa.fill(0);
  for (let c = 0; c < C; c++) {
    const raw = residual[i * C + c];
    const pi = loss === "mae" ? Math.min(limit, Math.max(-limit, raw)) : raw;
    for (let j = 0; j < M; j++) kappa[j] += pi * outputWeights[c * M + j];
  }
}

/**
 * The relaxation's value for multipliers (Neumaier and Shcherbina's idea): with κ_ij = Σ_c π_ic W₂[c,j],
 * −πᵀy − Σφ*(π) + min_{b₂} Σπb₂ + Σ_ij min_{lo≤k≤hi}(κ_ij f_k − μ_ij p_k) + Σ_j min_{(w₁,b₁)} (Σ_i μ_ij(u_i,1))ᵀ(w₁,b₁).
 * All minima are over finite boxes, so the value is a lower bound on the node's optimum whatever the multipliers.
 * A cut y·(g_ij − slopeᵀ(w, b)ⱼ) adds y·constant, −y to κ_ij and y·slope to the gradient of (w, b)ⱼ.
 */
export function safeBound(
  problem: RelaxationData,
  ranges: PieceRanges,
  { residual, link }: Multipliers,
  { ray = false, envelopes }: BoundOptions = {},
): number {
  const { samples: N, neurons: M, outputs: C, features, design, targets, outputWeights, pwl, bounds, loss } = problem;
  const { breakpoints: p, values: f } = pwl;
  const width = features + 1;
  const limit = 1 / (N * C);
  const gradient = new Float64Array(M * width);
  const biasSum = new Float64Array(C);
  const kappa = new Float64Array(M);
  const pi = new Float64Array(C);
  let value = 0;
  // Magnitude of what was added up, for the rounding errors.
  let scale = 0;
  const extra = envelopes === undefined ? undefined : new Float64Array(N * M);
  envelopes?.cuts.forEach(({ ij, side, constant, slope }, k) => {
    const y = envelopes.values[k];
    if (!(side * y < 0) || extra === undefined) return;
    value += y * constant;
    scale += Math.abs(y) * (Math.abs(constant) + 1);
    extra[ij] -= y;
    const first = (ij % M) * width;
    slope.forEach((v, q) => (gradient[first + q] += y * v));
  });
  for (let i = 0; i < N; i++) {
    for (let c = 0; c < C; c++) {
      const raw = ray ? 0 : residual[i * C + c];
      pi[c] = loss === "mae" ? Math.min(limit, Math.max(-limit, raw)) : raw;
      biasSum[c] += pi[c];
      const term = -pi[c] * targets[i * C + c] - (loss === "mse" ? (pi[c] * pi[c]) / (4 * limit) : 0);
      value += term;
      scale += Math.abs(term) + Math.abs(pi[c]) * 4;
    }
    kappa.fill(0);
    for (let c = 0; c < C; c++) for (let j = 0; j < M; j++) kappa[j] += pi[c] * outputWeights[c * M + j];
    for (let j = 0; j < M; j++) {
      const ij = i * M + j;
      const mu = link[ij];
      const cost = extra === undefined ? kappa[j] : kappa[j] + extra[ij];
      let least = Infinity;
      for (let k = ranges.lo[ij]; k <= ranges.hi[ij]; k++) least = Math.min(least, cost * f[k] - mu * p[k]);
      value += least;
      scale += Math.abs(least) + Math.abs(mu);
      if (mu !== 0) for (let k = 0; k < width; k++) gradient[j * width + k] += mu * design[i * width + k];
    }
  }
  for (let c = 0; c < C; c++) {
    const term = biasSum[c] * (biasSum[c] > 0 ? bounds.outputBias[0] : bounds.outputBias[1]);
    value += term;
    scale += Math.abs(term);
  }
  for (let j = 0; j < M; j++) {
    for (let k = 0; k < width; k++) {
      const g = gradient[j * width + k];
      const [low, high] = k === features ? bounds.bias : bounds.weight;
      const term = g * (g > 0 ? low : high);
      value += term;
      scale += Math.abs(term);
    }
  }
  const terms = N + 8 + (envelopes?.cuts.length ?? 0);
  return Number.isNaN(value) ? -Infinity : value - terms * Number.EPSILON * scale;
}

/** The multipliers' value restricted to x in [p_lo, p_hi] for the function σ itself: see {@link activationBound}. */
export type ConjugateMinimum = (kappa: number, mu: number, low: number, high: number) => number;

/**
 * Lower bound on the loss of networks with σ itself in place of f, the x_ij in the node's ranges: {@link safeBound} with
 * the exact minimum of κσ(x) − μx over every interval.
 */
export function activationBound(
  problem: RelaxationData,
  ranges: PieceRanges,
  multipliers: Multipliers,
  minimum: ConjugateMinimum,
): number {
  const { samples: N, neurons: M, pwl } = problem;
  const { breakpoints: p, values: f } = pwl;
  let value = safeBound(problem, ranges, multipliers);
  if (value === -Infinity) return value;
  const kappa = new Float64Array(M);
  for (let i = 0; i < N; i++) {
    marginalCost(problem, multipliers.residual, i, kappa);
    for (let j = 0; j < M; j++) {
      const ij = i * M + j;
      const mu = multipliers.link[ij];
      let least = Infinity;
      for (let k = ranges.lo[ij]; k <= ranges.hi[ij]; k++) least = Math.min(least, kappa[j] * f[k] - mu * p[k]);
      value += minimum(kappa[j], mu, p[ranges.lo[ij]], p[ranges.hi[ij]]) - least;
    }
  }
  return value - 1e-12 * Math.abs(value);
}

/** κσ(x) − μx minimised over intervals, for functions whose slope can be inverted; `undefined` for others. */
export function conjugateMinimum(name: string): ConjugateMinimum | undefined {
  const sigma = INVERTIBLE[name];
  if (sigma === undefined) return undefined;
  return (kappa, mu, low, high) => {
    const at = (x: number): number => kappa * sigma.value(x) - mu * x;
    let least = Math.min(at(low), at(high));
    if (kappa !== 0) {
      for (const x of sigma.atSlope(mu / kappa)) if (low < x && x < high) least = Math.min(least, at(x));
    }
    return least;
  };
}

const logistic = (z: number): number => 1 / (1 + Math.exp(-z));

/** σ and the points of a given slope (kinks always). */
const INVERTIBLE: Readonly<
  Record<string, { value: (z: number) => number; atSlope: (slope: number) => readonly number[] } | undefined>
> = {
  tanh: {
    value: Math.tanh,
    atSlope: (s) => {
      if (!(s > 0 && s < 1)) return s === 1 ? [0] : [];
      const z = Math.atanh(Math.sqrt(1 - s));
      return [-z, z];
    },
  },
  sigmoid: {
    value: logistic,
    atSlope: (s) => {
      if (!(s > 0 && s < 0.25)) return s === 0.25 ? [0] : [];
      const high = (1 + Math.sqrt(1 - 4 * s)) / 2;
      const z = Math.log(high / (1 - high));
      return [-z, z];
    },
  },
  softplus: {
    value: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
    atSlope: (s) => (s > 0 && s < 1 ? [Math.log(s / (1 - s))] : []),
  },
  relu: { value: (z) => Math.max(z, 0), atSlope: () => [0] },
};
