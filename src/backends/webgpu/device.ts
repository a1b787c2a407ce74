/// <reference types="@webgpu/types" />
import { chooseAdapter, describeAdapter } from "./adapters.ts";
import type { AdapterDescription } from "./adapters.ts";
import { BindGroupCache } from "./bind-groups.ts";
import { BufferPool } from "./buffers.ts";
import type { DeviceBuffer } from "./buffers.ts";
import { BufferUsage, MAP_READ } from "./constants.ts";
import { DeviceLostError, ShaderError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import { PipelineCache } from "./pipelines.ts";
import { Plan } from "./plan.ts";
import type { DispatchStep, Step } from "./plan.ts";
import { Profiler, TIMED_PASSES } from "./profile.ts";
import type { ProfiledSubmission, ProfileRow } from "./profile.ts";
import { UniformStore } from "./uniforms.ts";

export interface DeviceOptions {
  /** Part of the adapter's name; the fastest adapter by default. */
  readonly adapter?: string;
  /** Most bytes of storage buffers at one time. Default 4 GiB. */
  readonly memoryBudget?: number;
  /**
   * Most bytes of one binding, at most the adapter's limit, which is the default. Lower ones make matrices take more
   * panels (psd/panels.ts).
   */
  readonly maxBindingBytes?: number;
  /** Times every kernel (one pass per dispatch). Ignored where timestamps are missing. Default false. */
  readonly profile?: boolean;
  /** Most steps in one submission. Default 512. */
  readonly stepsPerSubmit?: number;
  /**
   * Floating-point operations after which a submission is closed, so that no watchdog bites. Default 10¹¹ (below
   * 0.1 s from 1 TFLOP/s on), 10⁹ on software adapters.
   */
  readonly workPerSubmit?: number;
}

/** What a device was granted, in the units of WebGPU's limits. */
export interface GrantedLimits {
  readonly maxBindingBytes: number;
  readonly maxWorkgroupBytes: number;
  readonly maxInvocations: number;
}

/**
 * A WebGPU device with everything that outlives one call: pipelines, bind groups, buffers, uniform blocks. Calls that
 * wait for the device reject with {@link DeviceLostError} once it is lost.
 */
export class Device {
  readonly adapter: AdapterDescription;
  readonly limits: GrantedLimits;
  readonly gpu: GPUDevice;
  readonly buffers: BufferPool;
  /** Why the device was lost, once it was. */
  lostReason: string | undefined;
  private readonly pipelines: PipelineCache;
  private readonly uniforms: UniformStore;
  private readonly groups: BindGroupCache;
  private readonly profiler: Profiler | undefined;
  private readonly stepsPerSubmit: number;
  private readonly workPerSubmit: number;
  private readonly staging = new Map<number, GPUBuffer[]>();
  private readonly lossListeners = new Set<(reason: string) => void>();
  private destroyed = false;
  private firstError: string | undefined;

  private constructor(gpu: GPUDevice, adapter: AdapterDescription, options: DeviceOptions) {
    this.gpu = gpu;
    this.adapter = adapter;
    const { limits } = gpu;
    this.limits = {
      maxBindingBytes: Math.min(
        limits.maxStorageBufferBindingSize,
        limits.maxBufferSize,
        options.maxBindingBytes ?? Infinity,
      ),
      maxWorkgroupBytes: limits.maxComputeWorkgroupStorageSize,
      maxInvocations: limits.maxComputeInvocationsPerWorkgroup,
    };
    this.pipelines = new PipelineCache(gpu);
    this.uniforms = new UniformStore(gpu);
    this.groups = new BindGroupCache(gpu);
    const budget = options.memoryBudget ?? 4 * 2 ** 30;
    this.buffers = new BufferPool(gpu, budget, this.limits.maxBindingBytes, (buffer) => this.groups.forget(buffer));
    this.profiler = options.profile === true && adapter.timestamps ? new Profiler(gpu) : undefined;
    this.stepsPerSubmit = Math.min(options.stepsPerSubmit ?? 512, TIMED_PASSES);
    this.workPerSubmit = options.workPerSubmit ?? (adapter.software ? 1e9 : 1e11);
    // Never awaited: it may stay pending for ever.
    void gpu.lost.then((info) => {
      if (this.destroyed) return;
      this.lostReason = info.message || "no reason given";
      for (const listener of this.lossListeners) listener(this.lostReason);
    });
    gpu.addEventListener("uncapturederror", (event) => {
      this.firstError ??= event.error.message;
      event.preventDefault();
    });
  }

  /** Opens a device on a chosen adapter. Throws UnsupportedError when there is none. */
  static async open(options: DeviceOptions = {}): Promise<Device> {
    const { adapter, description } = await chooseAdapter(options.adapter);
    const gpu = await adapter.requestDevice({
      label: "spectrahedron",
      requiredFeatures: description.timestamps ? ["timestamp-query"] : [],
      requiredLimits: {
        maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
        maxBufferSize: adapter.limits.maxBufferSize,
      },
    });
    return new Device(gpu, description, options);
  }

  /** Adapter name for logs. */
  get name(): string {
    return describeAdapter(this.adapter);
  }

  /** Calls back when the device is lost, not when it is destroyed. Returns a function that stops it. */
  onLost(listener: (reason: string) => void): () => void {
    if (this.lostReason !== undefined) listener(this.lostReason);
    this.lossListeners.add(listener);
    return () => this.lossListeners.delete(listener);
  }

  /** Compiles kernels ahead of their use. Throws ShaderError. */
  async compile(kernels: readonly Kernel[]): Promise<void> {
    await this.guard(this.pipelines.compile(kernels));
  }

  /** An empty plan of dispatches on this device. */
  plan(): Plan {
    return new Plan({
      resolve: (kernel, bindings) => {
        const pipeline = this.pipelines.get(kernel);
        return { pipeline, group: this.groups.get(kernel.name, pipeline, bindings, this.uniforms) };
      },
    });
  }

  /** A buffer with these contents. */
  async upload(data: Float32Array | Uint32Array | Int32Array, label: string): Promise<DeviceBuffer> {
    const buffer = await this.buffers.allocate(data.byteLength, label);
    this.write(buffer, data);
    return buffer;
  }

  /** Writes at an offset in bytes, in order with the plans run. */
  write(buffer: DeviceBuffer, data: Float32Array | Uint32Array | Int32Array, offset = 0): void {
    if (offset + data.byteLength > buffer.bytes) throw new RangeError(`"${buffer.label}" is too short for the data.`);
    this.gpu.queue.writeBuffer(buffer.gpu, offset, data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  }

  /** Encodes and submits plans in order; returns at once. */
  run(...plans: readonly Plan[]): void {
    const steps = plans.length === 1 ? plans[0].steps : plans.flatMap((plan) => plan.steps);
    let from = 0;
    let work = 0;
    steps.forEach((step, i) => {
      if (step.kind === "dispatch") work += step.work;
      const next = i + 1;
      if (next < steps.length && next - from < this.stepsPerSubmit && work < this.workPerSubmit) return;
      this.submit(steps, from, next);
      from = next;
      work = 0;
    });
  }

  /** Reads `count` floats from an offset in bytes, after everything submitted before. */
  async readFloats(buffer: DeviceBuffer, count = buffer.bytes / 4, offset = 0): Promise<Float32Array> {
    return new Float32Array(await this.read(buffer, offset, 4 * count));
  }

  /** Reads `count` unsigned integers from an offset in bytes, after everything submitted before. */
  async readIntegers(buffer: DeviceBuffer, count = buffer.bytes / 4, offset = 0): Promise<Uint32Array> {
    return new Uint32Array(await this.read(buffer, offset, 4 * count));
  }

  /** Waits until everything submitted has run. Throws the first error the device reported. */
  async finish(): Promise<void> {
    await this.guard(this.gpu.queue.onSubmittedWorkDone());
    this.throwReported();
  }

  /** Device time by kernel since the device was opened; empty unless `profile` was asked for and is possible. */
  async profile(): Promise<ProfileRow[]> {
    return this.profiler === undefined ? [] : this.guard(this.profiler.rows());
  }

  /** Frees everything; in Node the process can then exit by itself. */
  destroy(): void {
    this.destroyed = true;
    this.gpu.destroy();
  }

  private async read(buffer: DeviceBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    const size = Math.max(256, Math.min(2 ** Math.ceil(Math.log2(bytes)), this.gpu.limits.maxBufferSize));
    const usage = BufferUsage.mapRead | BufferUsage.copyDestination;
    const kept = this.staging.get(size) ?? [];
    this.staging.set(size, kept);
    const staging = kept.pop() ?? this.gpu.createBuffer({ size, usage, label: "read-back" });
    const encoder = this.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer.gpu, offset, staging, 0, bytes);
    this.gpu.queue.submit([encoder.finish()]);
    await this.guard(staging.mapAsync(MAP_READ, 0, bytes));
    const copy = staging.getMappedRange(0, bytes).slice(0);
    staging.unmap();
    kept.push(staging);
    this.throwReported();
    return copy;
  }

  private submit(steps: readonly Step[], from: number, to: number): void {
    const encoder = this.gpu.createCommandEncoder();
    const timing = this.profiler?.begin();
    let pass: GPUComputePassEncoder | undefined;
    for (let i = from; i < to; i++) {
      const step = steps[i];
      if (step.kind === "copy") {
        pass?.end();
        pass = undefined;
        const { source, sourceOffset, target, targetOffset, bytes } = step;
        encoder.copyBufferToBuffer(source.gpu, sourceOffset, target.gpu, targetOffset, bytes);
      } else if (timing !== undefined) {
        this.timedPass(encoder, timing, step);
      } else {
        pass ??= encoder.beginComputePass();
        encode(pass, step);
      }
    }
    pass?.end();
    timing?.resolve(encoder);
    this.gpu.queue.submit([encoder.finish()]);
    timing?.submitted();
  }

  private timedPass(encoder: GPUCommandEncoder, timing: ProfiledSubmission, step: DispatchStep): void {
    const pass = encoder.beginComputePass({ timestampWrites: timing.timestampWrites(step.name) });
    encode(pass, step);
    pass.end();
  }

  private throwReported(): void {
    if (this.firstError === undefined) return;
    const message = this.firstError;
    this.firstError = undefined;
    throw new ShaderError(`The device rejected a command: ${message}`);
  }

  private async guard<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      if (this.lostReason === undefined) return result;
    } catch (error) {
      if (this.destroyed) throw new DeviceLostError("The device was destroyed.", {}, { cause: error });
      // Promises of a lost device may reject before `lost` resolves; give that a turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.lostReason === undefined) throw error;
    }
    throw new DeviceLostError(`The WebGPU device ${this.name} was lost: ${this.lostReason}`);
  }
}

function encode(pass: GPUComputePassEncoder, step: DispatchStep): void {
  pass.setPipeline(step.pipeline);
  pass.setBindGroup(0, step.group);
  if (step.gate === undefined) pass.dispatchWorkgroups(step.grid[0], step.grid[1], step.grid[2]);
  else pass.dispatchWorkgroupsIndirect(step.gate.buffer.gpu, step.gate.offset);
}
