import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { Gemm } from "../gemm.ts";
import type { Plan } from "../plan.ts";
import type { ScheduleLength } from "../../schedules.ts";
import type { PsdBlock } from "./blocks.ts";
import { chooseProjection } from "./choose.ts";
import type { ProjectionMethod } from "./choose.ts";
import { JacobiProjector } from "./jacobi.ts";
import { PolynomialProjector } from "./polynomial.ts";
import { TiledProjector } from "./tiled.ts";
import type { DeviceTuning } from "./tune.ts";

/** Projection of all semidefinite blocks of a vector, in place, each by the method chosen for its order. */
export class PsdProjector {
  /** One line for the log. */
  readonly description: string;
  private readonly jacobi: JacobiProjector | undefined;
  private readonly polynomials: readonly (PolynomialProjector | TiledProjector)[];

  private constructor(
    description: string,
    jacobi: JacobiProjector | undefined,
    polynomials: readonly (PolynomialProjector | TiledProjector)[],
  ) {
    this.description = description;
    this.jacobi = jacobi;
    this.polynomials = polynomials;
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
    const polynomials: (PolynomialProjector | TiledProjector)[] = [];
    const gemm = (order: number): Gemm => (order < tuning.largeFrom ? small : large);
    for (const { order, blocks: members } of choice.polynomial) {
      polynomials.push(await PolynomialProjector.create(device, members, order, gemm(order)));
    }
    for (const { order, blocks: members } of choice.tiled) {
      polynomials.push(await TiledProjector.create(device, members, order, gemm(order)));
    }
    return new PsdProjector(choice.description, jacobi, polynomials);
  }

  /** Appends the projection; `steps` sets the accuracy of the polynomial (16, 22, 25 or 31 products). */
  add(plan: Plan, x: DeviceBuffer, steps: ScheduleLength): void {
    this.jacobi?.add(plan, x);
    for (const polynomial of this.polynomials) polynomial.add(plan, x, steps);
  }

  release(device: Device): void {
    this.jacobi?.release(device);
    for (const polynomial of this.polynomials) polynomial.release(device);
  }
}
