import { describe, expect, it } from "vitest";
import { FormatError, ProblemError, SettingsError } from "../../src/errors.ts";
import { evaluate, trainByMip, trainBySearch } from "../../src/sosx/index.ts";
import type { SearchSettings } from "../../src/sosx/index.ts";
import { evaluatePiecewise } from "../../src/sosx/piecewise-linear.ts";
import { smallInstance } from "./instances.ts";

const EXACT: Partial<SearchSettings> = { engine: "highs", gapTolerance: 1e-6, timeLimit: 30 };

describe("branch-and-bound", () => {
  it("finds HiGHS's MILP optimum, bounds below and incumbents above it all along", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const problem = smallInstance(seed);
      const log: { lowerBound: number; incumbent: number }[] = [];
      const found = await trainBySearch(problem, { ...EXACT, onProgress: (line) => log.push(line) });
      const mip = await trainByMip(problem, { gap: 1e-7 });
      expect(found.status).toBe("optimal");
      expect(Math.abs(found.best.pwl.mae - mip.objective)).toBeLessThan(2e-6);
      expect(found.rootRelaxation).toBeLessThanOrEqual(mip.objective + 1e-7);
      expect(found.activationLowerBound).toBeLessThanOrEqual(found.best.activation.mae + 1e-9);
      log.forEach(({ lowerBound, incumbent }, k) => {
        expect(lowerBound).toBeLessThanOrEqual(mip.objective + 1e-6);
        expect(incumbent).toBeGreaterThanOrEqual(mip.objective - 1e-6);
        if (k > 0) expect(lowerBound).toBeGreaterThanOrEqual(log[k - 1].lowerBound);
        if (k > 0) expect(incumbent).toBeLessThanOrEqual(log[k - 1].incumbent);
      });
    }
  });

  it("reports the loss that its incumbent has, within the bounds", async () => {
    const problem = smallInstance(9, { outputs: 2 });
    const { best } = await trainBySearch(problem, EXACT);
    const errors = evaluate(problem, best.parameters, (x) => evaluatePiecewise(problem.pwl, x));
    expect(errors.mae).toBeCloseTo(best.pwl.mae, 12);
    for (const w of best.parameters.hidden) expect(Math.abs(w)).toBeLessThanOrEqual(4);
  });

  it("strong branching and five pieces reach the same optimum as the MILP", async () => {
    for (let seed = 2; seed <= 6; seed++) {
      const problem = smallInstance(seed, { pieces: 5, samples: 4 });
      const found = await trainBySearch(problem, { ...EXACT, branching: "strong" });
      const mip = await trainByMip(problem, { gap: 1e-7 });
      expect(Math.abs(found.best.pwl.mae - mip.objective)).toBeLessThan(2e-6);
    }
  });

  it("squared loss through the conic solver: bound and incumbent meet, without heuristics and with", async () => {
    for (const seed of [5, 8]) {
      const problem = smallInstance(seed, { loss: "mse", samples: 4 });
      const settings: Partial<SearchSettings> = { engine: "conic", gapTolerance: 1e-4, timeLimit: 30 };
      const plain = await trainBySearch(problem, { ...settings, heuristics: false });
      const helped = await trainBySearch(problem, settings);
      expect(plain.status).toBe("optimal");
      expect(Math.abs(plain.best.pwl.mse - helped.best.pwl.mse)).toBeLessThan(2e-4 * plain.best.pwl.mse + 1e-8);
      expect(plain.lowerBound).toBeLessThanOrEqual(plain.best.pwl.mse + 1e-12);
    }
  });

  it("is the same twice, and stops at a node limit with valid bounds", async () => {
    const problem = smallInstance(7, { samples: 6 });
    const settings: Partial<SearchSettings> = { engine: "batch", nodeLimit: 60, timeLimit: 0, batch: 8 };
    const [first, second] = [await trainBySearch(problem, settings), await trainBySearch(problem, settings)];
    expect(first.nodes).toBe(second.nodes);
    expect(first.lowerBound).toBe(second.lowerBound);
    expect(first.best.pwl.mae).toBe(second.best.pwl.mae);
    expect(first.lowerBound).toBeLessThanOrEqual(first.best.pwl.mae + 1e-12);
  });

  it("goes on from a checkpoint to the same optimum, and refuses those of other problems", async () => {
    const problem = smallInstance(4, { samples: 6 });
    let text = "";
    const keep = (state: string): void => void (text = state);
    const whole = await trainBySearch(problem, EXACT);
    const part = await trainBySearch(problem, { ...EXACT, nodeLimit: 7, heuristics: false, onCheckpoint: keep });
    expect(part.status).toBe("nodeLimit");
    const rest = await trainBySearch(problem, { ...EXACT, resume: text });
    expect(rest.status).toBe("optimal");
    expect(rest.nodes).toBeGreaterThan(part.nodes);
    expect(rest.best.pwl.mae).toBeCloseTo(whole.best.pwl.mae, 6);
    expect(rest.lowerBound).toBeGreaterThanOrEqual(part.lowerBound);
    await expect(trainBySearch(smallInstance(5), { ...EXACT, resume: text })).rejects.toThrow(ProblemError);
    await expect(trainBySearch(problem, { ...EXACT, resume: "{}" })).rejects.toThrow(FormatError);
    await expect(trainBySearch(problem, { ...EXACT, resume: "nodes" })).rejects.toThrow(FormatError);
  });

  it("an abort returns the incumbent", async () => {
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    const found = await trainBySearch(smallInstance(4, { samples: 6 }), {
      ...EXACT,
      heuristics: false,
      signal: controller.signal,
      onProgress,
    });
    expect(found.status).toBe("interrupted");
    expect(found.best.pwl.mae).toBeGreaterThan(0);
  });

  it("refuses settings out of range", async () => {
    await expect(trainBySearch(smallInstance(1), { timeLimit: -1 })).rejects.toThrow(SettingsError);
  });
});
