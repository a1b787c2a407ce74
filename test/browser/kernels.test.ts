import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelCases } from "../backends/webgpu/suite/index.ts";
import { openPage, testBrowser } from "./harness.ts";
import type { ServedPage } from "./harness.ts";
import type { KernelPage } from "./page/main.ts";

declare const kernelPage: KernelPage;

const browser = testBrowser();

describe.skipIf(browser === undefined)("kernels against f64 in a browser", () => {
  let served: ServedPage;

  beforeAll(async () => {
    if (browser === undefined) return;
    served = await openPage(browser, "page/main.ts");
    const adapter = await served.page.evaluate(() => kernelPage.open());
    console.log(`browser adapter: ${adapter}`);
  }, 120_000);

  afterAll(() => served.close());

  for (const { name } of kernelCases) {
    it(name, { timeout: 240_000 }, async () => {
      const comparisons = await served.page.evaluate((which) => kernelPage.run(which), name);
      expect(comparisons.length).toBeGreaterThan(0);
      expect(comparisons.filter(({ error, limit }) => !(error <= limit))).toEqual([]);
    });
  }

  it("reports a lost device with a typed error and opens a fresh one", { timeout: 60_000 }, async () => {
    const report = served.page.evaluate(() => kernelPage.waitForLoss());
    await served.page.waitForFunction(() => kernelPage.armed);
    const session = await served.browser.target().createCDPSession();
    // The reply of a crash may never come: the process that would send it is gone.
    session.send("Browser.crashGpuProcess").catch(() => undefined);
    const { rejection, typed, reason } = await report;
    expect(typed).toBe(true);
    expect(rejection).toContain("was lost");
    expect(reason).not.toBe("");
    await served.page.evaluate(() => kernelPage.open());
    const comparisons = await served.page.evaluate(() => kernelPage.run("element-wise updates"));
    expect(comparisons.filter(({ error, limit }) => !(error <= limit))).toEqual([]);
  });
});
