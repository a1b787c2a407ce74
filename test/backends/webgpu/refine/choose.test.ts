import { describe, expect, it } from "vitest";
import type { Cone } from "../../../../src/problem/cones.ts";
import { validateProblem } from "../../../../src/problem/validate.ts";
import { chooseRefinement, stopsEarly } from "../../../../src/solver/handover.ts";
import { completeSettings } from "../../../../src/solver/settings.ts";
import { denseOperator } from "../../../solver/random-problems.ts";
import { coneDim } from "../../../../src/problem/cones.ts";

function problemWith(...cones: Cone[]) {
  const rows = cones.reduce((sum, cone) => sum + coneDim(cone), 0);
  const A = denseOperator(rows, 1, (i) => (i === 0 ? 1 : 0));
  return validateProblem({ c: Float64Array.of(1), A, b: new Float64Array(rows).fill(1), cones });
}

describe("who goes past f32", () => {
  const large = problemWith({ kind: "zero", dim: 1 }, { kind: "psd", order: 220 });
  const small = problemWith({ kind: "psd", order: 20 }, { kind: "secondOrder", dim: 3 });
  const box = problemWith({ kind: "box", lower: Float64Array.of(0), upper: Float64Array.of(1) }, { kind: "psd", order: 220 });

  it("GPUs where blocks are large, the CPU elsewhere", () => {
    expect(chooseRefinement(large, false, "auto").on).toBe("device");
    expect(chooseRefinement(large, true, "auto")).toEqual({ on: "cpu", reason: "the adapter is a software one" });
    expect(chooseRefinement(small, false, "auto")).toEqual({ on: "cpu", reason: "the semidefinite blocks are small" });
  });

  it("as asked for, where the cones allow it", () => {
    expect(chooseRefinement(small, true, "device").on).toBe("device");
    expect(chooseRefinement(large, false, "cpu").on).toBe("cpu");
    expect(chooseRefinement(box, false, "device").on).toBe("cpu");
    expect(chooseRefinement(box, false, "device").reason).toContain("box");
  });

  it("f32 stops early for what is faster", () => {
    const huge = problemWith({ kind: "psd", order: 520 });
    expect(stopsEarly(large, false, "device", 1e-6)).toBe(true);
    expect(stopsEarly(huge, false, "device", 1e-6)).toBe(false);
    expect(stopsEarly(huge, false, "device", 1e-8)).toBe(true);
    expect(stopsEarly(large, false, "cpu", 1e-8)).toBe(false);
    expect(stopsEarly(large, true, "cpu", 1e-8)).toBe(true);
    expect(stopsEarly(large, true, "cpu", 1e-6)).toBe(false);
  });

  it("is a setting with three values", () => {
    expect(completeSettings().refinement).toBe("auto");
    expect(() => completeSettings({ refinement: "gpu" as "auto" })).toThrow("refinement must be one of auto, cpu, device");
  });
});
