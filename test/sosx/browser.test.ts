import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BatchEngine } from "../../src/sosx/engines/batch-engine.ts";
import { openPage, testBrowser } from "../browser/harness.ts";
import type { ServedPage } from "../browser/harness.ts";
import { someNodes } from "./nodes.ts";
import type { BatchesPage } from "./page/batches.ts";

declare const batchesPage: BatchesPage;

const browser = testBrowser();

describe.skipIf(browser === undefined)("batches in a browser", { timeout: 240_000 }, () => {
  let served: ServedPage;
  let expected: (number | null)[];

  beforeAll(async () => {
    if (browser !== undefined) served = await openPage(browser, "../sosx/page/batches.ts");
    const { problem, nodes } = someNodes(20);
    const engine = await BatchEngine.create(problem, { batch: 32, maxIterations: 400 });
    const answers = await engine.solve(nodes);
    expected = answers.map(({ bound }) => (Number.isFinite(bound) ? bound : null));
  }, 120_000);

  afterAll(() => served.close());

  it("web workers give what one thread gives, and that is what Node gives", async () => {
    for (const threads of [1, 2, 3]) {
      const report = await served.page.evaluate((count) => batchesPage.batch(count), threads);
      expect(report).toEqual({ threads, bounds: expected });
    }
  });

  it("its device gives certified bounds near those of the CPU", async () => {
    const { adapter, bounds } = await served.page.evaluate(() => batchesPage.gpu());
    expect(adapter).toBeDefined();
    let compared = 0;
    bounds.forEach((bound, k) => {
      const reference = expected[k];
      if (bound === null || reference === null) return;
      compared++;
      // Both are bounds after at most 400 iterations, in different precisions.
      expect(Math.abs(bound - reference)).toBeLessThan(0.02);
    });
    expect(compared).toBeGreaterThan(3);
  });
});
