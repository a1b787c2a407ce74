import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryProducts, Measure } from "../../../src/backends/backend.ts";
import { CpuIterateHistory } from "../../../src/backends/cpu/history.ts";
import { largerRoot } from "../../../src/backends/cpu/tau-root.ts";
import { SettingsError } from "../../../src/errors.ts";
import type { Cone } from "../../../src/problem/cones.ts";
import { scaleData, scalePoint, unscalePoint } from "../../../src/problem/equilibrated-problem.ts";
import { addSparseProduct } from "../../../src/problem/sparse-matrix.ts";
import { andersonWeights } from "../../../src/solver/anderson.ts";
import { equilibrateProblem } from "../../../src/solver/equilibrate.ts";
import { createPenaltyRule } from "../../../src/solver/penalty.ts";
import { REFERENCE_TOLERANCES, referenceGuess, referenceTest } from "../../../src/solver/reference-termination.ts";
import { splittingSettings } from "../../../src/solver/splitting-settings.ts";
import { gaussian, randomProblem } from "./random-problems.ts";

const CONES: readonly Cone[] = [
  { kind: "zero", dim: 2 },
  { kind: "nonnegative", dim: 5 },
  { kind: "box", lower: Float64Array.of(-1, -Infinity), upper: Float64Array.of(2, 1e16) },
  { kind: "psd", order: 4 },
  { kind: "exponential" },
];

describe("the larger root", () => {
  it("solves the quadratic without cancellation", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e8, max: 1e8, noNaN: true }), fc.double({ min: -1e3, max: 1e3, noNaN: true }), (r1, r2) => {
        const root = largerRoot(2, -2 * (r1 + r2), 2 * r1 * r2);
        const larger = Math.max(r1, r2);
        expect(Math.abs(root - larger)).toBeLessThan(1e-6 * Math.max(1, Math.abs(r1), Math.abs(r2)));
      }),
      { seed: 11, numRuns: 300 },
    );
    // b ≫ c: the naive formula gives 0.
    expect(largerRoot(1, 1e9, -1)).toBeCloseTo(1e-9, 20);
    expect(largerRoot(1, 2, 5)).toBe(-1);
    expect(largerRoot(0, 1, 1)).toBeNaN();
    expect(largerRoot(1, NaN, 1)).toBeNaN();
  });
});

describe("equilibration", () => {
  const { problem } = randomProblem(5, 7, CONES, "feasible", 3);

  it.each(["common", "separate", "none"] as const)("scales points there and back (%s)", (dataScaling) => {
    const linear = { c: problem.c, A: problem.A, b: problem.b, cones: problem.cones };
    const scaled = equilibrateProblem(linear, { equilibrate: true, embedding: "frozen", dataScaling });
    const data = scaleData(scaled, linear.b, linear.c);
    const next = gaussian(9);
    const point = {
      x: Float64Array.from(linear.c, next),
      y: Float64Array.from(linear.b, next),
      s: Float64Array.from(linear.b, next),
    };
    const x = point.x.slice();
    const y = point.y.slice();
    const s = point.s.slice();
    scalePoint(scaled, data, point, x, y, s);
    // Âx̂ + ŝ − b̂ = σ_p D(Ax + s − b).
    const residual = s.map((value, i) => value - data.b[i]);
    const original = point.s.map((value, i) => value - linear.b[i]);
    if (scaled.A.kind !== "sparse" || linear.A.kind !== "sparse") throw new Error("sparse in, sparse out");
    addSparseProduct(scaled.A.matrix, x, residual);
    addSparseProduct(linear.A.matrix, point.x, original);
    residual.forEach((value, i) => {
      const expected = data.primalScale * scaled.rowScale[i] * original[i];
      expect(Math.abs(value - expected)).toBeLessThan(1e-12 * (1 + Math.abs(expected)));
    });
    unscalePoint(scaled, data, { x, y, s });
    for (const [a, b] of [[x, point.x], [y, point.y], [s, point.s]]) {
      a.forEach((value, i) => expect(Math.abs(value - b[i])).toBeLessThan(1e-13 * (1 + Math.abs(b[i]))));
    }
    if (dataScaling === "separate") {
      expect(Math.hypot(...data.b)).toBeCloseTo(1, 12);
      expect(Math.hypot(...data.c)).toBeCloseTo(1, 12);
    }
  });

  it("keeps one row factor per cone and brings badly scaled columns together", () => {
    if (problem.A.kind !== "sparse") throw new Error("sparse");
    const matrix = { ...problem.A.matrix, values: problem.A.matrix.values.slice() };
    for (let j = 0; j < matrix.cols; j++) {
      for (let k = matrix.colPtr[j]; k < matrix.colPtr[j + 1]; k++) matrix.values[k] *= 10 ** (j - 3);
    }
    const bad = { c: problem.c, A: { ...problem.A, matrix }, b: problem.b, cones: problem.cones };
    const scaled = equilibrateProblem(bad, { equilibrate: true, embedding: "homogeneous" });
    expect(new Set(scaled.rowScale.subarray(10, 20)).size).toBe(1);
    expect(new Set(scaled.rowScale.subarray(20, 23)).size).toBe(1);
    if (scaled.A.kind !== "sparse") throw new Error("sparse");
    const norms = Array.from({ length: 7 }, (_, j) =>
      Math.hypot(...(scaled.A.kind === "sparse" ? scaled.A.matrix.values.subarray(matrix.colPtr[j], matrix.colPtr[j + 1]) : [])),
    );
    expect(Math.max(...norms) / Math.min(...norms)).toBeLessThan(3);
    const box = scaled.cones[2];
    if (box.kind !== "box") throw new Error("box");
    expect(box.upper[1]).toBe(Infinity);
    expect(box.upper[0]).toBeCloseTo((2 * scaled.rowScale[8]) / scaled.rowScale[7], 12);
  });
});

describe("Anderson acceleration", () => {
  it.each([1, 2] as const)("type %i finds the fixed point of an affine map in dimension columns", (type) => {
    const dim = 6;
    const next = gaussian(17);
    const M = Array.from({ length: dim }, () => Float64Array.from({ length: dim }, () => 0.15 * next()));
    const shift = Float64Array.from({ length: dim }, next);
    const v = new Float64Array(dim);
    const input = new Float64Array(dim);
    const history = new CpuIterateHistory({ input, v }, dim, type);
    const step = (): void => {
      input.set(v);
      for (let i = 0; i < dim; i++) v[i] = shift[i] + M[i].reduce((sum, a, j) => sum + a * input[j], 0);
    };
    let products: HistoryProducts | undefined;
    for (let k = 0; k <= dim; k++) {
      step();
      products = history.record();
    }
    if (!products) throw new Error("no products");
    expect(products.columns).toBe(dim);
    const plain = history.stepNorm();
    history.extrapolate(andersonWeights(products));
    step();
    expect(history.stepNorm()).toBeLessThan(1e-2 * plain);
    history.restore();
    step();
    expect(history.stepNorm()).toBeLessThan(plain);
  });

  it("gives NaN weights for a singular system, never a wrong direction", () => {
    const zero = new Float64Array(4);
    const products = { columns: 2, matrix: zero, rhs: Float64Array.of(1, 1), normA: 0, normY: 0, normG: 1 };
    expect(andersonWeights(products).every(Number.isFinite)).toBe(false);
  });
});

const MEASURE: Measure = {
  iteration: 0,
  tau: 1,
  kappa: 0,
  primalResidual: 1e-3,
  dualResidual: 1e-3,
  primalResidual2: 1e-3,
  dualResidual2: 1e-3,
  normAx: 1,
  normS: 1,
  normB: 1,
  normPx: 0,
  normAty: 1,
  normC: 1,
  xPx: 0,
  cx: -1,
  by: 1,
  dualNorm: 1,
  slackNorm: 1,
  scaledPrimalResidual: 1e-3,
  scaledDualResidual: 1e-3,
  objectiveScale: 1,
};

describe("penalty rules", () => {
  it("SCS's waits 100 iterations and acts on the mean ratio", () => {
    const rule = createPenaltyRule("scs");
    for (const iteration of [0, 25, 50, 75]) {
      expect(rule.next(0.1, { ...MEASURE, iteration, primalResidual: 1e-1 })).toBeUndefined();
    }
    expect(rule.next(0.1, { ...MEASURE, iteration: 100, primalResidual: 1e-1 })).toBeCloseTo(1, 12);
    expect(rule.next(1, { ...MEASURE, iteration: 200 })).toBeUndefined();
  });

  it("the norm ratio settles where norms and movements balance", () => {
    const rule = createPenaltyRule("normRatio");
    const due = Array.from({ length: 200 }, (_, k) => k).filter((k) => {
      if (!rule.due(k)) return false;
      const next = rule.next(4, { ...MEASURE, iteration: k, dualNorm: 4 }, { dual: 4, slack: 1 });
      expect(next).toBeCloseTo(4, 12);
      return true;
    });
    expect(due).toEqual([10, 16, 26, 42, 67, 107, 171]);
    rule.reset();
    const measure = { ...MEASURE, iteration: 10, dualResidual: 1 };
    expect(rule.next(1, measure, { dual: 1, slack: 1 })).toBeCloseTo((1 / 10) ** 0.25, 12);
    rule.reset();
    expect(rule.next(1, { ...MEASURE, iteration: 10, dualNorm: 0 }, { dual: 1, slack: 1 })).toBeUndefined();
    expect(rule.next(1, { ...MEASURE, iteration: 16 }, { dual: 1, slack: 0 })).toBeUndefined();
  });

  it("residual balance moves towards the larger residual", () => {
    const rule = createPenaltyRule("balance");
    expect(rule.next(1, { ...MEASURE, iteration: 20, primalResidual: 1 })).toBeGreaterThan(1);
    expect(rule.next(1, { ...MEASURE, iteration: 40, dualResidual: 1 })).toBeLessThan(1);
    expect(createPenaltyRule("fixed").next(1, MEASURE)).toBeUndefined();
  });
});

describe("SCS's termination test", () => {
  const ray = { by: 0, normAty: 1, cx: 0, normAxs: 1, normPx: 0 };

  it("is met only when all three residuals are small", () => {
    const good = { ...MEASURE, primalResidual: 1e-5, dualResidual: 1e-5 };
    expect(referenceTest(good)).toBe("solved");
    expect(referenceTest(MEASURE)).toBe("continue");
    expect(referenceTest({ ...good, by: 1.1 })).toBe("continue");
    expect(referenceTest({ ...good, tau: 0 })).toBe("continue");
    expect(referenceTest(MEASURE, { ...REFERENCE_TOLERANCES, epsRel: 1e-2 })).toBe("solved");
  });

  it("takes rays of the right sign and accuracy", () => {
    expect(referenceTest({ ...MEASURE, ray: { ...ray, by: -1, normAty: 1e-8 } })).toBe("primalInfeasible");
    expect(referenceTest({ ...MEASURE, ray: { ...ray, by: 1, normAty: 1e-8 } })).toBe("continue");
    expect(referenceTest({ ...MEASURE, ray: { ...ray, cx: -1, normAxs: 1e-8 } })).toBe("dualInfeasible");
    expect(referenceTest({ ...MEASURE, ray: { ...ray, cx: -1, normAxs: 1e-8, normPx: 1 } })).toBe("continue");
    expect(referenceTest({ ...MEASURE, ray: { ...ray, by: -1e-12, normAty: 1e-30 } })).toBe("continue");
  });

  it("guesses from κ > τ when there is no more time", () => {
    expect(referenceGuess(MEASURE)).toBe("solved");
    expect(referenceGuess({ ...MEASURE, kappa: 2, ray: { ...ray, by: -1 } })).toBe("primalInfeasible");
    expect(referenceGuess({ ...MEASURE, kappa: 2, ray: { ...ray, cx: -1 } })).toBe("dualInfeasible");
  });
});

describe("settings", () => {
  it("fill in the defaults of their embedding", () => {
    expect(splittingSettings().embedding).toBe("frozen");
    expect(splittingSettings({ embedding: "homogeneous" })).toMatchObject({ penalty: 0.1, relaxation: 1.5, interval: 10 });
  });

  it.each([
    [{ relaxation: 2 }, "relaxation must be in (0, 2), got 2"],
    [{ checkEvery: 0 }, "checkEvery must be an integer ≥ 1, got 0"],
    [{ rhoX: NaN }, "rhoX must be a positive number, got NaN"],
    [{ timeLimit: -1 }, "timeLimit must be a number of seconds ≥ 0, got -1"],
    [{ relaxtion: 1 }, 'unknown setting "relaxtion"'],
  ])("refuse %o", (given, message) => {
    expect(() => splittingSettings(given as object)).toThrow(SettingsError);
    expect(() => splittingSettings(given as object)).toThrow(message);
  });
});
