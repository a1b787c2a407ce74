import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createConeSet } from "../../../src/backends/cpu/create-cone-set.ts";
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import type { DeviceOptions } from "../../../src/backends/webgpu/device.ts";
import { DeviceMemoryError } from "../../../src/backends/webgpu/errors.ts";
import type { ConicProblem } from "../../../src/problem/conic-problem.ts";
import { validateProblem } from "../../../src/problem/validate.ts";
import { CertificateVerifier } from "../../../src/solver/certificate.ts";
import { SolveClock } from "../../../src/solver/clock.ts";
import { DeviceSessions } from "../../../src/solver/device-session.ts";
import type { DeviceSession } from "../../../src/solver/device-session.ts";
import { PointMeasurer } from "../../../src/solver/measures.ts";
import type { Result } from "../../../src/solver/result.ts";
import { completeSettings } from "../../../src/solver/settings.ts";
import type { Settings } from "../../../src/solver/settings.ts";
import { SolveRun } from "../../../src/solver/solve-run.ts";
import { solve } from "../../../src/solver/solve.ts";
import { WorkspaceCache } from "../../../src/solver/workspace-cache.ts";
import { seeded } from "../../solver/random-problems.ts";
import { hasNodeAdapter } from "./node-adapter.ts";
import { thetaOfCycle } from "./solve-problems.ts";

const available = await hasNodeAdapter();
const kernels = await loadDenseKernels();

/** Sessions whose device can be taken away, as a crash of the driver does. */
class FragileSessions extends DeviceSessions {
  opened = 0;
  #current: DeviceSession | undefined;

  constructor(options: DeviceOptions = {}) {
    super(options);
  }

  override async open(...args: Parameters<DeviceSessions["open"]>): Promise<DeviceSession> {
    const session = await super.open(...args);
    this.opened++;
    this.#current = session;
    return session;
  }

  /** Without the device wrapper's knowledge: to it the device is lost. */
  breakDevice(): void {
    this.#current?.device.gpu.destroy();
  }
}

async function run(given: ConicProblem, settings: Partial<Settings>, sessions: DeviceSessions): Promise<Result> {
  const problem = validateProblem(given);
  const complete = completeSettings({ backend: "webgpu", precision: "f32", eps: 1e-4, ...settings });
  try {
    const context = {
      problem,
      settings: complete,
      kernels,
      clock: new SolveClock(complete.timeLimit, complete.signal),
      measurer: new PointMeasurer(problem),
      verifier: new CertificateVerifier(problem, createConeSet(problem.cones, kernels)),
    };
    return await new SolveRun(context, new WorkspaceCache(), sessions).run();
  } finally {
    sessions.close();
  }
}

const problem = thetaOfCycle(9);
const optimum = -(9 * Math.cos(Math.PI / 9)) / (1 + Math.cos(Math.PI / 9));

describe.skipIf(!available)("faults of a device", { timeout: 240_000 }, () => {
  it("a device lost at 20 random moments: the same objective every time", async () => {
    const random = seeded(11);
    let losses = 0;
    for (let trial = 0; trial < 20; trial++) {
      const sessions = new FragileSessions();
      // At a check in the middle, or some milliseconds after it, in the middle of anything.
      const check = Math.floor(3 * random());
      const delay = random() < 0.5 ? 0 : 40 * random();
      let checks = 0;
      const onIteration = (): void => {
        if (checks++ !== check) return;
        if (delay === 0) sessions.breakDevice();
        else setTimeout(() => sessions.breakDevice(), delay);
      };
      const result = await run(problem, { onIteration }, sessions);
      expect(result.status, `trial ${trial}`).toBe("solved");
      const { primalObjective, dimacs } = result.measures;
      expect(Math.abs(primalObjective - optimum), `trial ${trial}`).toBeLessThan(5e-4 * Math.abs(optimum));
      expect(Math.max(...dimacs.map(Math.abs)), `trial ${trial}`).toBeLessThanOrEqual(1e-4);
      if (sessions.opened === 2) {
        losses++;
        expect(result.notes.join()).toContain("the device was lost; a fresh one goes on");
      }
    }
    expect(losses).toBeGreaterThanOrEqual(10);
  });

  it("a device lost again and again: finished on the CPU", async () => {
    const sessions = new FragileSessions();
    const result = await run(problem, { onIteration: () => sessions.breakDevice() }, sessions);
    expect(sessions.opened).toBe(4);
    expect(result.status).toBe("solved");
    expect(result.notes.join()).toContain("lost 4 times: finished on the CPU");
    expect(result.measures.primalObjective).toBeCloseTo(optimum, 2);
  });

  it("goes on from the last checkpoint", async () => {
    const sessions = new FragileSessions();
    const reports: number[] = [];
    let broken = false;
    const onIteration = ({ iteration, primalResidual }: { iteration: number; primalResidual: number }): void => {
      if (broken && reports.length === 0 && iteration === 0) reports.push(primalResidual);
      if (!broken && iteration >= 150) {
        broken = true;
        sessions.breakDevice();
      }
    };
    await run(problem, { eps: 1e-12, maxIterations: 300, onIteration }, sessions);
    expect(broken).toBe(true);
    expect(reports[0]).toBeLessThan(1e-3);
  });

  it("too little memory: the CPU solves it and says so", async () => {
    const sessions = new FragileSessions({ memoryBudget: 4096 });
    const result = await run(problem, {}, sessions);
    expect(result.status).toBe("solved");
    expect(result.backend).toBe("cpu");
    expect(result.notes.join()).toContain("not enough memory: finished on the CPU");
    const settings = completeSettings({ backend: "webgpu" });
    const { splittingSettings } = await import("../../../src/solver/splitting-settings.ts");
    const open = sessions.open(validateProblem(problem), settings, splittingSettings(), kernels);
    await expect(open).rejects.toThrow(DeviceMemoryError);
  });

  it("an abort returns the current point", async () => {
    const controller = new AbortController();
    let iterations = 0;
    const result = await solve(problem, {
      backend: "webgpu",
      precision: "f32",
      eps: 1e-12,
      signal: controller.signal,
      onIteration: ({ iteration }) => {
        iterations = iteration;
        if (iteration >= 100) controller.abort();
      },
    });
    expect(result.status).toBe("interrupted");
    expect(iterations).toBeLessThanOrEqual(125);
    expect(result.x.every(Number.isFinite)).toBe(true);
    expect(Math.max(...result.measures.dimacs.map(Math.abs))).toBeLessThan(0.1);
  });

  it("a time limit ends the solve", async () => {
    const result = await solve(problem, { backend: "webgpu", precision: "f32", eps: 1e-12, timeLimit: 0.05 });
    expect(result.status).toBe("timeLimit");
  });

  it("the process ends by itself after a solve", { timeout: 60_000 }, async () => {
    const script = fileURLToPath(new URL("solve-in-a-process.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once("exit", (status) => resolve(status)));
    expect(output).toContain("solved on webgpu");
    expect(code).toBe(0);
  });
});
