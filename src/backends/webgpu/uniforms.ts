/// <reference types="@webgpu/types" />
import { BINDING_ALIGNMENT, BufferUsage } from "./constants.ts";
import type { Parameters } from "./kernel.ts";

/** Where a uniform block stands. `key` names its place for caches. */
export interface UniformSlot {
  readonly key: string;
  readonly resource: GPUBufferBinding;
}

const SLOTS_PER_CHUNK = 256;

/**
 * Uniform blocks by content: written once and never changed, so that calls with the same sizes share a slot and
 * its bind groups. What changes in every iteration belongs in a storage buffer instead.
 */
export class UniformStore {
  private readonly device: GPUDevice;
  private readonly slots = new Map<string, UniformSlot>();
  private readonly chunks: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.device = device;
  }

  slot({ words }: Parameters): UniformSlot {
    if (words.byteLength > BINDING_ALIGNMENT) throw new RangeError("A uniform block holds at most 64 words.");
    const content = words.join(",");
    const known = this.slots.get(content);
    if (known !== undefined) return known;
    const number = this.slots.size;
    const chunk = Math.floor(number / SLOTS_PER_CHUNK);
    if (chunk === this.chunks.length) {
      const size = SLOTS_PER_CHUNK * BINDING_ALIGNMENT;
      const usage = BufferUsage.uniform | BufferUsage.copyDestination;
      this.chunks.push(this.device.createBuffer({ size, usage, label: "uniform blocks" }));
    }
    const buffer = this.chunks[chunk];
    const offset = (number % SLOTS_PER_CHUNK) * BINDING_ALIGNMENT;
    this.device.queue.writeBuffer(buffer, offset, words.slice());
    const slot = { key: `u${number}`, resource: { buffer, offset, size: words.byteLength } };
    this.slots.set(content, slot);
    return slot;
  }
}
