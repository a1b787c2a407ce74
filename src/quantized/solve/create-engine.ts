import type * as access from "../../backends/webgpu/quantized/access.ts";
import type { Device } from "../../backends/webgpu/quantized/access.ts";
import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { missingGpu } from "../../solver/device-session.ts";
import type { CompleteSettings } from "../settings.ts";
import { CpuEngine } from "./cpu-engine.ts";
import type { SplittingEngine, SplittingProblem } from "./engine.ts";
import { GuardedEngine } from "./guarded-engine.ts";
import { blockState } from "./restart.ts";
import { WebGpuEngine } from "./webgpu-engine.ts";

/** Operations of an iteration from which a GPU pays, and from which threads do. */
const GPU_PAYS = 3e8;
const THREADS_PAY = 3e7;
/** Threads that are taken without being asked for. */
const MOST_THREADS = 8;

/** Operations of an iteration: products with the samples and projections. */
function iterationOperations(count: number, columns: number, order: number, outputs: number): number {
  return outputs * (4 * count * columns ** 2 + 36 * order ** 3);
}

/** Processors of this machine; Node 20 has no `navigator`, so its own module is asked of the process. */
function processors(): number {
  const known = (globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } }).navigator;
  if (known?.hardwareConcurrency !== undefined) return known.hardwareConcurrency;
  if (typeof process === "undefined") return 1;
  return process.getBuiltinModule("node:os").availableParallelism();
}

/** Threads of the dense kernels where the settings name none: one for small problems, then what the machine has. */
export function usualThreads(count: number, order: number, outputs: number): number {
  if (iterationOperations(count, order, order, outputs) < THREADS_PAY) return 1;
  return Math.max(1, Math.min(MOST_THREADS, processors()));
}

type EngineSettings = Pick<CompleteSettings, "backend" | "adapter" | "gramMethod" | "gap">;

/**
 * The engine that the settings ask for: "auto" takes a GPU, never a software adapter, for problems large enough.
 * @throws UnsupportedError when a device is asked for and there is none.
 */
export async function createEngine(
  kernels: DenseKernels,
  problem: SplittingProblem,
  settings: EngineSettings,
  openDevice?: (backend: typeof access) => Promise<Device>,
): Promise<SplittingEngine> {
  const { backend, adapter, gramMethod, gap } = settings;
  const onCpu = (...notes: string[]): CpuEngine =>
    new CpuEngine(kernels, problem, gramMethod === "auto" ? undefined : gramMethod, notes);
  if (backend === "cpu") return onCpu("on the CPU");
  if (backend === "auto") {
    const { count, columns, order } = problem.forms;
    if (iterationOperations(count, columns, order, problem.targets.length) < GPU_PAYS) return onCpu("on the CPU: too small for a GPU to pay");
    const missing = await missingGpu(adapter);
    if (missing !== undefined) return onCpu(`on the CPU: large enough for a GPU, but ${missing}`);
  }
  const module = await import("../../backends/webgpu/quantized/access.ts");
  const open = openDevice ?? ((m: typeof access) => m.Device.open(deviceOptions(adapter)));
  const device = await open(module);
  const fault = (error: unknown): string | undefined => {
    if (error instanceof module.DeviceMemoryError) return `the device's memory was too small (${error.message})`;
    const lost = error instanceof module.DeviceLostError || (error instanceof Error && device.lostReason !== undefined);
    return lost ? `the device was lost (${device.lostReason ?? "no reason given"})` : undefined;
  };
  try {
    const engine = await WebGpuEngine.create(module, device, kernels, problem, gap);
    return new GuardedEngine(engine, {
      make: () => onCpu(),
      state: (point, penalty) => blockState(problem, point, penalty),
      fault,
    });
  } catch (error) {
    const reason = fault(error);
    device.destroy();
    if (reason === undefined) throw error;
    return onCpu(`on the CPU: ${reason}`);
  }
}

/** Large problems need more than the default budget; a device that has less refuses. */
const MEMORY_BUDGET = 64 * 2 ** 30;

function deviceOptions(adapter: string | undefined): access.DeviceOptions {
  return { memoryBudget: MEMORY_BUDGET, ...(adapter !== undefined && { adapter }) };
}
