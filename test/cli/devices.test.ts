import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatDevice, type DeviceReport } from "../../src/cli/commands/devices.ts";
import { hasNodeAdapter } from "../backends/webgpu/node-adapter.ts";
import { BuiltCommand, type Finished } from "./run.ts";

const available = await hasNodeAdapter();
let command: BuiltCommand;

beforeAll(async () => {
  command = await BuiltCommand.build();
});
afterAll(() => command.remove());

/** Runs `devices` where no Vulkan driver can be found. */
async function withoutDrivers(...args: string[]): Promise<Finished> {
  const names = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = "/nowhere/driver.json";
  const run = command.run("devices", ...args); // started now, with this environment
  names.forEach((name, i) => {
    const value = before[i];
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  });
  return run;
}

const SAMPLE: DeviceReport = {
  name: "Example GPU",
  vendor: "example",
  architecture: "one",
  device: "",
  description: "driver 1.2",
  software: false,
  features: { timestamps: true, f16: true, subgroups: false, subgroupMatrix: false },
  limits: {
    maxBindingBytes: 2 ** 27,
    maxBufferBytes: 2 ** 28,
    maxWorkgroupBytes: 2 ** 15,
    maxInvocations: 256,
    maxStorageBuffers: 8,
  },
};

describe("spectrahedron devices", () => {
  it.runIf(process.platform === "linux")("says what is missing and fails when there is no driver", async () => {
    const run = await withoutDrivers();
    expect(run.code).toBe(1);
    expect(run.stdout).toBe("");
    expect(run.stderr).toMatch(/^spectrahedron: no WebGPU adapter was found\. .*(Vulkan|npm install webgpu)/m);
    const json = await withoutDrivers("--json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({ adapters: [] });
  });

  it("formats an adapter", () => {
    const text = formatDevice({
      ...SAMPLE,
      arithmetic: { twoSum: false, opaqueTwoSum: true, opaqueTwoProduct: true, exactIntegers: true },
    });
    expect(text).toMatch(/^Example GPU\n {2}kind +GPU\n {2}vendor +example one\n/);
    expect(text).toMatch(/^ {2}device +not told$/m);
    expect(text).toMatch(/^ {2}binding +128 MiB \(matrices up to order 5792\)$/m);
    expect(text).toMatch(/^ {2}workgroup +256 threads, 32 KiB shared$/m);
    expect(text).toMatch(/^ {2}features +timestamps yes, f16 yes, subgroups no, subgroupMatrix no$/m);
    expect(text).toMatch(/^ {2}arithmetic +twoSum no, opaqueTwoSum yes/m);
    expect(formatDevice(SAMPLE)).not.toMatch(/arithmetic/);
  });
});

describe.skipIf(!available)("spectrahedron devices on an adapter", () => {
  it("lists adapters as JSON, with the self-test when asked", async () => {
    const run = await command.run("devices", "--json", "--probe");
    expect(run.code, run.stderr).toBe(0);
    const { adapters } = JSON.parse(run.stdout) as { adapters: DeviceReport[] };
    expect(adapters.length).toBeGreaterThan(0);
    for (const adapter of adapters) {
      expect(adapter.name).not.toBe("");
      expect(Object.keys(adapter.features).sort()).toEqual(["f16", "subgroupMatrix", "subgroups", "timestamps"]);
      // WebGPU's guaranteed least.
      expect(adapter.limits.maxBindingBytes).toBeGreaterThanOrEqual(2 ** 27);
      expect(adapter.limits.maxWorkgroupBytes).toBeGreaterThanOrEqual(2 ** 14);
      expect(adapter.limits.maxStorageBuffers).toBeGreaterThanOrEqual(8);
      expect(adapter.arithmetic?.exactIntegers).toBe(true);
    }
  });

  it("refuses the name of an adapter that is not there, and lists those that are", async () => {
    const run = await command.run("devices", "--adapter", "Voodoo");
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/no WebGPU adapter is called "Voodoo"\. There are: \S/);
  });
});
