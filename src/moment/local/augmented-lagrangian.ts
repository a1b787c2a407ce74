import type { Polynomial } from "../polynomial.ts";
import { dot, normInf } from "../../solver/vector.ts";
import { CompiledPolynomial } from "./compiled.ts";
import { minimizeSmooth } from "./trust-region.ts";
import type { SmoothFunction } from "./trust-region.ts";

export interface ConstrainedProblem {
  readonly n: number;
  readonly objective: Polynomial;
  /** g ≥ 0. */
  readonly inequalities: readonly Polynomial[];
  /** h = 0. */
  readonly equalities: readonly Polynomial[];
}

export interface LocalPoint {
  readonly x: Float64Array;
  /** Largest violation of a constraint. */
  readonly violation: number;
  /** Multipliers of inequalities (≥ 0), then of equalities. */
  readonly multipliers: Float64Array;
}

const OUTER_ITERATIONS = 40;
const FEASIBLE = 1e-12;
const LARGEST_PENALTY = 1e8;
/** Steps from the start longer than this times its size have run away. */
const RUNAWAY = 100;
/** Of the gradients of the subproblems. */
const TIGHTEST = 1e-13;

/**
 * A local minimiser near `start` by the augmented Lagrangian method (Hestenes, Powell, Rockafellar), each
 * subproblem by {@link minimizeSmooth}. Best on problems scaled to sizes near 1. Reusable: construction lays
 * the polynomials out.
 */
export class AugmentedLagrangian {
  readonly #n: number;
  readonly #f: CompiledPolynomial;
  readonly #g: readonly CompiledPolynomial[];
  readonly #h: readonly CompiledPolynomial[];

  constructor({ n, objective, inequalities, equalities }: ConstrainedProblem) {
    this.#n = n;
    this.#f = new CompiledPolynomial(objective);
    this.#g = inequalities.map((p) => new CompiledPolynomial(p));
    this.#h = equalities.map((p) => new CompiledPolynomial(p));
  }

  minimize(start: Float64Array, iterations = 200): LocalPoint {
    const g = this.#g.length;
    const multipliers = new Float64Array(g + this.#h.length);
    let x: Float64Array = start.slice();
    if (multipliers.length === 0) {
      x = minimizeSmooth(this.#lagrangian(multipliers, 0), x, {
        tolerance: TIGHTEST,
        maxIterations: iterations,
      });
      return { x, violation: 0, multipliers };
    }
    let rho = 10;
    const reach = RUNAWAY * (1 + normInf(start));
    let last = Infinity;
    let tolerance = 1e-3;
    for (let outer = 0; outer < OUTER_ITERATIONS; outer++) {
      const next = minimizeSmooth(this.#lagrangian(multipliers, rho), x, {
        tolerance,
        maxIterations: iterations,
      });
      // Where the objective is concave, the augmented Lagrangian has no minimum until ρ outweighs its
      // curvature.
      if (distance(next, start) > reach && rho < LARGEST_PENALTY) {
        rho *= 10;
        continue;
      }
      x = next;
      let worst = 0;
      let change = 0;
      for (let i = 0; i < multipliers.length; i++) {
        const value = (i < g ? this.#g[i] : this.#h[i - g]).value(x);
        const updated = i < g ? Math.max(0, multipliers[i] - rho * value) : multipliers[i] - rho * value;
        change = Math.max(change, Math.abs(updated - multipliers[i]));
        // For an inequality: violation, or complementarity of a multiplier that should be 0.
        worst = Math.max(worst, i < g ? Math.abs(Math.min(value, multipliers[i] / rho)) : Math.abs(value));
        multipliers[i] = updated;
      }
      const settled = worst <= FEASIBLE && change <= 1e-9 * (1 + normInf(multipliers));
      if (settled && tolerance <= TIGHTEST) break;
      tolerance = settled ? TIGHTEST : Math.max(TIGHTEST, tolerance / 10);
      if (!x.every(Number.isFinite)) break;
      if (worst > 0.25 * last && rho < LARGEST_PENALTY) rho *= 10;
      last = worst;
    }
    return { x, violation: this.violation(x), multipliers };
  }

  value(x: Float64Array): number {
    return this.#f.value(x);
  }

  violation(x: Float64Array): number {
    let worst = 0;
    for (const p of this.#g) worst = Math.max(worst, -p.value(x));
    for (const p of this.#h) worst = Math.max(worst, Math.abs(p.value(x)));
    return worst;
  }

  /** f + Σ over inequalities of (max(0, λ − ρg)² − λ²)/2ρ + Σ over equalities of −μh + ρh²/2. */
  #lagrangian(multipliers: Float64Array, rho: number): SmoothFunction {
    const n = this.#n;
    const constraints = [...this.#g, ...this.#h];
    const inequalities = this.#g.length;
    const pull = new Float64Array(constraints.length);
    const rows: (Float64Array | undefined)[] = constraints.map(() => undefined);
    const force = (i: number, x: Float64Array): number => {
      const value = multipliers[i] - rho * constraints[i].value(x);
      return i < inequalities ? Math.max(0, value) : value;
    };
    return {
      value: (x) => {
        let sum = this.#f.value(x);
        for (let i = 0; i < constraints.length; i++)
          sum += (force(i, x) ** 2 - multipliers[i] ** 2) / (2 * rho);
        return sum;
      },
      gradient: (x, out) => {
        out.fill(0);
        this.#f.addGradient(x, out);
        constraints.forEach((p, i) => {
          pull[i] = force(i, x);
          rows[i] = undefined;
          if (pull[i] === 0 && i < inequalities) return;
          const row = new Float64Array(n);
          p.addGradient(x, row);
          rows[i] = row;
          for (let k = 0; k < n; k++) out[k] -= pull[i] * row[k];
        });
      },
      hessianProduct: (x, v, out) => {
        out.fill(0);
        this.#f.addHessianProduct(x, v, out);
        constraints.forEach((p, i) => {
          const row = rows[i];
          if (!row) return;
          p.addHessianProduct(x, v, out, -pull[i]);
          const along = rho * dot(row, v);
          for (let k = 0; k < n; k++) out[k] += along * row[k];
        });
      },
    };
  }
}

/** ‖a − b‖∞; Infinity where that is no number. */
function distance(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return Number.isNaN(most) ? Infinity : most;
}
