import type { Device, DeviceProblem, DeviceSplitting } from "../../backends/webgpu/quantized/access.ts";
import type * as access from "../../backends/webgpu/quantized/access.ts";
import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { svecToMatrix } from "../../problem/svec.ts";
import { FLOOR, RELAXATION } from "./cpu-engine.ts";
import type { BlockPoint, BlockState, Norms, Penalties, SplittingEngine, SplittingProblem } from "./engine.ts";
import { gramMatrix } from "./gram-solver.ts";

/** Certified gaps below which the projections are made with all the accuracy f32 has. */
const FINE_GAP = 1e-4;
/** Eigenvalues above this share of the largest count for a rank. */
const RANK_TOLERANCE = 1e-5;

/** The splitting in f32 on a WebGPU device; what is certified is read and recomputed in f64. */
export class WebGpuEngine implements SplittingEngine {
  readonly name = "webgpu";
  readonly adapter: string;
  readonly seconds: Record<string, number> = { device: 0, reading: 0 };
  readonly notes: readonly string[];
  readonly #device: Device;
  readonly #splitting: DeviceSplitting;
  readonly #kernels: DenseKernels;
  readonly #problem: SplittingProblem;
  readonly #read: (BlockPoint | undefined)[];
  #penalty: Penalties;

  private constructor(
    device: Device,
    splitting: DeviceSplitting,
    kernels: DenseKernels,
    problem: SplittingProblem,
    penalty: Penalties,
  ) {
    this.#device = device;
    this.#splitting = splitting;
    this.#kernels = kernels;
    this.#problem = problem;
    this.#penalty = penalty;
    this.#read = problem.targets.map(() => undefined);
    this.adapter = device.name;
    this.notes = [`in f32 on ${device.name}; linear system by ${splitting.gram.method}`];
  }

  /**
   * @param backend the device layer, loaded on demand
   * @param device is given back by `dispose`, also when this fails
   * @throws DeviceMemoryError when the problem does not fit; DeviceLostError.
   */
  static async create(
    backend: typeof access,
    device: Device,
    kernels: DenseKernels,
    problem: SplittingProblem,
    gap: number,
  ): Promise<WebGpuEngine> {
    const start = performance.now();
    const { forms, program, loss, targets, price } = problem;
    const { count, columns, order, expanded, activation } = forms;
    const mask = activation === "bilinear" ? { a: 1, b: 0, c: 0 } : activation;
    const norms = forms.squaredNorms();
    const quadratic = program === "quadratic";
    const method = backend.chooseDeviceGram(count, quadratic, device.limits.maxBindingBytes);
    const data: DeviceProblem = {
      count,
      columns,
      order,
      samples: expanded,
      mask,
      quadratic,
      loss: loss.name,
      delta: loss.corner,
      targets,
      price,
      relaxation: RELAXATION,
      gram: method === "inverse" ? gramMatrix(kernels, forms, program).map((g) => 2 * g) : undefined,
      gramDiagonal: norms.map((norm) => 2 * norm),
    };
    const splitting = await backend.DeviceSplitting.create(device, kernels, data, gap < FINE_GAP ? 10 : 8);
    const size = norms.reduce((sum, s) => sum + s, 0) / count || 1;
    const penalty = { matrices: 1, predictions: 1 / size };
    splitting.setPenalty(penalty.matrices, penalty.predictions);
    const engine = new WebGpuEngine(device, splitting, kernels, problem, penalty);
    engine.seconds["upload"] = (performance.now() - start) / 1000;
    return engine;
  }

  get penalty(): Penalties {
    return this.#penalty;
  }

  get bytes(): number {
    return this.#device.buffers.allocatedBytes;
  }

  /** Inverting on the host takes as long as some iterations; conjugate gradients need nothing. */
  get penaltyCost(): number {
    return this.#splitting.gram.method === "inverse" ? 5 : 0;
  }

  async iterate(count: number): Promise<void> {
    await this.#timed("device", () => this.#splitting.iterate(count));
  }

  async norms(): Promise<Norms> {
    const { matrices, duals, predictions } = await this.#timed("reading", () => this.#splitting.norms());
    const { targets, loss } = this.#problem;
    let primal = 0;
    let dual = 0;
    predictions.forEach(({ u, w }, k) => {
      const y = targets[k];
      for (let i = 0; i < u.length; i++) {
        primal += loss.labelsOnly ? u[i] ** 2 : (u[i] - y[i]) ** 2 + (FLOOR * y[i]) ** 2;
        dual += w[i] ** 2;
      }
    });
    return {
      matrices: { primal: Math.sqrt(matrices), dual: Math.sqrt(duals) },
      predictions:
        loss.name === "squared" ? undefined : { primal: Math.sqrt(primal), dual: Math.sqrt(dual) },
    };
  }

  setPenalty(penalty: Penalties): void {
    this.#splitting.setPenalty(penalty.matrices, penalty.predictions);
    this.#penalty = penalty;
  }

  async read(block: number): Promise<BlockPoint> {
    const { multiplier, ...point } = await this.#timed("reading", () => this.#splitting.read(block));
    const { matrices, predictions } = this.#penalty;
    const scale = this.#problem.loss.name === "squared" ? matrices : -predictions;
    const read = { ...point, nu: multiplier.map((value) => scale * value) };
    this.#read[block] = read;
    return read;
  }

  async load(block: number, state: BlockState): Promise<void> {
    await this.#splitting.load(block, state);
  }

  ranks(block: number): readonly [number, number] {
    const point = this.#read[block];
    return point === undefined ? [0, 0] : [this.#rank(point.P), this.#rank(point.M)];
  }

  freeze(block: number): void {
    this.#splitting.freeze(block);
  }

  dispose(): void {
    this.#device.destroy();
  }

  #rank(packed: Float64Array): number {
    const d = this.#problem.forms.order;
    const square = new Float64Array(d * d);
    const values = new Float64Array(d);
    svecToMatrix(packed, 0, d, square);
    this.#kernels.eigenvalues(d, square, values);
    return values.reduce((rank, value) => rank + (value > RANK_TOLERANCE * values[d - 1] ? 1 : 0), 0);
  }

  async #timed<T>(part: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[part] += (performance.now() - start) / 1000;
    }
  }
}
