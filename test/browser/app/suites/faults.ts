import { describe, expect, it } from "vitest";
import { serveFolder } from "../static-server.ts";
import type { Site } from "../site.ts";

/** Hosts and networks that are not as they should be. */
export function faultTests(site: () => Site): void {
  describe("hosts", () => {
    it("without the headers of isolation it runs with one thread, and with threads from the second visit on", async () => {
      const plain = await serveFolder(site().folder, { isolated: false });
      const tab = await site().tab({ address: plain.address, offline: true, hash: "solve/petersen" });
      try {
        await tab.page.waitForFunction(() => document.querySelector(".adapter")?.textContent?.includes("WebAssembly"));
        expect(await tab.text(".adapter")).toContain("not cross-origin isolated");
        expect((await tab.run()).status).toBe("Solved");
        await tab.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
        await tab.page.reload();
        await tab.ready();
        expect(await tab.page.evaluate(() => crossOriginIsolated)).toBe(true);
        expect((await tab.run()).status).toBe("Solved");
      } finally {
        await tab.close();
        await plain.close();
      }
    });

    it("lies in any folder of a site", async () => {
      // The site's own folder is called dist: served from the one above it, the page lies in a folder.
      const above = await serveFolder(`${site().folder}/..`);
      const tab = await site().tab({ address: `${above.address}dist/`, hash: "bound/surface" });
      try {
        expect((await tab.run()).status).toBe("Bounded");
        expect(tab.errors).toEqual([]);
      } finally {
        await tab.close();
        await above.close();
      }
    });
  });
}
