import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { solve } from "../../src/solver/solve.ts";
import { WEBGPU_FLAGS } from "../../scripts/adapters/chromium.ts";
import { testBrowser } from "../browser/harness.ts";
import type { WebPage } from "./browser-page/main.ts";
import { maxCut } from "./problems.ts";
import { bundlePage, openWebPage, removeFolder } from "./served.ts";
import type { OpenPage } from "./served.ts";

declare const webPage: WebPage;

const browser = testBrowser();

describe.skipIf(browser === undefined)("the worker API in a browser", { timeout: 120_000 }, () => {
  let opened: OpenPage;
  let folder = "";

  beforeAll(async () => {
    if (browser === undefined) return;
    folder = await bundlePage();
    opened = await openWebPage(browser, folder);
  }, 120_000);

  afterAll(async () => {
    await opened.close();
    await removeFolder(folder);
  });

  it("chooses WebAssembly with threads without a GPU, and says why", async () => {
    const capabilities = await opened.page.evaluate(() => webPage.start("auto", 2));
    expect(capabilities.chosen).toBe("wasm-threads");
    expect(capabilities.crossOriginIsolated).toBe(true);
    expect(capabilities.threads).toBe(2);
    expect(capabilities.explanation).toContain("WebAssembly with 2 threads");
  });

  it("solves as in Node while the page stays free", async () => {
    const report = await opened.page.evaluate(() => webPage.solveMaxCut(80, 1e-6));
    const expected = await solve(maxCut(80), { eps: 1e-6, backend: "cpu" });
    expect(report.status).toBe("solved");
    expect(report.objective).toBeCloseTo(expected.measures.primalObjective, 3);
    expect(report.iterationEvents).toBeGreaterThan(0);
    // On a busy machine the page is held up by others; by the solve it would be for all of it.
    expect(report.longestPause).toBeLessThan(Math.max(100, 300 * report.seconds));
  });

  it("runs a task", async () => {
    expect(await opened.page.evaluate(() => webPage.runSmallTask())).toBe("solved");
  });

  it("cancels", async () => {
    expect(await opened.page.evaluate(() => webPage.cancelMaxCut(100))).toBe("interrupted");
  });

  it("does two solves at once in two workers", async () => {
    await opened.page.evaluate(() => webPage.start("cpu", 1));
    const statuses = await opened.page.evaluate(async () => {
      const reports = await Promise.all([webPage.solveMaxCut(40, 1e-6, "auto", 0), webPage.solveMaxCut(50, 1e-6, "auto", 1)]);
      return reports.map(({ status }) => status);
    });
    expect(statuses).toEqual(["solved", "solved"]);
  });

  it("rejects with a WorkerError when terminated in the middle", async () => {
    const { name, typed } = await opened.page.evaluate(() => webPage.terminateDuring(100));
    expect({ name, typed }).toEqual({ name: "WorkerError", typed: true });
    await opened.page.evaluate(() => webPage.terminateAll());
  });

  it("rejects with a WorkerError when the worker's script is missing or throws", async () => {
    const [missing, throwing] = await opened.page.evaluate(() => webPage.startBroken());
    expect(missing.name).toBe("WorkerError");
    expect(missing.message).toContain("could not be loaded");
    expect(throwing.name).toBe("WorkerError");
    expect(throwing.message).toContain("broken on purpose");
  });

  it.skipIf(!existsSync("/proc/self/statm"))("gives the memory back when terminated in the middle", async () => {
    const before = await residentBytes(opened);
    await opened.page.evaluate(() => webPage.beginSolve(400));
    const during = await residentBytes(opened);
    await opened.page.evaluate(() => webPage.terminateAll());
    const enough = before + 0.35 * (during - before);
    let after = during;
    for (let look = 0; look < 60 && after > enough; look++) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      after = await residentBytes(opened);
    }
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
    console.log(`memory: ${megabytes(before)} before, ${megabytes(during)} during, ${megabytes(after)} after`);
    expect(during - before).toBeGreaterThan(20e6);
    expect(after).toBeLessThan(enough);
  });
});

describe.skipIf(browser === undefined)("with a WebGPU adapter in software", { timeout: 120_000 }, () => {
  let opened: OpenPage;
  let folder = "";

  beforeAll(async () => {
    if (browser === undefined) return;
    folder = await bundlePage();
    opened = await openWebPage(browser, folder, { flags: WEBGPU_FLAGS });
  }, 120_000);

  afterAll(async () => {
    await opened.close();
    await removeFolder(folder);
  });

  it("passes it over unless asked", async () => {
    const { chosen, webgpu, explanation } = await opened.page.evaluate(() => webPage.start("auto", 1));
    expect(webgpu?.software).toBe(true);
    expect(chosen).toBe("wasm");
    expect(explanation).toContain("is software, slower than WebAssembly");
    await opened.page.evaluate(() => webPage.terminateAll());
  });

  it("solves on it when asked", async () => {
    expect((await opened.page.evaluate(() => webPage.start("webgpu"))).chosen).toBe("webgpu");
    const report = await opened.page.evaluate(() => webPage.solveMaxCut(30, 1e-4, "splitting"));
    expect(report.backend).toBe("webgpu");
    expect(report.status).toBe("solved");
    await opened.page.evaluate(() => webPage.terminateAll());
  });
});

/** Memory that the page's processes hold for themselves, their workers included. */
async function residentBytes({ browser: launched }: OpenPage): Promise<number> {
  const session = await launched.target().createCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let sum = 0;
  for (const { type, id } of processInfo) {
    if (type !== "renderer") continue;
    const status = readFileSync(`/proc/${id}/status`, "utf8");
    for (const [, kilobytes] of status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB/gm)) sum += 1024 * Number(kilobytes);
  }
  return sum;
}
