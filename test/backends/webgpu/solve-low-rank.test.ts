import { afterAll, describe, expect, it } from "vitest";
import { maxCut } from "../../../bench/gpu/solves.ts";
import type { Device } from "../../../src/backends/webgpu/device.ts";
import type { Settings } from "../../../src/solver/settings.ts";
import { hasNodeAdapter } from "./node-adapter.ts";
import { runOn, SharedSessions } from "./sessions.ts";

const available = await hasNodeAdapter();
const sessions = new SharedSessions();
afterAll(() => sessions.dispose());

describe.skipIf(!available)("whole solves by a followed subspace", { timeout: 240_000 }, () => {
  it("a max-cut relaxation, in no more iterations than by the polynomial", async () => {
    const problem = maxCut(100);
    const settings: Partial<Settings> = { backend: "webgpu", precision: "f32", eps: 1e-4 };
    const plain = await runOn(sessions, problem, { ...settings, projection: "polynomial" });
    const followed = await runOn(sessions, problem, { ...settings, projection: "subspace" });
    expect(plain.adapter).not.toContain("by a subspace");
    expect(followed.status).toBe("solved");
    expect(Math.max(...followed.measures.dimacs.map(Math.abs))).toBeLessThanOrEqual(1e-4);
    const optimum = plain.measures.primalObjective;
    expect(Math.abs(followed.measures.primalObjective - optimum)).toBeLessThanOrEqual(2e-4 * Math.abs(optimum));
    expect(followed.iterations).toBeLessThanOrEqual(1.3 * plain.iterations);
    const projections = Number(/\((\d+) by a subspace/.exec(followed.adapter)?.[1]);
    expect(projections).toBeGreaterThan(0.5 * followed.iterations);
  });

  it("gives back what it takes", async () => {
    const settings: Partial<Settings> = { backend: "webgpu", precision: "f32", eps: 1e-3, projection: "subspace" };
    await runOn(sessions, maxCut(32), settings);
    const { buffers } = sessions.device as Device;
    buffers.dropFree();
    expect(buffers.allocatedBytes).toBe(0);
  });
});
