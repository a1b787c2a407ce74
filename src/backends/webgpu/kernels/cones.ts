import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { cones as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";

const separableKernel: Kernel = { name: "cone-separable", entry: "separable", source };
const shortKernel: Kernel = { name: "cone-second-order-short", entry: "secondOrderShort", source };
const longKernel: Kernel = { name: "cone-second-order-long", entry: "secondOrderLong", source };
const boxKernel: Kernel = { name: "cone-box", entry: "box", source };

/** Kernels of this file, to be compiled before use. */
export const CONE_KERNELS: readonly Kernel[] = [separableKernel, shortKernel, longKernel, boxKernel];

/** Per row: leave it alone, set it to zero, or cut it off at zero. */
export const RowCode = { leave: 0, zero: 1, nonnegative: 2 } as const;

/** Second-order cones up to this dimension are taken by one thread. */
const SHORT_DIMENSION = 32;
const THREADS = 64;

/** A cone's run of rows in a vector. */
export interface ConeRun {
  readonly offset: number;
  readonly dim: number;
}

/** Zero and nonnegative rows `first` … of x by their codes (see {@link RowCode}). */
export function addSeparable(plan: Plan, x: DeviceBuffer, codes: DeviceBuffer, first: number, count: number): void {
  const sizes = parameters([count, first]);
  plan.dispatch(separableKernel, [sizes, x, codes], linearGrid(Math.ceil(count / THREADS)));
}

/** Projection of second-order cones (head first), in place. */
export class SecondOrderProjector {
  private readonly short: DeviceBuffer;
  private readonly long: DeviceBuffer;
  private readonly shortCount: number;
  private readonly longCount: number;

  private constructor(short: DeviceBuffer, shortCount: number, long: DeviceBuffer, longCount: number) {
    this.short = short;
    this.shortCount = shortCount;
    this.long = long;
    this.longCount = longCount;
  }

  static async create(device: Device, cones: readonly ConeRun[]): Promise<SecondOrderProjector> {
    await device.compile([shortKernel, longKernel]);
    const short = cones.filter(({ dim }) => dim <= SHORT_DIMENSION);
    const long = cones.filter(({ dim }) => dim > SHORT_DIMENSION);
    return new SecondOrderProjector(
      await device.upload(coneTable(short), "short cones"),
      short.length,
      await device.upload(coneTable(long), "long cones"),
      long.length,
    );
  }

  /** Appends the projection of every cone of x. */
  add(plan: Plan, x: DeviceBuffer): void {
    if (this.shortCount > 0) {
      const grid = linearGrid(Math.ceil(this.shortCount / THREADS));
      plan.dispatch(shortKernel, [parameters([this.shortCount]), x, undefined, this.short], grid);
    }
    if (this.longCount > 0) {
      const sizes = parameters([this.longCount]);
      plan.dispatch(longKernel, [sizes, x, undefined, this.long], linearGrid(this.longCount));
    }
  }

  release(device: Device): void {
    device.buffers.release(this.short);
    device.buffers.release(this.long);
  }
}

/**
 * Projection of box cones (t first) or their duals, in place. `bounds` holds (lower, upper) by row of x, infinities
 * as ±Infinity (stored as ±3e38); `weights` the metric by row.
 */
export class BoxProjector {
  private readonly table: DeviceBuffer;
  private readonly count: number;
  private readonly bounds: DeviceBuffer;
  private readonly weights: DeviceBuffer;

  private constructor(table: DeviceBuffer, count: number, bounds: DeviceBuffer, weights: DeviceBuffer) {
    this.table = table;
    this.count = count;
    this.bounds = bounds;
    this.weights = weights;
  }

  static async create(
    device: Device,
    cones: readonly ConeRun[],
    bounds: Float64Array,
    weights: Float64Array,
  ): Promise<BoxProjector> {
    await device.compile([boxKernel]);
    const finite = Float32Array.from(bounds, (bound) => Math.max(-3e38, Math.min(3e38, bound)));
    return new BoxProjector(
      await device.upload(coneTable(cones), "box cones"),
      cones.length,
      await device.upload(finite, "box bounds"),
      await device.upload(Float32Array.from(weights), "box weights"),
    );
  }

  /** New weights (all rows of x), in order with the plans run. */
  setWeights(device: Device, weights: Float64Array): void {
    device.write(this.weights, Float32Array.from(weights));
  }

  /** Appends the projection of every cone of x, or of its dual cone. */
  add(plan: Plan, x: DeviceBuffer, dual = false): void {
    const sizes = parameters([this.count, 0, dual ? 1 : 0]);
    const bindings = [sizes, x, undefined, this.table, this.bounds, this.weights];
    plan.dispatch(boxKernel, bindings, linearGrid(this.count));
  }

  release(device: Device): void {
    for (const buffer of [this.table, this.bounds, this.weights]) device.buffers.release(buffer);
  }
}

function coneTable(cones: readonly ConeRun[]): Uint32Array {
  return Uint32Array.from(cones.flatMap(({ offset, dim }) => [offset, dim]));
}
