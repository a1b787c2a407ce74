import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type { PageDriver } from "../page-driver.ts";
import type { Site } from "../site.ts";
import { withTab } from "./tasks.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

declare const axe: { run(): Promise<{ readonly violations: readonly Violation[] }> };

/** Violations that keep people from using the page, as text. */
async function violations(tab: PageDriver): Promise<string[]> {
  if (!(await tab.page.evaluate(() => "axe" in globalThis))) await tab.page.evaluate(AXE);
  const found = await tab.page.evaluate(async () => (await axe.run()).violations);
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ""}`).join("; ")}`);
}

export function accessibilityTests(site: () => Site): void {
  describe("for everybody", () => {
    it.each([
      ["light", false],
      ["dark", true],
    ])("no serious or critical violation in %s colours", async (name, dark) =>
      withTab(site(), { dark, hash: "solve/petersen" }, async (tab) => {
        expect(await violations(tab)).toEqual([]);
        await tab.page.click(".more > summary");
        await tab.run();
        await tab.page.click(".record > summary");
        expect(await violations(tab)).toEqual([]);
        await tab.picture(`result-${name}`);
        await tab.page.click("#task-minimize");
        await tab.page.waitForSelector('[name="expression"]');
        await tab.fill("order", "x");
        await tab.pressRun();
        expect(await violations(tab)).toEqual([]);
        await tab.page.click("#benchmark-tab");
        await tab.page.waitForSelector(".benchmark");
        expect(await violations(tab)).toEqual([]);
      }),
    );

    it("can be used by keyboard alone", () =>
      withTab(site(), {}, async (tab) => {
        const { keyboard } = tab.page;
        const focused = (): Promise<string> =>
          tab.page.evaluate(() => {
            const { id = "", className = "" } = document.activeElement ?? {};
            const name = document.activeElement?.getAttribute("name") ?? "";
            return name === "task" ? id : name || className || id;
          });
        await keyboard.press("Tab");
        expect(await focused()).toBe("skip-link");
        await keyboard.press("Enter");
        expect(await focused()).toBe("main");
        await keyboard.press("Tab");
        expect(await focused()).toBe("task-solve");
        await keyboard.press("ArrowRight");
        await keyboard.press("ArrowRight");
        await tab.page.waitForSelector('[name="expression"]');
        expect(await focused()).toBe("task-minimize");
        const order: string[] = [];
        while (order.at(-1) !== "primary run-button" && order.length < 30) {
          await keyboard.press("Tab");
          order.push(await focused());
        }
        const places = ["example", "expression", "subjectTo", "order", "backend", "primary run-button"].map((name) => order.indexOf(name));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(places).not.toContain(-1);
        await keyboard.press("Enter");
        expect((await tab.finished()).status).toBe("Optimal");
        expect(await tab.text("#announcements")).toMatch(/^Finished: Optimal\./);
        expect(await tab.page.evaluate(() => document.activeElement?.classList.contains("run-button"))).toBe(true);
      }));

    it("follows the system's colours until others are chosen, and keeps the choice", () =>
      withTab(site(), { dark: true }, async (tab) => {
        const ground = (): Promise<string> => tab.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const dark = await ground();
        await tab.page.click(".icon-button");
        const light = await ground();
        expect(light).not.toBe(dark);
        await tab.page.reload();
        await tab.ready();
        expect(await ground()).toBe(light);
        await tab.page.click(".icon-button");
        expect(await ground()).toBe(dark);
      }));

    it("fits a telephone of 360 pixels, before and after a run", () =>
      withTab(site(), { width: 360, height: 740, hash: "quantize/chess" }, async (tab) => {
        expect(await tab.overflow()).toBeLessThanOrEqual(0);
        await tab.picture("phone-start");
        expect(await violations(tab)).toEqual([]);
        await tab.run();
        await tab.page.waitForSelector(".figure img");
        expect(await tab.overflow()).toBeLessThanOrEqual(0);
        await tab.picture("phone-result");
        expect(await violations(tab)).toEqual([]);
        await tab.page.click("#benchmark-tab");
        await tab.page.waitForSelector(".benchmark");
        expect(await tab.overflow()).toBeLessThanOrEqual(0);
      }));

    it("can be used within 1.5 s", async () => {
      const times: number[] = [];
      for (let k = 0; k < 2; k++) {
        await withTab(site(), {}, async (tab) => {
          times.push(await tab.interactiveAfter());
        });
      }
      console.log(`interactive after ${times.map((time) => time.toFixed(0)).join(", ")} ms`);
      // What else the machine does at that moment is not the page's.
      expect(Math.min(...times)).toBeLessThanOrEqual(1500);
    });
  });
}
