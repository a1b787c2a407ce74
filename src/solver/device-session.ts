import type { Device, DeviceOptions, Refiner, WebGpuWorkspace } from "../backends/webgpu/solver-access.ts";
import type * as webGpu from "../backends/webgpu/solver-access.ts";
import type { DenseKernels } from "../linear/dense-kernels.ts";
import { createConeSet } from "../backends/cpu/create-cone-set.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";
import type { ValidatedProblem } from "../problem/validate.ts";
import { equilibrateProblem } from "./equilibrate.ts";
import type { KernelTime } from "./result.ts";
import type { Settings } from "./settings.ts";
import type { SplittingSettings } from "./splitting-settings.ts";

/** One open device with a problem on it. */
export interface DeviceSession {
  readonly device: Device;
  readonly workspace: WebGpuWorkspace;
  profile(): Promise<readonly KernelTime[]>;
}

/** Opens devices for one solver and keeps the last one, with its problem, between solves. The backend loads on demand. */
export class DeviceSessions {
  readonly #options: DeviceOptions;
  #open: { readonly session: DeviceSession; readonly key: string; b: Float64Array; c: Float64Array } | undefined;
  #backend: typeof webGpu | undefined;

  /** `options` hold for every device; the settings' adapter and profile go first. */
  constructor(options: DeviceOptions = {}) {
    this.#options = options;
  }

  /**
   * A workspace for the problem's present b and c.
   * @throws UnsupportedError without an adapter or for a problem the device cannot take; DeviceMemoryError,
   * DeviceLostError when the device fails.
   */
  async open(
    problem: ValidatedProblem,
    { adapter, profile, projection }: Settings,
    { equilibrate, rhoX, penalty, lookback, leastColumns }: SplittingSettings,
    kernels: DenseKernels,
  ): Promise<DeviceSession> {
    const key = [adapter, profile, projection, equilibrate, rhoX, kernels.name, kernels.threads].join();
    const { b, c } = problem;
    if (this.#open && this.#open.key === key && this.#open.session.device.lostReason === undefined) {
      if (this.#open.b !== b || this.#open.c !== c) this.#open.session.workspace.updateData(b, c);
      this.#open.b = b;
      this.#open.c = c;
      return this.#open.session;
    }
    this.close();
    const backend = (this.#backend ??= await import("../backends/webgpu/solver-access.ts"));
    const device = await this.openDevice({ ...this.#options, ...(adapter !== undefined && { adapter }), profile });
    try {
      const workspace = await backend.createWebGpuWorkspace(
        device,
        equilibrateProblem(problem, { equilibrate, embedding: "frozen" }),
        { rhoX, penalty, lookback, leastColumns, projection },
        kernels,
        createConeSet(problem.cones, kernels),
      );
      const session: DeviceSession = { device, workspace, profile: () => device.profile() };
      this.#open = { session, key, b, c };
      return session;
    } catch (error) {
      const { lostReason } = device;
      this.closeDevice(device);
      if (lostReason === undefined || error instanceof backend.DeviceLostError) throw error;
      throw new backend.DeviceLostError(`lost while the problem was uploaded: ${lostReason}`, {}, { cause: error });
    }
  }

  /** Corrections past f32 around a point in original units, on the session's buffers. Throws as {@link open} does. */
  async refiner(
    { workspace }: DeviceSession,
    kernels: DenseKernels,
    point: ConicPoint,
    { b, c }: ValidatedProblem,
  ): Promise<Refiner> {
    const backend = (this.#backend ??= await import("../backends/webgpu/solver-access.ts"));
    return backend.Refiner.create(workspace, kernels, point, b, c);
  }

  /** Whether an error is a fault of the device that the caller can work around. */
  fault(error: unknown): "lost" | "memory" | undefined {
    if (!this.#backend) return undefined;
    if (error instanceof this.#backend.DeviceLostError) return "lost";
    // What the solver does on a lost device may fail in other ways.
    if (error instanceof Error && this.#open?.session.device.lostReason !== undefined) return "lost";
    return error instanceof this.#backend.DeviceMemoryError ? "memory" : undefined;
  }

  /** Frees the device; in Node the process can then end. */
  close(): void {
    if (!this.#open) return;
    const { device, workspace } = this.#open.session;
    workspace.release();
    this.closeDevice(device);
    this.#open = undefined;
  }

  /** For subclasses that share a device among solvers. */
  protected async openDevice(options: DeviceOptions): Promise<Device> {
    const { Device } = await import("../backends/webgpu/solver-access.ts");
    return Device.open(options);
  }

  protected closeDevice(device: Device): void {
    device.destroy();
  }
}

/** Why the devices of this platform are no use to `backend: "auto"`; undefined when there is a GPU. */
export async function missingGpu(adapter: string | undefined): Promise<string | undefined> {
  const { listAdapters } = await import("../backends/webgpu/solver-access.ts");
  const adapters = await listAdapters();
  const wanted = adapters.filter(({ description }) => !description.software);
  if (adapter !== undefined) return undefined;
  return wanted.length > 0 ? undefined : adapters.length > 0 ? "only software adapters were found" : "no WebGPU adapter";
}
