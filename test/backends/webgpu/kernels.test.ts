import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import { Device } from "../../../src/backends/webgpu/device.ts";
import { hasNodeAdapter } from "./node-adapter.ts";
import type { Bench } from "./suite/case.ts";
import { kernelCases } from "./suite/index.ts";

const available = await hasNodeAdapter();

describe.skipIf(!available)("kernels against f64", () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = { device: await Device.open(), dense: await loadDenseKernels() };
  });

  afterAll(() => bench.device.destroy());

  for (const { name, run } of kernelCases) {
    it(name, { timeout: 240_000 }, async () => {
      const comparisons = await run(bench);
      expect(comparisons.length).toBeGreaterThan(0);
      // Written so that NaN fails.
      const failures = comparisons.filter(({ error, limit }) => !(error <= limit));
      expect(failures).toEqual([]);
    });
  }
});
