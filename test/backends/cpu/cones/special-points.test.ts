import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConeSet } from "../../../../src/backends/cpu/cones/cone-set.ts";
import { projectBox } from "../../../../src/backends/cpu/cones/box.ts";
import type { BoxCone, Cone } from "../../../../src/problem/cones.ts";

function project(cone: Cone, ...v: number[]): number[] {
  const p = Float64Array.from(v);
  new ConeSet([cone]).project(p);
  return [...p];
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-14): void {
  const size = Math.max(...expected.map(Math.abs), Number.MIN_VALUE);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]) / size).toBeLessThanOrEqual(tolerance));
}

const exponential: Cone = { kind: "exponential" };

describe("exponential cone", () => {
  it("maps faces, rays, the apex and polar points to where they belong", () => {
    expect(project(exponential, 0, 0, 0)).toEqual([0, 0, 0]);
    expect(project(exponential, -1, 0, 5)).toEqual([-1, 0, 5]);
    expect(project(exponential, -1, -2, 5)).toEqual([-1, 0, 5]);
    expect(project(exponential, -1, -2, -5)).toEqual([-1, 0, 0]);
    expect(project(exponential, 0, 0, -1)).toEqual([0, 0, 0]);
    expect(project(exponential, 1, 0, -1)).toEqual([0, 0, 0]);
    expect(project(exponential, 0, 1, 1)).toEqual([0, 1, 1]);
    expect(project(exponential, 0, -3, 2)).toEqual([0, 0, 2]);
  });

  it("recovers p from v = p + q for boundary pairs over the whole range of ρ", () => {
    for (let rho = -300; rho <= 300; rho += 3.7) {
      for (const [mu, lambda] of [
        [1, 1],
        [1, 1e-3],
        [1e-3, 1],
        [1e8, 1],
        [1, 1e8],
      ]) {
        // p and q scaled to norms mu and lambda.
        const p = [rho, 1, Math.exp(rho)];
        const q = [1, 1 - rho, -Math.exp(-rho)];
        const scaleP = mu / Math.hypot(...p);
        const scaleQ = lambda / Math.hypot(...q);
        const v = p.map((value, i) => scaleP * value + scaleQ * q[i]);
        const actual = project(exponential, ...v);
        const size = mu + lambda;
        actual.forEach((value, i) =>
          expect(Math.abs(value - scaleP * p[i])).toBeLessThanOrEqual(1e-14 * size),
        );
      }
    }
  });

  it("survives ratios that overflow the exponential", () => {
    for (const v of [
      [1, 1e-300, 1],
      [1e-300, -1, 1],
      [1e-300, 1, -1],
      [1e12, 1e-12, -1e12],
      [-1e12, 1e-12, -1],
      [1, 1e-3, 1e-9],
    ]) {
      const p = project(exponential, ...v);
      expect(p.every(Number.isFinite)).toBe(true);
      const residual = p.reduce((sum, value, i) => sum + value * (v[i] - value), 0);
      expect(Math.abs(residual)).toBeLessThanOrEqual(1e-14 * Math.hypot(...v) ** 2);
    }
    expect(project(exponential, NaN, 1, 1).every(Number.isNaN)).toBe(true);
  });
});

describe("power cone", () => {
  it("maps faces, rays, the apex and polar points to where they belong", () => {
    const half: Cone = { kind: "power", alpha: 0.5 };
    expect(project(half, 0, 0, 0)).toEqual([0, 0, 0]);
    expect(project(half, 1, 1, 1)).toEqual([1, 1, 1]);
    expect(project(half, 1, 1, -1)).toEqual([1, 1, -1]);
    expect(project(half, -1, 2, 0)).toEqual([0, 2, 0]);
    expect(project(half, -1, -1, 0.5)).toEqual([0, 0, 0]);
    // α = ½ is a rotated second-order cone: (x, y, z) ↦ (x + y, x − y, 2z)/√2 onto ‖·‖ ≤ first, z weighted
    // alike.
    for (const v of [
      [0.3, -0.2, 1],
      [0, 0, 1],
      [2, 0, -3],
      [-1, 3, 2],
    ]) {
      const [x, y, z] = v;
      const soc = project(
        { kind: "secondOrder", dim: 3 },
        (x + y) / Math.SQRT2,
        (x - y) / Math.SQRT2,
        Math.SQRT2 * z,
      );
      const p = project(half, x, y, z);
      // The metric differs in z, so only the points on the boundary are compared: both lie on x·y = z².
      expect(p[0] * p[1]).toBeCloseTo(p[2] * p[2], 13);
      expect(soc[0]).toBeCloseTo(Math.hypot(soc[1], soc[2]), 13);
    }
  });

  it("recovers p from v = p + q for boundary pairs at every alpha and ratio", () => {
    for (const alpha of [1e-6, 0.01, 0.3, 0.5, 0.8, 0.999]) {
      for (const ratio of [1e-6, 1e-3, 0.7, 1, 40, 1e6]) {
        for (const lambda of [1e-6, 1, 1e3]) {
          // p = (x, y, x^α y^{1−α}); the polar ray orthogonal to it is −(α/x, (1−α)/y, −1/z).
          const p = [ratio, 1, Math.pow(ratio, alpha)];
          const q = [-alpha / p[0], -(1 - alpha) / p[1], 1 / p[2]];
          const factor = lambda * (Math.hypot(...p) / Math.hypot(...q));
          const v = p.map((value, i) => value + factor * q[i]);
          const actual = project({ kind: "power", alpha }, ...v);
          const size = Math.hypot(...v) + Math.hypot(...p);
          actual.forEach((value, i) => expect(Math.abs(value - p[i])).toBeLessThanOrEqual(2e-14 * size));
        }
      }
    }
  });
});

describe("second-order cone", () => {
  it("handles dim 0 and 1, apex, boundary, overflow and underflow of squares", () => {
    expect(project({ kind: "secondOrder", dim: 0 })).toEqual([]);
    expect(project({ kind: "secondOrder", dim: 1 }, -2)).toEqual([0]);
    expect(project({ kind: "secondOrder", dim: 1 }, 2)).toEqual([2]);
    const three: Cone = { kind: "secondOrder", dim: 3 };
    expect(project(three, 5, 3, 4)).toEqual([5, 3, 4]);
    expect(project(three, -5, 3, 4)).toEqual([0, 0, 0]);
    expectClose(project(three, 0, 3, 4), [2.5, 1.5, 2]);
    expectClose(project(three, 0, 3e200, 4e200), [2.5e200, 1.5e200, 2e200]);
    expectClose(project(three, 0, 3e-200, 4e-200), [2.5e-200, 1.5e-200, 2e-200]);
  });
});

describe("box cone", () => {
  it("treats infinite bounds as absent, also at t = 0", () => {
    const box: Cone = {
      kind: "box",
      lower: Float64Array.of(-Infinity, -1),
      upper: Float64Array.of(Infinity, Infinity),
    };
    expect(project(box, -3, 7, 2)).toEqual([0, 7, 2]);
    expect(project(box, 2, -7, 2)).toEqual([2, -7, 2]);
    expect(project({ kind: "box", lower: new Float64Array(0), upper: new Float64Array(0) }, -4)).toEqual([0]);
  });

  it("is exact on the segment where all bounds are active", () => {
    const box: Cone = { kind: "box", lower: Float64Array.of(-1, -1), upper: Float64Array.of(1, 2) };
    // Minimise (t − 0)² + (t − 5)² + (2t − 10)²: 6t = 25.
    expectClose(project(box, 0, 5, 10), [25 / 6, 25 / 6, 25 / 3]);
    // With 3 in the place of 5 the first bound is not active: 5t = 20.
    expectClose(project(box, 0, 3, 10), [4, 3, 8]);
  });

  it("minimises the weighted distance: no other t does better", () => {
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    const weight = fc.double({ min: -3, max: 3, noNaN: true }).map((e) => 10 ** e);
    const side = fc.tuple(value, fc.double({ min: 0, max: 4, noNaN: true }), value, weight);
    fc.assert(
      fc.property(value, weight, fc.array(side, { maxLength: 8 }), (tau, weightOfT, sides) => {
        const cone: BoxCone = {
          kind: "box",
          lower: Float64Array.from(sides, ([low]) => low),
          upper: Float64Array.from(sides, ([low, width]) => low + width),
        };
        const v = Float64Array.from([tau, ...sides.map(([, , x]) => x)]);
        const weights = Float64Array.from([weightOfT, ...sides.map(([, , , w]) => w)]);
        const p = v.slice();
        projectBox(p, 0, cone, weights);
        const cost = (t: number): number =>
          sides.reduce(
            (sum, [low, width, x, w]) => {
              const miss = x - Math.min(Math.max(x, t * low), t * (low + width));
              return sum + w * miss * miss;
            },
            weightOfT * (t - tau) ** 2,
          );
        const best = cost(p[0]);
        expect(p[0]).toBeGreaterThanOrEqual(0);
        for (const step of [1e-6, 1e-3, 0.1, 1, 10]) {
          for (const t of [p[0] + step, p[0] - step]) {
            if (t >= 0) expect(best).toBeLessThanOrEqual(cost(t) * (1 + 1e-12) + 1e-12);
          }
        }
        sides.forEach(([low, width], i) => {
          const clipped = Math.min(Math.max(v[1 + i], p[0] * low), p[0] * (low + width));
          expect(Math.abs(p[1 + i] - clipped)).toBe(0);
        });
      }),
      { numRuns: 1000, seed: 12 },
    );
  });

  it("ends on bounds of any size", () => {
    for (const bound of [1e-300, 1e-12, 1, 1e12, 1e150]) {
      const box: Cone = { kind: "box", lower: Float64Array.of(-bound, -1), upper: Float64Array.of(bound, 1) };
      const p = project(box, -1, 3, -0.5);
      expect(p.every(Number.isFinite)).toBe(true);
      expect(Math.abs(p[1])).toBeLessThanOrEqual(p[0] * bound);
      expect(Math.abs(p[2])).toBeLessThanOrEqual(p[0]);
    }
  });
});

describe("ConeSet", () => {
  const cones: Cone[] = [
    { kind: "zero", dim: 2 },
    { kind: "nonnegative", dim: 2 },
    { kind: "psd", order: 1 },
    { kind: "secondOrder", dim: 2 },
    { kind: "psd", order: 1 },
  ];
  const blocks: number[] = [];
  const set = new ConeSet(cones, (v, offset, order, block) => {
    expect(order).toBe(1);
    blocks.push(block);
    v[offset] = Math.max(v[offset], 0);
  });
  const v = Float64Array.of(3, -4, -1, 2, -5, 0, 2, 6);

  it("projects every run of rows with its cone and numbers the PSD blocks", () => {
    expect(set.dim).toBe(8);
    const p = v.slice();
    set.project(p);
    expect([...p]).toEqual([0, 0, 0, 2, 0, 1, 1, 6]);
    expect(blocks).toEqual([0, 1]);
    const d = v.slice();
    set.projectDual(d);
    expect([...d]).toEqual([3, -4, 0, 2, 0, 1, 1, 6]);
  });

  it("measures distances cone by cone and in all, and leaves the point alone", () => {
    const before = v.slice();
    expectClose([...set.violations(v)], [5, 1, 5, Math.SQRT2, 0]);
    expectClose([...set.dualViolations(v)], [0, 1, 5, Math.SQRT2, 0]);
    expect(set.distance(v)).toBeCloseTo(Math.sqrt(53), 13);
    expect(set.dualDistance(v)).toBeCloseTo(Math.sqrt(28), 13);
    expect(v).toEqual(before);
  });

  it("says so when PSD cones have no projection", () => {
    expect(() => new ConeSet([{ kind: "psd", order: 1 }]).project(Float64Array.of(1))).toThrow(
      /no PSD projection/,
    );
  });
});
