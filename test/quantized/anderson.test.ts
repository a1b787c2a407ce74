import { describe, expect, it } from "vitest";
import { Acceleration } from "../../src/quantized/solve/anderson.ts";

/** ‖y − y*‖ after so many steps of y ← y* + diag(rates)(y − y*), accelerated or not. */
function distance(steps: number, acceleration: Acceleration | undefined): number {
  const rates = [0.99, 0.97, 0.9, 0.5, -0.3];
  const goal = [1, -2, 3, 0.5, 4];
  const y = new Float64Array(5);
  for (let k = 0; k < steps; k++) {
    const F = y.map((value, i) => goal[i] + rates[i] * (value - goal[i]));
    acceleration?.advance(y, F);
    y.set(F);
  }
  return Math.hypot(...y.map((value, i) => value - goal[i]));
}

describe("Anderson acceleration", () => {
  it("ends a linear iteration in about as many steps as there are rates", () => {
    expect(distance(12, new Acceleration([3, 2], 5))).toBeLessThan(1e-4);
    expect(distance(12, undefined)).toBeGreaterThan(1);
  });

  it("takes a point back whose residual grows, and is plain again after a restart", () => {
    const acceleration = new Acceleration([1, 0], 3);
    const step = (y: number, F: number): number => {
      const image = Float64Array.of(F);
      acceleration.advance(Float64Array.of(y), image);
      return image[0];
    };
    expect(step(0, 1)).toBe(1);
    expect(step(1, 1.5)).toBe(1.5);
    // Residuals 1, 0.5, 0.25: extrapolated towards 2.
    expect(step(1.5, 1.75)).toBeCloseTo(2, 6);
    expect(step(2, 9)).toBe(1.75);
    expect(step(1.75, 1.9)).toBe(1.9);
  });
});
