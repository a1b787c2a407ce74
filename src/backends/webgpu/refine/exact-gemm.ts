import { UnsupportedError } from "../../../errors.ts";
import { testArithmetic } from "../arithmetic.ts";
import type { Arithmetic } from "../arithmetic.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import type { Gemm } from "../gemm.ts";
import { exactSlices as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";

const scalesKernel: Kernel = { name: "exact-scales", entry: "columnScales", source };
const sliceKernel: Kernel = { name: "exact-slice", entry: "slice", source };
const combineKernel: Kernel = { name: "exact-combine", entry: "combine", source };

/** Digits to base 128: 49 bits of every column. */
const SLICES = 7;
/** Terms whose sums of SLICES products of digits stay below 2²⁴, with room for a first digit of 65. */
const MOST_TERMS = 512;
/** Matrices are padded with zeros to multiples of this, so that slices begin where bindings may. */
const PADDING = 8;
const THREADS = 64;

/** A matrix of hi + lo on the device, with room for its digits. Sizes are padded. */
export interface ExactOperand {
  readonly rows: number;
  readonly columns: number;
  /** (hi, lo) by rows. */
  readonly values: DeviceBuffer;
  readonly scales: DeviceBuffer;
  readonly slices: DeviceBuffer;
}

const tested = new WeakMap<Device, Promise<Arithmetic>>();

/** The self-test of a device's arithmetic, made once. */
export function arithmeticOf(device: Device): Promise<Arithmetic> {
  let test = tested.get(device);
  if (!test) {
    test = testArithmetic(device);
    tested.set(device, test);
    test.catch(() => tested.delete(device));
  }
  return test;
}

/**
 * AᵀB with a relative error of some 10⁻¹⁴ (in the Frobenius norm, against ‖A‖‖B‖) from 28 products in f32 whose sums are
 * exact: seven digits of each operand, those pairs that matter, gathered by weight into seven products. Bit for bit the
 * same on every device.
 */
export class ExactGemm {
  readonly #device: Device;
  readonly #gemm: Gemm;
  readonly #coefficients: DeviceBuffer;

  private constructor(device: Device, gemm: Gemm, coefficients: DeviceBuffer) {
    this.#device = device;
    this.#gemm = gemm;
    this.#coefficients = coefficients;
  }

  /** @throws UnsupportedError on a device that fails the self-test of integer sums in f32. */
  static async create(device: Device, gemm: Gemm): Promise<ExactGemm> {
    if (!(await arithmeticOf(device)).exactIntegers) {
      throw new UnsupportedError(`${device.name} does not add integers exactly in f32; use the CPU for f64 products`);
    }
    await device.compile([scalesKernel, sliceKernel, combineKernel, gemm.kernel]);
    return new ExactGemm(device, gemm, await device.upload(new Float32Array([1, 0, 0, 0]), "exact coefficients"));
  }

  /** Room for a k×m operand, k ≤ 512. */
  async operand(rows: number, columns: number): Promise<ExactOperand> {
    if (rows > MOST_TERMS) throw new RangeError(`Exact products have at most ${MOST_TERMS} terms, not ${rows}.`);
    const { buffers } = this.#device;
    const [k, m] = [padded(rows), padded(columns)];
    return {
      rows: k,
      columns: m,
      values: await buffers.allocate(8 * k * m, "exact operand"),
      scales: await buffers.allocate(4 * m, "exact scales"),
      slices: await buffers.allocate(4 * SLICES * k * m, "exact slices"),
    };
  }

  /** Appends the digits of an operand, for the left or the right of a product. */
  addSlices(plan: Plan, { rows, columns, values, scales, slices }: ExactOperand, side: "left" | "right"): void {
    const sizes = parameters([rows, columns, SLICES, side === "right" ? 1 : 0]);
    plan.dispatch(scalesKernel, [sizes, values, scales], [Math.ceil(columns / THREADS), 1, 1]);
    const elements = linearGrid(Math.ceil((rows * columns) / THREADS));
    plan.dispatch(sliceKernel, [sizes, values, scales, slices], elements);
  }

  /**
   * Appends product ← AᵀB for operands whose digits are there; `sums` has room for 7mn floats, `product` for mn pairs
   * (hi, lo). The pairs of digits i + j = l lie under one another, those of B in reverse: one product for each l.
   */
  addProduct(plan: Plan, A: ExactOperand, B: ExactOperand, sums: DeviceBuffer, product: DeviceBuffer): void {
    const { rows: k, columns: m } = A;
    const n = B.columns;
    for (let l = 0; l < SLICES; l++) {
      const terms = (l + 1) * k;
      const left = { buffer: A.slices, offset: 0, bytes: 4 * terms * m };
      const right = { buffer: B.slices, offset: 4 * (SLICES - 1 - l) * k * n, bytes: 4 * terms * n };
      const target = { buffer: sums, offset: 4 * l * m * n, bytes: 4 * m * n };
      this.#gemm.add(plan, { m, n, k: terms, A: left, B: right, C: target, coefficients: this.#coefficients });
    }
    const sizes = parameters([m, n, SLICES]);
    const none = undefined;
    const bindings = [sizes, none, none, none, sums, A.scales, B.scales, product];
    plan.dispatch(combineKernel, bindings, linearGrid(Math.ceil((m * n) / THREADS)));
  }

  /** AᵀB for A k×m and B k×n in f64 by rows: m×n by rows. */
  async multiply(A: Float64Array, B: Float64Array, k: number, m: number, n: number): Promise<Float64Array> {
    const { buffers } = this.#device;
    const left = await this.operand(k, m);
    const right = await this.operand(k, n);
    const sums = await buffers.allocate(4 * SLICES * left.columns * right.columns, "exact sums");
    const product = await buffers.allocate(8 * left.columns * right.columns, "exact product");
    this.#device.write(left.values, toPairs(A, k, m, left));
    this.#device.write(right.values, toPairs(B, k, n, right));
    const plan = this.#device.plan();
    this.addSlices(plan, left, "left");
    this.addSlices(plan, right, "right");
    this.addProduct(plan, left, right, sums, product);
    this.#device.run(plan);
    const pairs = await this.#device.readFloats(product, 2 * left.columns * right.columns);
    const result = new Float64Array(m * n);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        const at = 2 * (i * right.columns + j);
        result[i * n + j] = pairs[at] + pairs[at + 1];
      }
    }
    for (const buffer of [sums, product]) buffers.release(buffer);
    for (const operand of [left, right]) this.releaseOperand(operand);
    return result;
  }

  releaseOperand({ values, scales, slices }: ExactOperand): void {
    for (const buffer of [values, scales, slices]) this.#device.buffers.release(buffer);
  }

  release(): void {
    this.#device.buffers.release(this.#coefficients);
  }
}

function padded(size: number): number {
  return PADDING * Math.ceil(size / PADDING);
}

/** f64 by rows to pairs of f32 whose sum has 48 bits, padded with zeros. */
function toPairs(M: Float64Array, rows: number, columns: number, operand: ExactOperand): Float32Array {
  const pairs = new Float32Array(2 * operand.rows * operand.columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = M[i * columns + j];
      const high = Math.fround(value);
      const at = 2 * (i * operand.columns + j);
      pairs[at] = high;
      pairs[at + 1] = value - high;
    }
  }
  return pairs;
}
