import type { Interval } from "../bounds.ts";
import { monomialKey } from "../monomial.ts";
import type { Monomial } from "../monomial.ts";
import type { Polynomial } from "../polynomial.ts";
import type { NormObjective } from "../problem.ts";
import { linearBounds } from "./linear-bounds.ts";
import { contractByMonomials } from "./monomial-intervals.ts";
import { centreOf, magnitudeAt, recentre } from "./recentre.ts";
import type { Centre, Recentred } from "./recentre.ts";

/** Rounds of linearisation. */
const ROUNDS = 12;
/** A round counts when it shortens the sum of the lengths by this share. */
const PROGRESS = 0.05;

/**
 * A box that holds every x of `box` with ‖r(x)‖ ≤ level, as small as two kinds of reasoning make it:
 * r is linear in the monomials of x, so that its least singular value bounds these, and with them x; then,
 * round the box's centre, r is linear in x but for a remainder that the box bounds (as in Krawczyk's method).
 *
 * @param box what is known before; infinite ends allowed
 * @returns the box, with infinite ends where nothing follows
 */
export function normSublevelBox(
  objective: NormObjective,
  level: number,
  box: readonly Interval[],
): Interval[] {
  const { norm, residuals } = objective;
  const { monomials, A, b } = liftedSystem(residuals);
  const slack = new Float64Array(residuals.length);
  const bounds = linearBounds({ norm, A, b, slack, cols: monomials.length, level });
  let current = [...box];
  if (bounds) {
    const intervals = monomials.map((_, k): Interval => [bounds.low[k], bounds.high[k]]);
    current = contractByMonomials(monomials, intervals, current);
  }
  for (let round = 0; round < ROUNDS && current.every(isBounded); round++) {
    const next = linearisedBox(objective, level, current);
    const shorter = totalRatio(next, current) < (1 - PROGRESS) * current.length;
    current = next;
    if (!shorter) break;
  }
  return current;
}

/** Rigorous upper bound on ‖r(x)‖, sharp to rounding. */
export function normLevel({ norm, residuals }: NormObjective, x: Float64Array): number {
  const sizes = residuals.map((r) => magnitudeAt(r, x));
  return norm === "max"
    ? Math.max(0, ...sizes)
    : Math.sqrt(sizes.reduce((sum, s) => sum + s * s, 0)) * (1 + residuals.length * 2 ** -52);
}

function isBounded([low, high]: Interval): boolean {
  return Number.isFinite(low) && Number.isFinite(high);
}

function totalRatio(next: readonly Interval[], before: readonly Interval[]): number {
  return next.reduce((sum, [low, high], v) => {
    const length = before[v][1] - before[v][0];
    return sum + (length > 0 ? (high - low) / length : 1);
  }, 0);
}

/** r = A·(monomials) + b. */
function liftedSystem(residuals: readonly Polynomial[]): {
  monomials: Monomial[];
  A: Float64Array;
  b: Float64Array;
} {
  const index = new Map<string, number>();
  const monomials: Monomial[] = [];
  for (const r of residuals) {
    for (const { monomial } of r.terms) {
      const key = monomialKey(monomial);
      if (monomial.length === 0 || index.has(key)) continue;
      index.set(key, monomials.length);
      monomials.push(monomial);
    }
  }
  const A = new Float64Array(residuals.length * monomials.length);
  const b = new Float64Array(residuals.length);
  residuals.forEach((r, i) => {
    for (const { coefficient, monomial } of r.terms) {
      const k = index.get(monomialKey(monomial));
      if (k === undefined) b[i] = coefficient;
      else A[i * monomials.length + k] = coefficient;
    }
  });
  return { monomials, A, b };
}

/** One round: |remainder_i| is at most the sum of the coefficients of degree ≥ 2 in z, |z| ≤ 1. */
function linearisedBox({ norm, residuals }: NormObjective, level: number, box: Interval[]): Interval[] {
  const centre = centreOf(box);
  const n = box.length;
  const shifted = residuals.map((r) => recentre(r, centre));
  const A = new Float64Array(residuals.length * n);
  const b = new Float64Array(residuals.length);
  const slack = new Float64Array(residuals.length);
  shifted.forEach(({ polynomial, error }, i) => {
    let rest = error;
    for (const { coefficient, monomial } of polynomial.terms) {
      if (monomial.length === 0) b[i] = coefficient;
      else if (monomial.length === 1) A[i * n + monomial[0]] = coefficient;
      else rest += Math.abs(coefficient);
    }
    slack[i] = rest * (1 + 1e-12);
  });
  const bounds = linearBounds({ norm, A, b, slack, cols: n, level });
  if (!bounds) return box;
  return box.map(([low, high], v): Interval => {
    const at = (z: number, side: number): number => {
      const x = centre.centre[v] + centre.radius[v] * z;
      return x + side * 4e-16 * (Math.abs(x) + Math.abs(centre.centre[v]));
    };
    const next: Interval = [Math.max(low, at(bounds.low[v], -1)), Math.min(high, at(bounds.high[v], 1))];
    return next[0] <= next[1] ? next : [low, high];
  });
}

/** The residuals about the centre of a bounded box, and the norm of their errors. */
export function recentreNorm(
  { norm, residuals }: NormObjective,
  box: readonly Interval[],
): { readonly objective: NormObjective; readonly centre: Centre; readonly error: number } {
  const centre = centreOf(box);
  const shifted: Recentred[] = residuals.map((r) => recentre(r, centre));
  const errors = shifted.map(({ error }) => error);
  const error =
    norm === "max" ? Math.max(0, ...errors) : Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0));
  return {
    objective: { norm, residuals: shifted.map(({ polynomial }) => polynomial) },
    centre,
    error: error * (1 + 1e-12),
  };
}
