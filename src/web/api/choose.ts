import { UnsupportedError } from "../../errors.ts";
import type { WebBackend, WebCapabilities } from "./options.ts";

/** What a browser offers to a worker. */
export interface Platform {
  readonly webgpu?: { readonly adapter: string; readonly software: boolean };
  readonly webgl?: { readonly renderer: string; readonly software: boolean };
  readonly crossOriginIsolated: boolean;
  /** Why threads cannot be had although the page is isolated, or undefined. */
  readonly noThreads?: string;
  readonly processors: number;
}

/** Threads by default, at most. */
const MOST_THREADS = 4;

/** Threads of the CPU kernels on this platform; `asked` is what the page wants. */
export function countThreads(platform: Platform, asked: number | undefined): number {
  if (!platform.crossOriginIsolated || platform.noThreads !== undefined) return 1;
  return asked ?? Math.max(1, Math.min(platform.processors, MOST_THREADS));
}

/**
 * WebGPU, WebGL2, WebAssembly with threads, WebAssembly, in this order; adapters and renderers in software are passed
 * over unless asked for by name, since they are slower than WebAssembly on the same processor.
 * @throws UnsupportedError when what was asked for is not there.
 */
export function chooseBackend(platform: Platform, asked: WebBackend, threads: number): WebCapabilities {
  const { webgpu, webgl, crossOriginIsolated } = platform;
  const found = {
    ...(webgpu && { webgpu }),
    ...(webgl && { webgl: { renderer: webgl.renderer } }),
    threads,
    crossOriginIsolated,
  };
  const cpu = threads > 1 ? "wasm-threads" : "wasm";
  const cpuText = threads > 1 ? `WebAssembly with ${threads} threads` : `WebAssembly with one thread`;
  const single = threads > 1 ? "" : ` (${whySingle(platform)})`;
  if (asked === "webgpu") {
    if (!webgpu) throw new UnsupportedError('This browser offers no WebGPU adapter: choose the backend "auto".');
    return { ...found, chosen: "webgpu", explanation: `WebGPU on ${nameOf(webgpu.adapter, webgpu.software)}, as asked.` };
  }
  if (asked === "webgl") {
    if (!webgl) throw new UnsupportedError('This browser offers no WebGL2: choose the backend "auto".');
    return { ...found, chosen: "webgl", explanation: `WebGL2 on ${nameOf(webgl.renderer, webgl.software)}, as asked.` };
  }
  if (asked === "cpu") return { ...found, chosen: cpu, explanation: `${cpuText}${single}, as asked.` };
  if (webgpu && !webgpu.software) {
    return {
      ...found,
      chosen: "webgpu",
      explanation: `WebGPU on ${webgpu.adapter} for what is large enough; the rest, and double precision, by ${cpuText}${single}.`,
    };
  }
  const withoutWebGpu = webgpu
    ? `the WebGPU adapter ${webgpu.adapter} is software, slower than WebAssembly`
    : "no WebGPU adapter";
  if (webgl && !webgl.software) {
    return {
      ...found,
      chosen: "webgl",
      explanation: `WebGL2 on ${webgl.renderer} for large semidefinite blocks (${withoutWebGpu}); the rest by ${cpuText}${single}.`,
    };
  }
  const withoutWebGl = webgl ? "WebGL2 is software too" : "no WebGL2";
  return { ...found, chosen: cpu, explanation: `${cpuText}${single}: ${withoutWebGpu}, ${withoutWebGl}.` };
}

function whySingle({ crossOriginIsolated, noThreads, processors }: Platform): string {
  if (!crossOriginIsolated) return "the page is not cross-origin isolated, so threads cannot share memory";
  return noThreads ?? (processors > 1 ? "one was asked for" : "there is one processor");
}

function nameOf(name: string, software: boolean): string {
  return software && !/software/i.test(name) ? `${name} (software)` : name;
}
