/** What is behind WebGL2. */
export interface Renderer {
  readonly renderer: string;
  /** Whether it computes on the processor. */
  readonly software: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** The renderer of WebGL2 with floating-point textures; undefined where there is none. */
export function findRenderer(): Renderer | undefined {
  if (typeof OffscreenCanvas !== "function") return undefined;
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  // Matrices are floating-point textures that are rendered to.
  if (!gl?.getExtension("EXT_color_buffer_float")) return undefined;
  const renderer = rendererOf(gl);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return { renderer, software: SOFTWARE.test(renderer) };
}

export function rendererOf(gl: WebGL2RenderingContext): string {
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}
