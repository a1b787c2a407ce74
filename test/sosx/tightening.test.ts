import { describe, expect, it } from "vitest";
import { SettingsError } from "../../src/errors.ts";
import { planeValue } from "../../src/relaxation/neuron.ts";
import {
  approximate,
  conjugateMinimum,
  hiddenFunction,
  makePiecewiseLinear,
  rootRanges,
  safeBound,
  trainByMip,
  trainBySearch,
} from "../../src/sosx/index.ts";
import { activationBound } from "../../src/sosx/node-relaxation.ts";
import { HighsEngine } from "../../src/sosx/engines/highs-engine.ts";
import { piecewiseActivation, SampleEnvelopes } from "../../src/sosx/envelope-cuts.ts";
import { Incumbents } from "../../src/sosx/incumbent.ts";
import { evaluatePiecewise } from "../../src/sosx/piecewise-linear.ts";
import { fixPieces } from "../../src/sosx/piece-fixing.ts";
import { seededUniform } from "../../src/sosx/random.ts";
import { preActivations } from "../../src/sosx/training-problem.ts";
import { smallInstance } from "./instances.ts";

describe("envelopes over the parameters' box", () => {
  it("tells convex, concave and S-shaped approximations, and refuses others", () => {
    const of = (name: string, pieces = 5): ReturnType<typeof piecewiseActivation> =>
      piecewiseActivation(approximate(hiddenFunction(name), { pieces }));
    expect(of("tanh")).toMatchObject({ firstCurvature: 1, inflections: [expect.closeTo(0, 1)] });
    expect(of("softplus")).toMatchObject({ firstCurvature: 1, inflections: [] });
    const concave = makePiecewiseLinear([0, 1, 2], [0, 2, 3]);
    expect(piecewiseActivation(concave)).toMatchObject({ firstCurvature: -1, inflections: [] });
    expect(piecewiseActivation(makePiecewiseLinear([0, 1, 2, 3, 4], [0, 0, 2, 2, 4]))).toBeUndefined();
    const tent = piecewiseActivation(makePiecewiseLinear([0, 1, 2], [0, 1, 0]));
    expect(tent?.turningPoints).toEqual([1]);
    expect([tent?.leftDerivative?.(1), tent?.derivative(1)]).toEqual([1, -1]);
  });

  it("cuts hold every network of the box and cut off the points they were made for", () => {
    let found = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const problem = smallInstance(seed, { pieces: 3 + 2 * (seed % 2) });
      const { neurons: M, samples: N, features, design, pwl } = problem;
      const width = features + 1;
      const uniform = seededUniform(seed);
      const box = (): number => {
        const t = 2 * uniform() - 1;
        return 4 * Math.sign(t) * Math.abs(t) ** 0.3;
      };
      const hidden = Float64Array.from({ length: M * width }, box);
      const g = Float64Array.from({ length: N * M }, () => 8 * uniform() - 4);
      const cuts = SampleEnvelopes.create(problem)?.separate(hidden, g, 1e-6) ?? [];
      for (const { ij, side, constant, slope } of cuts) {
        found++;
        const [i, j] = [Math.floor(ij / M), ij % M];
        const plane = { constant, slope };
        expect(side * (g[ij] - planeValue(plane, hidden.subarray(j * width, (j + 1) * width)))).toBeGreaterThan(0);
        for (let trial = 0; trial < 100; trial++) {
          const w = Float64Array.from({ length: width }, () => (uniform() < 0.4 ? (uniform() < 0.5 ? -4 : 4) : box()));
          const x = w.reduce((sum, v, k) => sum + v * design[i * width + k], 0);
          expect(side * (evaluatePiecewise(pwl, x) - planeValue(plane, w))).toBeLessThanOrEqual(1e-12);
        }
      }
    }
    expect(found).toBeGreaterThan(50);
  });

  it("raise the root's bound somewhere, never above the optimum; searches end at the same", async () => {
    let raised = 0;
    for (let seed = 1; seed <= 40 && raised < 4; seed++) {
      const problem = smallInstance(seed);
      const bounds: number[] = [];
      for (const envelopes of [false, true]) {
        const engine = await HighsEngine.create(problem, { envelopes });
        const [{ bound, objective }] = await engine.solve([{ ranges: rootRanges(problem) }]);
        expect(bound).toBeLessThanOrEqual(objective + 1e-9);
        expect(bound).toBeGreaterThan(objective - 1e-6);
        bounds.push(bound);
        engine.dispose();
      }
      expect(bounds[1]).toBeGreaterThanOrEqual(bounds[0] - 1e-9);
      if (bounds[1] <= bounds[0] + 1e-6) continue;
      raised++;
      const mip = await trainByMip(problem, { gap: 1e-7 });
      expect(bounds[1]).toBeLessThanOrEqual(mip.objective + 1e-6);
      const found = await trainBySearch(problem, { engine: "highs", envelopes: true, gapTolerance: 1e-6, timeLimit: 30 });
      expect(Math.abs(found.best.pwl.mae - mip.objective)).toBeLessThan(2e-6);
    }
    expect(raised).toBeGreaterThan(0);
  });

  it("are refused by engines with one matrix", async () => {
    await expect(trainBySearch(smallInstance(1), { engine: "batch", envelopes: true })).rejects.toThrow(SettingsError);
  });
});

describe("reduced-cost fixing", () => {
  it("takes away only parts without networks better than the cutoff", () => {
    let removedParts = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const problem = smallInstance(seed, { pieces: 5, loss: seed % 3 === 0 ? "mse" : "mae" });
      const { samples: N, neurons: M, outputs: C, features } = problem;
      const uniform = seededUniform(seed);
      const ranges = rootRanges(problem);
      const hidden = Float64Array.from({ length: M * (features + 1) }, () => 2 * uniform() - 1);
      const residual = Float64Array.from({ length: N * C }, () => ((2 * uniform() - 1) * 1.5) / (N * C));
      const link = Float64Array.from({ length: N * M }, () => ((2 * uniform() - 1) * 0.4) / N);
      const multipliers = { residual, link };
      const minimum = conjugateMinimum(problem.activation.name);
      if (minimum === undefined) throw new Error("all four functions have one");
      const bound = safeBound(problem, ranges, multipliers);
      const own = { bound, activation: activationBound(problem, ranges, multipliers, minimum) };
      // A cutoff that some parts reach.
      const cutoff = bound + 0.02;
      const { changes, removed, empty } = fixPieces(problem, ranges, multipliers, own, cutoff, minimum);
      if (changes.length === 0) {
        if (!empty) expect(removed.bound).toBe(Infinity);
        continue;
      }
      removedParts += changes.length;
      expect(removed.bound).toBeGreaterThanOrEqual(cutoff - 1e-12);
      const p = problem.pwl.breakpoints;
      for (let trial = 0; trial < 200; trial++) {
        const scale = trial % 2 === 0 ? 1 : 0.1;
        const moved = hidden.map((w) => w + scale * 2 * (2 * uniform() - 1));
        const incumbents = new Incumbents(problem, "bias");
        incumbents.consider(moved, "trial");
        const best = incumbents.best;
        if (best === undefined) throw new Error("a first network is always taken");
        const x = preActivations(problem.design, N, best.parameters.hidden, M);
        const outside = changes.some(({ ij, lo, hi }) => x[ij] < p[lo] || x[ij] > p[hi]);
        if (!outside) continue;
        expect(incumbents.value).toBeGreaterThanOrEqual(removed.bound - 1e-12);
        const loss = problem.loss === "mae" ? best.activation.mae : best.activation.mse;
        expect(loss).toBeGreaterThanOrEqual(removed.activation - 1e-12);
      }
    }
    expect(removedParts).toBeGreaterThan(20);
  });

  it("saves nodes and reaches the same optimum", async () => {
    let [plain, fixing] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const problem = smallInstance(seed, { samples: 5 });
      const settings = { engine: "highs", gapTolerance: 1e-6, timeLimit: 30 } as const;
      const without = await trainBySearch(problem, { ...settings, fixing: false });
      const found = await trainBySearch(problem, settings);
      expect(Math.abs(found.best.pwl.mae - without.best.pwl.mae)).toBeLessThan(2e-6);
      plain += without.nodes;
      fixing += found.nodes;
    }
    expect(fixing).toBeLessThanOrEqual(plain);
  });
});
