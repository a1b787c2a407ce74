import { describe, expect, it } from "vitest";
import type { Site } from "../site.ts";
import { withTab } from "./tasks.ts";

interface BenchmarkJson {
  readonly kind: string;
  readonly processors: number;
  readonly devices: Readonly<Record<string, string>>;
  readonly results: readonly { readonly test: string; readonly backend: string; readonly milliseconds: number; readonly gflops?: number; readonly status?: string }[];
}

export function benchmarkTests(site: () => Site): void {
  describe("benchmark", () => {
    it("measures the processor and gives the numbers as JSON", () =>
      withTab(site(), { hash: "benchmark" }, async (tab) => {
        await tab.page.waitForSelector(".benchmark");
        await tab.page.evaluate(() => document.querySelector<HTMLInputElement>('.benchmark input[id$="-webgpu"]')?.click());
        const { origin } = new URL(site().server.address);
        await tab.page.browserContext().overridePermissions(origin, ["clipboard-read", "clipboard-write", "clipboard-sanitized-write"]);
        await tab.page.click(".benchmark .primary");
        await tab.page.waitForSelector(".benchmark-output:not([hidden])", { timeout: 30_000 });
        await tab.page.bringToFront();
        await tab.page.click(".copy");
        await tab.page.waitForFunction(() => document.querySelector(".copy")?.textContent === "Copied");
        const record = JSON.parse(await tab.page.evaluate(() => navigator.clipboard.readText())) as BenchmarkJson;
        expect(record.kind).toBe("spectrahedron-browser-benchmark");
        expect(record.results.map(({ test, backend }) => `${test} ${backend}`)).toEqual(["product cpu", "projection cpu", "solve cpu"]);
        const [product, projection, solve] = record.results;
        expect(product.gflops).toBeGreaterThan(0.1);
        expect(projection.milliseconds).toBeGreaterThan(0);
        expect(solve.status).toBe("solved");
        expect(record.devices["cpu"]).toMatch(/wasm|typescript/);
        await tab.picture("benchmark-light");
      }));
  });
}
