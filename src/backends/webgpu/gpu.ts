/// <reference types="@webgpu/types" />

/** Where WebGPU came from. */
export interface GpuSource {
  readonly gpu: GPU;
  readonly provider: "browser" | "dawn";
}

interface DawnModule {
  create(options: readonly string[]): GPU;
}

/**
 * Timestamps as the driver gives them: rounded to some 100 µs, as browsers need them against prying pages, most kernels
 * would take no time. In Chromium the flag `--disable-dawn-features=timestamp_quantization` does the same.
 */
const DAWN_OPTIONS: readonly string[] = ["disable-dawn-features=timestamp_quantization"];

/** The Node implementation lives as long as this reference does. */
let dawn: GPU | undefined;

/**
 * `navigator.gpu` where the platform has it, else npm `webgpu` (Dawn) in Node; undefined when there is neither.
 * Node's own `navigator` has no `gpu`.
 */
export async function loadGpu(): Promise<GpuSource | undefined> {
  const own = typeof navigator === "undefined" ? undefined : (navigator as Partial<Navigator>).gpu;
  if (own !== undefined) return { gpu: own, provider: "browser" };
  if (typeof process === "undefined" || process.versions?.node === undefined) return undefined;
  if (dawn === undefined) {
    const module = await importDawn();
    if (module === undefined) return undefined;
    dawn = module.create(DAWN_OPTIONS);
  }
  return { gpu: dawn, provider: "dawn" };
}

/** Forgets the Node implementation, so that the next {@link loadGpu} looks for drivers again. */
export function releaseGpu(): void {
  dawn = undefined;
}

/** What to do when there is no WebGPU here, for an error message. */
export const INSTALL_ADVICE =
  "In Node, install the optional package `webgpu` (npm install webgpu) and a Vulkan, Metal or D3D12 driver; " +
  "in a browser, use one with WebGPU switched on, on a page served over https or from localhost.";

async function importDawn(): Promise<DawnModule | undefined> {
  // A variable name keeps bundlers for browsers from resolving an optional package of Node's.
  const name = "webgpu";
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as DawnModule;
  } catch {
    return undefined;
  }
}
