import type { Cone } from "../../../../src/problem/cones.ts";

/**
 * Membership by definition, independent of the projections: how far the defining inequality is missed, as the
 * smallest move of one coordinate that satisfies it. v holds the rows of the cone alone.
 */
export function excess(cone: Cone, v: Float64Array): number {
  switch (cone.kind) {
    case "zero":
      return Math.max(0, ...v.map(Math.abs));
    case "nonnegative":
      return Math.max(0, ...v.map((value) => -value));
    case "secondOrder":
      return cone.dim === 0 ? 0 : Math.max(0, Math.hypot(...v.subarray(1)) - v[0]);
    case "box": {
      let worst = Math.max(0, -v[0]);
      cone.lower.forEach((low, i) => {
        if (low !== -Infinity) worst = Math.max(worst, v[0] * low - v[1 + i]);
        if (cone.upper[i] !== Infinity) worst = Math.max(worst, v[1 + i] - v[0] * cone.upper[i]);
      });
      return worst;
    }
    case "exponential":
      return exponentialExcess(v[0], v[1], v[2]);
    case "dualExponential":
      // −u·exp(v/u − 1) ≤ w, u < 0: with r = u − v, s = −u this is s·exp(r/s) ≤ w.
      return exponentialExcess(v[0] - v[1], -v[0], v[2]);
    case "power":
      return powerExcess(v[0], v[1], v[2], cone.alpha);
    case "dualPower":
      return powerExcess(v[0] / cone.alpha, v[1] / (1 - cone.alpha), v[2], cone.alpha);
    case "psd":
      throw new Error("not tested here");
  }
}

/** Moves t up, or s to the value that makes it hold, whichever is smaller. */
function exponentialExcess(r: number, s: number, t: number): number {
  const onFace = Math.max(0, r, -t, Math.abs(s));
  if (s <= 0) return onFace;
  const missing = Math.max(0, s * Math.exp(r / s) - t);
  // Moving r down to s·ln(t/s).
  const moveR = t > 0 ? Math.max(0, r - s * Math.log(t / s)) : Infinity;
  return Math.min(missing, moveR, onFace);
}

function powerExcess(x: number, y: number, z: number, alpha: number): number {
  const negative = Math.max(0, -x, -y);
  const product = Math.pow(Math.max(x, 0), alpha) * Math.pow(Math.max(y, 0), 1 - alpha);
  const missing = Math.abs(z) - product;
  if (missing <= 0) return negative;
  // Moving x (or y) up until the product reaches |z|.
  const moveX = y > 0 ? Math.pow(Math.abs(z) / Math.pow(y, 1 - alpha), 1 / alpha) - x : Infinity;
  const moveY = x > 0 ? Math.pow(Math.abs(z) / Math.pow(x, alpha), 1 / (1 - alpha)) - y : Infinity;
  return Math.max(negative, Math.min(missing, moveX, moveY));
}

/** The dual cone, for the kinds that have one among Cone; box by its own test in {@link dualExcess}. */
export function dualExcess(cone: Cone, v: Float64Array): number {
  switch (cone.kind) {
    case "zero":
      return 0;
    case "box": {
      // (τ, y) with τ ≥ sup over x in [l, u] of −⟨y, x⟩; a nonzero y against an infinite bound is missing by
      // |y|.
      let needed = 0;
      let worst = 0;
      cone.lower.forEach((low, i) => {
        const y = v[1 + i];
        const bound = y > 0 ? low : cone.upper[i];
        if (Number.isFinite(bound)) needed -= y * bound;
        else worst = Math.max(worst, Math.abs(y));
      });
      return Math.max(worst, needed - v[0], 0);
    }
    case "exponential":
      return excess({ kind: "dualExponential" }, v);
    case "dualExponential":
      return excess({ kind: "exponential" }, v);
    case "power":
      return excess({ kind: "dualPower", alpha: cone.alpha }, v);
    case "dualPower":
      return excess({ kind: "power", alpha: cone.alpha }, v);
    default:
      return excess(cone, v);
  }
}
