import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testBrowser } from "../browser/harness.ts";
import { bundlers } from "./bundlers.ts";
import { openFolder } from "./open-folder.ts";
import { version } from "../../src/version.ts";
import { installPackage } from "./installed.ts";
import type { Installed } from "./installed.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));

describe("the packed package in a project of its own", () => {
  let installed: Installed;
  beforeAll(async () => {
    installed = await installPackage();
  }, 180_000);
  afterAll(() => installed.remove());

  it("solves from Node as an ES module", async () => {
    const text = await installed.run("node", "node", "max-cut.js");
    const [, bound, cut] = /^solved: no cut of the 120 edges has more than ([\d.]+); found one with (\d+)/.exec(text) ?? [];
    expect(Number(cut)).toBeLessThanOrEqual(Number(bound));
    expect(Number(cut)).toBeGreaterThan(0.878 * Number(bound));
    const minimum = await installed.run("node", "node", "global-minimum.js");
    expect(minimum).toContain("optimal");
    expect(minimum).toContain("x = 0.089842, y = -0.712656");
  });

  it("has the command line", async () => {
    const main = join(installed.folder(".."), "projects", "node_modules", ".bin", "spectrahedron");
    expect((await installed.run("node", main, "--version")).trim()).toBe(version);
    expect(await installed.run("node", main, "minimize", "x^4 - x", "--quiet", "--json")).toContain('"status":"optimal"');
  });

  it("passes a strict TypeScript project with library checks on, and its program runs", async () => {
    const tsc = join(modules, "typescript", "bin", "tsc");
    await installed.run("typescript", "node", tsc, "--typeRoots", join(modules, "@types"));
    const text = await installed.run("typescript", "node", "build/main.js");
    expect(text).toContain("Lovász number of the 5-cycle: 2.236068");
    expect(text).toContain("hat(0.25) = 0.75");
    // Bundlers' resolution too.
    const bundler = ["--module", "ESNext", "--moduleResolution", "Bundler", "--noEmit"];
    await installed.run("typescript", "node", tsc, "--typeRoots", join(modules, "@types"), ...bundler);
  });

  it("serves solves over HTTP", async () => {
    const server = spawn(process.execPath, ["server.js"], {
      cwd: installed.folder("server"),
      env: { ...process.env, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = (await once(server.stdout, "data")) as [Buffer];
      const address = /http:\S+/.exec(line.toString())?.[0];
      // maximize 0 … the smallest SDPA file: minimize x subject to x ⪰ 1.
      const solve = async (body: string, query = ""): Promise<Response> =>
        fetch(`${address}/solve?${query}`, { method: "POST", body });
      const answer = await solve("1\n1\n1\n1\n0 1 1 1 1\n1 1 1 1 1\n");
      expect(answer.status).toBe(200);
      const { status, primalObjective } = (await answer.json()) as { status: string; primalObjective: number };
      expect(status).toBe("solved");
      expect(primalObjective).toBeCloseTo(1, 5);
      const wrong = await solve("no problem at all");
      expect(wrong.status).toBe(400);
      expect(((await wrong.json()) as { error: string }).error).toContain("request body:1");
      expect((await solve("", "eps=7")).status).toBe(400);
      expect((await fetch(`${address}/solve`)).status).toBe(405);
      expect(await (await fetch(`${address}/health`)).json()).toEqual({ running: 0, waiting: 0 });
    } finally {
      server.kill();
      await once(server, "exit");
    }
  });

  const browser = testBrowser();
  describe.skipIf(browser === undefined)("in a browser", () => {
    it.each(Object.keys(bundlers))("bundled by %s solves in its worker and shows progress", async (name) => {
      if (browser === undefined) return;
      const page = await openFolder(browser, await bundlers[name](installed.folder("browser")));
      try {
        await page.waitForSelector("#solve:enabled");
        expect(await page.$eval("#where", (element) => element.textContent)).toMatch(/thread|GPU/);
        await page.click("#solve");
        await page.waitForFunction(() => document.querySelector("#answer")?.textContent !== "");
        expect(await page.$eval("#progress", (element) => element.textContent)).toMatch(/^iteration \d+, gap/);
        const [, value] = /^solved: ([\d.]+)$/.exec((await page.$eval("#answer", (e) => e.textContent)) ?? "") ?? [];
        // A cut of a graph with 180 edges: at least half of them, at most all.
        expect(Number(value)).toBeGreaterThan(90);
        expect(Number(value)).toBeLessThanOrEqual(180.001);
      } finally {
        await page.close();
      }
    }, 240_000);
  });
});
