/// <reference types="@webgpu/types" />
import { Command } from "commander";
import { adapterKey, describeAdapter, listAdapters } from "../../backends/webgpu/adapters.ts";
import type { AdapterEntry } from "../../backends/webgpu/adapters.ts";
import { testArithmetic } from "../../backends/webgpu/arithmetic.ts";
import type { Arithmetic } from "../../backends/webgpu/arithmetic.ts";
import { Device } from "../../backends/webgpu/device.ts";
import { INSTALL_ADVICE, loadGpu } from "../../backends/webgpu/gpu.ts";
import { CliError } from "../cli-error.ts";

interface DevicesOptions {
  readonly json?: boolean;
  readonly probe?: boolean;
  readonly adapter?: string;
}

/** An adapter as `--json` shows it. Strings are empty where the platform hides them. */
export interface DeviceReport {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** With Vulkan, the driver and its version. */
  readonly description: string;
  readonly software: boolean;
  readonly features: {
    readonly timestamps: boolean;
    readonly f16: boolean;
    readonly subgroups: boolean;
    /** Tensor units; Dawn shows them only when unsafe interfaces are switched on. */
    readonly subgroupMatrix: boolean;
  };
  /** What a device on it is granted. Bytes, and threads of one workgroup. */
  readonly limits: {
    readonly maxBindingBytes: number;
    readonly maxBufferBytes: number;
    readonly maxWorkgroupBytes: number;
    readonly maxInvocations: number;
    readonly maxStorageBuffers: number;
  };
  /** Which exact tricks in f32 hold; with `--probe` only. */
  readonly arithmetic?: Arithmetic;
}

const HELP = `
A Vulkan driver that the system does not list is named in VK_DRIVER_FILES (its .json file).
Exits with 1 when there is no adapter.`;

/** `spectrahedron devices`. */
export function devicesCommand(): Command {
  return new Command("devices")
    .description("list the WebGPU adapters of this machine")
    .option("--json", "as JSON on standard output")
    .option("--probe", "run the self-test of the arithmetic on each")
    .option("--adapter <name>", "only those whose name holds this")
    .addHelpText("after", HELP)
    .action(listDevices);
}

async function listDevices({ json = false, probe = false, adapter }: DevicesOptions): Promise<void> {
  const all = await listAdapters();
  const wanted = (adapter ?? "").toLowerCase();
  const entries = all.filter(({ description }) => adapterKey(description).toLowerCase().includes(wanted));
  const reports: DeviceReport[] = [];
  for (const entry of entries) reports.push(await report(entry, probe));
  if (json) process.stdout.write(`${JSON.stringify({ adapters: reports }, null, 2)}\n`);
  else if (reports.length > 0) process.stdout.write(`${reports.map(formatDevice).join("\n\n")}\n`);
  if (all.length === 0) throw new CliError(`no WebGPU adapter was found. ${await advice()}`);
  if (reports.length === 0) {
    const names = all.map(({ description }) => describeAdapter(description)).join("; ");
    throw new CliError(`no WebGPU adapter is called "${adapter ?? ""}". There are: ${names}.`);
  }
}

/** What is missing: Node's WebGPU, or a driver under it. */
async function advice(): Promise<string> {
  if ((await loadGpu()) === undefined) return INSTALL_ADVICE;
  return (
    "WebGPU is there, but finds no driver. On Linux install a Vulkan driver (mesa-vulkan-drivers, or NVIDIA's own " +
    "with its libraries for graphics), or name the driver's .json file in VK_DRIVER_FILES."
  );
}

async function report({ adapter, description: known }: AdapterEntry, probe: boolean): Promise<DeviceReport> {
  const has = (feature: string): boolean => adapter.features.has(feature as GPUFeatureName);
  const device = await Device.open({ adapter: adapterKey(known) });
  try {
    const { maxBufferSize, maxStorageBuffersPerShaderStage } = device.gpu.limits;
    return {
      name: describeAdapter(known),
      vendor: known.vendor,
      architecture: known.architecture,
      device: known.device,
      description: known.description,
      software: known.software,
      features: {
        timestamps: known.timestamps,
        f16: has("shader-f16"),
        subgroups: known.subgroups,
        subgroupMatrix: has("chromium-experimental-subgroup-matrix"),
      },
      limits: {
        ...device.limits,
        maxBufferBytes: maxBufferSize,
        maxStorageBuffers: maxStorageBuffersPerShaderStage,
      },
      ...(probe ? { arithmetic: await testArithmetic(device) } : {}),
    };
  } finally {
    device.destroy();
  }
}

/** An adapter as lines of text. */
export function formatDevice(device: DeviceReport): string {
  const { features, limits, arithmetic } = device;
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  const kibibytes = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
  const flags = (names: Readonly<Record<string, boolean>>): string =>
    Object.entries(names).map(([name, on]) => `${name} ${on ? "yes" : "no"}`).join(", ");
  // The largest matrix in f32 that one binding takes.
  const order = Math.floor(Math.sqrt(limits.maxBindingBytes / 4));
  const lines: [string, string][] = [
    ["kind", device.software ? "software: right but slow" : "GPU"],
    ["vendor", [device.vendor, device.architecture].filter(Boolean).join(" ") || "not told"],
    ["device", device.device || "not told"],
    ["driver", device.description || "not told"],
    ["binding", `${mebibytes(limits.maxBindingBytes)} (matrices up to order ${order})`],
    ["buffer", mebibytes(limits.maxBufferBytes)],
    ["workgroup", `${limits.maxInvocations} threads, ${kibibytes(limits.maxWorkgroupBytes)} shared`],
    ["bindings", `${limits.maxStorageBuffers} storage buffers`],
    ["features", flags({ ...features })],
    ...(arithmetic === undefined ? [] : [["arithmetic", flags({ ...arithmetic })] satisfies [string, string]]),
  ];
  return [device.name, ...lines.map(([label, text]) => `  ${label.padEnd(12)}${text}`)].join("\n");
}
