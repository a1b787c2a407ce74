import { describe, expect, it } from "vitest";
import { serveFolder } from "../static-server.ts";
import type { Site } from "../site.ts";

/** The page after its server is gone. */
export function offlineTests(site: () => Site): void {
  describe("offline", () => {
    it("opens and does every kind of work without its server once it was loaded", async () => {
      const server = await serveFolder(site().folder);
      const tab = await site().tab({ address: server.address, offline: true });
      try {
        await tab.page.waitForFunction(() => navigator.serviceWorker.controller !== null, { timeout: 20_000 });
        await server.close();
        await tab.page.goto(`${server.address}#quantize/chess`);
        await tab.page.reload();
        await tab.ready();
        expect(await tab.page.evaluate(() => crossOriginIsolated)).toBe(true);
        const quantized = await tab.run();
        expect(quantized.status).toBe("Solved");
        await tab.page.waitForSelector(".figure img");
        await tab.chooseTask("bound");
        await tab.page.waitForSelector('[data-slot="network"].filled');
        expect((await tab.run()).status).toBe("Bounded");
      } finally {
        await tab.close();
      }
    });
  });
}
