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
 * feasible. For the bilinear program D^{-½}SD^{-½} is tried too.
 */
export function lowerBound(
  kernels: DenseKernels,
  problem: SplittingProblem,
  y: Float64Array,
  { nu: given, muP, muM }: BlockPoint,
): number {
  const { forms, program, loss, price } = problem;
  const nu = given.map((value, i) => loss.clip(value, y[i]));
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
  const lambdaP = slack(muP, -1);
  const lambdaM = slack(muM, 1);
  let needed: number;
  if (program === "quadratic") {
    needed = Math.max(sum(muP) - d * lambdaP, sum(muM) - d * lambdaM);
  } else {
    needed = sum(muP) - d * Math.min(lambdaP, lambdaM);
    const norm = scaledNorm(kernels, d, S, muP, rounding);
    if (norm !== undefined) needed = Math.min(needed, norm);
  }
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
 * Makes a projected point feasible: shift by a verified λ_min (a projected iterate is not exactly PSD), diagonals
 * padded up to the largest, then the best multiple of the whole.
 */
export function feasiblePoint(
  kernels: DenseKernels,
  problem: SplittingProblem,
  y: Float64Array,
  point: Pick<BlockPoint, "P" | "M">,
): FeasiblePoint {
  const { forms, program, loss, price } = problem;
  const d = forms.order;
  const P = new Float64Array(d * d);
  const M = new Float64Array(d * d);
  svecToMatrix(point.P, 0, d, P);
  svecToMatrix(point.M, 0, d, M);
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
