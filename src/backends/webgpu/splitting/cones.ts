import { UnsupportedError } from "../../../errors.ts";
import { coneOffsets } from "../../../problem/cones.ts";
import type { Cone, ConeKind } from "../../../problem/cones.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { addSeparable, BoxProjector, CONE_KERNELS, RowCode, SecondOrderProjector } from "../kernels/cones.ts";
import type { ConeRun } from "../kernels/cones.ts";
import type { Plan } from "../plan.ts";
import type { PsdBlock } from "../psd/blocks.ts";
import type { ProjectionMethod } from "../psd/choose.ts";
import { PsdProjector } from "../psd/projector.ts";
import type { DeviceTuning } from "../psd/tune.ts";
import type { ScheduleLength } from "../../schedules.ts";

/** Cones that have no kernel on the device. */
const CPU_ONLY: readonly ConeKind[] = ["exponential", "dualExponential", "power", "dualPower"];

/** The first cone that only the CPU can project, if any. */
export function unsupportedCone(cones: readonly Cone[]): ConeKind | undefined {
  return cones.find(({ kind }) => CPU_ONLY.includes(kind))?.kind;
}

/** The projection onto K of a vector on the device, in place. */
export class DeviceCones {
  readonly #codes: DeviceBuffer;
  readonly #rows: number;
  readonly #separable: boolean;
  readonly #secondOrder: SecondOrderProjector | undefined;
  readonly #boxes: BoxProjector | undefined;
  readonly #psd: PsdProjector | undefined;

  private constructor(
    codes: DeviceBuffer,
    rows: number,
    separable: boolean,
    secondOrder: SecondOrderProjector | undefined,
    boxes: BoxProjector | undefined,
    psd: PsdProjector | undefined,
  ) {
    this.#codes = codes;
    this.#rows = rows;
    this.#separable = separable;
    this.#secondOrder = secondOrder;
    this.#boxes = boxes;
    this.#psd = psd;
  }

  /** One line for the log: how semidefinite blocks are projected at present. */
  get description(): string {
    return this.#psd?.description ?? "no semidefinite blocks";
  }

  /** Words that a check brings back for {@link DeviceCones.observe}. */
  get watched(): readonly DeviceBuffer[] {
    return this.#psd?.watched ?? [];
  }

  /** Takes note of them; true when {@link DeviceCones.add} would from now on append something else. */
  async observe(words: readonly Uint32Array[], steps: ScheduleLength): Promise<boolean> {
    return this.#psd !== undefined && (await this.#psd.observe(words, steps));
  }

  /** @throws UnsupportedError for exponential and power cones. */
  static async create(
    device: Device,
    cones: readonly Cone[],
    tuning: DeviceTuning,
    method: ProjectionMethod,
  ): Promise<DeviceCones> {
    const unsupported = unsupportedCone(cones);
    if (unsupported) {
      throw new UnsupportedError(`the webgpu backend has no projection for the ${unsupported} cone; use the CPU`);
    }
    await device.compile(CONE_KERNELS);
    const offsets = coneOffsets(cones);
    const rows = offsets[cones.length];
    const codes = new Uint32Array(rows);
    const bounds = new Float64Array(2 * rows);
    const secondOrder: ConeRun[] = [];
    const boxes: ConeRun[] = [];
    const blocks: PsdBlock[] = [];
    cones.forEach((cone, k) => {
      const offset = offsets[k];
      const dim = offsets[k + 1] - offset;
      if (dim === 0) return;
      if (cone.kind === "zero") codes.fill(RowCode.zero, offset, offset + dim);
      else if (cone.kind === "nonnegative") codes.fill(RowCode.nonnegative, offset, offset + dim);
      else if (cone.kind === "secondOrder") secondOrder.push({ offset, dim });
      else if (cone.kind === "psd") blocks.push({ offset, order: cone.order });
      else if (cone.kind === "box") {
        boxes.push({ offset, dim });
        cone.lower.forEach((value, i) => (bounds[2 * (offset + 1 + i)] = value));
        cone.upper.forEach((value, i) => (bounds[2 * (offset + 1 + i) + 1] = value));
      }
    });
    return new DeviceCones(
      await device.upload(codes, "row codes"),
      rows,
      codes.some((code) => code !== RowCode.leave),
      secondOrder.length > 0 ? await SecondOrderProjector.create(device, secondOrder) : undefined,
      boxes.length > 0 ? await BoxProjector.create(device, boxes, bounds, new Float64Array(rows).fill(1)) : undefined,
      blocks.length > 0 ? await PsdProjector.create(device, blocks, tuning, method) : undefined,
    );
  }

  /** Appends s ← Π_K(s); `steps` sets the accuracy of polynomial projections. */
  add(plan: Plan, s: DeviceBuffer, steps: ScheduleLength): void {
    if (this.#separable) addSeparable(plan, s, this.#codes, 0, this.#rows);
    this.#secondOrder?.add(plan, s);
    this.#boxes?.add(plan, s);
    this.#psd?.add(plan, s, steps);
  }

  release(device: Device): void {
    device.buffers.release(this.#codes);
    this.#secondOrder?.release(device);
    this.#boxes?.release(device);
    this.#psd?.release(device);
  }
}
