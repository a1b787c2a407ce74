/// <reference types="@webgpu/types" />
import { DeviceMemoryError } from "./errors.ts";
import { BufferUsage } from "./constants.ts";

/** Memory on the device. `id` never repeats, so that it can stand for the buffer in the keys of caches. */
export interface DeviceBuffer {
  readonly id: number;
  readonly gpu: GPUBuffer;
  /** Usable size in bytes, a multiple of 16. */
  readonly bytes: number;
  readonly label: string;
}

/** Allocations from this size on are made inside error scopes. */
const LARGE_BYTES = 16 * 2 ** 20;

const STORAGE = BufferUsage.storage | BufferUsage.indirect | BufferUsage.copySource | BufferUsage.copyDestination;

/** Storage buffers under a byte budget; released ones are kept by size and handed out again. */
export class BufferPool {
  /** Bytes of all buffers that exist, in use or kept. */
  allocatedBytes = 0;
  /** Most bytes at one time. */
  readonly budget: number;
  private readonly device: GPUDevice;
  private readonly maxBytes: number;
  private readonly free = new Map<number, DeviceBuffer[]>();
  private readonly onDestroy: (buffer: DeviceBuffer) => void;
  private nextId = 1;

  constructor(device: GPUDevice, budget: number, maxBytes: number, onDestroy: (buffer: DeviceBuffer) => void) {
    this.device = device;
    this.budget = budget;
    this.maxBytes = maxBytes;
    this.onDestroy = onDestroy;
  }

  /**
   * A storage buffer of at least `bytes` bytes, contents undefined (zero when new). Throws {@link DeviceMemoryError}
   * past the largest binding, past the budget, or when the device refuses.
   */
  async allocate(bytes: number, label: string): Promise<DeviceBuffer> {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const kept = this.free.get(size)?.pop();
    if (kept !== undefined) return { ...kept, label };
    if (size > this.maxBytes) {
      throw new DeviceMemoryError(
        `"${label}" needs ${megabytes(size)}; one buffer on this adapter holds at most ${megabytes(this.maxBytes)}.`,
      );
    }
    if (this.allocatedBytes + size > this.budget) this.dropFree();
    if (this.allocatedBytes + size > this.budget) {
      throw new DeviceMemoryError(
        `"${label}" needs ${megabytes(size)}, but ${megabytes(this.allocatedBytes)} of the budget of ` +
          `${megabytes(this.budget)} are taken. Raise the memory budget or use the CPU backend.`,
      );
    }
    const gpu = size < LARGE_BYTES ? this.create(size, label) : await this.createChecked(size, label);
    this.allocatedBytes += size;
    return { id: this.nextId++, gpu, bytes: size, label };
  }

  /** Gives a buffer back for reuse; it must not be used after. */
  release(buffer: DeviceBuffer): void {
    const list = this.free.get(buffer.bytes);
    if (list === undefined) this.free.set(buffer.bytes, [buffer]);
    else list.push(buffer);
  }

  /** Destroys every buffer that was given back. */
  dropFree(): void {
    for (const list of this.free.values()) {
      for (const buffer of list) {
        this.allocatedBytes -= buffer.bytes;
        this.onDestroy(buffer);
        buffer.gpu.destroy();
      }
    }
    this.free.clear();
  }

  private create(size: number, label: string): GPUBuffer {
    return this.device.createBuffer({ size, usage: STORAGE, label });
  }

  private async createChecked(size: number, label: string): Promise<GPUBuffer> {
    this.device.pushErrorScope("validation");
    this.device.pushErrorScope("out-of-memory");
    const buffer = this.create(size, label);
    const memory = await this.device.popErrorScope();
    const validation = await this.device.popErrorScope();
    const error = memory ?? validation;
    if (error !== null) {
      buffer.destroy();
      throw new DeviceMemoryError(`The device refused ${megabytes(size)} for "${label}": ${error.message}`);
    }
    return buffer;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
