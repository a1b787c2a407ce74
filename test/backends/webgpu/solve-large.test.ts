import { describe, expect, it } from "vitest";
import { solve } from "../../../src/solver/solve.ts";
import { manyBlocks, twoBlocks } from "./large-problems.ts";
import { hasNodeAdapter } from "./node-adapter.ts";

const available = await hasNodeAdapter();

// The same at full size: solve-large.long.test.ts.
describe.skipIf(!available)("large structures, reduced", { timeout: 240_000 }, () => {
  it("60 blocks of order 10", async () => {
    const result = await solve(manyBlocks(60, 10), { backend: "webgpu", precision: "f32", eps: 1e-3 });
    expect(result.status).toBe("solved");
    expect(result.backend).toBe("webgpu");
    expect(result.precision).toBe("f32");
    expect(result.adapter).toContain("diagonal normal equations");
    expect(result.adapter).toContain("×60");
  });

  it("two blocks of order 50", async () => {
    const result = await solve(twoBlocks(50, 40), { backend: "webgpu", precision: "f32", eps: 1e-3 });
    expect(result.status).toBe("solved");
    expect(result.precision).toBe("f32");
    expect(result.adapter).toContain("polynomial 64 ×2");
  });
});
