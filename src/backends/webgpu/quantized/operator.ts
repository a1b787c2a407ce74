import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { quantizedOperator as source } from "../generated/shaders.ts";
import type { Gemm } from "../gemm.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel, Parameters } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import { padded } from "./problem.ts";
import type { DeviceProblem } from "./problem.ts";

const kernel = (entry: string): Kernel => ({ name: `quantized-${entry}`, entry, source });
const differenceKernel = kernel("difference");
const reuseKernel = kernel("reuse");
const tracesKernel = kernel("traces");
const dotsKernel = kernel("dots");
const weighKernel = kernel("weigh");

/** Most bytes of one product of the samples with the matrices of all outputs. */
const PRODUCT_BYTES = 128 * 2 ** 20;

/** Part of the samples on the device, by samples and by columns. */
interface Chunk {
  readonly first: number;
  readonly count: number;
  /** Floats from row to row of `byColumns`. */
  readonly pitch: number;
  /** count × padded order. */
  readonly bySamples: DeviceBuffer;
  /** order × pitch. */
  readonly byColumns: DeviceBuffer;
}

/** Bytes of device memory of the operator for a chunk's samples and its products. */
export function operatorBytes(count: number, order: number, outputs: number, chunk: number): number {
  const d = padded(order);
  return 4 * (2 * count * d + d * chunk * outputs + 2 * outputs * d * d);
}

/** Samples per chunk, so that products stay within a binding and {@link PRODUCT_BYTES}. */
export function chunkSamples(count: number, order: number, outputs: number, bindingBytes: number): number {
  const room = Math.min(PRODUCT_BYTES, bindingBytes) / (4 * padded(order) * outputs);
  return Math.min(padded(count), Math.max(64, 64 * Math.floor(room / 64)));
}

/** Z ↦ (⟨form(xᵢ), Z_k⟩)ᵢₖ and its adjoint, for the outputs of a list at a time. */
export class SampleOperator {
  /** Square matrices by layers, order padded: the forward product's operand. */
  readonly square: DeviceBuffer;
  readonly #problem: DeviceProblem;
  readonly #stride: number;
  readonly #gemm: Gemm;
  readonly #chunks: readonly Chunk[];
  readonly #products: DeviceBuffer;
  readonly #sums: readonly [DeviceBuffer, DeviceBuffer];
  readonly #traces: DeviceBuffer;
  readonly #coefficients: DeviceBuffer;

  private constructor(problem: DeviceProblem, gemm: Gemm, chunks: readonly Chunk[], buffers: readonly DeviceBuffer[]) {
    this.#problem = problem;
    this.#stride = padded(problem.targets.length);
    this.#gemm = gemm;
    this.#chunks = chunks;
    [this.square, this.#products, this.#traces, this.#coefficients] = buffers;
    this.#sums = [buffers[4], buffers[5]];
  }

  static async create(device: Device, problem: DeviceProblem, gemm: Gemm): Promise<SampleOperator> {
    await device.compile([differenceKernel, reuseKernel, tracesKernel, dotsKernel, weighKernel, gemm.kernel]);
    const { count, order, columns, samples, targets } = problem;
    const d = padded(order);
    const outputs = targets.length;
    const length = chunkSamples(count, order, outputs, device.limits.maxBindingBytes);
    const chunks: Chunk[] = [];
    for (let first = 0; first < count; first += length) {
      const rows = Math.min(length, count - first);
      const pitch = padded(rows);
      const bySamples = new Float32Array(rows * d);
      const byColumns = new Float32Array(d * pitch);
      for (let j = 0; j < order; j++) {
        for (let i = 0; i < rows; i++) {
          const value = j < columns ? samples[j * count + first + i] : 1;
          bySamples[i * d + j] = value;
          byColumns[j * pitch + i] = value;
        }
      }
      chunks.push({
        first,
        count: rows,
        pitch,
        bySamples: await device.upload(bySamples, "samples"),
        byColumns: await device.upload(byColumns, "samples transposed"),
      });
    }
    const squares = 4 * d * d * outputs;
    return new SampleOperator(problem, gemm, chunks, [
      await device.buffers.allocate(squares, "matrices"),
      await device.buffers.allocate(4 * d * chunks[0].pitch * outputs, "sample products"),
      await device.buffers.allocate(4 * outputs, "traces"),
      await device.upload(Float32Array.of(1, 0, 1, 1), "product, sum of products"),
      await device.buffers.allocate(squares, "adjoint"),
      await device.buffers.allocate(chunks.length > 1 ? squares : 16, "adjoint, second"),
    ]);
  }

  /** Means of the diagonals of the adjoint, by output; see {@link addTraces}. */
  get traces(): DeviceBuffer {
    return this.#traces;
  }

  #sizes(chunk?: Chunk, alpha = 0, beta = 0): Parameters {
    const { order, columns, quadratic, mask } = this.#problem;
    return parameters(
      [
        ...[order, padded(order), columns, quadratic ? 1 : 0, this.#stride],
        ...[chunk?.first ?? 0, chunk?.count ?? 0, chunk?.pitch ?? 0],
      ],
      [mask.a, 0.5 * mask.b, mask.c, alpha, beta],
    );
  }

  /** square ← mask ∘ (P − U_P − M + U_M) of every output listed in `active`. */
  addDifference(
    plan: Plan,
    active: DeviceBuffer,
    layers: number,
    X: DeviceBuffer,
    U: DeviceBuffer,
    means: DeviceBuffer,
  ): void {
    const grid = linearGrid(Math.ceil(padded(this.#problem.order) ** 2 / 64), layers);
    plan.dispatch(differenceKernel, [this.#sizes(), active, X, U, means, this.square], grid);
  }

  /** target ← alpha·(⟨form, square⟩) + beta·target, a vector of predictions. */
  addForward(plan: Plan, active: DeviceBuffer, layers: number, target: DeviceBuffer, alpha: number, beta: number): void {
    const d = padded(this.#problem.order);
    for (const chunk of this.#chunks) {
      this.#gemm.add(plan, {
        ...{ m: d, n: chunk.pitch, k: this.#problem.order, A: this.square, B: chunk.byColumns, C: this.#products },
        ...{ strideA: d * d, strideB: 0, strideC: d * chunk.pitch, layers, coefficients: this.#coefficients },
      });
      const bindings = [this.#sizes(chunk, alpha, beta), active, this.#products, chunk.byColumns, undefined, target];
      plan.dispatch(dotsKernel, bindings, linearGrid(Math.ceil(chunk.count / 64), layers));
    }
  }

  /** Appends Σᵢ vᵢxᵢxᵢᵀ (without the mask) of every output listed; returns where it stands, layer after layer. */
  addAdjoint(plan: Plan, active: DeviceBuffer, layers: number, v: DeviceBuffer): DeviceBuffer {
    const d = padded(this.#problem.order);
    this.#chunks.forEach((chunk, k) => {
      const bindings = [this.#sizes(chunk), active, chunk.bySamples, v, undefined, this.#products];
      plan.dispatch(weighKernel, bindings, linearGrid(Math.ceil((chunk.count * d) / 64), layers));
      this.#gemm.add(plan, {
        ...{ m: d, n: d, k: chunk.count, A: this.#products, B: chunk.bySamples, C: this.#sums[k % 2] },
        ...{ strideA: chunk.count * d, strideB: 0, layers, symmetric: true, coefficients: this.#coefficients },
        ...(k > 0 && { D: this.#sums[(k + 1) % 2], coefficient: 1 }),
      });
    });
    return this.#sums[(this.#chunks.length - 1) % 2];
  }

  /** traces ← means of the diagonals of the masked adjoint S. */
  addTraces(plan: Plan, active: DeviceBuffer, layers: number, S: DeviceBuffer): void {
    const bindings = [this.#sizes(), active, S, undefined, undefined, this.#traces];
    plan.dispatch(tracesKernel, bindings, [layers, 1, 1]);
  }

  /** target ← A*A v, on what the diagonal constraints leave free. */
  addNormal(plan: Plan, active: DeviceBuffer, layers: number, v: DeviceBuffer, target: DeviceBuffer): void {
    const S = this.addAdjoint(plan, active, layers, v);
    if (this.#problem.quadratic) this.addTraces(plan, active, layers, S);
    const grid = linearGrid(Math.ceil(padded(this.#problem.order) ** 2 / 64), layers);
    plan.dispatch(reuseKernel, [this.#sizes(), active, S, undefined, this.#traces, this.square], grid);
    this.addForward(plan, active, layers, target, 1, 0);
  }

  release(device: Device): void {
    for (const { bySamples, byColumns } of this.#chunks) {
      device.buffers.release(bySamples);
      device.buffers.release(byColumns);
    }
    for (const buffer of [this.square, this.#products, this.#traces, this.#coefficients, ...this.#sums]) {
      device.buffers.release(buffer);
    }
  }
}
