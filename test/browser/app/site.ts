import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import puppeteer from "puppeteer";
import type { Browser as PuppeteerBrowser } from "puppeteer";
import { WEBGPU_FLAGS } from "../../../scripts/adapters/chromium.ts";
import type { Browser } from "../../../scripts/adapters/chromium.ts";
import { PageDriver } from "./page-driver.ts";
import { serveFolder } from "./static-server.ts";
import type { StaticServer } from "./static-server.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
/** Pictures of the page for people to look at; not in git. */
const PICTURES = join(REPOSITORY, "test-artifacts", "page");

export interface TabOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** Where the page comes from; the site's own server by default. */
  readonly address?: string;
  /** After the #. */
  readonly hash?: string;
  /** Whether the page may keep itself for later visits; most tests have no need of it. Default false. */
  readonly offline?: boolean;
}

/** The built page, its server and one browser, for all tests of a file. */
export class Site {
  readonly folder: string;
  readonly server: StaticServer;
  readonly browser: PuppeteerBrowser;
  readonly downloads: string;
  private readonly root: string;
  private readonly found: Browser;

  private constructor(root: string, server: StaticServer, browser: PuppeteerBrowser, found: Browser) {
    this.root = root;
    this.folder = join(root, "dist");
    this.downloads = join(root, "downloads");
    this.server = server;
    this.browser = browser;
    this.found = found;
  }

  static async open(found: Browser): Promise<Site> {
    const root = await mkdtemp(join(tmpdir(), "spectrahedron-site-"));
    const folder = join(root, "dist");
    await mkdir(PICTURES, { recursive: true });
    const [server, browser] = await Promise.all([serveFolder(folder), launch(found, WEBGPU_FLAGS), buildSite(folder)]);
    return new Site(root, server, browser, found);
  }

  /** A tab with the page, ready to be used. */
  async tab(options: TabOptions = {}, browser: PuppeteerBrowser = this.browser): Promise<PageDriver> {
    const { width = 1280, height = 900, dark = false, address = this.server.address, hash = "", offline = false } = options;
    // Storage of its own, so that nothing of another test is there.
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    const driver = new PageDriver(page, () => context.close(), PICTURES);
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
    await driver.prepare(offline);
    await page.goto(`${address}${hash === "" ? "" : `#${hash}`}`);
    await driver.ready();
    return driver;
  }

  /** Another browser, with other flags. */
  launch(flags: readonly string[]): Promise<PuppeteerBrowser> {
    return launch(this.found, flags);
  }

  /** Where a tab's downloads go from now on; the function waits for a file there and reads it. */
  async collectDownloads(driver: PageDriver): Promise<(name: string) => Promise<string>> {
    await mkdir(this.downloads, { recursive: true });
    const session = await driver.page.createCDPSession();
    const { browserContextId } = (await session.send("Target.getTargetInfo")).targetInfo;
    const context = browserContextId === undefined ? {} : { browserContextId };
    await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: this.downloads, ...context });
    return async (name) => {
      for (let k = 0; k < 100; k++) {
        if ((await readdir(this.downloads)).includes(name)) return readFile(join(this.downloads, name), "utf8");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`The file ${name} was not downloaded.`);
    };
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

function launch({ executable, source, environment }: Browser, flags: readonly string[]): Promise<PuppeteerBrowser> {
  return puppeteer.launch({
    executablePath: executable,
    headless: source === "@sparticuz/chromium" ? "shell" : true,
    args: [...flags],
    env: { ...process.env, ...environment },
    protocolTimeout: 120_000,
  });
}

/** As `npm run build:web` does, in a process of its own: the test runner's NODE_ENV would be built in. */
async function buildSite(folder: string): Promise<void> {
  const env = { ...process.env, NODE_ENV: "production" };
  const vite = join(REPOSITORY, "node_modules/vite/bin/vite.js");
  const options = ["--config", "src/web/vite.config.ts", "--outDir", folder, "--emptyOutDir", "--logLevel", "error"];
  await promisify(execFile)(process.execPath, [vite, "build", ...options], { cwd: REPOSITORY, env });
}
