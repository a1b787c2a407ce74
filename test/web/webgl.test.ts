import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { solve } from "../../src/solver/solve.ts";
import { testBrowser } from "../browser/harness.ts";
import type { WebPage } from "./browser-page/main.ts";
import type { WebGlPage } from "./browser-page/webgl.ts";
import { maxCut } from "./problems.ts";
import { bundlePage, openWebPage, removeFolder } from "./served.ts";
import type { OpenPage } from "./served.ts";

declare const webPage: WebPage;
declare const webGlPage: WebGlPage;

const browser = testBrowser();
/** WebGL2 on SwiftShader, and no WebGPU. */
const flags = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

describe.skipIf(browser === undefined)("gpu.js on WebGL2 in a page", { timeout: 120_000 }, () => {
  let folder = "";
  let opened: OpenPage;

  beforeAll(async () => {
    if (browser === undefined) return;
    folder = await bundlePage("browser-page/webgl.ts");
    opened = await openWebPage(browser, folder, { isolated: false, flags });
    console.log(`WebGL2: ${await opened.page.evaluate(() => webGlPage.open())}`);
  }, 120_000);

  afterAll(async () => {
    await opened.close();
    await removeFolder(folder);
  });

  it.each([
    [64, 1],
    [36, 5],
    [200, 2],
  ])("products of order %i in %i layers", async (order, layers) => {
    const { error } = await opened.page.evaluate((n, l) => webGlPage.multiply(n, l), order, layers);
    expect(error).toBeLessThan(2e-6);
  });

  it.each([[[40]], [[33, 35, 34, 70]], [[120, 20, 3]]])("projections of blocks of orders %j", async (orders) => {
    expect(await opened.page.evaluate((list) => webGlPage.project(list), orders)).toBeLessThan(2e-4);
  });

  it("project on the CPU once the context is lost", async () => {
    const { error, fault } = await opened.page.evaluate(() => webGlPage.projectThroughLoss());
    expect(fault).toBeDefined();
    expect(error).toBeLessThan(1e-12);
  });
});

describe.skipIf(browser === undefined)("solves with WebGL in a worker", { timeout: 120_000 }, () => {
  let folder = "";
  let opened: OpenPage;

  beforeAll(async () => {
    if (browser === undefined) return;
    folder = await bundlePage();
    opened = await openWebPage(browser, folder, { isolated: false, flags });
  }, 120_000);

  afterAll(async () => {
    await opened.close();
    await removeFolder(folder);
  });

  it("passes a software renderer over unless asked", async () => {
    const { chosen, webgl, explanation } = await opened.page.evaluate(() => webPage.start("auto"));
    expect(webgl?.renderer).toContain("SwiftShader");
    expect(chosen).toBe("wasm");
    expect(explanation).toContain("WebGL2 is software too");
    expect(explanation).toContain("not cross-origin isolated");
    await opened.page.evaluate(() => webPage.terminateAll());
  });

  it("solves with projections on WebGL, measured in f64", async () => {
    const { chosen } = await opened.page.evaluate(() => webPage.start("webgl"));
    expect(chosen).toBe("webgl");
    const report = await opened.page.evaluate(() => webPage.solveMaxCut(60, 1e-4, "splitting"));
    const expected = await solve(maxCut(60), { backend: "cpu", eps: 1e-6 });
    expect(report.status).toBe("solved");
    expect(report.backend).toBe("webgl");
    expect(report.notes.join()).toContain("are projected by WebGL2 on");
    const { primalObjective } = expected.measures;
    expect(Math.abs(report.objective - primalObjective)).toBeLessThan(1e-3 * Math.abs(primalObjective));
    // Past what f32 reaches the CPU goes on.
    const refined = await opened.page.evaluate(() => webPage.solveMaxCut(60, 1e-7));
    expect(refined.status).toBe("solved");
    expect(refined.precision).toContain("f64 on the CPU");
    expect(refined.objective).toBeCloseTo(primalObjective, 4);
    await opened.page.evaluate(() => webPage.terminateAll());
  });
});
