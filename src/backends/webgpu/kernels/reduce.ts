import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { reduce as source } from "../generated/shaders.ts";
import { parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { VectorRun } from "./vector.ts";

const firstKernel: Kernel = { name: "reduce-first", entry: "first", source };
const secondKernel: Kernel = { name: "reduce-second", entry: "second", source };

/** Kernels of this file, to be compiled before use. */
export const REDUCE_KERNELS: readonly Kernel[] = [firstKernel, secondKernel];

/** Σxy, Σ(x−y)², max|x|, max|x−y|, Σx. */
export type Reduction = "dot" | "squaredDistance" | "maxAbs" | "maxDistance" | "sum";

const OPERATION: Readonly<Record<Reduction, number>> = {
  dot: 0,
  squaredDistance: 1,
  maxAbs: 2,
  maxDistance: 3,
  sum: 4,
};

/** Most workgroups of the first pass. */
const MAX_PARTIALS = 256;
const THREADS = 128;

/** Reductions into the slots of one result buffer, so that one read-back brings them all. */
export class Reducer {
  readonly results: DeviceBuffer;
  private readonly partials: DeviceBuffer;

  private constructor(results: DeviceBuffer, partials: DeviceBuffer) {
    this.results = results;
    this.partials = partials;
  }

  /** Room for this many results. Compiles the kernels. */
  static async create(device: Device, slots: number): Promise<Reducer> {
    await device.compile(REDUCE_KERNELS);
    const results = await device.buffers.allocate(4 * slots, "reductions");
    return new Reducer(results, await device.buffers.allocate(4 * MAX_PARTIALS, "partial reductions"));
  }

  /** Appends a reduction of the first `count` elements of x (and y, where it takes two) into a slot. */
  add(plan: Plan, operation: Reduction, count: number, slot: number, x: VectorRun, y: VectorRun = x): void {
    const partials = Math.max(1, Math.min(MAX_PARTIALS, Math.ceil(count / (4 * THREADS))));
    const sizes = parameters([count, OPERATION[operation], x.offset ?? 0, y.offset ?? 0, partials, slot]);
    plan.dispatch(firstKernel, [sizes, x.buffer, y.buffer, this.partials], [partials, 1, 1]);
    plan.dispatch(secondKernel, [sizes, undefined, undefined, this.partials, this.results], [1, 1, 1]);
  }

  /** Gives the buffers back. */
  release(device: Device): void {
    device.buffers.release(this.results);
    device.buffers.release(this.partials);
  }
}
