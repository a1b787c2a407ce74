import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { svecToMatrix } from "../../problem/svec.ts";
import { certifiedMinEigenvalue } from "../../solver/min-eigenvalue.ts";
import { totalLoss } from "../model/loss.ts";
import type { BlockPoint, SplittingProblem } from "./engine.ts";

/**
 * A lower bound on the optimal value of one output's program, hence on the objective of every network of the kind,
 * from any multipliers: sup over t of −ℓ*(−tν) with tν made feasible.
 *
 * The dual asks D_μP − S ⪰ 0, D_μM + S ⪰ 0, S = A*(ν), with 1ᵀμ = c/2 each side (bilinear: μP = μM) or c. With
 * λ ≤ λ_min(D_μ ∓ S) verified, D_μ − λI dominates ±S at the price Σμ − dλ: scaling by t = (c/2)/(that) makes it
 * feasible. For the bilinear program D^{-½}SD^{-½} is tried too. The multipliers μ are those given, or the ones that
 * belong to S and the primal matrices, mended where they fail to dominate ({@link mendedDiagonal}).
 */
export function lowerBound(
  kernels: DenseKernels,
  problem: SplittingProblem,
  y: Float64Array,
  point: BlockPoint,
): number {
  const { forms, program, loss, price } = problem;
  const nu = point.nu.map((value, i) => loss.clip(value, y[i]));
  const d = forms.order;
  const S = new Float64Array(d * d);
  forms.adjoint(nu, S);
  const rounding = forms.adjointRounding(nu);
  const W = new Float64Array(d * d);
  const slack = (mu: Float64Array, sign: number): number => {
    for (let k = 0; k < d * d; k++) W[k] = sign * S[k];
    for (let j = 0; j < d; j++) W[j * d + j] += mu[j];
    return certifiedMinEigenvalue(kernels, d, W) - rounding;
  };
  const sum = (mu: Float64Array): number => mu.reduce((total, m) => total + m, 0);
  const allowed = program === "bilinear" ? price / 2 : price;
  const priceOf = (muP: Float64Array, muM: Float64Array): number => {
    const lambdaP = slack(muP, -1);
    const lambdaM = slack(muM, 1);
    if (program === "quadratic") return Math.max(sum(muP) - d * lambdaP, sum(muM) - d * lambdaM);
    const shifted = sum(muP) - d * Math.min(lambdaP, lambdaM);
    return Math.min(shifted, scaledNorm(kernels, d, S, muP, rounding) ?? Infinity);
  };
  let needed = priceOf(point.muP, point.muM);
  const mended = mendedMultipliers(kernels, program, d, S, point);
  if (mended !== undefined) needed = Math.min(needed, priceOf(...mended));
  needed *= 1 + 4 * (d + 2) * 2 ** -53;
  if (!(needed < Infinity)) return 0;
  let limit = needed > 0 ? allowed / needed : Infinity;
  for (let i = 0; i < nu.length; i++) limit = Math.min(limit, loss.reach(nu[i], y[i]));
  return bestAlongRay(limit, (t) => {
    let value = 0;
    let size = 0;
    for (let i = 0; i < nu.length; i++) {
      const term = loss.dual(t * nu[i], y[i]);
      value += term;
      size += Math.abs(term);
    }
    // Rounding of the terms and of their sum.
    return value - 4 * (nu.length + 8) * 2 ** -53 * size;
  });
}

/**
 * Complementarity gives multipliers from S and the primal matrices, D_μP P = SP and D_μM M = −SM on the diagonal
 * (bilinear: of their sum); what they leave undominated is mended.
 */
function mendedMultipliers(
  kernels: DenseKernels,
  program: SplittingProblem["program"],
  d: number,
  S: Float64Array,
  point: BlockPoint,
): readonly [Float64Array, Float64Array] | undefined {
  const P = new Float64Array(d * d);
  const M = new Float64Array(d * d);
  svecToMatrix(point.P, 0, d, P);
  svecToMatrix(point.M, 0, d, M);
  const work = new Float64Array(d * d);
  const estimate = (Z: Float64Array, diagonal: (j: number) => number, sign: number): Float64Array => {
    kernels.gemm(false, false, d, d, d, sign, S, Z, 0, work);
    return Float64Array.from({ length: d }, (_, j) => {
      const value = work[j * (d + 1)] / diagonal(j * (d + 1));
      return value > 0 && value < Infinity ? value : 0;
    });
  };
  if (program === "quadratic") {
    const muP = estimate(P, (k) => P[k], 1);
    const muM = estimate(M, (k) => M[k], -1);
    const deltaP = mendedDiagonal(kernels, d, S, muP, 1);
    const deltaM = mendedDiagonal(kernels, d, S, muM, -1);
    return deltaP && deltaM && [muP.map((m, j) => m + deltaP[j]), muM.map((m, j) => m + deltaM[j])];
  }
  const difference = P.map((value, k) => value - M[k]);
  const mu = estimate(difference, (k) => P[k] + M[k], 1);
  const above = mendedDiagonal(kernels, d, S, mu, 1);
  const below = mendedDiagonal(kernels, d, S, mu, -1);
  if (above === undefined || below === undefined) return undefined;
  for (let j = 0; j < d; j++) mu[j] += Math.max(above[j], below[j]);
  return [mu, mu];
}

/**
 * What a diagonal lacks to dominate ±S: with E the positive part of ±S − D_μ, D_δ ⪰ E for the row sums δ of |E|,
 * which cost Σδ ≤ d·tr E and much less where E sits on few rows.
 */
function mendedDiagonal(
  kernels: DenseKernels,
  d: number,
  S: Float64Array,
  mu: Float64Array,
  sign: 1 | -1,
): Float64Array | undefined {
  const W = S.map((value) => sign * value);
  for (let j = 0; j < d; j++) W[j * (d + 1)] -= mu[j];
  if (!W.every(Number.isFinite)) return undefined;
  const values = new Float64Array(d);
  const vectors = new Float64Array(d * d);
  kernels.eigSymmetric(d, W, values, vectors);
  let first = d;
  while (first > 0 && values[first - 1] > 0) first--;
  for (let c = first; c < d; c++) {
    const root = Math.sqrt(values[c]);
    for (let i = c * d; i < (c + 1) * d; i++) vectors[i] *= root;
  }
  const delta = new Float64Array(d);
  if (first === d) return delta;
  kernels.syrk(false, d, d - first, 1, vectors.subarray(first * d), 0, W);
  for (let j = 0; j < d; j++) for (let i = j * d; i < (j + 1) * d; i++) delta[j] += Math.abs(W[i]);
  return delta;
}

/** Σμ·‖D^{-½}SD^{-½}‖₂ with D = diag μ, small entries of μ raised; an upper bound. */
function scaledNorm(
  kernels: DenseKernels,
  d: number,
  S: Float64Array,
  mu: Float64Array,
  rounding: number,
): number | undefined {
  const mean = mu.reduce((sum, m) => sum + Math.max(m, 0), 0) / d;
  if (!(mean > 0)) return undefined;
  const weights = mu.map((m) => Math.max(m, 1e-4 * mean));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const W = new Float64Array(d * d);
  let least = Infinity;
  for (const w of weights) least = Math.min(least, w);
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < d; i++) W[j * d + i] = S[j * d + i] / Math.sqrt(weights[i] * weights[j]);
  }
  let size = 0;
  for (let k = 0; k < d * d; k++) size += W[k] * W[k];
  const low = certifiedMinEigenvalue(kernels, d, W);
  for (let k = 0; k < d * d; k++) W[k] = -W[k];
  const high = certifiedMinEigenvalue(kernels, d, W);
  const forming = 8 * 2 ** -53 * Math.sqrt(size) + rounding / least;
  return total * (Math.max(-low, -high) + forming);
}

/** The largest value found of a concave function on [0, limit]; any of its values is a valid bound. */
function bestAlongRay(limit: number, value: (t: number) => number): number {
  let best = 0;
  const at = (t: number): number => {
    const v = value(t);
    if (v > best) best = v;
    return Number.isNaN(v) ? -Infinity : v;
  };
  // Just inside: the domain of the dual is closed, but t·ν rounds.
  let high = Number.isFinite(limit) ? limit * (1 - 4 * 2 ** -53) : 2;
  if (!(high > 0)) return best;
  if (!Number.isFinite(limit)) while (high < 1e9 && at(2 * high) > at(high)) high *= 2;
  at(high);
  if (high > 1) at(1);
  const golden = 0.6180339887498949;
  let low = 0;
  let x1 = high - golden * (high - low);
  let x2 = low + golden * (high - low);
  let f1 = at(x1);
  let f2 = at(x2);
  for (let k = 0; k < 40 && high - low > 1e-9 * high; k++) {
    if (f1 < f2) {
      low = x1;
      x1 = x2;
      f1 = f2;
      x2 = low + golden * (high - low);
      f2 = at(x2);
    } else {
      high = x2;
      x2 = x1;
      f2 = f1;
      x1 = high - golden * (high - low);
      f1 = at(x1);
    }
  }
  return best;
}

/** A point that satisfies every constraint, and its objective. */
export interface FeasiblePoint {
  readonly objective: number;
  readonly loss: number;
  /** ρ, or ρ₁ + ρ₂ of the quadratic program. */
  readonly rho: number;
  /** order×order, positive semidefinite (verified), with the diagonals the program asks for. */
  readonly P: Float64Array;
  readonly M: Float64Array;
  /** ⟨𝒳ᵢ, P − M⟩. */
  readonly predictions: Float64Array;
}

/**
 * Makes a projected point feasible, in two ways, and takes the better: diagonals padded up to the largest, or first
 * made equal by P ← DPD, which moves no eigenvalue off zero and so costs less near the optimum.
 */
export function feasiblePoint(
  kernels: DenseKernels,
  problem: SplittingProblem,
  y: Float64Array,
  point: Pick<BlockPoint, "P" | "M">,
): FeasiblePoint {
  const d = problem.forms.order;
  const matrices = [point.P, point.M].map((packed) => {
    const square = new Float64Array(d * d);
    svecToMatrix(packed, 0, d, square);
    return square;
  });
  const [P, M] = matrices.map((square) => square.slice());
  const equal = paddedPoint(kernels, problem, y, ...equalised(problem.program, d, matrices[0], matrices[1]));
  const plain = paddedPoint(kernels, problem, y, P, M);
  return equal.objective < plain.objective ? equal : plain;
}

/** Shares of the mean diagonal outside of which the entries are left to be padded. */
const SCALED_RANGE = [0.25, 4] as const;

/** P ← DPD, M ← DMD with equal sums of the diagonals (bilinear), or each with a D of its own; in place. */
function equalised(
  program: SplittingProblem["program"],
  d: number,
  P: Float64Array,
  M: Float64Array,
): readonly [Float64Array, Float64Array] {
  const scale = (targets: readonly Float64Array[]): void => {
    const diagonal = new Float64Array(d);
    for (const matrix of targets) for (let j = 0; j < d; j++) diagonal[j] += matrix[j * d + j] / targets.length;
    const mean = diagonal.reduce((sum, value) => sum + value, 0) / d;
    const factors = diagonal.map((value) => {
      const share = value / mean;
      return share > SCALED_RANGE[0] && share < SCALED_RANGE[1] ? 1 / Math.sqrt(share) : 1;
    });
    for (const matrix of targets) {
      for (let j = 0; j < d; j++) for (let i = 0; i < d; i++) matrix[j * d + i] *= factors[i] * factors[j];
    }
  };
  if (program === "bilinear") scale([P, M]);
  else for (const matrix of [P, M]) scale([matrix]);
  return [P, M];
}

/**
 * A feasible point from nearly feasible matrices, which are overwritten: shifted by a verified λ_min (a projected
 * iterate is not exactly PSD), diagonals padded up to the largest, then the best multiple of the whole.
 */
function paddedPoint(
  kernels: DenseKernels,
  problem: SplittingProblem,
  y: Float64Array,
  P: Float64Array,
  M: Float64Array,
): FeasiblePoint {
  const { forms, program, loss, price } = problem;
  const d = forms.order;
  const shiftP = Math.max(0, -certifiedMinEigenvalue(kernels, d, P));
  const shiftM = Math.max(0, -certifiedMinEigenvalue(kernels, d, M));
  const pads = new Float64Array(2 * d);
  let rho = 0;
  if (program === "bilinear") {
    const shift = Math.max(shiftP, shiftM);
    let most = 0;
    for (let k = 0; k < d * d; k += d + 1) most = Math.max(most, 0.5 * (P[k] + M[k]) + shift);
    for (let j = 0; j < d; j++) pads[j] = pads[d + j] = most - 0.5 * (P[j * d + j] + M[j * d + j]);
    rho = most;
  } else {
    [P, M].forEach((matrix, side) => {
      let most = 0;
      for (let k = 0; k < d * d; k += d + 1)
        most = Math.max(most, matrix[k] + (side === 0 ? shiftP : shiftM));
      for (let j = 0; j < d; j++) pads[side * d + j] = most - matrix[j * d + j];
      rho += most;
    });
  }
  for (let j = 0; j < d; j++) {
    P[j * d + j] += pads[j];
    M[j * d + j] += pads[d + j];
  }
  const difference = new Float64Array(d * d);
  for (let k = 0; k < d * d; k++) difference[k] = P[k] - M[k];
  const predictions = new Float64Array(forms.count);
  forms.forward(difference, predictions);
  const multiple = bestMultiple((s) => {
    let value = price * rho * s;
    for (let i = 0; i < y.length; i++) value += loss.value(s * predictions[i], y[i]);
    return value;
  });
  for (const array of [P, M, predictions]) for (let k = 0; k < array.length; k++) array[k] *= multiple;
  const fit = totalLoss(loss, predictions, y);
  return { objective: fit + price * multiple * rho, loss: fit, rho: multiple * rho, P, M, predictions };
}

/** s ≥ 0 with the smallest value found of a convex function: 1 unless another is better. */
function bestMultiple(value: (s: number) => number): number {
  let best = 1;
  let least = value(1);
  const at = (s: number): number => {
    const v = value(s);
    if (v < least) {
      least = v;
      best = s;
    }
    return v;
  };
  at(0);
  const golden = 0.6180339887498949;
  let low = 0;
  let high = 2;
  let x1 = high - golden * (high - low);
  let x2 = low + golden * (high - low);
  let f1 = at(x1);
  let f2 = at(x2);
  for (let k = 0; k < 40; k++) {
    if (f1 > f2) {
      low = x1;
      x1 = x2;
      f1 = f2;
      f2 = at((x2 = low + golden * (high - low)));
    } else {
      high = x2;
      x2 = x1;
      f2 = f1;
      f1 = at((x1 = high - golden * (high - low)));
    }
  }
  return best;
}
