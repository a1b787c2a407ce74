import { loadDenseKernels } from "../../../src/backends/cpu/kernels/load.ts";
import { Device } from "../../../src/backends/webgpu/device.ts";
import { DeviceLostError } from "../../../src/backends/webgpu/errors.ts";
import type { Bench, Comparison } from "../../backends/webgpu/suite/case.ts";
import { kernelCases } from "../../backends/webgpu/suite/index.ts";

/** What the page offers to the test that drives it. */
export interface KernelPage {
  /** Opens a device and returns the adapter's name. */
  open(): Promise<string>;
  run(name: string): Promise<Comparison[]>;
  /** Resolves with the reason once the device is lost; `armed` tells when it is being waited for. */
  waitForLoss(): Promise<LossReport>;
  armed: boolean;
}

export interface LossReport {
  /** What a pending read rejected with. */
  readonly rejection: string;
  readonly typed: boolean;
  /** What the listener was told. */
  readonly reason: string;
}

let bench: Bench | undefined;

async function open(): Promise<string> {
  bench = { device: await Device.open(), dense: await loadDenseKernels() };
  return bench.device.name;
}

async function run(name: string): Promise<Comparison[]> {
  const found = kernelCases.find((candidate) => candidate.name === name);
  if (found === undefined || bench === undefined) throw new Error(`No case "${name}", or no device.`);
  return found.run(bench);
}

async function waitForLoss(): Promise<LossReport> {
  const { device } = bench as Bench;
  const told = new Promise<string>((resolve) => device.onLost(resolve));
  const buffer = await device.upload(new Float32Array(4), "probe");
  page.armed = true;
  for (;;) {
    try {
      await device.readFloats(buffer);
    } catch (error) {
      const { name, message } = error as Error;
      return { rejection: `${name}: ${message}`, typed: error instanceof DeviceLostError, reason: await told };
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const page: KernelPage = { open, run, waitForLoss, armed: false };
(globalThis as unknown as { kernelPage: KernelPage }).kernelPage = page;
