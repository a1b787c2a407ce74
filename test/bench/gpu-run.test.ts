import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { benchBatches, type BatchRow } from "../../bench/gpu/batches.ts";
import { benchOverhead } from "../../bench/gpu/overhead.ts";
import { chooseSizes, type GpuContext } from "../../bench/gpu/part.ts";
import { benchProjections, type ProjectionRow } from "../../bench/gpu/projections.ts";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { Device } from "../../src/backends/webgpu/device.ts";
import { GEMM_SHAPES } from "../../src/backends/webgpu/gemm.ts";
import { hasNodeAdapter } from "../backends/webgpu/node-adapter.ts";

const available = await hasNodeAdapter();

describe.skipIf(!available)("GPU benchmark on tiny sizes", () => {
  let context: GpuContext;
  let lines: object[];
  let printed: string;
  let faults: string[];

  beforeAll(async () => {
    const sizes = { ...chooseSizes({ software: true, quick: true, orders: [12] }), budget: 1, dispatches: 20 };
    context = {
      device: await Device.open(),
      dense: await loadDenseKernels(),
      tuning: { small: GEMM_SHAPES[0], large: GEMM_SHAPES[0], largeFrom: 100, jacobiUpTo: 44 },
      sizes: { ...sizes, batches: [{ blocks: 3, order: 46 }] },
      add: (line) => void lines.push(line),
      print: (text) => void (printed += text),
      wrong: (what) => void faults.push(what),
    };
  });
  afterAll(() => context.device.destroy());

  async function collect(run: (context: GpuContext) => Promise<void>): Promise<object[]> {
    lines = [];
    printed = "";
    faults = [];
    await run(context);
    expect(faults).toEqual([]);
    expect(printed).not.toBe("");
    return lines;
  }

  it("projections: five spectra by four schedules, right and timed", async () => {
    const rows = (await collect(benchProjections)) as (ProjectionRow & { kind: string })[];
    const projections = rows.filter(({ kind }) => kind === "projection");
    expect(projections).toHaveLength(20);
    for (const { error, limit, timing } of projections) {
      expect(error).toBeLessThanOrEqual(limit);
      expect(timing?.medianMs).toBeGreaterThan(0);
    }
  });

  it("batches: too large for Jacobi, so by the polynomial", async () => {
    const rows = (await collect(benchBatches)) as BatchRow[];
    expect(rows.map(({ method }) => method)).toEqual(["polynomial, 22 products", "polynomial, 31 products"]);
    for (const { timing } of rows) expect(timing?.leastMs).toBeGreaterThan(0);
  });

  it("overhead: five positive numbers", async () => {
    const rows = (await collect(benchOverhead)) as { value: number }[];
    expect(rows).toHaveLength(5);
    for (const { value } of rows) expect(value).toBeGreaterThan(0);
  });
});
