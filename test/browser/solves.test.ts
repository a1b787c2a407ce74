import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { solve } from "../../src/solver/solve.ts";
import { solveProblems } from "../backends/webgpu/solve-problems.ts";
import type { SolveName } from "../backends/webgpu/solve-problems.ts";
import { openPage, testBrowser } from "./harness.ts";
import type { ServedPage } from "./harness.ts";
import type { SolvePage } from "./page/solves.ts";

declare const solvePage: SolvePage;

const browser = testBrowser();
const names = Object.keys(solveProblems) as SolveName[];

describe.skipIf(browser === undefined)("whole solves in a browser", { timeout: 240_000 }, () => {
  let served: ServedPage;

  beforeAll(async () => {
    if (browser !== undefined) served = await openPage(browser, "page/solves.ts");
  }, 120_000);

  afterAll(() => served.close());

  it.each(names)("%s as on the CPU in Node", async (name) => {
    const result = await served.page.evaluate((which) => solvePage.solve(which), name);
    const reference = await solve(solveProblems[name](), { backend: "cpu", eps: 1e-4 });
    expect(result.backend).toBe("webgpu");
    expect(result.status).toBe(reference.status);
    if (result.status !== "solved") return;
    expect(result.worstDimacs).toBeLessThanOrEqual(1e-4);
    const objective = reference.measures.primalObjective;
    expect(Math.abs(result.objective - objective)).toBeLessThanOrEqual(5e-4 * Math.max(1, Math.abs(objective)));
  });

  it("past f32 on the device, to 1e-8", async () => {
    const result = await served.page.evaluate(() => solvePage.refine("theta7"));
    expect(result.status).toBe("solved");
    expect(result.precision).toBe("f32, refined on the device");
    expect(result.worstDimacs).toBeLessThanOrEqual(1e-8);
    const exact = (7 * Math.cos(Math.PI / 7)) / (1 + Math.cos(Math.PI / 7));
    expect(result.objective).toBeCloseTo(-exact, 7);
  });

  it("finishes when the GPU process crashes in the middle", async () => {
    const pending = served.page.evaluate(() => solvePage.solveThroughCrash("theta7"));
    await served.page.waitForFunction(() => solvePage.armed, { polling: 5 });
    const session = await served.browser.target().createCDPSession();
    // The reply of a crash may never come: the process that would send it is gone.
    session.send("Browser.crashGpuProcess").catch(() => undefined);
    const { objective, notes, worstDimacs } = await pending;
    expect(notes.join()).toContain("the device was lost");
    expect(worstDimacs).toBeLessThanOrEqual(1e-4);
    const exact = (7 * Math.cos(Math.PI / 7)) / (1 + Math.cos(Math.PI / 7));
    expect(objective).toBeCloseTo(-exact, 3);
  });
});
