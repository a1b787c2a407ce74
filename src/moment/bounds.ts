import { factors } from "./monomial.ts";
import type { Monomial } from "./monomial.ts";
import type { Polynomial } from "./polynomial.ts";
import type { CompleteProblem } from "./problem.ts";

export type Interval = readonly [number, number];

/** Passes over all constraints at most. */
const PASSES = 20;
/** Bounds are widened by this much of their size, far more than rounding moves them. */
const OUTWARD = 1e-9;

/**
 * A box that holds every feasible point: the given box, tightened by interval propagation through constraints
 * in which a variable stands alone (linear, even powers, concave quadratics), as in x ≤ u or R² − Σx² ≥ 0.
 */
export function feasibleBox(problem: CompleteProblem): Interval[] {
  const box: [number, number][] = problem.box.map(([low, high]) => [low, high]);
  for (const [v, kind] of problem.binary) {
    box[v] = [Math.max(box[v][0], kind === "zeroOne" ? 0 : -1), Math.min(box[v][1], 1)];
  }
  const constraints = [
    ...problem.inequalities,
    ...problem.equalities,
    ...problem.equalities.map((h) => h.times(-1)),
  ].map(splitByVariable);
  for (let pass = 0; pass < PASSES; pass++) {
    let changed = false;
    for (const constraint of constraints) if (tighten(constraint, box)) changed = true;
    if (!changed) break;
  }
  return box;
}

interface SplitConstraint {
  readonly terms: readonly { readonly coefficient: number; readonly monomial: Monomial }[];
  /** Terms in one variable alone: variable → index of term and exponent. */
  readonly pure: ReadonlyMap<number, readonly { readonly term: number; readonly exponent: number }[]>;
}

function splitByVariable(g: Polynomial): SplitConstraint {
  const pure = new Map<number, { term: number; exponent: number }[]>();
  const terms = g.terms;
  terms.forEach(({ monomial }, term) => {
    if (monomial.length === 0 || monomial[0] !== monomial[monomial.length - 1]) return;
    const list = pure.get(monomial[0]) ?? [];
    list.push({ term, exponent: monomial.length });
    pure.set(monomial[0], list);
  });
  return { terms, pure };
}

/** Uses g ≥ 0; true when a bound moved. */
function tighten({ terms, pure }: SplitConstraint, box: [number, number][]): boolean {
  const most = terms.map(
    ({ coefficient, monomial }) => scaleInterval(coefficient, monomialRange(monomial, box))[1],
  );
  let total = 0;
  let infinite = 0;
  for (const m of most) {
    if (m === Infinity) infinite++;
    else total += m;
  }
  const scale = most.reduce((sum, m) => (Number.isFinite(m) ? sum + Math.abs(m) : sum), 0);
  let changed = false;
  for (const [v, own] of pure) {
    const ownInfinite = own.filter(({ term }) => most[term] === Infinity).length;
    if (infinite > ownInfinite) continue;
    let rest = total + 1e-14 * terms.length * scale;
    for (const { term } of own) if (most[term] !== Infinity) rest -= most[term];
    const [low, high] = solutionRange(
      own.map(({ term, exponent }) => [terms[term].coefficient, exponent] as const),
      rest,
    );
    const pad = (x: number): number => OUTWARD * (1 + Math.abs(x));
    const newLow = low - pad(low);
    const newHigh = high + pad(high);
    // An empty range means infeasibility, which the relaxation will prove.
    if (newLow > newHigh) continue;
    if (newLow > box[v][0] + 1e-3 * (1 + Math.abs(newLow)) && newLow <= box[v][1]) {
      box[v][0] = newLow;
      changed = true;
    }
    if (newHigh < box[v][1] - 1e-3 * (1 + Math.abs(newHigh)) && newHigh >= box[v][0]) {
      box[v][1] = newHigh;
      changed = true;
    }
  }
  return changed;
}

/** {x: Σ aₚxᵖ + rest ≥ 0}, or all of R where the shape is not known. */
function solutionRange(terms: readonly (readonly [number, number])[], rest: number): Interval {
  const all: Interval = [-Infinity, Infinity];
  if (terms.length === 1) {
    const [a, p] = terms[0];
    if (p % 2 === 1) {
      const root = signedRoot(-rest / a, p);
      return a > 0 ? [root, Infinity] : [-Infinity, root];
    }
    if (a > 0 || rest < 0) return all;
    const root = signedRoot(-rest / a, p);
    return [-root, root];
  }
  if (terms.length !== 2) return all;
  const a = terms.find(([, p]) => p === 2)?.[0];
  const b = terms.find(([, p]) => p === 1)?.[0];
  if (a === undefined || b === undefined || a > 0) return all;
  const discriminant = b * b - 4 * a * rest;
  if (discriminant < 0) return all;
  const q = -0.5 * (b + Math.sign(b) * Math.sqrt(discriminant));
  const roots = [q / a, rest / q];
  return [Math.min(...roots), Math.max(...roots)];
}

function signedRoot(value: number, p: number): number {
  return Math.sign(value) * Math.abs(value) ** (1 / p);
}

/** Range of a monomial over a box. */
export function monomialRange(monomial: Monomial, box: readonly Interval[]): Interval {
  let range: Interval = [1, 1];
  for (const { variable, exponent } of factors(monomial)) {
    const [low, high] = box[variable];
    const power: Interval =
      exponent % 2 === 1
        ? [low ** exponent, high ** exponent]
        : [
            low <= 0 && high >= 0 ? 0 : Math.min(low ** exponent, high ** exponent),
            Math.max(low ** exponent, high ** exponent),
          ];
    const products = [
      times(range[0], power[0]),
      times(range[0], power[1]),
      times(range[1], power[0]),
      times(range[1], power[1]),
    ];
    range = [Math.min(...products), Math.max(...products)];
  }
  return range;
}

/** 0·∞ = 0: a bound of a product, not a limit. */
function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

function scaleInterval(factor: number, [low, high]: Interval): Interval {
  return factor >= 0 ? [times(factor, low), times(factor, high)] : [times(factor, high), times(factor, low)];
}

/** Bounds on |xᵢ|. */
export function magnitudes(box: readonly Interval[]): Float64Array {
  return Float64Array.from(box, ([low, high]) => Math.max(Math.abs(low), Math.abs(high)));
}
