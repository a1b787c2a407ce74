/**
 * Matrix products in headless Chromium: `npx tsx bench/web/products.ts [OUT.jsonl]`. Times include upload and read-back;
 * gpu.js and ours are f32, WebAssembly is f64. Without a graphics card WebGL2 is SwiftShader on the processor: such a run
 * shows what the shaders cost against each other, and nothing about a card.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer";
import { findBrowser } from "../../scripts/adapters/chromium.ts";
import { version } from "../../src/version.ts";
import { packageVersion, Record } from "../record.ts";
import type { ProductPage } from "./page.ts";

declare const productPage: ProductPage;

const ORDERS = [64, 128, 256, 512];

const browser = findBrowser();
if (browser === undefined) throw new Error("no browser: set PUPPETEER_EXECUTABLE_PATH");
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
  bundle: true,
  write: false,
  format: "esm",
  platform: "browser",
  target: "es2022",
  external: ["node:*"],
  logLevel: "error",
});
const script = outputFiles[0].text;
const server = createServer((request, response) => {
  const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
  const page = '<!doctype html><title>products</title><script type="module" src="page.js"></script>';
  const [type, text] = request.url === "/page.js" ? ["text/javascript", script] : ["text/html", page];
  response.writeHead(200, { ...isolation, "Content-Type": type }).end(text);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const launched = await puppeteer.launch({
  executablePath: browser.executable,
  headless: browser.source === "@sparticuz/chromium" ? "shell" : true,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"],
  env: { ...process.env, ...browser.environment },
  protocolTimeout: 600_000,
});
try {
  const page = await launched.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const renderer = await page.evaluate(() => productPage.open());
  const record = new Record(process.argv.at(2), {
    set: "web-products",
    command: "npx tsx bench/web/products.ts bench/results/web-products.jsonl",
    browser: await launched.version(),
    renderer,
    versions: { spectrahedron: version, "gpu.js": packageVersion("gpu.js") },
  });
  console.log(renderer);
  for (const order of ORDERS) {
    const times = await page.evaluate((n) => productPage.measure(n), order);
    record.add({ kind: "product", ...times, ratio: times.gpuJs / times.webGl });
    const cells = Object.entries(times).map(([name, value]) => `${name} ${Number(value).toPrecision(3)}`);
    console.log(cells.join("  "));
  }
} finally {
  await launched.close();
  server.closeAllConnections();
  server.close();
}
