import type { ConicPoint } from "../../../problem/conic-problem.ts";
import { tuneDevice } from "../psd/tune.ts";
import type { WebGpuWorkspace } from "../splitting/workspace.ts";
import { ConeDerivative } from "./cone-derivative.ts";
import { CorrectionLoop } from "./correction.ts";
import type { CorrectionLimits } from "./correction.ts";
import { SplittingPoint } from "./splitting-point.ts";
import type { Evaluation, SplittingPointParts } from "./splitting-point.ts";

/** What crossed the bus, and what was iterated. */
export interface RefinementTraffic {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly iterations: number;
  readonly corrections: number;
}

/**
 * Past f32 on a device: a point in f64 on the host, corrected by directions that the device finds in f32
 * (correction.ts). Takes the workspace's buffers; the workspace must be started again before it goes on.
 */
export class Refiner {
  readonly #state: SplittingPoint;
  readonly #loop: CorrectionLoop;
  #current: Evaluation;
  #iterations = 0;
  #corrections = 0;

  private constructor(state: SplittingPoint, loop: CorrectionLoop) {
    this.#state = state;
    this.#loop = loop;
    this.#current = state.evaluate();
  }

  /** Around a point in original units; b and c are the present ones. Throws DeviceMemoryError when it does not fit. */
  static async create(
    { parts, penalty }: WebGpuWorkspace,
    kernels: SplittingPointParts["kernels"],
    point: ConicPoint,
    b: Float64Array,
    c: Float64Array,
  ): Promise<Refiner> {
    const { device, problem, A, weights, rho } = parts;
    const derivative = await ConeDerivative.create(device, problem.cones, await tuneDevice(device));
    const loop = await CorrectionLoop.create(parts, derivative, penalty);
    return new Refiner(new SplittingPoint({ problem, A, weights, rho, kernels }, b, c, point, penalty), loop);
  }

  /** The point as it stands: one step of the splitting in f64 from the state. Original units, in the cones. */
  get point(): ConicPoint {
    return this.#current.point;
  }

  /** ‖T(v) − v‖₂ in f64, equilibrated. */
  get residual(): number {
    return this.#current.size;
  }

  get traffic(): RefinementTraffic {
    return {
      sentBytes: this.#loop.sent,
      receivedBytes: this.#loop.received,
      iterations: this.#iterations,
      corrections: this.#corrections,
    };
  }

  /** Makes a correction and keeps it when the residual falls; false when it does not, or none is left to make. */
  async correct(limits: CorrectionLimits): Promise<boolean> {
    const before = this.#current;
    if (!(before.size > 0)) return false;
    const { direction, step, iterations } = await this.#loop.run(before, limits);
    this.#iterations += iterations;
    if (!direction.every(Number.isFinite)) return false;
    this.#state.move(step, direction);
    const after = this.#state.evaluate();
    if (after.size < before.size) {
      this.#current = after;
      this.#corrections++;
      return true;
    }
    this.#state.move(-step, direction);
    return false;
  }

  release(): void {
    this.#loop.release();
  }
}
