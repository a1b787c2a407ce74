import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import type { Gemm } from "../gemm.ts";
import { svec as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import { addColumnDots, addScaleRows, DENSE_KERNELS } from "./dense.ts";
import type { DeviceMatrix } from "./dense.ts";
import type { VectorRun } from "./vector.ts";

const unpackKernel: Kernel = { name: "svec-unpack", entry: "unpack", source };
const packKernel: Kernel = { name: "svec-pack", entry: "pack", source };

/**
 * svec(Z) ↦ (x₁ᵀZx₁, …, x_kᵀZx_k) and its adjoint v ↦ svec(Xᵀdiag(v)X) on the device, for samples X (k×order).
 * Both are one matrix product.
 */
export class QuadraticForm {
  readonly samples: number;
  readonly order: number;
  private readonly gemm: Gemm;
  private readonly rows: DeviceMatrix;
  private readonly columns: DeviceMatrix;
  private readonly scaled: DeviceBuffer;
  private readonly products: DeviceBuffer;
  private readonly square: DeviceBuffer;
  private readonly unit: DeviceBuffer;
  private readonly table: DeviceBuffer;
  private readonly norms: DeviceBuffer;

  private constructor(
    samples: number,
    order: number,
    gemm: Gemm,
    rows: DeviceMatrix,
    columns: DeviceMatrix,
    buffers: readonly DeviceBuffer[],
  ) {
    this.samples = samples;
    this.order = order;
    this.gemm = gemm;
    this.rows = rows;
    this.columns = columns;
    [this.scaled, this.products, this.square, this.unit, this.table, this.norms] = buffers;
  }

  /** `X` row-major, samples × order; svec(Z) stands at `offset` of its vector. */
  static async create(
    device: Device,
    X: Float64Array,
    samples: number,
    order: number,
    offset: number,
    gemm: Gemm,
  ): Promise<QuadraticForm> {
    await device.compile([...DENSE_KERNELS, unpackKernel, packKernel, gemm.kernel]);
    const n = 4 * Math.ceil(order / 4);
    const k = 4 * Math.ceil(samples / 4);
    const byRows = new Float32Array(k * n);
    const byColumns = new Float32Array(n * k);
    for (let i = 0; i < samples; i++) {
      for (let j = 0; j < order; j++) byColumns[j * k + i] = byRows[i * n + j] = X[i * order + j];
    }
    const rows = { rows: samples, columns: order, ld: n, buffer: await device.upload(byRows, "samples") };
    const columns = {
      rows: order,
      columns: samples,
      ld: k,
      buffer: await device.upload(byColumns, "samples transposed"),
    };
    return new QuadraticForm(samples, order, gemm, rows, columns, [
      await device.upload(new Float32Array(k * n), "samples scaled"),
      await device.buffers.allocate(4 * n * k, "sample products"),
      await device.buffers.allocate(4 * n * n, "quadratic form"),
      await device.upload(new Float32Array([1, 0]), "plain product"),
      await device.upload(Uint32Array.from([offset, order]), "quadratic form block"),
      await device.upload(new Float32Array([1, 1]), "unit norm"),
    ]);
  }

  /** target_i ← alpha·x_iᵀZx_i + beta·target_i. */
  addForward(plan: Plan, z: DeviceBuffer, target: VectorRun, alpha = 1, beta = 0): void {
    const { ld: n } = this.rows;
    const { ld: k } = this.columns;
    const elements = linearGrid(Math.ceil((n * n) / 64));
    plan.dispatch(unpackKernel, [parameters([n, 1, 0]), this.table, z, this.square, undefined, this.norms], elements);
    const call = { m: n, n: k, k: n, A: this.square, B: this.columns.buffer, C: this.products };
    this.gemm.add(plan, { ...call, coefficients: this.unit });
    addColumnDots(plan, this.columns, this.products, target, alpha, beta);
  }

  /** svec block of target ← alpha·svec(Xᵀdiag(v)X). */
  addAdjoint(plan: Plan, v: VectorRun, target: DeviceBuffer, alpha = 1): void {
    const { ld: n } = this.rows;
    addScaleRows(plan, this.rows, v, this.scaled);
    const call = { m: n, n, k: this.samples, A: this.scaled, B: this.rows.buffer, C: this.square, symmetric: true };
    this.gemm.add(plan, { ...call, coefficients: this.unit });
    const sizes = parameters([n, 1, 0, 0, 0], [alpha]);
    const elements = linearGrid(Math.ceil((n * n) / 64));
    plan.dispatch(packKernel, [sizes, this.table, this.square, target, undefined, this.norms], elements);
  }

  release(device: Device): void {
    const { rows, columns, scaled, products, square, unit, table, norms } = this;
    for (const buffer of [rows.buffer, columns.buffer, scaled, products, square, unit, table, norms]) {
      device.buffers.release(buffer);
    }
  }
}
