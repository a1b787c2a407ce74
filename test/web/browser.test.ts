import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { solve } from "../../src/solver/solve.ts";
import { testBrowser } from "../browser/harness.ts";
import type { WebPage } from "./browser-page/main.ts";
import { maxCut } from "./problems.ts";
import { bundlePage, openWebPage, removeFolder } from "./served.ts";
import type { OpenPage } from "./served.ts";

declare const webPage: WebPage;

const browser = testBrowser();
let folder = "";

describe.skipIf(browser === undefined)("the worker API in a browser", { timeout: 120_000 }, () => {
  let opened: OpenPage;

  beforeAll(async () => {
    if (browser === undefined) return;
    folder = await bundlePage();
    opened = await openWebPage(browser, folder);
  }, 120_000);

  afterAll(async () => {
    await opened.close();
    await removeFolder(folder);
  });

  it("chooses WebAssembly with threads without a GPU, and says why", async () => {
    const capabilities = await opened.page.evaluate(() => webPage.start("auto", 2));
    expect(capabilities.chosen).toBe("wasm-threads");
    expect(capabilities.crossOriginIsolated).toBe(true);
    expect(capabilities.threads).toBe(2);
    expect(capabilities.explanation).toContain("WebAssembly with 2 threads");
  });

  it("solves as in Node while the page stays free", async () => {
    const report = await opened.page.evaluate(() => webPage.solveMaxCut(80, 1e-6));
    const expected = await solve(maxCut(80), { eps: 1e-6, backend: "cpu" });
    expect(report.status).toBe("solved");
    expect(report.objective).toBeCloseTo(expected.measures.primalObjective, 3);
    expect(report.iterationEvents).toBeGreaterThan(0);
    // On a busy machine the page is held up by others; by the solve it would be for all of it.
    expect(report.longestPause).toBeLessThan(Math.max(100, 300 * report.seconds));
  });

  it("runs a task", async () => {
    expect(await opened.page.evaluate(() => webPage.runSmallTask())).toBe("solved");
  });

  it("cancels", async () => {
    expect(await opened.page.evaluate(() => webPage.cancelMaxCut(100))).toBe("interrupted");
  });

  it("does two solves at once in two workers", async () => {
    await opened.page.evaluate(() => webPage.start("cpu", 1));
    const statuses = await opened.page.evaluate(async () => {
      const reports = await Promise.all([webPage.solveMaxCut(40, 1e-6, "auto", 0), webPage.solveMaxCut(50, 1e-6, "auto", 1)]);
      return reports.map(({ status }) => status);
    });
    expect(statuses).toEqual(["solved", "solved"]);
  });

  it("rejects with a WorkerError when terminated in the middle", async () => {
    const { name, typed } = await opened.page.evaluate(() => webPage.terminateDuring(100));
    expect({ name, typed }).toEqual({ name: "WorkerError", typed: true });
    await opened.page.evaluate(() => webPage.terminateAll());
  });
});
