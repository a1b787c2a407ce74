import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { quantizedGram, quantizedPredictions as source } from "../generated/shaders.ts";
import type { Gemm } from "../gemm.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel, Parameters } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { SampleOperator } from "./operator.ts";
import { padded } from "./problem.ts";
import type { DeviceProblem } from "./problem.ts";

const beginKernel: Kernel = { name: "quantized-cg-begin", entry: "begin", source };
const directionKernel: Kernel = { name: "quantized-cg-direction", entry: "direction", source };
const advanceKernel: Kernel = { name: "quantized-cg-advance", entry: "advance", source };
const squareKernel: Kernel = { name: "quantized-gram", entry: "square", source: quantizedGram };

/**
 * How (θI + K)v = r is solved on the device: conjugate gradients whose products are with the matrix K or with the
 * operator itself (nothing of size n²), preconditioned by the inverse made in f64 on the host, or by the diagonal.
 */
export type DeviceGramMethod = "inverse" | "matrix" | "operator";

/** Samples up to which the host inverts: a second or two a penalty. */
export const LARGEST_INVERSE = 1536;

/** Relative residual below which fewer steps will do, and above which more are taken. */
const EXACT = 1e-7;
const LOOSE = 3e-6;
const MOST_STEPS = 200;

/** The method for these sizes. */
export function chooseDeviceGram(count: number, quadratic: boolean, bindingBytes: number): DeviceGramMethod {
  if (count <= LARGEST_INVERSE) return "inverse";
  return !quadratic && 4 * padded(count) ** 2 <= bindingBytes ? "matrix" : "operator";
}

/** Work items of a product that keep a GPU busy. */
const ITEMS = 16384;

/**
 * Slices of the rows of K that a product is summed from, and rows of K and of vectors: past n they are zeros, so that
 * every slice has as many.
 */
export function productShape(count: number, outputs: number, whole: boolean): { splits: number; rows: number } {
  const n = padded(count);
  const items = Math.ceil(n / 4) * Math.ceil(padded(outputs) / 8);
  const splits = whole ? 1 : Math.max(1, Math.min(32, Math.ceil(ITEMS / items), Math.floor(n / 64)));
  return { splits, rows: splits * Math.ceil(n / splits) };
}

/** K on the device and the conjugate gradients with it, for all outputs at a time. */
export class DeviceGram {
  readonly method: DeviceGramMethod;
  /** Steps of conjugate gradients a solve; follows the residuals ({@link adapt}). */
  steps: number;
  #mostSteps = MOST_STEPS;
  #lastResidual = Infinity;
  readonly #device: Device;
  readonly #kernels: DenseKernels;
  readonly #problem: DeviceProblem;
  readonly #operator: SampleOperator;
  readonly #gemm: Gemm;
  readonly #splits: number;
  readonly #rows: number;
  readonly #matrix: DeviceBuffer | undefined;
  readonly #inverse: DeviceBuffer | undefined;
  readonly #diagonal: DeviceBuffer;
  readonly #partials: DeviceBuffer;
  readonly #p: DeviceBuffer;
  readonly #r: DeviceBuffer;
  readonly #state: DeviceBuffer;
  readonly #coefficients: DeviceBuffer;

  private constructor(
    device: Device,
    kernels: DenseKernels,
    problem: DeviceProblem,
    operator: SampleOperator,
    gemm: Gemm,
    method: DeviceGramMethod,
    { splits, rows }: { readonly splits: number; readonly rows: number },
    buffers: readonly (DeviceBuffer | undefined)[],
  ) {
    this.#device = device;
    this.#kernels = kernels;
    this.#problem = problem;
    this.#operator = operator;
    this.#gemm = gemm;
    this.method = method;
    this.steps = method === "inverse" ? 2 : 10;
    this.#splits = splits;
    this.#rows = rows;
    this.#matrix = buffers[0];
    this.#inverse = buffers[1];
    [this.#diagonal, this.#partials, this.#p, this.#r, this.#state, this.#coefficients] = buffers.slice(
      2,
    ) as DeviceBuffer[];
  }

  static async create(
    device: Device,
    kernels: DenseKernels,
    problem: DeviceProblem,
    operator: SampleOperator,
    gemm: Gemm,
    method: DeviceGramMethod,
  ): Promise<DeviceGram> {
    await device.compile([beginKernel, directionKernel, advanceKernel, gemm.kernel]);
    const { count, targets, gram, gramDiagonal } = problem;
    const n = padded(count);
    const stride = padded(targets.length);
    const shape = productShape(count, targets.length, device.adapter.software || method === "operator");
    const { splits, rows } = shape;
    const room = (floats: number, label: string): Promise<DeviceBuffer> => device.buffers.allocate(4 * floats, label);
    let matrix: DeviceBuffer | undefined;
    if (method === "matrix") matrix = await formMatrix(device, problem, gemm, rows);
    if (method === "inverse" && gram !== undefined) matrix = await device.upload(paddedMatrix(gram, count, rows), "K");
    return new DeviceGram(device, kernels, problem, operator, gemm, method, shape, [
      matrix,
      method === "inverse" ? await room(rows * n, "inverse of K") : undefined,
      await device.upload(Float32Array.from(gramDiagonal), "diagonal of K"),
      await room(splits * n * stride, "partial products"),
      await device.upload(new Float32Array(rows * stride), "cg direction"),
      await device.upload(new Float32Array(rows * stride), "cg residual"),
      await room(4 * stride, "cg state"),
      await device.upload(Float32Array.of(1, 0), "plain product"),
    ]);
  }

  /** Where the right-hand side goes; it is overwritten. */
  get rightHandSide(): DeviceBuffer {
    return this.#r;
  }

  /** A new θ: the inverse, where one is kept. */
  prepare(theta: number): void {
    const { gram, count: n } = this.#problem;
    if (this.#inverse === undefined || gram === undefined) return;
    const L = Float64Array.from(gram);
    for (let i = 0; i < n; i++) L[i * n + i] += theta;
    // What rounding makes indefinite is only a worse preconditioner: the diagonal is raised until it factors.
    for (let lift = 1e-14; this.#kernels.cholesky(n, L) !== -1; lift *= 16) {
      L.set(gram);
      for (let i = 0; i < n; i++) L[i * n + i] += theta + lift * gram[i * n + i];
    }
    for (let j = 1; j < n; j++) L.fill(0, j * n, j * n + j);
    this.#kernels.invertLower(n, L);
    const inverse = new Float64Array(n * n);
    this.#kernels.syrk(true, n, n, 1, L, 0, inverse);
    this.#device.write(this.#inverse, paddedMatrix(inverse, n, this.#rows));
  }

  /** v ← (θI + K)⁻¹r for the outputs listed; r stands in {@link rightHandSide}, θ in `scalars`. */
  addSolve(plan: Plan, active: DeviceBuffer, layers: number, scalars: DeviceBuffer, v: DeviceBuffer): void {
    const outputs = this.#problem.targets.length;
    const warm = this.method !== "inverse";
    const columns = [outputs, 1, 1] as const;
    const own = [this.#r, this.#p, this.#state];
    const rest = (sizes: Parameters) => [sizes, scalars, undefined, this.#partials, v, ...own];
    const direction = (): void => {
      if (this.#inverse !== undefined) this.#product(plan, this.#inverse, this.#r);
      const sizes = this.#sizes(false, this.#inverse !== undefined, 1);
      const bindings = [sizes, scalars, this.#diagonal, this.#partials, undefined, ...own];
      plan.dispatch(directionKernel, bindings, columns);
    };
    if (warm) this.#apply(plan, active, layers, v);
    plan.dispatch(beginKernel, rest(this.#sizes(warm, false, this.#factor)), columns);
    for (let step = 0; step < this.steps; step++) {
      direction();
      this.#apply(plan, active, layers, this.#p);
      plan.dispatch(advanceKernel, rest(this.#sizes(false, false, this.#factor)), columns);
    }
  }

  /** More or fewer steps, by the residuals of the last solve; whether the plan has to be made anew. */
  async adapt(open: readonly boolean[]): Promise<boolean> {
    const state = await this.#device.readFloats(this.#state);
    let worst = 0;
    open.forEach((isOpen, k) => {
      if (isOpen && state[4 * k + 2] > 0) worst = Math.max(worst, Math.sqrt(state[4 * k + 1] / state[4 * k + 2]));
    });
    const before = this.steps;
    if (worst > LOOSE && before < this.#mostSteps) {
      // Rounding limits what more steps can do: where the last ones did little, that was enough.
      if (worst > 0.5 * this.#lastResidual) this.#mostSteps = before;
      else this.steps = Math.min(this.#mostSteps, Math.ceil(1.5 * before));
      this.#lastResidual = worst;
    } else if (worst < EXACT) this.steps = Math.max(1, Math.floor(0.8 * before));
    return this.steps !== before;
  }

  release(): void {
    const buffers = [this.#matrix, this.#inverse, this.#diagonal, this.#partials, this.#p, this.#r, this.#state];
    for (const buffer of [...buffers, this.#coefficients]) if (buffer) this.#device.buffers.release(buffer);
  }

  /** Products with the operator lack the 2 of K. */
  get #factor(): number {
    return this.#matrix === undefined ? 2 : 1;
  }

  #apply(plan: Plan, active: DeviceBuffer, layers: number, v: DeviceBuffer): void {
    if (this.#matrix !== undefined) this.#product(plan, this.#matrix, v);
    else this.#operator.addNormal(plan, active, layers, v, this.#partials);
  }

  /** partials ← M·x, in sums over slices of the rows. */
  #product(plan: Plan, M: DeviceBuffer, x: DeviceBuffer): void {
    const n = padded(this.#problem.count);
    const stride = padded(this.#problem.targets.length);
    const depth = this.#rows / this.#splits;
    this.#gemm.add(plan, {
      ...{ m: n, n: stride, k: depth, A: M, B: x, C: this.#partials, layers: this.#splits },
      coefficients: this.#coefficients,
    });
  }

  #sizes(warm: boolean, dense: boolean, factor: number): Parameters {
    const { count, targets } = this.#problem;
    const stride = padded(targets.length);
    const splits = this.#matrix === undefined ? 1 : this.#splits;
    const integers = [count, stride, 0, warm ? 1 : 0, splits, padded(count) * stride, dense ? 1 : 0];
    return parameters(integers, [0, 0, factor]);
  }
}

/** f32, rows of a multiple of four floats, zeros below. */
function paddedMatrix(M: Float64Array, order: number, rows: number): Float32Array {
  const ld = padded(order);
  const out = new Float32Array(rows * ld);
  for (let i = 0; i < order; i++) for (let j = 0; j < order; j++) out[i * ld + j] = M[i * order + j];
  return out;
}

/** K = 2(a²k² + b²k/2 + c²) entrywise with k = XXᵀ, formed on the device. */
async function formMatrix(device: Device, problem: DeviceProblem, gemm: Gemm, rows: number): Promise<DeviceBuffer> {
  await device.compile([squareKernel]);
  const { count, columns, samples, mask } = problem;
  const n = padded(count);
  const transposed = new Float32Array(columns * n);
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < count; i++) transposed[j * n + i] = samples[j * count + i];
  }
  const X = await device.upload(transposed, "samples of K");
  const K = await device.upload(new Float32Array(rows * n), "K");
  const unit = await device.upload(Float32Array.of(1, 0), "plain product");
  const plan = device.plan();
  gemm.add(plan, { m: n, n, k: columns, A: X, B: X, C: K, symmetric: true, coefficients: unit });
  const sizes = parameters([count, n], [2 * mask.a ** 2, mask.b ** 2, 2 * mask.c ** 2]);
  plan.dispatch(squareKernel, [sizes, K], linearGrid(Math.ceil((n * n) / 64)));
  device.run(plan);
  await device.finish();
  device.buffers.release(X);
  device.buffers.release(unit);
  return K;
}
