import { dot, norm2, normInf } from "../../solver/vector.ts";

/** A twice differentiable function. */
export interface SmoothFunction {
  value(x: Float64Array): number;
  /** out ← ∇f(x). */
  gradient(x: Float64Array, out: Float64Array): void;
  /** out ← ∇²f(x)·v, at the x of the last gradient. */
  hessianProduct(x: Float64Array, v: Float64Array, out: Float64Array): void;
}

export interface TrustRegionOptions {
  /** Stops at ‖∇f‖∞ ≤ this. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** Values beyond this mean that there is no minimum. */
const LARGEST = 1e60;

/** Newton's method with a trust region, its steps by truncated conjugate gradients (Steihaug 1983). */
export function minimizeSmooth(
  f: SmoothFunction,
  start: Float64Array,
  options: TrustRegionOptions,
): Float64Array {
  const n = start.length;
  const x = start.slice();
  const g = new Float64Array(n);
  const trial = new Float64Array(n);
  const Hs = new Float64Array(n);
  let value = f.value(x);
  let radius = 1;
  f.gradient(x, g);
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    const slope = norm2(g);
    if (!(normInf(g) > options.tolerance) || !(Math.abs(value) < LARGEST)) break;
    const step = steihaug(f, x, g, radius, Math.min(0.1, Math.sqrt(slope)) * slope);
    f.hessianProduct(x, step, Hs);
    const predicted = -dot(g, step) - 0.5 * dot(step, Hs);
    for (let i = 0; i < n; i++) trial[i] = x[i] + step[i];
    const next = f.value(trial);
    // At rounding level the model is trusted more than the difference of two values.
    const noise = 1e-14 * (1 + Math.abs(value));
    const ratio = predicted <= noise && Math.abs(next - value) <= 10 * noise ? 1 : (value - next) / predicted;
    const length = norm2(step);
    if (!(ratio > 0.25)) radius = 0.25 * length;
    else if (ratio > 0.75 && length > 0.99 * radius) radius *= 2;
    if (ratio > 1e-4) {
      x.set(trial);
      value = next;
      f.gradient(x, g);
    }
    if (radius < 1e-14) break;
  }
  return x;
}

function steihaug(
  f: SmoothFunction,
  x: Float64Array,
  g: Float64Array,
  radius: number,
  tolerance: number,
): Float64Array {
  const n = g.length;
  const s = new Float64Array(n);
  const r = g.slice();
  const p = r.map((v) => -v);
  const Hp = new Float64Array(n);
  let rr = dot(r, r);
  for (let k = 0; k < 2 * n + 20; k++) {
    f.hessianProduct(x, p, Hp);
    const curvature = dot(p, Hp);
    const alpha = rr / curvature;
    const leaves = !(curvature > 0) || lengthAfter(s, p, alpha) >= radius;
    if (leaves) {
      const tau = toBoundary(s, p, radius);
      for (let i = 0; i < n; i++) s[i] += tau * p[i];
      return s;
    }
    for (let i = 0; i < n; i++) {
      s[i] += alpha * p[i];
      r[i] += alpha * Hp[i];
    }
    const next = dot(r, r);
    if (Math.sqrt(next) <= tolerance) return s;
    for (let i = 0; i < n; i++) p[i] = -r[i] + (next / rr) * p[i];
    rr = next;
  }
  return s;
}

function lengthAfter(s: Float64Array, p: Float64Array, alpha: number): number {
  let sum = 0;
  for (let i = 0; i < s.length; i++) sum += (s[i] + alpha * p[i]) ** 2;
  return Math.sqrt(sum);
}

/** τ ≥ 0 with ‖s + τp‖ = radius. */
function toBoundary(s: Float64Array, p: Float64Array, radius: number): number {
  const a = dot(p, p);
  const b = dot(s, p);
  const c = dot(s, s) - radius * radius;
  return a > 0 ? (-b + Math.sqrt(Math.max(0, b * b - a * c))) / a : 0;
}
