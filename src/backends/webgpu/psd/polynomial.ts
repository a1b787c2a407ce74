import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { DeviceMemoryError } from "../errors.ts";
import type { Gemm } from "../gemm.ts";
import { subspace, svec as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel, Parameters } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import { makeSchedule, SCHEDULE_PARAMETERS } from "../../schedules.ts";
import type { ScheduleLength } from "../../schedules.ts";
import { blockTable } from "./blocks.ts";
import type { PsdBlock } from "./blocks.ts";

const unpackKernel: Kernel = { name: "svec-unpack", entry: "unpack", source };
const packKernel: Kernel = { name: "svec-pack", entry: "pack", source };
const squaresKernel: Kernel = { name: "block-squares", entry: "squares", source };
const frobeniusKernel: Kernel = { name: "block-norm", entry: "frobenius", source };
const firstStepKernel: Kernel = { name: "block-first-step", entry: "firstStep", source };
const combineKernel: Kernel = { name: "block-combine", entry: "combineLayers", source };
const signTraceKernel: Kernel = { name: "sign-trace", entry: "signTrace", source: subspace };
const KERNELS = [unpackKernel, packKernel, squaresKernel, frobeniusKernel, firstStepKernel, combineKernel];

/** Most layers of one batch: the limit of a grid's third dimension. */
const MAX_LAYERS = 65535;
const MAX_PARTIALS = 64;

const LENGTHS = Object.keys(SCHEDULE_PARAMETERS).map(Number) as ScheduleLength[];

/** Bytes of device memory that blocks of this padded order take, each. */
export function polynomialBytes(paddedOrder: number): number {
  return 4 * 4 * paddedOrder ** 2;
}

/**
 * Projection onto the PSD cone by P₊ = ½(X + X·sign X) with the sign from a polynomial iteration: only symmetric
 * products, all of one padded order in a batch. The norm bound comes from the first step and stays on the device.
 */
export class PolynomialProjector {
  /** Orders are padded with zeros to this. */
  readonly order: number;
  readonly blocks: number;
  /** Blocks projected at one time. */
  readonly layers: number;
  readonly gemm: Gemm;
  /** Offsets and orders of the blocks. */
  readonly table: DeviceBuffer;
  /** Per layer: Frobenius norm and inverse, of what was projected last. */
  readonly norms: DeviceBuffer;
  /** Matrices of the padded order, a layer each; free between projections. */
  readonly x: DeviceBuffer;
  readonly y: DeviceBuffer;
  private readonly watch: DeviceBuffer | undefined;
  private readonly data: DeviceBuffer;
  private readonly z: DeviceBuffer;
  private readonly partials: DeviceBuffer;
  private readonly firstCoefficients: DeviceBuffer;
  private readonly coefficients: DeviceBuffer;

  private constructor(
    order: number,
    blocks: number,
    layers: number,
    gemm: Gemm,
    buffers: readonly DeviceBuffer[],
    watch: DeviceBuffer | undefined,
  ) {
    this.watch = watch;
    this.order = order;
    this.blocks = blocks;
    this.layers = layers;
    this.gemm = gemm;
    [this.table, this.data, this.x, this.y, this.z] = buffers;
    [this.partials, this.norms, this.firstCoefficients, this.coefficients] = buffers.slice(5);
  }

  /**
   * For blocks of orders up to `order` (rounded up to a multiple of 4). `watch` takes the ranks (see subspace.wgsl) of a
   * batch that is not cut up. Throws {@link DeviceMemoryError} when one matrix does not fit a binding.
   */
  static async create(
    device: Device,
    blocks: readonly PsdBlock[],
    order: number,
    gemm: Gemm,
    watch?: DeviceBuffer,
  ): Promise<PolynomialProjector> {
    const padded = 4 * Math.ceil(order / 4);
    const bytes = 4 * padded * padded;
    const bindable = Math.min(blocks.length, MAX_LAYERS, Math.floor(device.limits.maxBindingBytes / bytes));
    // Small batches cost little; half of what is left of the budget is enough.
    const affordable = Math.floor((device.buffers.budget - device.buffers.allocatedBytes) / 2 / polynomialBytes(padded));
    const layers = Math.min(bindable, Math.max(1, affordable));
    if (layers === 0) {
      const limit = Math.floor(Math.sqrt(device.limits.maxBindingBytes / 4));
      throw new DeviceMemoryError(`A block of order ${order} exceeds one binding of this adapter (order ${limit}).`);
    }
    await device.compile([...KERNELS, gemm.kernel, ...(watch === undefined ? [] : [signTraceKernel])]);
    const buffers = [await device.upload(blockTable(blocks), "psd blocks")];
    for (const name of ["data", "X", "Y", "Z"]) {
      buffers.push(await device.buffers.allocate(layers * bytes, `psd ${name}, order ${padded}`));
    }
    buffers.push(await device.buffers.allocate(4 * MAX_PARTIALS * layers, "psd partial sums"));
    buffers.push(await device.buffers.allocate(8 * layers, "psd norms"));
    buffers.push(await device.buffers.allocate(16 * layers, "psd first step"));
    buffers.push(await device.upload(schedulePairs(), "psd schedules"));
    const watched = layers === blocks.length ? watch : undefined;
    return new PolynomialProjector(padded, blocks.length, layers, gemm, buffers, watched);
  }

  /** Appends the projection of every block of x, in place, with a schedule of this many steps. */
  add(plan: Plan, x: DeviceBuffer, steps: ScheduleLength): void {
    for (let first = 0; first < this.blocks; first += this.layers) {
      this.addBatch(plan, x, steps, first, Math.min(this.layers, this.blocks - first));
    }
  }

  release(device: Device): void {
    const { table, data, x, y, z, partials, norms, firstCoefficients, coefficients } = this;
    for (const buffer of [table, data, x, y, z, partials, norms, firstCoefficients, coefficients]) {
      device.buffers.release(buffer);
    }
  }

  /** Appends the Frobenius norms of `layers` blocks from the first one on, and their inverses, to {@link norms}. */
  addNorms(plan: Plan, vector: DeviceBuffer, first = 0, layers = this.layers): void {
    const { order, table, partials, norms } = this;
    const groups = Math.min(MAX_PARTIALS, Math.ceil(order ** 2 / 2048));
    const sizes = parameters([order, layers, first, groups, 0]);
    plan.dispatch(squaresKernel, [sizes, table, vector, undefined, partials], [groups, 1, layers]);
    plan.dispatch(frobeniusKernel, [sizes, undefined, undefined, undefined, partials, norms], [1, 1, layers]);
  }

  private addBatch(plan: Plan, vector: DeviceBuffer, steps: ScheduleLength, first: number, layers: number): void {
    const { order, table, data, partials, norms, firstCoefficients, coefficients } = this;
    const size = order * order;
    const elements = linearGrid(Math.ceil(size / 64), layers);
    const groups = Math.min(MAX_PARTIALS, Math.ceil(size / 2048));
    const sizes = (segment: number, a = 0, b = 0, c = 0): Parameters =>
      parameters([order, layers, first, groups, segment], [a, b, c]);

    const norm = sizes(0);
    this.addNorms(plan, vector, first, layers);
    plan.dispatch(unpackKernel, [norm, table, vector, data, undefined, norms], elements);

    // First step: Y = X², W = Y², σ = ‖W‖_F^¼, Z = (c/σ⁵)W + (b/σ³)Y, X ← XZ + (a/σ)X.
    let { x, y } = this;
    const { z } = this;
    const [a, b, c] = makeSchedule(SCHEDULE_PARAMETERS[steps])[0];
    const bound = sizes(size, a, b, c);
    const unused = undefined;
    this.product(plan, layers, data, data, y, coefficients, PLAIN);
    this.product(plan, layers, y, y, z, coefficients, PLAIN);
    plan.dispatch(squaresKernel, [bound, table, z, unused, partials], [groups, 1, layers]);
    plan.dispatch(
      firstStepKernel,
      [bound, unused, unused, unused, partials, unused, firstCoefficients],
      [1, 1, layers],
    );
    plan.dispatch(combineKernel, [bound, unused, y, z, unused, unused, firstCoefficients], elements);
    this.product(plan, layers, data, z, x, firstCoefficients, 1, 2, data);

    for (let step = 1; step < steps; step++) {
      const pair = firstPair(steps) + 2 * step;
      this.product(plan, layers, x, x, y, coefficients, PLAIN);
      this.product(plan, layers, y, y, z, coefficients, pair, 0, y);
      this.product(plan, layers, x, z, y, coefficients, pair + 1, 0, x);
      [x, y] = [y, x];
    }
    if (this.watch !== undefined) {
      const bindings = [parameters([order, 0, layers]), undefined, undefined, this.watch, undefined, x];
      plan.dispatch(signTraceKernel, bindings, [1, 1, layers]);
    }
    this.product(plan, layers, data, x, y, coefficients, SUM, 0, data);
    plan.dispatch(packKernel, [sizes(0, 0.5), table, y, vector, undefined, norms], elements);
  }

  /** C ← alpha·AB + beta·D, everything symmetric; alpha and beta are a pair of `coefficients`. */
  private product(
    plan: Plan,
    layers: number,
    A: DeviceBuffer,
    B: DeviceBuffer,
    C: DeviceBuffer,
    coefficients: DeviceBuffer,
    coefficient: number,
    coefficientStride = 0,
    D = A,
  ): void {
    const n = this.order;
    const call = { m: n, n, k: n, A, B, C, D, layers, symmetric: true };
    this.gemm.add(plan, { ...call, coefficients, coefficient, coefficientStride });
  }
}

/** Indices into the pairs: (1, 0), (1, 1), then for every step of every schedule (c, b), (1, a). */
const PLAIN = 0;
const SUM = 1;

function firstPair(length: ScheduleLength): number {
  let pair = 2;
  for (const other of LENGTHS) {
    if (other === length) break;
    pair += 2 * SCHEDULE_PARAMETERS[other].steps;
  }
  return pair;
}

function schedulePairs(): Float32Array {
  const steps = LENGTHS.flatMap((length) => makeSchedule(SCHEDULE_PARAMETERS[length]));
  return Float32Array.from([1, 0, 1, 1, ...steps.flatMap(([a, b, c]) => [c, b, 1, a])]);
}
