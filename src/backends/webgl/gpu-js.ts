import type { GPU, IGPUKernelSettings, IKernelRunShortcut, Texture } from "gpu.js";
import { UnsupportedError } from "../../errors.ts";
import { rendererOf } from "./renderer.ts";

/** `cpu` runs the same kernels in JavaScript, for tests without WebGL. */
export type GpuMode = "webgl2" | "cpu";

/** A kernel's output that stays where it is: a texture, or nested arrays in mode `cpu`. */
export type Stored = Texture;

interface GpuModule {
  readonly GPU?: typeof GPU;
  readonly default?: { readonly GPU?: typeof GPU } | typeof GPU;
}

/** The WebGL2 device through gpu.js, which is loaded when the first one is opened. */
export class GlDevice {
  readonly mode: GpuMode;
  /** What renders, for messages. */
  readonly renderer: string;
  /** Length of a side of a texture, at most. */
  readonly maxTextureSize: number;
  readonly #gpu: GPU;
  readonly #context: WebGL2RenderingContext | undefined;

  private constructor(gpu: GPU, mode: GpuMode, context: WebGL2RenderingContext | undefined) {
    this.#gpu = gpu;
    this.mode = mode;
    this.#context = context;
    this.renderer = this.#context ? rendererOf(this.#context) : "gpu.js in JavaScript";
    this.maxTextureSize = this.#context ? Number(this.#context.getParameter(this.#context.MAX_TEXTURE_SIZE)) : 16384;
  }

  /** @throws UnsupportedError without gpu.js, or without WebGL2 with floating-point textures. */
  static async open(mode: GpuMode = "webgl2"): Promise<GlDevice> {
    const Gpu = await loadGpuClass();
    if (mode === "cpu") return new GlDevice(new Gpu({ mode }), mode, undefined);
    const canvas = typeof OffscreenCanvas === "function" ? new OffscreenCanvas(2, 2) : undefined;
    const context = canvas?.getContext("webgl2", { antialias: false, depth: false, powerPreference: "high-performance" });
    if (!canvas || !context?.getExtension("EXT_color_buffer_float")) {
      throw new UnsupportedError('There is no WebGL2 with floating-point textures here: choose the backend "auto".');
    }
    return new GlDevice(new Gpu({ mode, canvas, context }), mode, context);
  }

  /** Whether the browser has taken the context away; nothing computed since is of use. */
  get lost(): boolean {
    return this.#context?.isContextLost() ?? false;
  }

  /** A kernel from the text of its function: minifiers rewrite functions in ways that gpu.js does not parse. */
  kernel(source: string, settings: IGPUKernelSettings): IKernelRunShortcut {
    return this.#gpu.createKernel(source, { precision: "single", tactic: "precision", ...settings });
  }

  destroy(): void {
    void this.#gpu.destroy();
    this.#context?.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

async function loadGpuClass(): Promise<typeof GPU> {
  let module: GpuModule;
  try {
    module = (await import("gpu.js")) as GpuModule;
  } catch (cause) {
    throw new UnsupportedError("WebGL needs the optional package gpu.js: npm install gpu.js", {}, { cause });
  }
  // As an ES module, or a CommonJS one seen through a bundler.
  const inner = module.default;
  const found = module.GPU ?? (typeof inner === "function" ? inner : inner?.GPU);
  if (!found) throw new UnsupportedError("The package gpu.js that was loaded has no class GPU; 2.24 or later is needed.");
  return found;
}
