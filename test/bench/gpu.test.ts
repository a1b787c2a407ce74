import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { formatBatches } from "../../bench/gpu/batches.ts";
import { knownProjection } from "../../bench/gpu/known-projection.ts";
import { parseOrders, parseParts } from "../../bench/gpu/main.ts";
import { digits, median } from "../../bench/gpu/measure.ts";
import { formatOverhead } from "../../bench/gpu/overhead.ts";
import { chooseSizes } from "../../bench/gpu/part.ts";
import { compareRows, formatProducts, type ProductRow } from "../../bench/gpu/products.ts";
import { formatProjections } from "../../bench/gpu/projections.ts";
import { PsdProjector } from "../../src/backends/cpu/psd/project.ts";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { relativeError } from "../backends/webgpu/suite/case.ts";
import { Random } from "../backends/webgpu/suite/random.ts";
import { SPECTRA } from "../backends/webgpu/suite/spectra.ts";

const timing = { medianMs: 2, leastMs: 1.5, batches: 3, runs: 4 };

describe("references of the GPU benchmark", () => {
  it.each(SPECTRA)("the known projection of %s is that of an eigendecomposition", async (spectrum) => {
    const dense = await loadDenseKernels();
    for (const n of [5, 40, 61]) {
      const { svec, projection } = knownProjection(spectrum, n, new Random(n));
      const X = Float64Array.from(svec);
      const reference = new Float64Array(X.length);
      new PsdProjector(dense, [n], { warmStart: "never" }).project(X, 0, n, reference, 0, 0);
      // As far as the data were rounded to f32.
      expect(relativeError(projection, reference, X)).toBeLessThan(6e-8);
      expect(Math.hypot(...reference)).toBeGreaterThan(0);
    }
  });

  it("rows of a product are compared with f64", () => {
    const n = 20;
    const random = new Random(3);
    const [a, b] = [0, 1].map(() => Float32Array.from({ length: n * n }, () => random.normal()));
    const c = new Float32Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += a[k * n + i] * b[k * n + j];
        c[i * n + j] = sum;
      }
    }
    expect(compareRows(n, a, b, c)).toBeLessThan(1e-7);
    c[0] += 1;
    expect(compareRows(n, a, b, c)).toBeGreaterThan(1e-3);
    c[0] = NaN;
    expect(compareRows(n, a, b, c)).toBeNaN();
  });
});

describe("choices of the GPU benchmark", () => {
  it("sizes go by adapter", () => {
    const software = chooseSizes({ software: true, quick: true });
    const gpu = chooseSizes({ software: false, quick: false });
    expect(Math.max(...software.gemm)).toBeLessThan(Math.max(...gpu.gemm));
    expect(gpu.projection).toEqual(expect.arrayContaining([1000, 2000, 4000]));
    expect(gpu.batches).toEqual(expect.arrayContaining([{ blocks: 5000, order: 10 }, { blocks: 1000, order: 30 }]));
    const given = chooseSizes({ software: true, quick: false, orders: [30, 64] });
    expect(given.gemm).toEqual([32, 64]); // products take multiples of four
    expect(given.projection).toEqual([30, 64]);
  });

  it("arguments are checked", () => {
    expect(parseOrders("256, 512")).toEqual([256, 512]);
    for (const text of ["", "0", "12.5", "a"]) expect(() => parseOrders(text)).toThrow(InvalidArgumentError);
    expect(parseParts("products,batches")).toEqual(["products", "batches"]);
    expect(() => parseParts("products,none")).toThrow(/no part "none"/);
  });
});

describe("tables of the GPU benchmark", () => {
  it("numbers", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect([0.000123, 0.0123, 1.234, 56.78, 1234, 0].map(digits)).toEqual([
      "1.23e-4",
      "0.0123",
      "1.23",
      "56.8",
      "1234",
      "0.00",
    ]);
  });

  it("products: the symmetric rate beside the plain one, and the larger error", () => {
    const row: ProductRow = { shape: "s", n: 64, symmetric: false, error: 1e-7, gflops: 10, timing };
    const symmetric = { ...row, symmetric: true, error: 2e-7, gflops: 18 };
    const skipped: ProductRow = { shape: "s", n: 9000, symmetric: false, error: NaN, skipped: "too large" };
    const lines = formatProducts([row, symmetric, skipped]).split("\n");
    expect(lines[0].split(/ {2,}/)).toContain("symmetric*");
    expect(lines[2]).toMatch(/^ +64 {2}s +10\.0 +18\.0 +2\.0e-7$/);
    expect(lines[3]).toMatch(/9000 {2}s +– +– +too large$/);
  });

  it("projections, batches and overhead", () => {
    const projection = { n: 8, spectrum: "GOE", products: 22, method: "polynomial", error: 3e-6, limit: 2e-5 } as const;
    expect(formatProjections([{ ...projection, timing }])).toMatch(/8 {2}GOE +polynomial +22 +2\.00 +3\.0e-6 +2\.0e-5$/);
    expect(formatProjections([projection])).toMatch(/22 +– +3\.0e-6/);
    const batch = { blocks: 1000, order: 10, method: "jacobi", error: 1e-7, limit: 1e-6, cpuMs: 60 };
    expect(formatBatches([{ ...batch, timing }])).toMatch(/1000 +10 +jacobi +2\.00 +2\.00 +60\.0 +1\.0e-7$/);
    expect(formatOverhead([{ what: "dispatch", value: 12.34, unit: "µs" }])).toMatch(/dispatch +12\.3 µs$/);
  });
});
