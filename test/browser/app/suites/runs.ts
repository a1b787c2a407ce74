import { describe, expect, it, vi } from "vitest";
import { randomGraph, thetaProblem } from "../../../../src/web/page/examples/graphs.ts";
import type { Site } from "../site.ts";
import { factNumber, withTab } from "./tasks.ts";

/** Takes the splitting long enough to be watched. */
const LONG = thetaProblem(randomGraph(300, 3000, 1), "many equations");

/** What happens while a run goes on. */
export function runTests(site: () => Site): void {
  describe("runs", () => {
    it("is stopped mid-way, shows the point reached, and is resumed to its end", () =>
      withTab(site(), { hash: "solve/maxcut" }, async (tab) => {
        await tab.fill("method", "splitting");
        await tab.fill("eps", "1e-9");
        await tab.stopAtIterations(5);
        const stopped = await tab.run();
        expect(stopped.status).toBe("Interrupted");
        expect(stopped.facts["Primal residual"]).toMatch(/e/);
        expect(await tab.text("#announcements")).toContain("Interrupted");
        // The worker is gone, and its memory with it.
        await vi.waitFor(() => expect(tab.page.workers()).toHaveLength(0), 10_000);
        await tab.picture("stopped-light");
        const iterations = parseInt(stopped.facts["Iterations"], 10);
        await tab.page.click(".resume");
        const resumed = await tab.finished();
        expect(resumed.status).toBe("Solved");
        expect(iterations).toBeGreaterThan(0);
        // The chart goes on where it was.
        const label = await tab.page.$eval('[data-chart="residuals"] svg.chart', (chart) => chart.getAttribute("aria-label") ?? "");
        expect(label).toMatch(/^Chart over/);
      }));

    it("draws residuals while it goes on, and stops at a press", () =>
      withTab(site(), { hash: "solve/petersen" }, async (tab) => {
        await tab.drop("long.dat-s", LONG);
        await tab.page.waitForFunction(() => document.querySelector(".slot-file")?.textContent === "long.dat-s");
        await tab.fill("method", "splitting");
        await tab.fill("eps", "1e-12");
        const since = await tab.now();
        await tab.pressRun();
        await tab.page.waitForFunction(() => (document.querySelector('[data-chart="residuals"] path.line')?.getAttribute("d") ?? "").length > 60);
        expect(await tab.text(".status-text")).toBe("Running");
        const download = await site().collectDownloads(tab);
        await tab.page.click('[data-file="long-solve-residuals.svg"]');
        const svg = await download("long-solve-residuals.svg");
        expect(svg).toContain("primal residual");
        expect(svg).toMatch(/^<svg/);
        await tab.page.click('[data-file="long-solve-residuals.csv"]');
        expect(await download("long-solve-residuals.csv")).toMatch(/^seconds,iteration,primalResidual,dualResidual,gap\n[\d.e,-]+\n/);
        expect(await tab.text(".run-button")).toBe("Stop");
        await tab.picture("running-light");
        await tab.page.click(".run-button");
        expect((await tab.finished()).status).toBe("Interrupted");
        console.log(`while a long run is drawn, the longest task of the page is ${(await tab.longestTask(since)).toFixed(0)} ms`);
      }));

    it("two solves at once, in two tabs", async () => {
      const tabs = await Promise.all([site().tab({ hash: "solve/theta" }), site().tab({ hash: "solve/maxcut" })]);
      try {
        const [theta, cut] = await Promise.all(tabs.map((tab) => tab.run()));
        expect([theta.status, cut.status]).toEqual(["Solved", "Solved"]);
        expect(factNumber(theta.facts["Objective"])).toBeCloseTo(32.70981, 4);
        expect(factNumber(cut.facts["Objective"])).toBeCloseTo(223.32703, 3);
      } finally {
        await Promise.all(tabs.map((tab) => tab.close()));
      }
    });

    it("two runs at once, in one page", () =>
      withTab(site(), { hash: "solve/petersen" }, async (tab) => {
        await tab.drop("long.dat-s", LONG);
        await tab.page.waitForFunction(() => document.querySelector(".slot-file")?.textContent === "long.dat-s");
        await tab.fill("method", "splitting");
        await tab.fill("eps", "1e-12");
        await tab.pressRun();
        await tab.page.waitForSelector(".tile");
        await tab.chooseTask("minimize");
        await tab.page.waitForSelector('[name="expression"]');
        expect((await tab.run()).status).toBe("Optimal");
        expect(await tab.page.title()).toContain("Running");
        await tab.chooseTask("solve");
        await tab.page.waitForFunction(() => document.querySelector(".run-button")?.textContent === "Stop");
        await tab.page.click(".run-button");
        expect((await tab.finished()).status).toBe("Interrupted");
        expect(await tab.page.title()).toBe("spectrahedron");
      }));

    it("finishes when the GPU process crashes in the middle", () =>
      withTab(site(), { hash: "solve/petersen" }, async (tab) => {
        await tab.fill("backend", "webgpu");
        await tab.page.waitForFunction(() => document.querySelector(".adapter")?.textContent?.includes("WebGPU on"));
        // Far below what single precision reaches: long enough for a crash.
        await tab.fill("method", "splitting");
        await tab.fill("precision", "f32");
        await tab.fill("eps", "1e-12");
        await tab.fill("maxIterations", "1500");
        await tab.pressRun();
        await tab.waitForIterations(50);
        const session = await site().browser.target().createCDPSession();
        // The reply of a crash may never come: the process that would send it is gone.
        session.send("Browser.crashGpuProcess").catch(() => undefined);
        const { notes, facts, status } = await tab.finished(Date.now(), 45_000);
        expect(status).not.toBe("Broken off");
        expect(notes).toContain("the device was lost");
        expect(factNumber(facts["Objective"])).toBeCloseTo(4, 3);
      }));

    it("works in a browser without WebGPU, and tells so", async () => {
      const browser = await site().launch(["--no-sandbox", "--disable-dev-shm-usage", "--disable-features=WebGPU,WebGPUService"]);
      try {
        const tab = await site().tab({ hash: "solve/petersen" }, browser);
        await tab.page.waitForFunction(() => document.querySelector(".adapter")?.textContent?.includes("no WebGPU"));
        expect((await tab.run()).status).toBe("Solved");
        await tab.fill("backend", "webgpu");
        await tab.page.waitForSelector(".adapter.missing");
        expect(await tab.text(".adapter")).toContain("no WebGPU adapter");
        const { status } = await tab.run();
        expect(status).toBe("Not run");
        expect(await tab.text(".alert")).toContain("no WebGPU adapter");
      } finally {
        await browser.close();
      }
    });
  });
}
