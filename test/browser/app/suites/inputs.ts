import { describe, expect, it } from "vitest";
import type { Site } from "../site.ts";
import { withTab } from "./tasks.ts";

const TINY = "1\n1\n2\n1\n0 1 1 2 1\n1 1 1 1 1\n1 1 2 2 1\n";

/** Files and settings, right and wrong. */
export function inputTests(site: () => Site): void {
  describe("inputs", () => {
    it("a dropped table goes to the task that reads it, with its columns to choose from", () =>
      withTab(site(), {}, async (tab) => {
        await tab.drop("weather.csv", "temperature,wind,rain\n1,2,yes\n2,1,no\n3,3,yes\n");
        await tab.page.waitForSelector("#task-quantize:checked");
        await tab.page.waitForFunction(() => document.querySelectorAll('[name="target"] option').length === 3);
        expect(await tab.page.$$eval('[name="target"] option', (options) => options.map((option) => option.textContent))).toEqual([
          "temperature",
          "wind",
          "rain",
        ]);
        expect(await tab.page.$eval('[name="target"]', (select) => (select as HTMLSelectElement).value)).toBe("rain");
        expect(await tab.text("#announcements")).toContain("weather.csv");
      }));

    it("a dropped problem is solved", () =>
      withTab(site(), { hash: "minimize/camel" }, async (tab) => {
        await tab.drop("tiny.dat-s", TINY);
        await tab.page.waitForFunction(() => document.querySelector(".slot-file")?.textContent === "tiny.dat-s");
        const { status, facts } = await tab.run();
        expect(status).toBe("Solved");
        expect(Number(facts["Objective"])).toBeCloseTo(1, 5);
      }));

    it("a faulty file is refused with its line, beside the file", () =>
      withTab(site(), {}, async (tab) => {
        await tab.drop("broken.dat-s", "1\n1\n2\n1\n0 1 1 2 nonsense\n");
        await tab.page.waitForFunction(() => document.querySelector(".slot-file")?.textContent === "broken.dat-s");
        const { status } = await tab.run();
        expect(status).toBe("Not run");
        expect(await tab.text('[data-slot="problem"] .field-error')).toMatch(/^broken\.dat-s:5:9: .*nonsense/);
        expect(await tab.text(".alert")).toContain("broken.dat-s:5:9");
        await tab.picture("fault-light");
        // The next file makes it good.
        await tab.drop("tiny.dat-s", TINY);
        await tab.page.waitForFunction(() => document.querySelector(".slot-file")?.textContent === "tiny.dat-s");
        expect((await tab.run()).status).toBe("Solved");
      }));

    it("a file of an unknown kind is named, with what was expected", () =>
      withTab(site(), {}, async (tab) => {
        await tab.drop("photo.png", "\u0089PNG");
        await tab.page.waitForSelector('[data-slot="problem"] .field-error:not([hidden])');
        expect(await tab.text('[data-slot="problem"] .field-error')).toMatch(/photo\.png.*SDPA/);
      }));

    it("a missing file is asked for", () =>
      withTab(site(), {}, async (tab) => {
        await tab.page.click('[data-slot="problem"] .slot-remove');
        await tab.pressRun();
        expect(await tab.text('[data-slot="problem"] .field-error')).toContain("needed");
        expect(await tab.page.evaluate(() => document.activeElement?.getAttribute("aria-invalid"))).toBe("true");
      }));

    it("wrong settings are refused beside their fields, and the first gets the focus", () =>
      withTab(site(), {}, async (tab) => {
        await tab.fill("eps", "7");
        await tab.fill("timeLimit", "soon");
        await tab.fill("maxIterations", "2.5");
        await tab.pressRun();
        const error = (name: string): Promise<string> =>
          tab.page.$eval(`[name="${name}"]`, (input) => input.closest(".field")?.querySelector(".field-error")?.textContent ?? "");
        expect(await error("eps")).toBe("Tolerance is 7; it must be at most 1");
        expect(await error("timeLimit")).toContain("needs a number");
        expect(await error("maxIterations")).toContain("whole number");
        expect(await tab.page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("eps");
        expect(await tab.page.$(".status")).toBeNull();
        await tab.fill("eps", "1e-5");
        await tab.fill("timeLimit", "0");
        await tab.fill("maxIterations", "1000");
        expect((await tab.run()).status).toBe("Solved");
      }));
  });
}
