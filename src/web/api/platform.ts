import { describeAdapter, listAdapters } from "../../backends/webgpu/adapters.ts";
import type { Platform } from "./choose.ts";

/** Renderers that compute on the processor. */
const SOFTWARE_RENDERER = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Looks at what this worker can use. */
export async function inspectPlatform(): Promise<Platform> {
  const [webgpu, webgl] = [await findWebGpu(), findWebGl()];
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

function findWebGl(): Platform["webgl"] {
  if (typeof OffscreenCanvas !== "function") return undefined;
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  // Matrices are floating-point textures that are rendered to.
  if (!gl || !gl.getExtension("EXT_color_buffer_float")) return undefined;
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return { renderer, software: SOFTWARE_RENDERER.test(renderer) };
}
