import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainQuantized } from "../../src/quantized/train.ts";
import { deviceCases, instanceOf } from "../quantized/device-cases.ts";
import { openPage, testBrowser } from "./harness.ts";
import type { ServedPage } from "./harness.ts";
import type { QuantizedPage } from "./page/quantized.ts";

declare const quantizedPage: QuantizedPage;

const browser = testBrowser();

describe.skipIf(browser === undefined)("quantized training in a browser", { timeout: 240_000 }, () => {
  let served: ServedPage;

  beforeAll(async () => {
    if (browser !== undefined) served = await openPage(browser, "page/quantized.ts");
  }, 120_000);

  afterAll(() => served.close());

  it("five outputs on its device as on the CPU in Node", async () => {
    const name = "five outputs";
    const known = deviceCases.find((one) => one.name === name);
    if (known === undefined) throw new Error(`no case is called ${name}`);
    const report = await served.page.evaluate((which) => quantizedPage.train(which), name);
    const reference = await trainQuantized(instanceOf(known), { ...known.settings, gap: 1e-6, backend: "cpu" });
    expect(report.status).toBe("solved");
    expect(report.backend).toContain("webgpu");
    expect(report.adapter).toBeDefined();
    expect(report.lowerBound).toBeLessThanOrEqual(reference.relaxedObjective);
    const difference = Math.abs(report.relaxedObjective - reference.relaxedObjective);
    expect(difference).toBeLessThanOrEqual(1e-4 * reference.relaxedObjective);
  });
});
