import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../../../src/backends/cpu/kernels/load.ts";
import { ParallelPsdProjector } from "../../../../src/backends/cpu/psd/parallel/parallel-projector.ts";
import { PsdProjector } from "../../../../src/backends/cpu/psd/project.ts";
import { svecLength } from "../../../../src/problem/svec.ts";
import { generator } from "../kernels/matrices.ts";

const kernels = await loadDenseKernels();
const orders = [60, 0, 1, 2, 90, 70, 3, 120, 40];
const offsets: number[] = [];
let total = 2;
for (const order of orders) {
  offsets.push(total);
  total += svecLength(order) + 1;
}

function serial(v: Float64Array): Float64Array {
  const result = v.slice();
  const projector = new PsdProjector(kernels, orders);
  orders.forEach((order, block) =>
    projector.project(result, offsets[block], order, result, offsets[block], block),
  );
  return result;
}

describe("projection by several threads", () => {
  const projectors: ParallelPsdProjector[] = [];
  const make = (options: { threads?: number; startAfter?: number }): ParallelPsdProjector => {
    const projector = new ParallelPsdProjector(kernels, orders, offsets, options);
    projectors.push(projector);
    return projector;
  };
  afterAll(() => {
    for (const projector of projectors) projector.dispose();
  });

  it("gives the very same numbers as one thread, call after call", async () => {
    const parallel = make({ threads: 2 });
    await parallel.start();
    expect(parallel.threads).toBe(2);
    for (let call = 0; call < 40; call++) {
      const v = Float64Array.from({ length: total }, generator(call));
      const expected = serial(v);
      parallel.projectAll(v);
      expect(v).toEqual(expected);
      if (call % 4 === 3) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(parallel.local.ranks.every((rank, block) => rank >= 0 === orders[block] > 0)).toBe(true);
  });

  it("NaN in a block stays in that block", async () => {
    const parallel = make({ threads: 1 });
    await parallel.start();
    const v = Float64Array.from({ length: total }, generator(3));
    const expected = serial(v);
    v[offsets[4] + 5] = NaN;
    parallel.projectAll(v);
    orders.forEach((order, block) => {
      const part = v.subarray(offsets[block], offsets[block] + svecLength(order));
      if (block === 4) expect(part.every(Number.isNaN)).toBe(true);
      else expect(part).toEqual(expected.subarray(offsets[block], offsets[block] + svecLength(order)));
    });
  });

  it("starts threads only after enough work, and goes on alone after dispose", async () => {
    const parallel = make({ threads: 1, startAfter: 0 });
    const v = Float64Array.from({ length: total }, generator(3));
    const expected = serial(v);
    parallel.projectAll(v);
    expect(v).toEqual(expected);
    await parallel.start();
    expect(parallel.threads).toBe(1);
    parallel.dispose();
    expect(parallel.threads).toBe(0);
    const w = Float64Array.from({ length: total }, generator(3));
    parallel.projectAll(w);
    expect(w).toEqual(expected);
  });

  it("a single block, small blocks and the TypeScript kernels have no threads", async () => {
    const typescript = await loadDenseKernels("typescript");
    for (const projector of [
      new ParallelPsdProjector(kernels, [300], [0], { threads: 2 }),
      new ParallelPsdProjector(kernels, [5, 6, 7], [0, 15, 36], { threads: 2 }),
      new ParallelPsdProjector(typescript, orders, offsets, { threads: 2 }),
    ]) {
      await projector.start();
      expect(projector.threads).toBe(0);
    }
  });

  it("does not keep the process alive", () => {
    const here = (path: string): string =>
      new URL(`../../../../src/backends/cpu/${path}`, import.meta.url).href;
    const parallel = here("psd/parallel/parallel-projector.ts");
    const script = `
      const { loadDenseKernels } = await import(${JSON.stringify(here("kernels/load.ts"))});
      const { ParallelPsdProjector } = await import(${JSON.stringify(parallel)});
      const kernels = await loadDenseKernels();
      const p = new ParallelPsdProjector(kernels, [80, 80], [0, 3240], { threads: 1 });
      await p.start();
      p.projectAll(new Float64Array(6480).fill(1));
      console.log("threads", p.threads);`;
    const cwd = fileURLToPath(new URL("../../../..", import.meta.url));
    const options = { cwd, encoding: "utf8", timeout: 30_000 } as const;
    const child = spawnSync(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "-e", script],
      options,
    );
    expect(child.stdout.trim()).toBe("threads 1");
    expect(child.status).toBe(0);
  });
});
