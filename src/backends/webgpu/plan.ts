/// <reference types="@webgpu/types" />
import type { DeviceBuffer } from "./buffers.ts";
import type { Bindings, Grid, Kernel } from "./kernel.ts";

/** One dispatch, ready to be encoded. */
export interface DispatchStep {
  readonly kind: "dispatch";
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: Grid;
  /** Estimated floating-point operations; 0 when small. */
  readonly work: number;
}

/** A copy between two buffers; offsets and size are multiples of 4 bytes. */
export interface CopyStep {
  readonly kind: "copy";
  readonly source: DeviceBuffer;
  readonly sourceOffset: number;
  readonly target: DeviceBuffer;
  readonly targetOffset: number;
  readonly bytes: number;
}

export type Step = DispatchStep | CopyStep;

/** Finds the pipeline and the bind group of a call. */
export interface StepResolver {
  resolve(kernel: Kernel, bindings: Bindings): { pipeline: GPUComputePipeline; group: GPUBindGroup };
}

/**
 * A list of dispatches and copies, built once and encoded as often as wanted. Later steps see what earlier ones wrote.
 */
export class Plan {
  readonly steps: Step[] = [];
  private readonly resolver: StepResolver;

  constructor(resolver: StepResolver) {
    this.resolver = resolver;
  }

  /**
   * Appends a dispatch of a compiled kernel; bindings in the order of their numbers. `work`, in floating-point
   * operations, keeps submissions short where it is large.
   */
  dispatch(kernel: Kernel, bindings: Bindings, grid: Grid, work = 0): this {
    if (grid[0] === 0 || grid[1] === 0 || grid[2] === 0) return this;
    this.steps.push({ kind: "dispatch", name: kernel.name, grid, work, ...this.resolver.resolve(kernel, bindings) });
    return this;
  }

  /** Appends a copy of `bytes` bytes. */
  copy(source: DeviceBuffer, sourceOffset: number, target: DeviceBuffer, targetOffset: number, bytes: number): this {
    this.steps.push({ kind: "copy", source, sourceOffset, target, targetOffset, bytes });
    return this;
  }

  /** Appends the steps of another plan. */
  append(other: Plan): this {
    for (const step of other.steps) this.steps.push(step);
    return this;
  }
}
