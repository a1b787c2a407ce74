import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer";
import type { Browser as PuppeteerBrowser, Page } from "puppeteer";
import type { Browser } from "../../scripts/adapters/chromium.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const HTML = `<!doctype html><meta charset="utf-8"><title>tests</title><script type="module" src="/page.js"></script>`;

export interface Served {
  readonly address: string;
  close(): Promise<void>;
}

/** Serves a folder from 127.0.0.1; the root is a page with the script page.js. */
export async function serveFolder(folder: string, isolated: boolean): Promise<Served> {
  const server = createServer((request, response) => {
    const headers = isolated ? ISOLATION : {};
    const name = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    if (name === "/") {
      response.writeHead(200, { ...headers, "Content-Type": "text/html" }).end(HTML);
      return;
    }
    try {
      const content = readFileSync(join(folder, name));
      response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(name)] ?? "text/plain" }).end(content);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Bundles the page and the worker of these tests with esbuild, as an application would. */
export async function bundlePage(entry = "browser-page/main.ts"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "spectrahedron-web-"));
  const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  await build({
    entryPoints: { page: here(entry), worker: here("../../src/web/api/worker.ts") },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["node:*"],
    logLevel: "error",
  });
  return folder;
}

export interface OpenPage {
  readonly page: Page;
  readonly browser: PuppeteerBrowser;
  close(): Promise<void>;
}

/** Opens the bundled page in a headless browser. */
export async function openWebPage(
  browser: Browser,
  folder: string,
  { isolated = true, flags = [] }: { readonly isolated?: boolean; readonly flags?: readonly string[] } = {},
): Promise<OpenPage> {
  const served = await serveFolder(folder, isolated);
  const launched = await puppeteer.launch({
    executablePath: browser.executable,
    headless: browser.source === "@sparticuz/chromium" ? "shell" : true,
    args: ["--no-sandbox", "--disable-dev-shm-usage", ...flags],
    env: { ...process.env, ...browser.environment },
    protocolTimeout: 300_000,
  });
  const page = await launched.newPage();
  page.on("pageerror", (error) => console.error(`page: ${String(error)}`));
  await page.goto(served.address);
  return {
    page,
    browser: launched,
    close: async () => {
      await launched.close();
      await served.close();
    },
  };
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
