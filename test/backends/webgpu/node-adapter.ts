import { prepareVulkan } from "../../../scripts/adapters/vulkan.ts";

/**
 * Whether this process has a WebGPU adapter, software ones unpacked if need be. Without one the tests are skipped
 * loudly; under CI=true that is an error.
 */
export async function hasNodeAdapter(): Promise<boolean> {
  const driver = await prepareVulkan();
  if (driver !== undefined) {
    console.log(`WebGPU tests run on ${driver.adapter} (${driver.source})`);
    return true;
  }
  const message = "No WebGPU adapter in Node: is the development dependency @sparticuz/chromium installed?";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: all WebGPU tests in this file. ${message}`);
  return false;
}
