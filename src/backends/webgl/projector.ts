import { coneOffsets } from "../../problem/cones.ts";
import type { Cone } from "../../problem/cones.ts";
import { svecIndex, svecLength } from "../../problem/svec.ts";
import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { ConeSet } from "../cpu/cones/cone-set.ts";
import { PsdProjector } from "../cpu/psd/project.ts";
import type { ConeProjector } from "../cpu/workspace.ts";
import type { ScheduleLength } from "../schedules.ts";
import type { GlDevice } from "./gpu-js.ts";
import { LARGEST_ORDER, layersAtOnce, paddedOrder, PolynomialBatch } from "./polynomial.ts";

interface Block {
  readonly order: number;
  readonly offset: number;
  /** Number among the PSD cones. */
  readonly number: number;
}

interface Batch {
  readonly blocks: readonly Block[];
  readonly polynomial: PolynomialBatch;
  /** Rows of the matrices that are uploaded, layer by layer; what lies beyond a block's order stays zero. */
  readonly rows: readonly Float32Array[][];
}

/** Movement of the iterate, relative to its size, down to which a schedule is exact enough. */
const SCHEDULES: readonly (readonly [number, ScheduleLength])[] = [
  [1e-2, 5],
  [1e-3, 7],
  [1e-4, 8],
  [0, 10],
];

/**
 * Cones of a CPU workspace with the PSD blocks from some order on projected by WebGL, in f32 to some 1e-6 of their norm;
 * the others, and all of them once the device has failed, in f64 on the CPU. A schedule becomes longer as the iterates
 * settle, never shorter.
 */
export class WebGlCones implements ConeProjector {
  /** Why everything is back on the CPU. */
  fault: string | undefined;
  readonly #others: ConeSet;
  readonly #psd: PsdProjector;
  readonly #small: readonly Block[];
  readonly #batches: Batch[] = [];
  readonly #last: Float64Array;
  #steps: ScheduleLength = 5;

  /** @param from order of the smallest block that WebGL projects. */
  constructor(device: GlDevice, cones: readonly Cone[], kernels: DenseKernels, from: number) {
    const offsets = coneOffsets(cones);
    const blocks: Block[] = [];
    cones.forEach((cone, k) => {
      if (cone.kind === "psd") blocks.push({ order: cone.order, offset: offsets[k], number: blocks.length });
    });
    this.#others = new ConeSet(cones, () => undefined);
    this.#psd = new PsdProjector(
      kernels,
      blocks.map(({ order }) => order),
    );
    const large = ({ order }: Block): boolean => order >= from && order <= LARGEST_ORDER;
    this.#small = blocks.filter((block) => !large(block));
    for (const [order, members] of byPaddedOrder(blocks.filter(large))) {
      const most = layersAtOnce(order, device.maxTextureSize);
      for (let first = 0; first < members.length; first += most) {
        const part = members.slice(first, first + most);
        const polynomial = new PolynomialBatch(device, order, part.length);
        const rows = part.map(() => Array.from({ length: order }, () => new Float32Array(order)));
        this.#batches.push({ blocks: part, polynomial, rows });
      }
    }
    this.#last = new Float64Array(this.blocks === 0 ? 0 : (offsets.at(-1) ?? 0));
  }

  /** Blocks that WebGL projects. */
  get blocks(): number {
    return this.#batches.reduce((sum, { blocks }) => sum + blocks.length, 0);
  }

  project(v: Float64Array): void {
    this.#lengthenSchedule(v);
    for (const block of this.#small) this.#onCpu(v, block);
    for (const batch of this.#batches) {
      if (this.fault === undefined) this.#onDevice(v, batch);
      else for (const block of batch.blocks) this.#onCpu(v, block);
    }
    this.#others.project(v);
  }

  dispose(): void {
    for (const { polynomial } of this.#batches) polynomial.products.release();
    this.fault ??= "the device was given back";
  }

  #onCpu(v: Float64Array, { order, offset, number }: Block): void {
    this.#psd.project(v, offset, order, v, offset, number);
  }

  #onDevice(v: Float64Array, { blocks, polynomial, rows }: Batch): void {
    const norms = blocks.map((block, layer) => load(v, block, rows[layer]));
    try {
      const projected = polynomial.project(rows, this.#steps);
      this.fault = polynomial.products.fault;
      blocks.forEach((block, layer) => {
        const sound = this.fault === undefined && Number.isFinite(norms[layer]);
        // NaN and what f32 cannot hold go the way of the reference.
        if (!sound || !store(projected[layer], norms[layer], block, v)) this.#onCpu(v, block);
      });
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
      for (const block of blocks) this.#onCpu(v, block);
    }
  }

  #lengthenSchedule(v: Float64Array): void {
    let movement = 0;
    let size = 0;
    for (const { blocks } of this.#batches) {
      for (const { offset, order } of blocks) {
        for (let i = offset; i < offset + svecLength(order); i++) {
          movement += (v[i] - this.#last[i]) ** 2;
          size += v[i] ** 2;
          this.#last[i] = v[i];
        }
      }
    }
    const relative = Math.sqrt(movement / Math.max(size, Number.MIN_VALUE));
    const wanted = SCHEDULES.find(([least]) => relative > least)?.[1] ?? 10;
    if (wanted > this.#steps) this.#steps = wanted;
  }
}

function byPaddedOrder(blocks: readonly Block[]): Map<number, Block[]> {
  const batches = new Map<number, Block[]>();
  for (const block of blocks) {
    const order = paddedOrder(block.order);
    const members = batches.get(order);
    if (members) members.push(block);
    else batches.set(order, [block]);
  }
  return batches;
}

/** Writes a block, divided by its norm, into full rows; returns ‖X‖_F. */
function load(v: Float64Array, { order, offset }: Block, rows: readonly Float32Array[]): number {
  let square = 0;
  for (let i = offset; i < offset + svecLength(order); i++) square += v[i] ** 2;
  const norm = Math.sqrt(square);
  const scale = norm > 0 ? 1 / norm : 0;
  const off = scale * Math.SQRT1_2;
  let k = offset;
  for (let j = 0; j < order; j++) {
    rows[j][j] = v[k++] * scale;
    for (let i = j + 1; i < order; i++) rows[i][j] = rows[j][i] = v[k++] * off;
  }
  return norm;
}

/** Writes norm · the mean of the projection and its transpose as svec; false, with v untouched, when it is not finite. */
function store(rows: readonly Float32Array[], norm: number, { order, offset }: Block, v: Float64Array): boolean {
  let sum = 0;
  for (let j = 0; j < order; j++) for (let i = 0; i < order; i++) sum += rows[j][i];
  if (!Number.isFinite(sum)) return false;
  for (let j = 0; j < order; j++) {
    const column = offset + svecIndex(order, j, j);
    v[column] = norm * rows[j][j];
    for (let i = j + 1; i < order; i++) v[column + i - j] = norm * Math.SQRT1_2 * (rows[i][j] + rows[j][i]);
  }
  return true;
}
