import { findRenderer } from "../../backends/webgl/renderer.ts";
import { describeAdapter, listAdapters } from "../../backends/webgpu/adapters.ts";
import type { Platform } from "./choose.ts";

/** Looks at what this worker can use. */
export async function inspectPlatform(): Promise<Platform> {
  const [webgpu, webgl] = [await findWebGpu(), findRenderer()];
  return {
    ...(webgpu && { webgpu }),
    ...(webgl && { webgl }),
    crossOriginIsolated: typeof SharedArrayBuffer === "function" && globalThis.crossOriginIsolated === true,
    processors: navigator.hardwareConcurrency || 1,
  };
}

async function findWebGpu(): Promise<Platform["webgpu"]> {
  try {
    const adapters = await listAdapters();
    const best = adapters.find(({ description }) => !description.software) ?? adapters.at(0);
    return best && { adapter: describeAdapter(best.description), software: best.description.software };
  } catch {
    // A browser may offer navigator.gpu and fail to start its GPU process.
    return undefined;
  }
}
