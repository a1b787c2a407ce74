import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { Gemm } from "../gemm.ts";
import type { Plan } from "../plan.ts";
import type { ScheduleLength } from "../../schedules.ts";
import type { PsdBlock } from "./blocks.ts";
import { chooseProjection, watchesRanks } from "./choose.ts";
import type { ProjectionMethod } from "./choose.ts";
import { JacobiProjector } from "./jacobi.ts";
import { LowRankBatch } from "./low-rank.ts";
import { PolynomialProjector } from "./polynomial.ts";
import { TiledProjector } from "./tiled.ts";
import type { DeviceTuning } from "./tune.ts";

/** How one batch is projected. */
type BatchProjector = PolynomialProjector | TiledProjector | LowRankBatch;

/** Projection of all semidefinite blocks of a vector, in place, each by the method chosen for its order. */
export class PsdProjector {
  private readonly chosen: string;
  private readonly jacobi: JacobiProjector | undefined;
  private readonly batches: readonly BatchProjector[];

  private constructor(chosen: string, jacobi: JacobiProjector | undefined, batches: readonly BatchProjector[]) {
    this.chosen = chosen;
    this.jacobi = jacobi;
    this.batches = batches;
  }

  /** Uploads tables and allocates batches. Throws DeviceMemoryError when a block does not fit the adapter. */
  static async create(
    device: Device,
    blocks: readonly PsdBlock[],
    tuning: DeviceTuning,
    method: ProjectionMethod = "auto",
  ): Promise<PsdProjector> {
    const { jacobiUpTo } = tuning;
    const { maxBindingBytes } = device.limits;
    const choice = chooseProjection(blocks, method, { jacobiUpTo, maxBindingBytes });
    const jacobi = choice.jacobi.length > 0 ? await JacobiProjector.create(device, choice.jacobi) : undefined;
    const small = new Gemm(tuning.small);
    const large = new Gemm(tuning.large);
    const batches: BatchProjector[] = [];
    const gemm = (order: number): Gemm => (order < tuning.largeFrom ? small : large);
    for (const batch of choice.polynomial) {
      const { order, blocks: members } = batch;
      const make = (watch?: DeviceBuffer): Promise<PolynomialProjector> =>
        PolynomialProjector.create(device, members, order, gemm(order), watch);
      const watched = watchesRanks(batch, method, device.adapter);
      batches.push(watched ? await LowRankBatch.create(device, members, method, make) : await make());
    }
    for (const { order, blocks: members } of choice.tiled) {
      batches.push(await TiledProjector.create(device, members, order, gemm(order)));
    }
    return new PsdProjector(choice.description, jacobi, batches);
  }

  /** One line for the log: what was chosen, and how often ranks were low enough for less. */
  get description(): string {
    return this.chosen + this.lowRank.map(({ description }) => description).join("");
  }

  /** Words on the device that {@link observe} wants to see. */
  get watched(): readonly DeviceBuffer[] {
    return this.lowRank.map(({ states }) => states);
  }

  /** Takes note of the ranks, in the order of {@link watched}; true when {@link add} would now append something else. */
  async observe(words: readonly Uint32Array[], steps: ScheduleLength): Promise<boolean> {
    let changed = false;
    for (const [i, batch] of this.lowRank.entries()) {
      if (await batch.observe(words[i], steps)) changed = true;
    }
    return changed;
  }

  /** Appends the projection; `steps` sets the accuracy of the polynomial (16, 22, 25 or 31 products). */
  add(plan: Plan, x: DeviceBuffer, steps: ScheduleLength): void {
    this.jacobi?.add(plan, x);
    for (const batch of this.batches) batch.add(plan, x, steps);
  }

  release(device: Device): void {
    this.jacobi?.release(device);
    for (const batch of this.batches) batch.release(device);
  }

  private get lowRank(): readonly LowRankBatch[] {
    return this.batches.filter((batch) => batch instanceof LowRankBatch);
  }
}
