import { existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { findSwiftShader } from "./chromium.ts";
import { packageFolder } from "./unpack.ts";

/** Which Vulkan driver Node's WebGPU will use. */
export interface VulkanDriver {
  readonly source: "system" | "swiftshader";
  /** Name of the adapter it gave. */
  readonly adapter: string;
}

/**
 * Makes an adapter available to npm `webgpu` in this process, in the order: what the system has (a GPU, else its
 * lavapipe), else SwiftShader out of a Chromium package. `SPECTRAHEDRON_ADAPTER=swiftshader` takes the last at once.
 * Returns undefined when the machine has none.
 *
 * For SwiftShader the environment variable VK_ICD_FILENAMES is set, and where the system has no Vulkan loader one
 * is linked beside Dawn's binary, which looks there.
 */
export async function prepareVulkan(): Promise<VulkanDriver | undefined> {
  if (process.env["SPECTRAHEDRON_ADAPTER"] !== "swiftshader") {
    const adapter = await firstAdapter();
    if (adapter !== undefined) return { source: "system", adapter };
  }
  const folder = findSwiftShader();
  if (folder === undefined) return undefined;
  process.env["VK_ICD_FILENAMES"] = join(folder, "vk_swiftshader_icd.json");
  delete process.env["VK_DRIVER_FILES"]; // it would win over VK_ICD_FILENAMES
  let adapter = await firstAdapter();
  if (adapter === undefined && linkLoader(folder)) adapter = await firstAdapter();
  return adapter === undefined ? undefined : { source: "swiftshader", adapter };
}

async function firstAdapter(): Promise<string | undefined> {
  const { create } = await import("webgpu");
  const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" });
  return adapter === null ? undefined : adapter.info.device || adapter.info.description;
}

/** Links libvulkan.so.1 beside dawn.node. Returns whether there is something new to try. */
function linkLoader(folder: string): boolean {
  const dawn = packageFolder("webgpu");
  const loader = join(folder, "libvulkan.so.1");
  if (dawn === undefined || !existsSync(loader)) return false;
  const link = join(dawn, "dist", `${process.platform}-${process.arch}`, "libvulkan.so.1");
  if (existsSync(link)) return false;
  rmSync(link, { force: true }); // a dangling one, left by a cache that was cleared
  try {
    symlinkSync(loader, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return true;
}
