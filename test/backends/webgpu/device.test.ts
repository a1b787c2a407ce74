import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UnsupportedError } from "../../../src/errors.ts";
import { describeAdapter, listAdapters } from "../../../src/backends/webgpu/adapters.ts";
import { testArithmetic } from "../../../src/backends/webgpu/arithmetic.ts";
import { Device } from "../../../src/backends/webgpu/device.ts";
import { DeviceLostError, DeviceMemoryError, ShaderError } from "../../../src/backends/webgpu/errors.ts";
import { Gemm, GEMM_SHAPES } from "../../../src/backends/webgpu/gemm.ts";
import { linearGrid, parameters } from "../../../src/backends/webgpu/kernel.ts";
import { addCombine, VECTOR_KERNELS } from "../../../src/backends/webgpu/kernels/vector.ts";
import { formatProfile } from "../../../src/backends/webgpu/profile.ts";
import { PolynomialProjector } from "../../../src/backends/webgpu/psd/polynomial.ts";
import { tuneDevice } from "../../../src/backends/webgpu/psd/tune.ts";
import { hasNodeAdapter } from "./node-adapter.ts";

const available = await hasNodeAdapter();

const MARK = `
@group(0) @binding(0) var<uniform> count: vec4u;
@group(0) @binding(1) var<storage, read_write> marks: array<u32>;
@compute @workgroup_size(1)
fn mark(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = group.y * groups.x + group.x;
  if (i < count.x) { marks[i] += i + 1u; }
}`;

describe.skipIf(!available)("device", () => {
  let device: Device;

  beforeAll(async () => {
    device = await Device.open({ profile: true, memoryBudget: 64 * 2 ** 20, stepsPerSubmit: 7 });
  });

  afterAll(() => device.destroy());

  it("lists adapters and opens one by part of its name", async () => {
    const adapters = await listAdapters();
    expect(adapters.length).toBeGreaterThan(0);
    const name = adapters[0].description.device || adapters[0].description.description;
    const other = await Device.open({ adapter: name.slice(0, 6).toUpperCase() });
    expect(other.name).toBe(describeAdapter(adapters[0].description));
    other.destroy();
  });

  it("names the adapters there are when the one asked for is missing", async () => {
    const failure = Device.open({ adapter: "no such adapter" });
    await expect(failure).rejects.toThrow(UnsupportedError);
    await expect(Device.open({ adapter: "no such adapter" })).rejects.toThrow(device.name.replace(" (software)", ""));
  });

  it("shows the line of a shader that does not compile", async () => {
    const source = "@compute @workgroup_size(1)\nfn main() {\n  let x: f32 = missing + 1.0;\n}\n";
    const failure: unknown = await device.compile([{ name: "main", source }]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ShaderError);
    const { message, location } = failure as ShaderError;
    expect(message).toContain("main.wgsl:3:");
    expect(message).toContain("let x: f32 = missing + 1.0;");
    expect(location.line).toBe(3);
  });

  it("reports an entry point that does not exist, and a kernel that was not compiled", async () => {
    await expect(device.compile([{ name: "absent", source: MARK }])).rejects.toThrow(ShaderError);
    expect(() => device.plan().dispatch({ name: "never", source: MARK }, [], [1, 1, 1])).toThrow(/before it was compiled/);
  });

  it("reports bindings that do not fit a kernel", async () => {
    await device.compile(VECTOR_KERNELS);
    const buffer = await device.buffers.allocate(64, "x");
    const plan = device.plan();
    // The target may not be an input at the same time.
    const run = { buffer };
    addCombine(plan, 4, run, run, run, run);
    device.run(plan);
    await expect(device.finish()).rejects.toThrow(ShaderError);
    await expect(device.finish()).resolves.toBeUndefined();
  });

  it("covers more groups than one dimension holds, each once", async () => {
    const kernel = { name: "mark", source: MARK };
    await device.compile([kernel]);
    const count = 70_001;
    const marks = await device.upload(new Uint32Array(count), "marks");
    const grid = linearGrid(count);
    expect(grid[0]).toBeLessThanOrEqual(65535);
    device.run(device.plan().dispatch(kernel, [parameters([count]), marks], grid));
    const seen = await device.readIntegers(marks, count);
    expect(seen.every((mark, i) => mark === i + 1)).toBe(true);
  });

  it("runs plans longer than one submission in order, with copies between", async () => {
    const kernel = { name: "mark", source: MARK };
    await device.compile([kernel]);
    const marks = await device.upload(new Uint32Array(4), "marks");
    const copy = await device.upload(new Uint32Array(4), "copy");
    const plan = device.plan();
    for (let i = 0; i < 20; i++) plan.dispatch(kernel, [parameters([2]), marks], [2, 1, 1]);
    plan.copy(marks, 0, copy, 8, 8);
    for (let i = 0; i < 5; i++) plan.dispatch(kernel, [parameters([2]), marks], [2, 1, 1]);
    device.run(plan);
    expect([...(await device.readIntegers(copy))]).toEqual([0, 0, 20, 40]);
    expect([...(await device.readIntegers(marks))]).toEqual([25, 50, 0, 0]);
  });

  it("keeps a byte budget and hands released buffers out again", async () => {
    const first = await device.buffers.allocate(30 * 2 ** 20, "first");
    await expect(device.buffers.allocate(40 * 2 ** 20, "second")).rejects.toThrow(DeviceMemoryError);
    device.buffers.release(first);
    const again = await device.buffers.allocate(30 * 2 ** 20, "again");
    expect(again.id).toBe(first.id);
    device.buffers.release(again);
    // Past the budget only with what was released: that is destroyed.
    const other = await device.buffers.allocate(40 * 2 ** 20, "other");
    expect(other.id).not.toBe(first.id);
    device.buffers.release(other);
    device.buffers.dropFree();
  });

  it("projects in several batches when memory is short, to the same bits", async () => {
    const [count, order, rows] = [20, 50, (50 * 51) / 2];
    const data = Float32Array.from({ length: count * rows }, (_, i) => Math.sin(i * i));
    const blocks = Array.from({ length: count }, (_, i) => ({ offset: i * rows, order }));
    const results: Float32Array[] = [];
    for (const memoryBudget of [2 ** 20, 2 ** 28]) {
      const other = await Device.open({ memoryBudget });
      const x = await other.upload(data, "x");
      const projector = await PolynomialProjector.create(other, blocks, order, new Gemm(GEMM_SHAPES[0]));
      expect(projector.layers < count).toBe(memoryBudget === 2 ** 20);
      const plan = other.plan();
      projector.add(plan, x, 7);
      other.run(plan);
      results.push(await other.readFloats(x, data.length));
      other.destroy();
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("refuses a block that exceeds one binding", async () => {
    const order = 4 * Math.ceil(Math.sqrt(device.limits.maxBindingBytes / 4) / 4) + 4;
    const create = PolynomialProjector.create(device, [{ offset: 0, order }], order, new Gemm(GEMM_SHAPES[0]));
    await expect(create).rejects.toThrow(/exceeds one binding/);
  });

  it("times kernels", async () => {
    const rows = await device.profile();
    expect(device.adapter.timestamps).toBe(true);
    const marks = rows.find(({ kernel }) => kernel === "mark");
    expect(marks?.calls).toBeGreaterThanOrEqual(26);
    expect(formatProfile(rows)).toMatch(/^kernel +calls +ms +ms\/call +share\n/);
    // Rounded timestamps would be multiples of 65,536 ns.
    const nanoseconds = rows.map(({ milliseconds }) => Math.round(1e6 * milliseconds));
    expect(nanoseconds.some((time) => time % 65536 !== 0)).toBe(true);
  });

  it("picks a product once per adapter and keeps the choice", async () => {
    const kept = new Map<string, string>();
    const store = { get: (key: string) => kept.get(key), set: (key: string, value: string) => void kept.set(key, value) };
    const tuning = await tuneDevice(device, store);
    expect(tuning.jacobiUpTo).toBeGreaterThan(0);
    expect(GEMM_SHAPES).toContain(tuning.small);
    expect(GEMM_SHAPES).toContain(tuning.large);
    expect(kept.size).toBe(2);
    const again = await tuneDevice(device, { get: () => expect.fail("asked again"), set: () => undefined });
    expect(again).toEqual(tuning);
  });

  it("knows which exact tricks the compiler leaves intact", async () => {
    const arithmetic = await testArithmetic(device);
    expect(arithmetic.exactIntegers).toBe(true);
    if (device.adapter.software) {
      expect(arithmetic.opaqueTwoSum).toBe(true);
      expect(arithmetic.opaqueTwoProduct).toBe(true);
    }
  });

  it("rejects with a typed error once destroyed", async () => {
    const other = await Device.open();
    const buffer = await other.buffers.allocate(16, "x");
    let told = false;
    other.onLost(() => (told = true));
    other.destroy();
    await expect(other.readFloats(buffer)).rejects.toThrow(DeviceLostError);
    expect(told).toBe(false);
  });

  it("lets the process end by itself after destroy", { timeout: 60_000 }, () => {
    const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      const { prepareVulkan } = await import(${url("../../../scripts/adapters/vulkan.ts")});
      const { Device } = await import(${url("../../../src/backends/webgpu/device.ts")});
      await prepareVulkan();
      const device = await Device.open();
      const buffer = await device.upload(new Float32Array([7]), "x");
      console.log("read", (await device.readFloats(buffer, 1))[0]);
      device.destroy();`;
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    const child = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      cwd: root,
      encoding: "utf8",
      timeout: 45_000,
    });
    expect(child.stdout).toContain("read 7");
    expect(child.status).toBe(0);
  });
});
