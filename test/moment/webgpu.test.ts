import { describe, expect, it } from "vitest";
import { minimizePolynomial, PolynomialRing } from "../../src/moment/index.ts";
import { hasNodeAdapter } from "../backends/webgpu/node-adapter.ts";

const available = await hasNodeAdapter();

describe.skipIf(!available)("relaxations on a WebGPU device", () => {
  it("have the CPU's value and minimisers", async () => {
    const ring = new PolynomialRing(["x1", "x2", "x3"]);
    const problem = {
      variables: ring.names,
      objective: ring.parse("1 + x1^4 + x2^4 + x3^4 + x1*x2*x3 + x2"),
      inequalities: [ring.parse("4 - x1^2 - x2^2 - x3^2")],
    };
    const onDevice = await minimizePolynomial(problem, { order: 2, backend: "webgpu" });
    expect(onDevice.backend).toBe("webgpu");
    expect(onDevice.relaxationValue).toBeCloseTo(0.4752748, 5);
    expect(onDevice.certifiedLowerBound?.value ?? Infinity).toBeLessThanOrEqual(0.4752748);
    expect(onDevice.minimizers).toHaveLength(2);
  });
});
