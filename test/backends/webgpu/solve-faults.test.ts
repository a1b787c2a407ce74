import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import { DeviceMemoryError } from "../../../src/backends/webgpu/errors.ts";
import { validateProblem } from "../../../src/problem/validate.ts";
import { completeSettings } from "../../../src/solver/settings.ts";
import { splittingSettings } from "../../../src/solver/splitting-settings.ts";
import { solve } from "../../../src/solver/solve.ts";
import { feasibleProblem, seeded } from "../../solver/random-problems.ts";
import { hasNodeAdapter } from "./node-adapter.ts";
import { runOn, SharedSessions } from "./sessions.ts";

const available = await hasNodeAdapter();
const kernels = await loadDenseKernels();

// No semidefinite block: its kernels take long to compile on a software adapter, and every fresh device does it again.
const problem = feasibleProblem(
  [{ kind: "zero", dim: 2 }, { kind: "nonnegative", dim: 6 }, { kind: "secondOrder", dim: 5 }],
  6,
  seeded(42),
);
const reference = await solve(problem, { backend: "cpu", eps: 1e-9 });
const optimum = reference.measures.primalObjective;
const f32 = { backend: "webgpu", precision: "f32", eps: 1e-4 } as const;

describe.skipIf(!available)("faults of a device", { timeout: 240_000 }, () => {
  it("a device lost at 20 random moments: the same objective every time", async () => {
    const random = seeded(11);
    const sessions = new SharedSessions();
    let losses = 0;
    for (let trial = 0; trial < 20; trial++) {
      const opened = sessions.opened;
      // At a check in the middle, or some milliseconds after it, in the middle of anything.
      const check = Math.floor(3 * random());
      const delay = random() < 0.5 ? 0 : 40 * random();
      let checks = 0;
      const onIteration = (): void => {
        if (checks++ !== check) return;
        if (delay === 0) sessions.breakDevice();
        else setTimeout(() => sessions.breakDevice(), delay);
      };
      const result = await runOn(sessions, problem, { ...f32, onIteration });
      expect(result.status, `trial ${trial}`).toBe("solved");
      const { primalObjective, dimacs } = result.measures;
      expect(Math.abs(primalObjective - optimum), `trial ${trial}`).toBeLessThan(5e-4 * Math.max(1, Math.abs(optimum)));
      expect(Math.max(...dimacs.map(Math.abs)), `trial ${trial}`).toBeLessThanOrEqual(1e-4);
      if (result.notes.length > 0) {
        expect(sessions.opened).toBeGreaterThan(opened);
        losses++;
        expect(result.notes.join()).toContain("the device was lost; a fresh one goes on");
      }
    }
    expect(losses).toBeGreaterThanOrEqual(10);
    sessions.dispose();
  });

  it("a device lost again and again: finished on the CPU", async () => {
    const sessions = new SharedSessions();
    const result = await runOn(sessions, problem, { ...f32, onIteration: () => sessions.breakDevice() });
    expect(sessions.lossesCaused).toBe(4);
    expect(result.status).toBe("solved");
    expect(result.notes.join()).toContain("lost 4 times: finished on the CPU");
    expect(result.measures.primalObjective).toBeCloseTo(optimum, 1);
  });

  it("goes on from the last checkpoint", async () => {
    const sessions = new SharedSessions();
    const reports: number[] = [];
    let broken = false;
    const onIteration = ({ iteration, primalResidual }: { iteration: number; primalResidual: number }): void => {
      if (broken && reports.length === 0 && iteration === 0) reports.push(primalResidual);
      if (!broken && iteration >= 150) {
        broken = true;
        sessions.breakDevice();
      }
    };
    await runOn(sessions, problem, { ...f32, eps: 1e-12, maxIterations: 300, onIteration });
    expect(broken).toBe(true);
    expect(reports[0]).toBeLessThan(1e-3);
  });

  it("too little memory: the CPU solves it and says so", async () => {
    const sessions = new SharedSessions({ memoryBudget: 1024 });
    const result = await runOn(sessions, problem, f32);
    expect(result.status).toBe("solved");
    expect(result.backend).toBe("cpu");
    expect(result.notes.join()).toContain("not enough memory: finished on the CPU");
    const settings = completeSettings({ backend: "webgpu" });
    const open = sessions.open(validateProblem(problem), settings, splittingSettings(), kernels);
    await expect(open).rejects.toThrow(DeviceMemoryError);
  });

  it("an abort returns the current point", async () => {
    const controller = new AbortController();
    let iterations = 0;
    const result = await solve(problem, {
      ...f32,
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
    const result = await solve(problem, { ...f32, eps: 1e-12, timeLimit: 0.05 });
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
