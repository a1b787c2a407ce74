import { createConeSet } from "../../../src/backends/cpu/create-cone-set.ts";
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import type { Device, DeviceOptions } from "../../../src/backends/webgpu/device.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import { validateProblem } from "../../../src/problem/validate.ts";
import { CertificateVerifier } from "../../../src/solver/certificate.ts";
import { SolveClock } from "../../../src/solver/clock.ts";
import { DeviceSessions } from "../../../src/solver/device-session.ts";
import { PointMeasurer } from "../../../src/solver/measures.ts";
import type { Result } from "../../../src/solver/result.ts";
import { completeSettings } from "../../../src/solver/settings.ts";
import type { Settings } from "../../../src/solver/settings.ts";
import { SolveRun } from "../../../src/solver/solve-run.ts";
import { WorkspaceCache } from "../../../src/solver/workspace-cache.ts";

/**
 * One device for many solves, since software adapters take seconds to compile for a fresh one; and one that can be taken
 * away as a crash of the driver does.
 */
export class SharedSessions extends DeviceSessions {
  opened = 0;
  lossesCaused = 0;
  device: Device | undefined;
  #broken = false;

  constructor(options: DeviceOptions = {}) {
    super(options);
  }

  protected override async openDevice(options: DeviceOptions): Promise<Device> {
    if (this.device && !this.#broken) return this.device;
    this.device?.destroy();
    this.#broken = false;
    this.opened++;
    return (this.device = await super.openDevice(options));
  }

  protected override closeDevice(): void {
    // Kept for the next solve; dispose() ends it.
  }

  /** Without the device wrapper's knowledge: to it the device is lost. */
  breakDevice(): void {
    if (this.#broken || !this.device) return;
    this.#broken = true;
    this.lossesCaused++;
    this.device.gpu.destroy();
  }

  dispose(): void {
    this.close();
    this.device?.destroy();
  }
}

/** A solve on these sessions. */
export async function runOn(sessions: DeviceSessions, given: ConicProblem, chosen: Partial<Settings>): Promise<Result> {
  const problem = validateProblem(given);
  const settings = completeSettings(chosen);
  const kernels = await loadDenseKernels();
  const context = {
    problem,
    settings,
    kernels,
    clock: new SolveClock(settings.timeLimit, settings.signal),
    measurer: new PointMeasurer(problem),
    verifier: new CertificateVerifier(problem, createConeSet(problem.cones, kernels)),
  };
  try {
    return await new SolveRun(context, new WorkspaceCache(), sessions).run();
  } finally {
    sessions.close();
  }
}
