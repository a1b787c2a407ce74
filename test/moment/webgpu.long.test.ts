import { describe, expect, it } from "vitest";
import { broydenTridiagonal } from "../../bench/moment/sparse-problems.ts";
import { minimizePolynomial, PolynomialRing } from "../../src/moment/index.ts";
import { hasNodeAdapter } from "../backends/webgpu/node-adapter.ts";

const available = await hasNodeAdapter();

describe.skipIf(!available)("minimize --backend webgpu", () => {
  it("has the CPU's value on a hundred variables", async () => {
    const { names, variables } = PolynomialRing.numbered(100);
    const problem = { variables: names, objective: broydenTridiagonal(variables) };
    const settings = { order: 2, sparsity: { correlative: true }, starts: 1 };
    const cpu = await minimizePolynomial(problem, { ...settings, backend: "cpu" });
    const device = await minimizePolynomial(problem, { ...settings, backend: "webgpu" });
    expect(device.backend).toBe("webgpu");
    expect(device.status).toBe("optimal");
    expect(Math.abs(device.relaxationValue - cpu.relaxationValue)).toBeLessThan(1e-4);
  });

  it("are finished in double precision by minimize", async () => {
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
