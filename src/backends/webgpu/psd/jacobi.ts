import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { jacobi as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import { blockTable } from "./blocks.ts";
import type { PsdBlock } from "./blocks.ts";

/** Largest order whose matrix and eigenvectors fit 16 KiB of workgroup memory. */
export const JACOBI_MAX_ORDER = 44;

const kernel: Kernel = { name: "jacobi", source };

/** Bounds of a workgroup's share: matrix entries held, and rows handled. */
const MAX_ENTRIES = JACOBI_MAX_ORDER ** 2;
const MAX_ROWS = 128;

/** Sweeps end early when all rotated entries were below the tolerance (relative to the block's norm). */
const MAX_SWEEPS = 12;
const TOLERANCE = 3e-6;

/** Jacobi projection of all small blocks of a vector in one dispatch, in place. */
export class JacobiProjector {
  private readonly packs: DeviceBuffer;
  private readonly table: DeviceBuffer;
  private readonly packCount: number;

  private constructor(packs: DeviceBuffer, table: DeviceBuffer, packCount: number) {
    this.packs = packs;
    this.table = table;
    this.packCount = packCount;
  }

  /** For blocks of orders 1 … 44. */
  static async create(device: Device, blocks: readonly PsdBlock[]): Promise<JacobiProjector> {
    const oversized = blocks.find(({ order }) => order > JACOBI_MAX_ORDER || order < 1);
    if (oversized !== undefined) throw new RangeError(`Jacobi takes orders 1 to 44, not ${oversized.order}.`);
    await device.compile([kernel]);
    const sorted = [...blocks].sort((a, b) => evenOrder(b.order) - evenOrder(a.order));
    const packs = packBlocks(sorted.map(({ order }) => evenOrder(order)));
    return new JacobiProjector(
      await device.upload(Uint32Array.from(packs.flat()), "jacobi workgroups"),
      await device.upload(blockTable(sorted), "jacobi blocks"),
      packs.length,
    );
  }

  /** Appends the projection of every block of x. */
  add(plan: Plan, x: DeviceBuffer): void {
    const sizes = parameters([this.packCount, MAX_SWEEPS], [TOLERANCE]);
    plan.dispatch(kernel, [sizes, this.packs, this.table, x], linearGrid(this.packCount));
  }

  release(device: Device): void {
    device.buffers.release(this.packs);
    device.buffers.release(this.table);
  }
}

function evenOrder(order: number): number {
  return order + (order & 1);
}

/** Workgroups as [first block, blocks, order, 0]; equal orders follow one another. */
function packBlocks(orders: readonly number[]): number[][] {
  const packs: number[][] = [];
  for (let first = 0; first < orders.length; ) {
    const order = orders[first];
    const room = Math.min(Math.floor(MAX_ENTRIES / order ** 2), Math.floor(MAX_ROWS / order));
    let count = 1;
    while (count < room && orders[first + count] === order) count++;
    packs.push([first, count, order, 0]);
    first += count;
  }
  return packs;
}
