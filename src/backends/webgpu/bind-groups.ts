/// <reference types="@webgpu/types" />
import type { DeviceBuffer } from "./buffers.ts";
import type { Bindings } from "./kernel.ts";
import type { UniformStore } from "./uniforms.ts";

/** Bind groups by pipeline and bound memory: creating one costs more than a dispatch. */
export class BindGroupCache {
  private readonly device: GPUDevice;
  private readonly byPipeline = new WeakMap<GPUComputePipeline, Map<string, GPUBindGroup>>();
  private readonly byBuffer = new Map<number, { groups: Map<string, GPUBindGroup>; key: string }[]>();

  constructor(device: GPUDevice) {
    this.device = device;
  }

  get(
    name: string,
    pipeline: GPUComputePipeline,
    bindings: Bindings,
    uniforms: UniformStore,
  ): GPUBindGroup {
    let groups = this.byPipeline.get(pipeline);
    if (groups === undefined) this.byPipeline.set(pipeline, (groups = new Map()));
    const keys: string[] = [];
    const entries: GPUBindGroupEntry[] = [];
    const ids: number[] = [];
    bindings.forEach((binding, number) => {
      if (binding === undefined) return;
      if ("words" in binding) {
        const slot = uniforms.slot(binding);
        keys.push(`${number}:${slot.key}`);
        entries.push({ binding: number, resource: slot.resource });
        return;
      }
      const range = "buffer" in binding ? binding : { buffer: binding, offset: 0, bytes: binding.bytes };
      ids.push(range.buffer.id);
      keys.push(`${number}:${range.buffer.id}@${range.offset}+${range.bytes}`);
      const resource = { buffer: range.buffer.gpu, offset: range.offset, size: range.bytes };
      entries.push({ binding: number, resource });
    });
    const key = keys.join(" ");
    let group = groups.get(key);
    if (group === undefined) {
      group = this.device.createBindGroup({ label: name, layout: pipeline.getBindGroupLayout(0), entries });
      groups.set(key, group);
      for (const id of ids) {
        const list = this.byBuffer.get(id);
        if (list === undefined) this.byBuffer.set(id, [{ groups, key }]);
        else list.push({ groups, key });
      }
    }
    return group;
  }

  /** Drops the groups that bind a buffer about to be destroyed. */
  forget(buffer: DeviceBuffer): void {
    for (const { groups, key } of this.byBuffer.get(buffer.id) ?? []) groups.delete(key);
    this.byBuffer.delete(buffer.id);
  }
}
