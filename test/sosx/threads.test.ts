import { afterEach, describe, expect, it } from "vitest";
import { rootRanges, trainBySearch } from "../../src/sosx/index.ts";
import { BatchEngine } from "../../src/sosx/engines/batch-engine.ts";
import { unsolved } from "../../src/sosx/engines/engine.ts";
import { randomRanges, smallInstance } from "./instances.ts";

describe("threads", () => {
  let engines: BatchEngine[] = [];
  const create = async (threads: number): Promise<BatchEngine> => {
    const engine = await BatchEngine.create(problem, { batch: 32, threads, maxIterations: 400 });
    engines.push(engine);
    return engine;
  };
  afterEach(() => {
    engines.forEach((engine) => engine.dispose());
    engines = [];
  });
  const problem = smallInstance(6, { samples: 6, outputs: 2 });
  const nodes = Array.from({ length: 27 }, (_, k) => ({
    ranges: k === 0 ? rootRanges(problem) : randomRanges(problem, k),
  }));

  it("give the same answers to the last bit, one, two or three of them, cold and warm", async () => {
    const [one, ...more] = [await create(1), await create(2), await create(3)];
    expect([one, ...more].map(({ threads }) => threads)).toEqual([1, 2, 3]);
    const expected = await one.solve(nodes);
    expect(expected.some(({ bound }) => bound > 0 && bound < Infinity)).toBe(true);
    const warm = nodes.map((node, k) => ({ ...node, warm: expected[k].warm }));
    const expectedWarm = await one.solve(warm, { effort: 0.5 });
    for (const engine of more) {
      expect(await engine.solve(nodes)).toEqual(expected);
      expect(await engine.solve(warm, { effort: 0.5 })).toEqual(expectedWarm);
    }
  });

  it("search the same tree", async () => {
    const results = [];
    for (const threads of [1, 2, 3]) {
      const settings = { engine: "batch", nodeLimit: 150, timeLimit: 0, batch: 32, threads } as const;
      const { lowerBound, best, network, nodes: count, open } = await trainBySearch(problem, settings);
      results.push({ lowerBound, hidden: best.parameters.hidden, mse: network.activation.mse, count, open });
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it("what an ended thread cannot do is done by the calling one", async () => {
    const [one, two] = [await create(1), await create(2)];
    const expected = await one.solve(nodes);
    two.dispose();
    expect(await two.solve(nodes)).toEqual(expected);
  });

  it("an abort ends a batch: nodes not begun come back unsolved", async () => {
    for (const threads of [1, 2]) {
      const engine = await create(threads);
      const controller = new AbortController();
      const solving = engine.solve(nodes, { signal: controller.signal });
      controller.abort();
      const answers = await solving;
      expect(answers).toHaveLength(nodes.length);
      expect(answers[nodes.length - 1]).toEqual(unsolved);
    }
  });
});
