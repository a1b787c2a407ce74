import { DescendingIndices } from "./descending.ts";
import { orientedSlope, orientedValue, tieAtMost, tiePoint } from "./oriented.ts";
import type { Oriented } from "./oriented.ts";
import type { Box, Neuron } from "./neuron.ts";

/**
 * The concave envelope of x ↦ g(wᵀx + b) over a box, g = outSign·σ(inSign·z) oriented as `Oriented` asks:
 * Theorem 1 of Carrasco and Muñoz, "Tightening convex relaxations of trained neural networks", unrolled.
 *
 * In coordinates x̂ ∈ [0, 1]ⁿ with positive weights ŵ, taken in descending order of x̂, level k has fixed the first k
 * coordinates: its base is t_k = b̂ + ŵ_(1) + … + ŵ_(k), the others are x̂/x̂_(k), and the envelope so far is
 * Σ_{j<k} g(t_j)(x̂_(j) − x̂_(j+1)) + x̂_(k)·(envelope of level k), x̂_(0) = 1. Level k ends the recursion where the point
 * lies right of its tie point (region R_f: g itself) or under the secant to it (R_l).
 */
export class ConcaveEnvelope {
  readonly g: Oriented;
  /** Coordinates that matter: nonzero weight, nonempty interval. */
  readonly active: Int32Array;
  /** ŵ of the active coordinates; x̂ = (x − shift)·scale. */
  readonly weights: Float64Array;
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** Least and greatest ŵᵀx̂ + b̂. */
  readonly base: number;
  readonly end: number;
  private readonly point: Float64Array;
  private readonly slope: Float64Array;
  private readonly order: DescendingIndices;
  /** The tie point of level 0, which no point changes. */
  private readonly firstTie: number;

  constructor(neuron: Neuron, box: Box, g: Oriented) {
    const { lower, upper } = box;
    const active: number[] = [];
    let base = g.inSign * neuron.bias;
    neuron.weights.forEach((weight, j) => {
      const w = g.inSign * weight;
      base += w * (w > 0 ? lower[j] : upper[j]);
      if (w !== 0 && upper[j] > lower[j]) active.push(j);
    });
    const n = active.length;
    this.g = g;
    this.active = Int32Array.from(active);
    this.weights = Float64Array.from(active, (j) => Math.abs(neuron.weights[j]) * (upper[j] - lower[j]));
    // x̂ = (x − l)/(u − l), or (u − x)/(u − l) for a negative weight.
    this.scale = Float64Array.from(active, (j) => (g.inSign * neuron.weights[j] > 0 ? 1 : -1) / (upper[j] - lower[j]));
    this.shift = Float64Array.from(active, (j) => (g.inSign * neuron.weights[j] > 0 ? lower[j] : upper[j]));
    this.base = base;
    this.end = base + this.weights.reduce((sum, w) => sum + w, 0);
    this.point = new Float64Array(n);
    this.slope = new Float64Array(n);
    this.order = new DescendingIndices(n);
    this.firstTie = tiePoint(g, base, this.end);
  }

  /**
   * The envelope's value at x (coordinates outside the box by rounding are moved to its side). With `plane`, also a
   * supporting plane there: `plane` is filled with its slope, and `constant` set.
   */
  evaluate(x: ArrayLike<number>, plane?: { constant: number; readonly slope: Float64Array }): number {
    const { g, active, weights, scale, shift, point, slope, order, end, firstTie } = this;
    const n = active.length;
    let rest = 0;
    let greatest = 0;
    for (let k = 0; k < n; k++) {
      const value = (x[active[k]] - shift[k]) * scale[k];
      const inside = value > 0 ? (value < 1 ? value : 1) : 0;
      point[k] = inside;
      rest += weights[k] * inside;
      if (inside > greatest) greatest = inside;
    }
    let t = this.base;
    let gt = orientedValue(g, t);
    let sum = 0;
    let last = 1;
    // The coordinate fixed last: the level's constant goes to its slope. Before there is one, to the plane's constant.
    let fixed = -1;
    let constant = 0;
    for (let level = 0; level < n; level++) {
      const z = Math.min(t + rest / last, end);
      const top = level === 0 ? greatest : point[order.top];
      // Where the point's own ray leaves the box.
      const exit = top > 0 ? Math.min(t + rest / top, end) : end;
      let tangent: boolean;
      let secant: boolean;
      if (level === 0) {
        tangent = z >= firstTie && firstTie < end;
        secant = exit >= firstTie;
      } else {
        tangent = tieAtMost(g, t, gt, z);
        secant = tangent || exit >= end || tieAtMost(g, t, gt, exit);
      }
      if (!tangent && !secant) {
        if (level === 0) order.fill(point, n);
        const next = order.top;
        order.pop();
        sum += gt * (last - point[next]);
        if (fixed < 0) constant = gt;
        else slope[fixed] += gt;
        slope[next] = -gt;
        fixed = next;
        rest = Math.max(0, rest - weights[next] * point[next]);
        last = point[next];
        t += weights[next];
        gt = orientedValue(g, t);
        continue;
      }
      const touch = tangent ? z : level === 0 ? firstTie : tiePoint(g, t, end);
      const steepness = tangent ? orientedSlope(g, z) : secantSlope(g, t, gt, touch);
      const levelConstant = tangent ? orientedValue(g, z) - steepness * (z - t) : gt;
      sum += last * levelConstant + steepness * rest;
      if (plane) {
        if (fixed < 0) constant = levelConstant;
        else slope[fixed] += levelConstant;
        // The heap holds exactly the coordinates not fixed yet.
        if (level === 0) for (let k = 0; k < n; k++) slope[k] = steepness * weights[k];
        else for (let p = 0; p < order.count; p++) slope[order.at(p)] = steepness * weights[order.at(p)];
        this.restore(plane, slope, constant);
      }
      return g.outSign * sum;
    }
    // Every coordinate fixed (or none active): the value at a vertex of the last face.
    sum += last * gt;
    if (plane) {
      if (fixed < 0) constant = gt;
      else slope[fixed] += gt;
      this.restore(plane, slope, constant);
    }
    return g.outSign * sum;
  }

  /** A plane constant + slopeᵀx̂ for g over the active coordinates, as one for σ over x. */
  restore(plane: { constant: number; readonly slope: Float64Array }, slope: ArrayLike<number>, constant: number): void {
    const { g, active, scale, shift } = this;
    plane.slope.fill(0);
    let moved = constant;
    for (let k = 0; k < active.length; k++) {
      const steepness = slope[k] * scale[k];
      plane.slope[active[k]] = g.outSign * steepness;
      moved -= steepness * shift[k];
    }
    plane.constant = g.outSign * moved;
  }
}

function secantSlope(g: Oriented, t: number, gt: number, touch: number): number {
  return touch > t ? (orientedValue(g, touch) - gt) / (touch - t) : orientedSlope(g, t);
}
