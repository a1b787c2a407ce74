import { monomialRange } from "../bounds.ts";
import type { Interval } from "../bounds.ts";
import { factors } from "../monomial.ts";
import type { Monomial } from "../monomial.ts";

const PASSES = 30;
/** A pass counts when it shortens an interval by this share of it. */
const PROGRESS = 1e-3;

/**
 * Intervals of variables from intervals of monomials: x_v^e lies in the monomial's interval over that of its
 * other factors, wherever that stays away from 0 (interval constraint propagation, hull consistency).
 */
export function contractByMonomials(
  monomials: readonly Monomial[],
  intervals: readonly Interval[],
  box: readonly Interval[],
): Interval[] {
  const current = [...box];
  for (let pass = 0; pass < PASSES; pass++) {
    let changed = false;
    monomials.forEach((monomial, k) => {
      for (const { variable, exponent } of factors(monomial)) {
        const rest = monomialRange(
          monomial.filter((v) => v !== variable),
          current,
        );
        const power = quotient(intervals[k], rest);
        if (!power) continue;
        const next = intersect(current[variable], root(power, exponent, current[variable]));
        if (isShorter(next, current[variable])) {
          current[variable] = next;
          changed = true;
        }
      }
    });
    if (!changed) break;
  }
  return current;
}

function outward([low, high]: Interval): Interval {
  return [low - 1e-14 * Math.abs(low) - 1e-300, high + 1e-14 * Math.abs(high) + 1e-300];
}

/** {a/b}, or undefined where b may be 0. */
function quotient([a, b]: Interval, [c, d]: Interval): Interval | undefined {
  if (!(c > 0 || d < 0) || !Number.isFinite(a) || !Number.isFinite(b)) return undefined;
  const all = [a / c, a / d, b / c, b / d];
  return outward([Math.min(...all), Math.max(...all)]);
}

/** {x: x^e ∈ power}, with the sign that x is known to have. */
function root([low, high]: Interval, e: number, known: Interval): Interval {
  if (e === 1) return [low, high];
  const to = (value: number): number => Math.sign(value) * Math.abs(value) ** (1 / e);
  if (e % 2 === 1) return outward([to(low), to(high)]);
  const far = to(Math.max(0, high));
  const near = to(Math.max(0, low));
  if (known[0] >= 0) return outward([near, far]);
  if (known[1] <= 0) return outward([-far, -near]);
  return outward([-far, far]);
}

/** The common part; the first where rounding left none. */
function intersect(a: Interval, b: Interval): Interval {
  const low = Math.max(a[0], b[0]);
  const high = Math.min(a[1], b[1]);
  return low <= high ? [low, high] : a;
}

function isShorter(next: Interval, before: Interval): boolean {
  const length = before[1] - before[0];
  if (!Number.isFinite(length)) {
    const ends = (interval: Interval): number => interval.filter(Number.isFinite).length;
    return ends(next) > ends(before);
  }
  return next[1] - next[0] < (1 - PROGRESS) * length;
}
