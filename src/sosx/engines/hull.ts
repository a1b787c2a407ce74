import type { PiecewiseLinear } from "../piecewise-linear.ts";

/** Vertices of a convex polygon (x₀, g₀, x₁, g₁, …) in counter-clockwise order; two vertices: a segment. */
export type Polygon = Float64Array;

/** Convex hulls of the breakpoints lo … hi with g scaled by γ, for all lo < hi, at lo·(P + 1) + hi. */
export function hullTable({ breakpoints, values }: PiecewiseLinear, gamma: number): Polygon[] {
  const K = breakpoints.length;
  const table: Polygon[] = [];
  for (let lo = 0; lo < K; lo++) {
    for (let hi = lo + 1; hi < K; hi++) table[lo * K + hi] = hull(breakpoints, values, lo, hi, gamma);
  }
  return table;
}

/** Andrew's monotone chain: the points come sorted by x. */
function hull(p: Float64Array, f: Float64Array, lo: number, hi: number, gamma: number): Polygon {
  const chain = (indices: number[]): number[] => {
    const kept: number[] = [];
    for (const k of indices) {
      while (kept.length >= 2 && !turnsLeft(kept[kept.length - 2], kept[kept.length - 1], k)) kept.pop();
      kept.push(k);
    }
    return kept;
  };
  const turnsLeft = (a: number, b: number, c: number): boolean => {
    const area = (p[b] - p[a]) * (f[c] - f[a]) - (f[b] - f[a]) * (p[c] - p[a]);
    return area > 1e-13 * (p[hi] - p[lo]) * (Math.abs(f[hi] - f[lo]) + 1);
  };
  const order = Array.from({ length: hi - lo + 1 }, (_, k) => lo + k);
  const lower = chain(order);
  const upper = chain(order.reverse());
  const cycle = [...lower, ...upper.slice(1, -1)];
  return Float64Array.from(cycle.flatMap((k) => [p[k], gamma * f[k]]));
}

/** Nearest point of a polygon, into out[0], out[1]. */
export function projectOnPolygon(polygon: Polygon, x: number, g: number, out: Float64Array): void {
  const length = polygon.length;
  let best = Infinity;
  let bestX = x;
  let bestG = g;
  // A segment has no inside: both its directions are looked at as one edge.
  let outside = length === 4;
  let ax = polygon[length - 2];
  let ag = polygon[length - 1];
  for (let k = 0; k < length; k += 2) {
    const bx = polygon[k];
    const bg = polygon[k + 1];
    const dx = bx - ax;
    const dg = bg - ag;
    const px = x - ax;
    const pg = g - ag;
    if (length === 4 || dx * pg - dg * px < 0) {
      outside = true;
      let t = (px * dx + pg * dg) / (dx * dx + dg * dg);
      t = t < 0 ? 0 : t > 1 ? 1 : t;
      const ex = px - t * dx;
      const eg = pg - t * dg;
      const distance = ex * ex + eg * eg;
      if (distance < best) {
        best = distance;
        bestX = ax + t * dx;
        bestG = ag + t * dg;
      }
    }
    ax = bx;
    ag = bg;
  }
  out[0] = outside ? bestX : x;
  out[1] = outside ? bestG : g;
}
