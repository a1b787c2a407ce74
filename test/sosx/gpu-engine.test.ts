import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { rootRanges, trainBySearch } from "../../src/sosx/index.ts";
import type { PieceRanges, TrainingProblem } from "../../src/sosx/index.ts";
import { BatchEngine } from "../../src/sosx/engines/batch-engine.ts";
import { createEngine } from "../../src/sosx/engines/choose.ts";
import { GpuEngine } from "../../src/sosx/engines/gpu-engine.ts";
import { BatchState, SplittingStep } from "../../src/sosx/engines/splitting-step.ts";
import { BatchedSplitting } from "../../src/backends/webgpu/sosx/batched-splitting.ts";
import { hasNodeAdapter } from "../backends/webgpu/node-adapter.ts";
import { randomRanges, smallInstance } from "./instances.ts";

const available = await hasNodeAdapter();

function nodesOf(problem: TrainingProblem, count: number): PieceRanges[] {
  return Array.from({ length: count }, (_, k) => (k === 0 ? rootRanges(problem) : randomRanges(problem, k)));
}

describe.skipIf(!available)("batches on a WebGPU device", () => {
  it.each([
    { seed: 6, outputs: 1, loss: "mae" },
    { seed: 9, outputs: 3, loss: "mse" },
  ] as const)("iterate as the CPU does: $outputs outputs, $loss", async ({ seed, outputs, loss }) => {
    const problem = smallInstance(seed, { outputs, loss, samples: 6, pieces: 5 });
    const step = new SplittingStep(problem, await loadDenseKernels());
    const nodes = nodesOf(problem, 3);
    const make = (): BatchState => {
      const state = new BatchState(step.layout, nodes.length);
      nodes.forEach((_, slot) => step.initialise(state, slot));
      return state;
    };
    const [here, there] = [make(), make()];
    for (let k = 0; k < 30; k++) step.advance(here, nodes);
    const device = await BatchedSplitting.open(step.deviceData(), 4);
    const { neurons: M, samples: N, pwl } = problem;
    const pieces = new Uint32Array(N * nodes.length * M);
    nodes.forEach(({ lo, hi }, node) => {
      for (let i = 0; i < N; i++) {
        for (let j = 0; j < M; j++) {
          pieces[(i * nodes.length + node) * M + j] = lo[i * M + j] * pwl.breakpoints.length + hi[i * M + j];
        }
      }
    });
    await device.advance(there, pieces, 30);
    device.destroy();
    for (const vector of ["s", "z", "v"] as const) {
      for (const part of ["X", "G", "R", "W", "b"] as const) {
        const scale = Math.max(1, ...here[vector][part].map(Math.abs));
        here[vector][part].forEach((value, k) => {
          expect(Math.abs(there[vector][part][k] - value) / scale, `${vector}.${part}[${k}]`).toBeLessThan(1e-4);
        });
      }
    }
  });

  describe("as an engine", () => {
    const problem = smallInstance(6, { samples: 6 });
    let gpu: GpuEngine;
    beforeAll(async () => {
      gpu = await GpuEngine.create(problem, { batch: 6, maxIterations: 4000 });
    });
    afterAll(() => gpu.dispose());

    it("bounds stay below the optimum and come near the CPU's; empty nodes are proved empty", async () => {
      const nodes = nodesOf(problem, 8).map((ranges) => ({ ranges }));
      const exact = await createEngine(problem, "highs");
      const cpu = await BatchEngine.create(problem, { batch: 8, maxIterations: 4000 });
      const [truth, mine, reference] = [await exact.solve(nodes), await gpu.solve(nodes), await cpu.solve(nodes)];
      exact.dispose();
      truth.forEach(({ bound, objective }, k) => {
        if (bound === Infinity) {
          if (mine[k].solved) expect(mine[k].bound).toBe(Infinity);
          return;
        }
        expect(mine[k].bound).toBeLessThanOrEqual(objective + 1e-9);
        if (reference[k].solved && mine[k].solved) expect(Math.abs(mine[k].bound - reference[k].bound)).toBeLessThan(3e-4);
      });
      expect(mine.filter(({ solved }) => solved).length).toBeGreaterThanOrEqual(reference.filter(({ solved }) => solved).length - 1);
    });

    it("goes on from warm states, its own and the CPU's", async () => {
      const ranges = rootRanges(problem);
      const cpu = await BatchEngine.create(problem, { maxIterations: 4000 });
      const [cold] = await cpu.solve([{ ranges }]);
      const [warm] = await gpu.solve([{ ranges, warm: cold.warm }]);
      expect(warm.iterations).toBeLessThan(cold.iterations);
      expect(warm.bound).toBeGreaterThan(cold.bound - 1e-3);
      const [again] = await gpu.solve([{ ranges, warm: warm.warm }]);
      expect(again.bound).toBeGreaterThan(cold.bound - 1e-3);
    });
  });

  it("goes on without a device that is lost", async () => {
    const problem = smallInstance(4, { samples: 5 });
    const gpu = await GpuEngine.create(problem, { batch: 4, maxIterations: 2000 });
    const ranges = rootRanges(problem);
    const [before] = await gpu.solve([{ ranges }]);
    expect(gpu.device).toBeDefined();
    gpu.device?.destroy();
    const [after] = await gpu.solve([{ ranges }]);
    expect(gpu.device).toBeUndefined();
    expect(after.bound).toBeGreaterThan(before.bound - 1e-3);
    gpu.dispose();
  });

  it("searches a tree to a bound and an incumbent that hold", async () => {
    const problem = smallInstance(7, { samples: 4 });
    const exact = await trainBySearch(problem, { engine: "highs", gapTolerance: 1e-6, timeLimit: 30 });
    const found = await trainBySearch(problem, { engine: "gpu", batch: 8, nodeLimit: 24, timeLimit: 20 });
    expect(found.engine).toBe("gpu");
    expect(found.lowerBound).toBeLessThanOrEqual(exact.best.pwl.mae + 1e-6);
    expect(found.best.pwl.mae).toBeGreaterThanOrEqual(exact.best.pwl.mae - 2e-6);
  });
});
