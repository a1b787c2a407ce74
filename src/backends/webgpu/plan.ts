/// <reference types="@webgpu/types" />
import type { DeviceBuffer } from "./buffers.ts";
import type { BufferRange, Bindings, Grid, Kernel } from "./kernel.ts";

/** One dispatch, ready to be encoded. */
export interface DispatchStep {
  readonly kind: "dispatch";
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: Grid;
  /** Estimated floating-point operations; 0 when small. */
  readonly work: number;
  /** Where the device keeps the grid, or zeros when the dispatch is to be left out. */
  readonly gate?: BufferRange;
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
  protected readonly resolver: StepResolver;

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

  /** An empty plan whose dispatches take their grids from `table` (three words each), from a byte offset on. */
  gated(table: DeviceBuffer, offset = 0): GatedPlan {
    return new GatedPlan(this.resolver, table, offset);
  }
}

/** Dispatches that the device itself can leave out: a kernel before them writes their grids, or zeros. */
export class GatedPlan extends Plan {
  /** Words of the grids, in order, as they are when nothing is left out. */
  readonly grids: number[] = [];
  private readonly table: DeviceBuffer;
  private readonly offset: number;

  constructor(resolver: StepResolver, table: DeviceBuffer, offset: number) {
    super(resolver);
    this.table = table;
    this.offset = offset;
  }

  /** @throws RangeError when the table is full. */
  override dispatch(kernel: Kernel, bindings: Bindings, grid: Grid, work = 0): this {
    if (grid[0] === 0 || grid[1] === 0 || grid[2] === 0) return this;
    const gate = { buffer: this.table, offset: this.offset + 4 * this.grids.length, bytes: 12 };
    if (gate.offset + gate.bytes > this.table.bytes) throw new RangeError(`"${this.table.label}" is too short.`);
    this.grids.push(...grid);
    const { pipeline, group } = this.resolver.resolve(kernel, bindings);
    this.steps.push({ kind: "dispatch", name: kernel.name, grid, work, pipeline, group, gate });
    return this;
  }

  /** Copies cannot be left out. */
  override copy(): never {
    throw new RangeError("A gated plan holds no copies.");
  }
}
