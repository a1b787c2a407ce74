import { describe, expect, it } from "vitest";
import { activationBound, conjugateMinimum, createEngine, hiddenFunction, rootRanges, safeBound } from "../../src/sosx/index.ts";
import { BatchEngine } from "../../src/sosx/engines/batch-engine.ts";
import { evaluatePiecewise } from "../../src/sosx/piecewise-linear.ts";
import { seededUniform } from "../../src/sosx/random.ts";
import { preActivations } from "../../src/sosx/training-problem.ts";
import { randomRanges, smallInstance } from "./instances.ts";

describe("node relaxations", () => {
  it("any multipliers give a bound below the loss of every network in the node", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const problem = smallInstance(seed, { loss: seed % 2 === 0 ? "mae" : "mse", outputs: 1 + (seed % 3) });
      const { samples: N, neurons: M, outputs: C, features } = problem;
      const uniform = seededUniform(seed);
      const between = (scale: number) => (): number => scale * (2 * uniform() - 1);
      const hidden = Float64Array.from({ length: M * (features + 1) }, between(1));
      const bias = Float64Array.from({ length: C }, between(1));
      const x = preActivations(problem.design, N, hidden, M);
      const loss = (value: (z: number) => number): number => {
        let total = 0;
        for (let i = 0; i < N; i++) {
          for (let c = 0; c < C; c++) {
            let r = bias[c] - problem.targets[i * C + c];
            for (let j = 0; j < M; j++) r += problem.outputWeights[c * M + j] * value(x[i * M + j]);
            total += problem.loss === "mae" ? Math.abs(r) : r * r;
          }
        }
        return total / (N * C);
      };
      const minimum = conjugateMinimum(problem.activation.name);
      if (minimum === undefined) throw new Error("all four functions have one");
      for (let trial = 0; trial < 5; trial++) {
        const multipliers = {
          residual: Float64Array.from({ length: N * C }, between(2 / (N * C))),
          link: Float64Array.from({ length: N * M }, between(0.5 / N)),
        };
        const ranges = rootRanges(problem);
        expect(safeBound(problem, ranges, multipliers)).toBeLessThanOrEqual(
          loss((z) => evaluatePiecewise(problem.pwl, z)),
        );
        expect(activationBound(problem, ranges, multipliers, minimum)).toBeLessThanOrEqual(
          loss((z) => problem.activation.value(z)),
        );
      }
    }
  });

  it("finds the least of κσ(x) − μx over intervals", () => {
    const uniform = seededUniform(3);
    for (const name of ["tanh", "sigmoid", "softplus", "relu"]) {
      const minimum = conjugateMinimum(name);
      const sigma = hiddenFunction(name);
      for (let trial = 0; trial < 50; trial++) {
        const [kappa, mu] = [2 * uniform() - 1, (2 * uniform() - 1) * 0.5];
        const low = -4 + 4 * uniform();
        const high = low + 4 * uniform();
        let grid = Infinity;
        for (let t = 0; t <= 2000; t++) {
          const x = low + ((high - low) * t) / 2000;
          grid = Math.min(grid, kappa * sigma.value(x) - mu * x);
        }
        const least = minimum?.(kappa, mu, low, high) ?? NaN;
        expect(least).toBeLessThanOrEqual(grid + 1e-12);
        expect(least).toBeGreaterThan(grid - 1e-3);
      }
    }
    expect(conjugateMinimum("user's own")).toBeUndefined();
  });

  it("HiGHS, the conic solver and the batch splitting agree on random nodes, both losses", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const loss = seed % 2 === 0 ? "mae" : "mse";
      const problem = smallInstance(seed, { loss, outputs: 1 + (seed % 2), pieces: 3 + 2 * (seed % 2) });
      const engines = [
        await createEngine(problem, "conic", { batch: 1 }),
        await BatchEngine.create(problem, { tolerance: 1e-6, maxIterations: 20_000 }),
        ...(loss === "mae" ? [await createEngine(problem, "highs", { batch: 1 })] : []),
      ];
      for (let node = 0; node < 3; node++) {
        const ranges = node === 0 ? rootRanges(problem) : randomRanges(problem, 10 * seed + node);
        const answers = [];
        for (const engine of engines) answers.push((await engine.solve([{ ranges }]))[0]);
        const [reference, batch, highs] = answers;
        if (reference.bound === Infinity) {
          for (const answer of answers) if (answer.solved) expect(answer.bound).toBe(Infinity);
          continue;
        }
        const value = reference.objective;
        expect(reference.bound).toBeGreaterThan(value - 1e-5);
        for (const { bound } of answers) expect(bound).toBeLessThanOrEqual(value + 1e-6);
        if (batch.solved) expect(batch.bound).toBeGreaterThan(value - 1e-4);
        if (highs !== undefined) expect(highs.bound).toBeGreaterThan(value - 1e-6);
      }
      engines.forEach((engine) => engine.dispose());
    }
  });

  it("a batch gives every node the bound it has alone, and warm starts keep it", async () => {
    const problem = smallInstance(6, { samples: 6 });
    const engine = await BatchEngine.create(problem, { maxIterations: 400 });
    const nodes = [rootRanges(problem), ...[1, 2, 3, 4].map((seed) => randomRanges(problem, seed))];
    const together = await engine.solve(nodes.map((ranges) => ({ ranges })));
    for (let k = 0; k < nodes.length; k++) {
      const [alone] = await engine.solve([{ ranges: nodes[k] }]);
      if (alone.bound === Infinity) expect(together[k].bound).toBe(Infinity);
      else expect(together[k].bound).toBeCloseTo(alone.bound, 9);
      const [warm] = await engine.solve([{ ranges: nodes[k], warm: alone.warm }]);
      if (alone.bound !== Infinity) expect(warm.bound).toBeGreaterThan(alone.bound - 1e-3);
    }
  });
});
