import type { DenseKernels } from "../../../linear/dense-kernels.ts";
import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { quantizedBlocks as blockSource, quantizedPredictions as predictionSource } from "../generated/shaders.ts";
import { Gemm } from "../gemm.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel, Parameters } from "../kernel.ts";
import type { Plan } from "../plan.ts";
import type { PsdBlock } from "../psd/blocks.ts";
import { PsdProjector } from "../psd/projector.ts";
import { tuneDevice } from "../psd/tune.ts";
import type { DeviceTuning } from "../psd/tune.ts";
import type { ScheduleLength } from "../../schedules.ts";
import { Submissions } from "../splitting/submissions.ts";
import { chooseDeviceGram, DeviceGram, productShape } from "./gram.ts";
import { SampleOperator } from "./operator.ts";
import { DEVICE_LOSSES, padded } from "./problem.ts";
import type { DeviceProblem } from "./problem.ts";

const block = (entry: string): Kernel => ({ name: `quantized-${entry}`, entry, source: blockSource });
const prediction = (entry: string): Kernel => ({ name: `quantized-${entry}`, entry, source: predictionSource });
const meansKernel = block("meanDiagonals");
const affineKernel = block("affine");
const dualKernel = block("dual");
const rescaleKernel = block("rescale");
const squaresKernel = block("squares");
const aimKernel = prediction("aim");
const proximalKernel = prediction("proximal");
const rescalePredictionsKernel = prediction("rescalePredictions");
const KERNELS = [
  ...[meansKernel, affineKernel, dualKernel, rescaleKernel, squaresKernel],
  ...[aimKernel, proximalKernel, rescalePredictionsKernel],
];

/** What one output's variables are, on the host. */
export interface DeviceState {
  /** svec of P and M after the projection, and of their scaled duals. */
  readonly P: Float64Array;
  readonly M: Float64Array;
  readonly UP: Float64Array;
  readonly UM: Float64Array;
  /** Predictions and their scaled dual; zeros for the squared loss. */
  readonly u: Float64Array;
  readonly w: Float64Array;
}

/** What is read of one output to be certified. */
export interface DevicePoint {
  readonly P: Float64Array;
  readonly M: Float64Array;
  /** v of the affine step for the squared loss, w for the others. */
  readonly multiplier: Float64Array;
  readonly muP: Float64Array;
  readonly muM: Float64Array;
}

/** Sums of squares over the outputs at work. */
export interface DeviceNorms {
  readonly matrices: number;
  readonly duals: number;
  /** Predictions and their scaled duals by output; empty for the squared loss. */
  readonly predictions: readonly { readonly u: Float64Array; readonly w: Float64Array }[];
}

/**
 * The splitting of quantized training on a device: the variables of all outputs stay there, an iteration is one list of
 * dispatches, and the projections of all blocks are one batch.
 */
export class DeviceSplitting {
  readonly device: Device;
  readonly gram: DeviceGram;
  readonly #problem: DeviceProblem;
  readonly #tuning: DeviceTuning;
  readonly #operator: SampleOperator;
  readonly #submissions: Submissions;
  readonly #steps: ScheduleLength;
  readonly #open: boolean[];
  readonly #scalars: DeviceBuffer;
  readonly #active: DeviceBuffer;
  readonly #isOpen: DeviceBuffer;
  readonly #X: DeviceBuffer;
  readonly #U: DeviceBuffer;
  readonly #means: DeviceBuffer;
  readonly #mu: DeviceBuffer;
  readonly #y: DeviceBuffer;
  readonly #u: DeviceBuffer;
  readonly #w: DeviceBuffer;
  readonly #v: DeviceBuffer;
  #projector: PsdProjector | undefined;
  #plan: Plan | undefined;
  #penalty = { matrices: NaN, predictions: NaN };
  #theta = NaN;

  private constructor(
    device: Device,
    problem: DeviceProblem,
    tuning: DeviceTuning,
    operator: SampleOperator,
    gram: DeviceGram,
    steps: ScheduleLength,
    buffers: readonly DeviceBuffer[],
  ) {
    this.device = device;
    this.#problem = problem;
    this.#tuning = tuning;
    this.#operator = operator;
    this.gram = gram;
    this.#steps = steps;
    this.#submissions = new Submissions(device);
    this.#open = problem.targets.map(() => true);
    [this.#scalars, this.#active, this.#isOpen, this.#X, this.#U, this.#means, this.#mu] = buffers;
    [this.#y, this.#u, this.#w, this.#v] = buffers.slice(7);
  }

  /**
   * Uploads the samples and makes room for the variables, zeros at first.
   * @param steps accuracy of the projections by polynomials: 7, 8 or 10 steps
   * @throws DeviceMemoryError when it does not fit; DeviceLostError.
   */
  static async create(
    device: Device,
    kernels: DenseKernels,
    problem: DeviceProblem,
    steps: ScheduleLength,
  ): Promise<DeviceSplitting> {
    const { count, order, targets, quadratic } = problem;
    const outputs = targets.length;
    const stride = padded(outputs);
    const tuning = await tuneDevice(device);
    const gemm = new Gemm(order < tuning.largeFrom ? tuning.small : tuning.large);
    await device.compile(KERNELS);
    const operator = await SampleOperator.create(device, problem, gemm);
    const method = chooseDeviceGram(count, quadratic, device.limits.maxBindingBytes);
    const gram = await DeviceGram.create(device, kernels, problem, operator, new Gemm(tuning.small), method);
    const { rows } = productShape(count, outputs, device.adapter.software || method === "operator");
    const zeros = (floats: number, label: string): Promise<DeviceBuffer> =>
      device.upload(new Float32Array(floats), label);
    const y = new Float32Array(count * stride);
    targets.forEach((target, k) => target.forEach((value, i) => (y[i * stride + k] = value)));
    const length = order * (order + 1) * outputs;
    return new DeviceSplitting(device, problem, tuning, operator, gram, steps, [
      await zeros(4, "scalars"),
      await device.upload(Uint32Array.from(targets.keys()), "outputs at work"),
      await device.upload(new Uint32Array(stride).fill(1, 0, outputs), "output flags"),
      await zeros(length, "P, M"),
      await zeros(length, "duals"),
      await zeros(2 * outputs, "means"),
      await zeros(2 * outputs * order, "diagonal multipliers"),
      await device.upload(y, "targets"),
      await zeros(count * stride, "u"),
      await zeros(count * stride, "w"),
      await zeros(rows * stride, "v"),
    ]);
  }

  /** Runs iterations; resolves when the device has done them. */
  async iterate(count: number): Promise<void> {
    const plan = (this.#plan ??= await this.#iteration());
    for (let k = 0; k < count; k++) {
      this.#submissions.run(plan);
      await this.#submissions.throttle();
    }
    this.#submissions.flush();
    await this.device.finish();
  }

  /** New σ of the matrices and of the predictions; the scaled duals follow. */
  setPenalty(matrices: number, predictions: number): void {
    const { price, order, loss, targets } = this.#problem;
    const theta = loss === "squared" ? matrices / 2 : matrices / predictions;
    const scalars = Float32Array.of(matrices, theta, 1 / predictions, price / (matrices * order));
    this.#submissions.write(this.#scalars, scalars);
    const { matrices: before, predictions: beforeU } = this.#penalty;
    if (before > 0) {
      const plan = this.device.plan();
      const sizes = this.#blockSizes(before / matrices);
      const groups = Math.ceil((order * (order + 1)) / 64);
      const bindings = [sizes, undefined, undefined, undefined, this.#U];
      plan.dispatch(rescaleKernel, bindings, linearGrid(groups, targets.length));
      const sizesU = this.#predictionSizes(beforeU / predictions);
      const bindingsU = [sizesU, undefined, undefined, undefined, undefined, undefined, this.#w];
      plan.dispatch(rescalePredictionsKernel, bindingsU, this.#predictionGrid());
      this.#submissions.run(plan);
    }
    this.#penalty = { matrices, predictions };
    if (theta !== this.#theta) this.gram.prepare(theta);
    this.#theta = theta;
  }

  /** Norms of the outputs at work; also adapts the steps of the linear solve. */
  async norms(): Promise<DeviceNorms> {
    const plan = this.device.plan();
    const layers = this.#layers();
    const bindings = [this.#blockSizes(1), this.#active, undefined, this.#X, this.#U, undefined, this.#means];
    plan.dispatch(squaresKernel, bindings, [layers.length, 1, 1]);
    this.device.run(plan);
    const sums = await this.device.readFloats(this.#means);
    let matrices = 0;
    let duals = 0;
    for (const k of layers) {
      matrices += sums[2 * k];
      duals += sums[2 * k + 1];
    }
    if (await this.gram.adapt(this.#open)) this.#plan = undefined;
    if (this.#problem.loss === "squared") return { matrices, duals, predictions: [] };
    const u = await this.device.readFloats(this.#u);
    const w = await this.device.readFloats(this.#w);
    const predictions = this.#problem.targets.map((_, k) => ({ u: this.#column(u, k), w: this.#column(w, k) }));
    return { matrices, duals, predictions };
  }

  /** The point of one output. */
  async read(output: number): Promise<DevicePoint> {
    const { order, loss } = this.#problem;
    const N = (order * (order + 1)) / 2;
    const X = await this.device.readFloats(this.#X, 2 * N, 8 * N * output);
    const mu = await this.device.readFloats(this.#mu, 2 * order, 8 * order * output);
    const vector = await this.device.readFloats(loss === "squared" ? this.#v : this.#w);
    return {
      P: Float64Array.from(X.subarray(0, N)),
      M: Float64Array.from(X.subarray(N)),
      multiplier: this.#column(vector, output),
      muP: Float64Array.from(mu.subarray(0, order)),
      muM: Float64Array.from(mu.subarray(order)),
    };
  }

  /** Sets the variables of one output. */
  async load(output: number, { P, M, UP, UM, u, w }: DeviceState): Promise<void> {
    const { order, count } = this.#problem;
    const N = (order * (order + 1)) / 2;
    this.#submissions.flush();
    this.device.write(this.#X, Float32Array.from([...P, ...M]), 8 * N * output);
    this.device.write(this.#U, Float32Array.from([...UP, ...UM]), 8 * N * output);
    const stride = padded(this.#problem.targets.length);
    for (const [buffer, values] of [
      [this.#u, u],
      [this.#w, w],
    ] as const) {
      const all = await this.device.readFloats(buffer);
      for (let i = 0; i < count; i++) all[i * stride + output] = values[i];
      this.device.write(buffer, all);
    }
  }

  /** The output is left as it is from now on. */
  freeze(output: number): void {
    this.#open[output] = false;
    this.#submissions.flush();
    const layers = this.#layers();
    if (layers.length > 0) this.device.write(this.#active, Uint32Array.from(layers));
    const flags = new Uint32Array(padded(this.#open.length));
    for (const k of layers) flags[k] = 1;
    this.device.write(this.#isOpen, flags);
    this.#projector?.release(this.device);
    this.#projector = undefined;
    this.#plan = undefined;
    this.device.buffers.dropFree();
  }

  /** Gives the buffers back. */
  release(): void {
    this.#projector?.release(this.device);
    this.#operator.release(this.device);
    this.gram.release();
    const own = [this.#scalars, this.#active, this.#isOpen, this.#X, this.#U, this.#means, this.#mu];
    for (const buffer of [...own, this.#y, this.#u, this.#w, this.#v]) this.device.buffers.release(buffer);
  }

  #layers(): number[] {
    return [...this.#open.keys()].filter((k) => this.#open[k]);
  }

  async #iteration(): Promise<Plan> {
    const { order, loss, quadratic } = this.#problem;
    const layers = this.#layers();
    const plan = this.device.plan();
    if (layers.length === 0) return plan;
    this.#projector ??= await PsdProjector.create(this.device, this.#blocks(layers), this.#tuning);
    const count = layers.length;
    const exact = loss === "squared";
    const sizes = this.#blockSizes(1);
    const state = [sizes, this.#active, this.#scalars, this.#X, this.#U];
    plan.dispatch(meansKernel, [...state, undefined, this.#means], [count, 1, 1]);

    // r = target − A(T_P − T_M).
    const right = this.gram.rightHandSide;
    const aimed = exact ? [this.#y, this.#w] : [this.#u, this.#w];
    const toAim = [this.#predictionSizes(1), undefined, ...aimed, undefined, right, undefined, undefined, this.#isOpen];
    plan.dispatch(aimKernel, toAim, this.#predictionGrid());
    this.#operator.addDifference(plan, this.#active, count, this.#X, this.#U, this.#means);
    this.#operator.addForward(plan, this.#active, count, right, -1, 1);
    this.gram.addSolve(plan, this.#active, count, this.#scalars, this.#v);

    const S = this.#operator.addAdjoint(plan, this.#active, count, this.#v);
    if (quadratic) this.#operator.addTraces(plan, this.#active, count, S);
    const squares = linearGrid(Math.ceil(padded(order) ** 2 / 64), count);
    plan.dispatch(affineKernel, [...state, S, this.#means, this.#operator.traces, this.#mu], squares);
    this.#projector.add(plan, this.#X, this.#steps);
    const entries = linearGrid(Math.ceil((order * (order + 1)) / 64), count);
    plan.dispatch(dualKernel, [sizes, this.#active, undefined, this.#X, this.#U], entries);
    if (!exact) {
      const vectors = [this.#v, this.#u, this.#w];
      const bindings = [this.#predictionSizes(1), this.#scalars, this.#y, undefined, ...vectors, undefined, this.#isOpen];
      plan.dispatch(proximalKernel, bindings, this.#predictionGrid());
    }
    return plan;
  }

  #blocks(layers: readonly number[]): PsdBlock[] {
    const { order } = this.#problem;
    const N = (order * (order + 1)) / 2;
    return layers.flatMap((k) => [
      { offset: 2 * k * N, order },
      { offset: (2 * k + 1) * N, order },
    ]);
  }

  #blockSizes(factor: number): Parameters {
    const { order, columns, quadratic, mask, relaxation } = this.#problem;
    const floats = [relaxation, mask.a, 0.5 * mask.b, mask.c, factor];
    return parameters([order, padded(order), columns, quadratic ? 1 : 0], floats);
  }

  #predictionSizes(factor: number): Parameters {
    const { count, targets, loss, relaxation, delta } = this.#problem;
    const integers = [count, padded(targets.length), DEVICE_LOSSES[loss], 0, 0, 0, 0];
    return parameters(integers, [relaxation, delta, factor]);
  }

  #predictionGrid(): ReturnType<typeof linearGrid> {
    const { count, targets } = this.#problem;
    return linearGrid(Math.ceil((count * padded(targets.length)) / 64));
  }

  #column(values: Float32Array, output: number): Float64Array {
    const { count, targets } = this.#problem;
    const stride = padded(targets.length);
    return Float64Array.from({ length: count }, (_, i) => values[i * stride + output]);
  }
}
