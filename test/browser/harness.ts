import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer";
import type { Browser as PuppeteerBrowser, Page } from "puppeteer";
import { build } from "tsdown";
import { findBrowser, WEBGPU_FLAGS } from "../../scripts/adapters/chromium.ts";
import type { Browser } from "../../scripts/adapters/chromium.ts";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/**
 * The browser for tests. Without one they are skipped loudly; under CI=true that is an error.
 */
export function testBrowser(): Browser | undefined {
  const browser = findBrowser();
  if (browser !== undefined) {
    console.log(`browser tests run in ${browser.executable} (${browser.source})`);
    return browser;
  }
  const message = "No browser: set PUPPETEER_EXECUTABLE_PATH or install @sparticuz/chromium.";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: all browser tests in this file. ${message}`);
  return undefined;
}

/** A page with a bundled script, served from 127.0.0.1 in a headless browser. */
export interface ServedPage {
  readonly page: Page;
  readonly browser: PuppeteerBrowser;
  close(): Promise<void>;
}

/** Bundles `entry` (relative to test/browser), serves it with cross-origin isolation and opens it. */
export async function openPage(browser: Browser, entry: string): Promise<ServedPage> {
  const folder = await mkdtemp(join(tmpdir(), "spectrahedron-page-"));
  await bundle(fileURLToPath(new URL(entry, import.meta.url)), folder);
  const script = (await readdir(folder)).find((file) => file.startsWith("page."));
  if (script === undefined) throw new Error(`The bundle of ${entry} was not written.`);
  const html = `<!doctype html><meta charset="utf-8"><title>tests</title><script type="module" src="/${script}"></script>`;

  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
    if (name === "") {
      response.writeHead(200, { ...headers, "Content-Type": TYPES[".html"] }).end(html);
      return;
    }
    try {
      const content = readFileSync(join(folder, name.replace(/[^\w.-]/g, "")));
      response.writeHead(200, { ...headers, "Content-Type": TYPES[extname(name)] ?? "text/plain" }).end(content);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { launched, page } = await launchBrowser(browser);
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    page,
    browser: launched,
    close: async () => {
      await launched.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The browser with WebGPU and an empty page, whose errors are printed. */
export async function launchBrowser(browser: Browser): Promise<{ launched: PuppeteerBrowser; page: Page }> {
  const launched = await puppeteer.launch({
    executablePath: browser.executable,
    headless: browser.source === "@sparticuz/chromium" ? "shell" : true,
    args: [...WEBGPU_FLAGS],
    env: { ...process.env, ...browser.environment },
    protocolTimeout: 300_000,
  });
  const page = await launched.newPage();
  page.on("pageerror", (error) => console.error(`page: ${String(error)}`));
  page.on("console", (message) => {
    if (message.type() === "error") console.error(`page: ${message.text()}`);
  });
  return { launched, page };
}

async function bundle(entry: string, folder: string): Promise<void> {
  await build({
    config: false,
    entry: { page: entry },
    outDir: folder,
    format: "esm",
    platform: "browser",
    target: "es2022",
    dts: false,
    clean: false,
    logLevel: "warn",
    deps: { alwaysBundle: () => true },
    outExtensions: () => ({ js: ".js" }),
  });
}
