import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { PageDriver, RunState } from "../page-driver.ts";
import type { Site } from "../site.ts";

const THETA2 = new URL("../../../../../shared/data/sdplib/theta2.dat-s", import.meta.url);

/** A tab for one test, closed at its end; the page must not have reported errors. */
export async function withTab(site: Site, options: Parameters<Site["tab"]>[0], use: (tab: PageDriver) => Promise<void>): Promise<void> {
  const tab = await site.tab(options);
  try {
    await use(tab);
    expect(tab.errors).toEqual([]);
  } finally {
    await tab.close();
  }
}

/** The number that a fact of the result shows. */
export function factNumber(value: string | undefined): number {
  return Number((value ?? "NaN").replace("\u2212", "-"));
}

/** Milliseconds that the page's thread may be held up during a run. */
const LONGEST_TASK = 100;

/**
 * Runs until the times are met, at most three times, and gives the least ones: other programs of a busy machine lengthen
 * them, and are not the page's.
 */
async function bestRun(
  tab: PageDriver,
  limit: number,
  check: (state: RunState) => void,
): Promise<{ readonly milliseconds: number; readonly longestTask: number }> {
  let best = { milliseconds: Infinity, longestTask: Infinity };
  for (let k = 0; k < 3 && !(best.milliseconds < limit && best.longestTask <= LONGEST_TASK); k++) {
    const since = await tab.now();
    const state = await tab.run(60_000);
    check(state);
    const longestTask = await tab.longestTask(since);
    console.log(`${state.milliseconds} ms, longest task of the page ${longestTask === 0 ? "below 50" : longestTask.toFixed(0)} ms`);
    best = { milliseconds: Math.min(best.milliseconds, state.milliseconds), longestTask: Math.min(best.longestTask, longestTask) };
  }
  return best;
}

/** Every task on a small example, and the times that are asked for. */
export function taskTests(site: () => Site): void {
  describe("tasks", () => {
    it("solve: the theta function of the Petersen graph is 4", () =>
      withTab(site(), { hash: "solve/petersen" }, async (tab) => {
        const { status, facts } = await tab.run();
        expect(status).toBe("Solved");
        expect(factNumber(facts["Objective"])).toBeCloseTo(4, 5);
        expect(await tab.text(".adapter")).toMatch(/WebAssembly|WebGPU|WebGL2/);
        expect(await tab.page.$$(".spectrum circle")).toHaveLength(10);
        expect(await tab.page.$$(".timings tbody tr")).not.toHaveLength(0);
        await tab.page.waitForSelector('[data-chart="residuals"] path.line');
      }));

    it("solve: an infeasible problem gives a certificate", () =>
      withTab(site(), { hash: "solve/unstable" }, async (tab) => {
        const { status, facts } = await tab.run();
        expect(status).toBe("Primal infeasible");
        expect(facts["Certificate"]).toBe("No feasible point");
        expect(await tab.page.$('[data-file$="certificate.json"]')).not.toBeNull();
      }));

    it("solve: a problem of the size of theta2 within 10 s, the page staying free", () =>
      withTab(site(), { hash: "solve/theta" }, async (tab) => {
        const { milliseconds, longestTask } = await bestRun(tab, 10_000, ({ status, facts }) => {
          expect(status).toBe("Solved");
          expect(factNumber(facts["Objective"])).toBeCloseTo(32.70981, 4);
        });
        expect(milliseconds).toBeLessThan(10_000);
        expect(longestTask).toBeLessThanOrEqual(LONGEST_TASK);
        await tab.picture("solve-light");
      }));

    it.skipIf(!existsSync(THETA2))("solve: theta2 of SDPLIB within 10 s", () =>
      withTab(site(), {}, async (tab) => {
        const input = await tab.page.$('[data-slot="problem"] input[type="file"]');
        await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(THETA2.pathname);
        await tab.page.waitForFunction(() => document.querySelector(".slot-file")?.textContent === "theta2.dat-s");
        const { milliseconds } = await bestRun(tab, 10_000, ({ status, facts }) => {
          expect(status).toBe("Solved");
          expect(Math.abs(factNumber(facts["Objective"]))).toBeCloseTo(32.879, 3);
        });
        expect(milliseconds).toBeLessThan(10_000);
      }));

    it("quantize: ionosphere within 5 s, with files and a figure", () =>
      withTab(site(), { hash: "quantize/ionosphere" }, async (tab) => {
        const { milliseconds, longestTask } = await bestRun(tab, 5000, ({ status, facts }) => {
          expect(status).toBe("Solved");
          const bound = factNumber(facts["Certified lower bound"]);
          expect(bound).toBeGreaterThan(0);
          expect(factNumber(facts["Best network"])).toBeGreaterThanOrEqual(bound);
        });
        expect(milliseconds).toBeLessThan(5000);
        expect(longestTask).toBeLessThanOrEqual(LONGEST_TASK);
        const download = await site().collectDownloads(tab);
        await tab.page.click('[data-file="ionosphere-quantize-network.json"]');
        expect(JSON.parse(await download("ionosphere-quantize-network.json"))).toBeTypeOf("object");
        await tab.page.waitForSelector(".figure img");
        expect(await tab.page.$eval(".figure img", (image) => (image as HTMLImageElement).decode().then(() => true))).toBe(true);
        await tab.page.click('.figure [data-file$=".svg"]');
        expect(await download("ionosphere-quantize-neurons.svg")).toMatch(/^<svg[^]*<\/svg>\s*$/);
        await tab.picture("quantize-light");
      }));

    it("minimize: the six-hump camel, with its certificate", () =>
      withTab(site(), { hash: "minimize/camel" }, async (tab) => {
        const { status, facts } = await tab.run();
        expect(status).toBe("Optimal");
        expect(factNumber(facts["Best point's value"])).toBeCloseTo(-1.0316284535, 6);
        expect(factNumber(facts["Certified lower bound"])).toBeCloseTo(-1.0316284535, 5);
        expect(await tab.text(".table-frame caption")).toBe("2 minimisers");
        const download = await site().collectDownloads(tab);
        await tab.page.click('[data-file="polynomial-minimize-certificate.json"]');
        expect(Object.keys(JSON.parse(await download("polynomial-minimize-certificate.json")) as object)).toContain("grams");
        await tab.picture("minimize-light");
      }));

    it("minimize: constraints typed in", () =>
      withTab(site(), { hash: "minimize/camel" }, async (tab) => {
        await tab.fill("expression", "x + y");
        await tab.fill("subjectTo", "x^2 + y^2 <= 2\nx >= 0");
        const { facts } = await tab.run();
        expect(factNumber(facts["Best point's value"])).toBeCloseTo(-Math.SQRT2, 5);
      }));

    it("bound: a network from ONNX, both ways", () =>
      withTab(site(), { hash: "bound/surface" }, async (tab) => {
        const { status } = await tab.run();
        expect(status).toBe("Bounded");
        const cells = await tab.page.$$eval(".result tbody tr", (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
        expect(cells.map(([objective]) => objective)).toEqual(["min y0", "max y0"]);
        for (const [, bound, reached] of cells) {
          const proved = factNumber(bound.replace(/[≤≥] /, ""));
          expect(bound.startsWith("≥") ? factNumber(reached) - proved : proved - factNumber(reached)).toBeGreaterThanOrEqual(0);
        }
      }));

    it("SOSX: a small search to its end", () =>
      withTab(site(), { hash: "sosx/curve" }, async (tab) => {
        const { facts, status } = await tab.run();
        expect(status).toBe("Optimal");
        const [best, bound] = [factNumber(facts["Best network, MAE"]), factNumber(facts["Lower bound, MAE"])];
        expect(best).toBeGreaterThan(0);
        expect(bound).toBeLessThanOrEqual(best);
        expect(best - bound).toBeLessThanOrEqual(1.1e-4 * best);
        await tab.picture("sosx-light");
      }));

    it("activation: the coefficients that made the samples", () =>
      withTab(site(), { hash: "activation/activations" }, async (tab) => {
        await tab.run();
        const names = await tab.page.$$eval(".result tbody th", (cells) => cells.map((cell) => cell.textContent));
        expect(names).toEqual(["c1_1", "c1_2", "c2_0", "c2_1", "c2_2"]);
        const values = await tab.page.$$eval(".result tbody td", (cells) => cells.map((cell) => cell.textContent ?? ""));
        expect(factNumber(values[0])).toBeCloseTo(0.5, 1);
        expect(factNumber(values[1])).toBeCloseTo(-0.3, 1);
      }));
  });
}
