import { afterAll, describe, expect, it } from "vitest";
import { maxCut } from "../../../bench/gpu/solves.ts";
import { solve } from "../../../src/solver/solve.ts";
import { hasNodeAdapter } from "./node-adapter.ts";
import { runOn, SharedSessions } from "./sessions.ts";

const available = await hasNodeAdapter();

// Bindings of 26 000 bytes hold an iterate of 3654 numbers, but no 84×84 matrix (padded to 96): two panels of it. Of
// the accelerated loop's history, they hold one column.
const sessions = new SharedSessions({ maxBindingBytes: 26_000 });
afterAll(() => sessions.dispose());

describe.skipIf(!available)("whole solves through panels", { timeout: 240_000 }, () => {
  it("a max-cut relaxation in bindings that hold no matrix of its order", async () => {
    const problem = maxCut(84);
    const result = await runOn(sessions, problem, { backend: "webgpu", precision: "f32", eps: 1e-4 });
    const reference = await solve(problem, { backend: "cpu", method: "splitting", eps: 1e-4 });
    expect(result.status).toBe("solved");
    expect(result.adapter).toContain("tiled polynomial 96 ×1");
    expect(Math.max(...result.measures.dimacs.map(Math.abs))).toBeLessThanOrEqual(1e-4);
    const optimum = reference.measures.primalObjective;
    expect(Math.abs(result.measures.primalObjective - optimum)).toBeLessThanOrEqual(5e-4 * Math.abs(optimum));
    expect(result.iterations).toBeLessThanOrEqual(1.3 * reference.iterations);
  });

  it("says what does not fit, and goes on without", async () => {
    const result = await runOn(sessions, maxCut(120), { backend: "webgpu", precision: "f32", eps: 1e-3 });
    expect(result.status).toBe("solved");
    expect(result.notes.join()).toContain("memory");
    expect(result.backend).toBe("cpu");
  });
});
