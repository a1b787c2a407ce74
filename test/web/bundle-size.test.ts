import { expect, it } from "vitest";
import { bundleSizes, sizeTable } from "../../scripts/bundle-size.ts";

it("bundles stay below their limits", { timeout: 120_000 }, async () => {
  const sizes = await bundleSizes();
  console.log(sizeTable(sizes));
  const limited = sizes.filter(({ limit }) => limit !== undefined);
  expect(limited.length).toBeGreaterThanOrEqual(4);
  expect(limited.filter(({ gzipped, limit = 0 }) => gzipped > limit)).toEqual([]);
  // gpu.js and the tasks are no part of what a solve loads.
  expect(sizes.find(({ name }) => name.startsWith("gpu.js"))?.gzipped).toBeGreaterThan(50_000);
});
