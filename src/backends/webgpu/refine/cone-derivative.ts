import { coneOffsets } from "../../../problem/cones.ts";
import type { Cone } from "../../../problem/cones.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { refineCones as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { RowCode } from "../kernels/cones.ts";
import type { Plan } from "../plan.ts";
import type { PsdBlock } from "../psd/blocks.ts";
import type { DeviceTuning } from "../psd/tune.ts";
import { Gemm } from "../gemm.ts";
import { BlockDerivative } from "./block-derivative.ts";
import type { ConeBase } from "./cone-base.ts";

const separableKernel: Kernel = { name: "refine-separable", entry: "separable", source };
const secondOrderKernel: Kernel = { name: "refine-second-order", entry: "secondOrder", source };

const THREADS = 64;
/** Kinds of second-order runs (refine-cones.wgsl). */
const RunKind = { leave: 0, zero: 1, boundary: 2 } as const;
/** Quotients by the size of the direction are cut off here: far beyond any direction, well inside f32. */
const MOST = 1e30;

interface SecondOrderRun {
  readonly offset: number;
  readonly dim: number;
}

/**
 * d ← (Π(a + εd) − Π(a))/ε on the device for the projection onto K, around a point a that is known in f64: what a
 * correction needs of the projection, with f32's relative precision however small ε is. To first order in ε for
 * second-order and semidefinite cones, exactly for the others.
 */
export class ConeDerivative {
  readonly #device: Device;
  readonly #rows: number;
  readonly #codes: DeviceBuffer;
  readonly #base: DeviceBuffer;
  readonly #rowCodes: Uint32Array;
  readonly #runs: readonly SecondOrderRun[];
  readonly #runTable: DeviceBuffer | undefined;
  readonly #blocks: readonly BlockDerivative[];

  private constructor(
    device: Device,
    rowCodes: Uint32Array,
    buffers: { readonly codes: DeviceBuffer; readonly base: DeviceBuffer; readonly runTable: DeviceBuffer | undefined },
    runs: readonly SecondOrderRun[],
    blocks: readonly BlockDerivative[],
  ) {
    this.#device = device;
    this.#rows = rowCodes.length;
    this.#rowCodes = rowCodes;
    this.#codes = buffers.codes;
    this.#base = buffers.base;
    this.#runTable = buffers.runTable;
    this.#runs = runs;
    this.#blocks = blocks;
  }

  /** For zero, nonnegative, second-order and semidefinite cones. Throws DeviceMemoryError when it does not fit. */
  static async create(device: Device, cones: readonly Cone[], tuning: DeviceTuning): Promise<ConeDerivative> {
    await device.compile([separableKernel, secondOrderKernel]);
    const offsets = coneOffsets(cones);
    const codes = new Uint32Array(offsets[cones.length]);
    const runs: SecondOrderRun[] = [];
    const psd: PsdBlock[] = [];
    cones.forEach((cone, k) => {
      const offset = offsets[k];
      if (cone.kind === "zero") codes.fill(RowCode.zero, offset, offsets[k + 1]);
      else if (cone.kind === "nonnegative") codes.fill(RowCode.nonnegative, offset, offsets[k + 1]);
      else if (cone.kind === "secondOrder" && cone.dim > 0) runs.push({ offset, dim: cone.dim });
      else if (cone.kind === "psd" && cone.order > 0) psd.push({ offset, order: cone.order });
    });
    const blocks: BlockDerivative[] = [];
    for (const [order, members] of batches(psd)) {
      const gemm = new Gemm(order < tuning.largeFrom ? tuning.small : tuning.large);
      blocks.push(...(await BlockDerivative.createAll(device, members, order, gemm)));
    }
    const buffers = {
      codes: await device.upload(codes, "refinement codes"),
      base: await device.buffers.allocate(4 * codes.length, "refinement base"),
      runTable: runs.length > 0 ? await device.buffers.allocate(16 * runs.length, "refinement cones") : undefined,
    };
    return new ConeDerivative(device, codes, buffers, runs, blocks);
  }

  /** The point to work around, and the size ε of the directions to come. Returns the bytes sent. */
  setBase({ slack, blocks }: ConeBase, epsilon: number): number {
    const base = new Float32Array(this.#rows);
    for (let i = 0; i < base.length; i++) {
      if (this.#rowCodes[i] === RowCode.nonnegative) base[i] = Math.max(-MOST, Math.min(MOST, slack[i] / epsilon));
    }
    const table = new Uint32Array(4 * this.#runs.length);
    this.#runs.forEach(({ offset, dim }, k) => {
      let square = 0;
      for (let i = 1; i < dim; i++) square += slack[offset + i] ** 2;
      const norm = Math.sqrt(square);
      const head = slack[offset];
      const kind = norm <= head ? RunKind.leave : norm <= -head ? RunKind.zero : RunKind.boundary;
      table.set([offset, dim, kind, 0], 4 * k);
      if (kind !== RunKind.boundary) return;
      base[offset] = head / norm;
      for (let i = 1; i < dim; i++) base[offset + i] = slack[offset + i] / norm;
    });
    this.#device.write(this.#base, base);
    if (this.#runTable) this.#device.write(this.#runTable, table);
    const byOffset = new Map(blocks.map((block) => [block.offset, block]));
    let bytes = base.byteLength + table.byteLength;
    for (const batch of this.#blocks) bytes += batch.setBase(byOffset);
    return bytes;
  }

  /** Appends the derivative of the m entries of d, in place. */
  add(plan: Plan, d: DeviceBuffer): void {
    const rows = this.#rows;
    if (this.#rowCodes.some((code) => code !== RowCode.leave)) {
      const bindings = [parameters([rows]), this.#codes, this.#base, d];
      plan.dispatch(separableKernel, bindings, linearGrid(Math.ceil(rows / THREADS)));
    }
    if (this.#runTable) {
      const bindings = [parameters([this.#runs.length]), undefined, this.#base, d, this.#runTable];
      plan.dispatch(secondOrderKernel, bindings, linearGrid(this.#runs.length));
    }
    for (const batch of this.#blocks) batch.add(plan, d);
  }

  release(): void {
    const { buffers } = this.#device;
    for (const buffer of [this.#codes, this.#base, this.#runTable]) if (buffer) buffers.release(buffer);
    for (const batch of this.#blocks) batch.release();
  }
}

/** Blocks by padded order: steps of 16 where several orders are likely to come together, of 4 elsewhere. */
function batches(blocks: readonly PsdBlock[]): Map<number, PsdBlock[]> {
  const byOrder = new Map<number, PsdBlock[]>();
  for (const block of blocks) {
    const step = block.order > 32 && block.order <= 128 ? 16 : 4;
    const order = Math.ceil(block.order / step) * step;
    const members = byOrder.get(order);
    if (members) members.push(block);
    else byOrder.set(order, [block]);
  }
  return byOrder;
}
