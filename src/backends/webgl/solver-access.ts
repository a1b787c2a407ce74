import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { EquilibratedProblem } from "../../problem/equilibrated-problem.ts";
import { createCpuWorkspace } from "../cpu/create-workspace.ts";
import type { CpuWorkspaceOptions } from "../cpu/create-workspace.ts";
import type { CpuWorkspace } from "../cpu/workspace.ts";
import { GlDevice } from "./gpu-js.ts";
import type { GpuMode } from "./gpu-js.ts";
import { WebGlCones } from "./projector.ts";
import { findRenderer } from "./renderer.ts";
import { measureCrossover } from "./tune.ts";

/** Order from which blocks go to WebGL when it was asked for by name, whatever it costs. */
const FORCED_FROM = 32;

/** The splitting with projections on WebGL, or why not. */
export type WebGlAccess =
  | {
      readonly workspace: CpuWorkspace;
      readonly renderer: string;
      /** Order of the smallest block that WebGL projects. */
      readonly from: number;
      /** Why the projections went back to the CPU, once they have. */
      readonly fault: () => string | undefined;
      readonly release: () => void;
    }
  | { readonly workspace?: undefined; readonly reason: string };

/** Whether this is a place with WebGL2 on a graphics card; software renderers do not count. */
export function hasWebGlCard(): boolean {
  return findRenderer()?.software === false;
}

/**
 * The CPU workspace of an equilibrated problem with large PSD blocks projected by WebGL: all from order 32 on when
 * `forced`, else those that a measurement on this device finds faster.
 *
 * @throws UnsupportedError when forced where WebGL2 or gpu.js are not to be had.
 */
export async function openWebGl(
  problem: EquilibratedProblem,
  options: CpuWorkspaceOptions,
  kernels: DenseKernels,
  forced: boolean,
  mode: GpuMode = "webgl2",
): Promise<WebGlAccess> {
  let device: GlDevice;
  try {
    device = await GlDevice.open(mode);
  } catch (error) {
    if (forced) throw error;
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  const from = forced ? FORCED_FROM : measureCrossover(device, kernels);
  const largest = problem.cones.reduce((most, cone) => (cone.kind === "psd" ? Math.max(most, cone.order) : most), 0);
  if (largest < from && !forced) {
    device.destroy();
    const limit = from === Infinity ? "at no order" : `from order ${from} on`;
    return { reason: `${device.renderer} projects faster than the CPU ${limit}, the largest block is of order ${largest}` };
  }
  const cones = new WebGlCones(device, problem.cones, kernels, from);
  const adapter = device.renderer;
  const parts = { cones, backend: "webgl", adapter, precision: cones.blocks > 0 ? "f32" : "f64" };
  const workspace = createCpuWorkspace(problem, options, kernels, parts);
  return {
    workspace,
    renderer: device.renderer,
    from,
    fault: () => cones.fault,
    release: () => {
      workspace.dispose();
      device.destroy();
    },
  };
}
