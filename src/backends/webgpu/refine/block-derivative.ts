import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { DeviceMemoryError } from "../errors.ts";
import type { Gemm } from "../gemm.ts";
import { refineCones, svec } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import { blockTable } from "../psd/blocks.ts";
import type { PsdBlock } from "../psd/blocks.ts";
import type { BlockBase } from "./cone-base.ts";

const unpackKernel: Kernel = { name: "svec-unpack", entry: "unpack", source: svec };
const packKernel: Kernel = { name: "svec-pack", entry: "pack", source: svec };
const differencesKernel: Kernel = { name: "refine-differences", entry: "dividedDifferences", source: refineCones };

const THREADS = 64;
/** Most layers of one batch: the limit of a grid's third dimension. */
const MAX_LAYERS = 65535;

/**
 * The derivative of the projection onto the PSD cone at QΛQᵀ, applied to directions D: Q(Ω∘(QᵀDQ))Qᵀ with
 * Ω_ij = (λ_i⁺ − λ_j⁺)/(λ_i − λ_j) (Sun and Sun, "Semismooth matrix-valued functions", 2002): four products, two of
 * them symmetric, against 31 of a polynomial projection. The error is second order: |D|² over the distance between the
 * positive and the negative eigenvalues.
 */
export class BlockDerivative {
  readonly #device: Device;
  readonly #members: readonly PsdBlock[];
  readonly #order: number;
  readonly #gemm: Gemm;
  readonly #table: DeviceBuffer;
  readonly #norms: DeviceBuffer;
  readonly #coefficients: DeviceBuffer;
  readonly #values: DeviceBuffer;
  readonly #Q: DeviceBuffer;
  readonly #Qt: DeviceBuffer;
  readonly #D: DeviceBuffer;
  readonly #T: DeviceBuffer;

  private constructor(
    device: Device,
    members: readonly PsdBlock[],
    order: number,
    gemm: Gemm,
    buffers: readonly DeviceBuffer[],
  ) {
    this.#device = device;
    this.#members = members;
    this.#order = order;
    this.#gemm = gemm;
    [this.#table, this.#norms, this.#coefficients, this.#values] = buffers;
    [this.#Q, this.#Qt, this.#D, this.#T] = buffers.slice(4);
  }

  /** Batches for blocks of orders up to `order`, a multiple of 4. Throws DeviceMemoryError when they do not fit. */
  static async createAll(
    device: Device,
    blocks: readonly PsdBlock[],
    order: number,
    gemm: Gemm,
  ): Promise<BlockDerivative[]> {
    await device.compile([unpackKernel, packKernel, differencesKernel, gemm.kernel]);
    const bytes = 4 * order * order;
    const layers = Math.min(MAX_LAYERS, Math.floor(device.limits.maxBindingBytes / bytes));
    if (layers === 0) throw new DeviceMemoryError(`A block of order ${order} exceeds one binding of this adapter.`);
    const batches: BlockDerivative[] = [];
    for (let first = 0; first < blocks.length; first += layers) {
      const members = blocks.slice(first, first + layers);
      const count = members.length;
      const ones = new Float32Array(2 * count).fill(1);
      const buffers = [
        await device.upload(blockTable(members), "refinement blocks"),
        await device.upload(ones, "refinement norms"),
        await device.upload(new Float32Array([1, 0, 0, 0]), "refinement coefficients"),
        await device.buffers.allocate(4 * order * count, "refinement eigenvalues"),
      ];
      for (const name of ["Q", "Qᵀ", "D", "T"]) {
        buffers.push(await device.buffers.allocate(count * bytes, `refinement ${name}, order ${order}`));
      }
      batches.push(new BlockDerivative(device, members, order, gemm, buffers));
    }
    return batches;
  }

  /** The eigendecompositions to work around, by first row. Returns the bytes sent. */
  setBase(bases: ReadonlyMap<number, BlockBase>): number {
    const p = this.#order;
    const count = this.#members.length;
    const values = new Float32Array(p * count);
    const Q = new Float32Array(p * p * count);
    const Qt = new Float32Array(p * p * count);
    this.#members.forEach(({ offset, order: n }, layer) => {
      const base = bases.get(offset);
      if (!base) throw new RangeError(`There is no eigendecomposition of the block at row ${offset}.`);
      values.set(base.values, layer * p);
      const at = layer * p * p;
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < n; i++) Q[at + i * p + j] = Qt[at + j * p + i] = base.vectors[j * n + i];
      }
    });
    this.#device.write(this.#values, values);
    this.#device.write(this.#Q, Q);
    this.#device.write(this.#Qt, Qt);
    return values.byteLength + Q.byteLength + Qt.byteLength;
  }

  /** Appends the derivative of these blocks of d, in place. */
  add(plan: Plan, d: DeviceBuffer): void {
    const p = this.#order;
    const layers = this.#members.length;
    const [table, norms, D, T, Q, Qt] = [this.#table, this.#norms, this.#D, this.#T, this.#Q, this.#Qt];
    const elements = linearGrid(Math.ceil((p * p) / THREADS), layers);
    const sizes = (scale: number) => parameters([p, layers, 0, 0, 0], [scale, 0, 0]);
    plan.dispatch(unpackKernel, [sizes(0), table, d, D, undefined, norms], elements);
    this.#product(plan, D, Q, T, false);
    this.#product(plan, Q, T, D, true);
    const differences = [parameters([p, layers]), undefined, this.#values, D];
    plan.dispatch(differencesKernel, differences, elements);
    this.#product(plan, D, Qt, T, false);
    this.#product(plan, Qt, T, D, true);
    plan.dispatch(packKernel, [sizes(1), table, D, d, undefined, norms], elements);
  }

  release(): void {
    const all = [this.#table, this.#norms, this.#coefficients, this.#values, this.#Q, this.#Qt, this.#D, this.#T];
    for (const buffer of all) this.#device.buffers.release(buffer);
  }

  /** C ← AᵀB on every layer. */
  #product(plan: Plan, A: DeviceBuffer, B: DeviceBuffer, C: DeviceBuffer, symmetric: boolean): void {
    const n = this.#order;
    const layers = this.#members.length;
    this.#gemm.add(plan, { m: n, n, k: n, A, B, C, layers, symmetric, coefficients: this.#coefficients });
  }
}
