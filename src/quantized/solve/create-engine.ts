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

/** Operations of an iteration from which a GPU pays. */
const PAYS = 3e8;

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
  if (backend === "cpu") return onCpu();
  if (backend === "auto") {
    const { count, columns, order } = problem.forms;
    const operations = problem.targets.length * (4 * count * columns ** 2 + 36 * order ** 3);
    if (operations < PAYS) return onCpu("on the CPU: too small for a GPU to pay");
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
