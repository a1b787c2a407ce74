// `npx tsx scripts/adapters/main.ts`: finds (and unpacks, the first time) what the WebGPU tests run on, and says so.
// Exits with 1 under CI=true when something is missing.
import { findBrowser } from "./chromium.ts";
import { prepareVulkan } from "./vulkan.ts";

const driver = await prepareVulkan();
const browser = findBrowser();
console.log(driver === undefined ? "adapter: none" : `adapter: ${driver.adapter} (${driver.source})`);
console.log(browser === undefined ? "browser: none" : `browser: ${browser.executable} (${browser.source})`);
if (process.env["CI"] === "true" && (driver === undefined || browser === undefined)) process.exitCode = 1;
