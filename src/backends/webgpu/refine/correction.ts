import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import { addSparseProduct } from "../kernels/sparse.ts";
import { addCombine, VECTOR_KERNELS } from "../kernels/vector.ts";
import type { Plan } from "../plan.ts";
import { andersonState } from "../splitting/device-anderson.ts";
import type { DeviceAnderson } from "../splitting/device-anderson.ts";
import { Scalar, SplittingSteps } from "../splitting/steps.ts";
import type { SplittingBuffers } from "../splitting/steps.ts";
import type { WebGpuWorkspaceParts } from "../splitting/workspace.ts";
import type { ConeDerivative } from "./cone-derivative.ts";
import type { Evaluation } from "./splitting-point.ts";

/** Over-relaxation, as in the splitting. */
const RELAXATION = 1.7;
/** Iterations between looks at the residual. */
const LOOK_EVERY = 25;
/** The residual must fall by this factor between two looks this many apart. */
const PROGRESS = 0.7;
const PATIENCE = 4;
/** Words of the acceleration's state (device-anderson.ts). */
const STATE_WORDS = 8;

/** How far a correction may go. */
export interface CorrectionLimits {
  /** Residual to reach, relative to the one at the point. */
  readonly tolerance: number;
  readonly iterations: number;
  /** Asked at every look at the residual; true ends the correction there. */
  readonly stop: () => boolean;
}

/** A direction to move v by: `step` times `direction`. */
export interface Correction {
  readonly direction: Float32Array;
  readonly step: number;
  readonly iterations: number;
  /** What is left of the residual of the linearised map, relative. */
  readonly residual: number;
}

/**
 * The correction δ of a point v, on the device in f32: v + δ is to be a fixed point of the splitting T linearised
 * around v. With r = T(v) − v in f64 from the host and J the derivative of T at v,
 *
 *     δ ← δ + α(r + (J − I)δ),   in units of ‖r‖,
 *
 * is the splitting's own iteration, accelerated as always, with b = c = 0, the derivative of the projection for the
 * projection, and r added. Its rounding is f32's relative to δ, so every correction wins some three digits; one for
 * each vector sent and received. Compare iterative refinement (Wilkinson, 1963); for second-order methods on the same map
 * Ali, Wong and Kolter, "A semismooth Newton method for fast, generic convex programming" (2017).
 */
export class CorrectionLoop {
  /** Bytes sent to the device and read from it so far. */
  sent = 0;
  received = 0;
  readonly #device: Device;
  readonly #parts: WebGpuWorkspaceParts;
  readonly #derivative: ConeDerivative;
  readonly #anderson: DeviceAnderson;
  readonly #buffers: SplittingBuffers;
  readonly #residual: DeviceBuffer;
  readonly #addOne: DeviceBuffer;
  readonly #step: Plan;

  private constructor(
    parts: WebGpuWorkspaceParts,
    derivative: ConeDerivative,
    own: Pick<SplittingBuffers, "scalars" | "b" | "c">,
    residual: DeviceBuffer,
    addOne: DeviceBuffer,
  ) {
    this.#parts = parts;
    this.#device = parts.device;
    this.#derivative = derivative;
    this.#anderson = parts.anderson;
    this.#residual = residual;
    this.#addOne = addOne;
    const buffers = (this.#buffers = { ...parts.buffers, ...own });
    const steps = new SplittingSteps(buffers);
    const { n, m, u, t, s, work, rhs } = buffers;
    const plan = (this.#step = parts.device.plan());
    parts.anderson.keepInput(plan);
    steps.addRightHandSide(plan);
    addSparseProduct(plan, parts.adjoint, { buffer: work }, { buffer: rhs }, 1, 1);
    parts.linear.add(plan, rhs, t);
    addSparseProduct(plan, parts.forward, { buffer: t }, { buffer: work });
    steps.addReflect(plan);
    derivative.add(plan, s);
    steps.addComplete(plan);
    addCombine(plan, n + m, { buffer: addOne }, { buffer: residual }, { buffer: residual }, { buffer: u });
    steps.addRelax(plan);
  }

  /** On the buffers of a workspace, which has to be started again before it goes on by itself. */
  static async create(parts: WebGpuWorkspaceParts, derivative: ConeDerivative, penalty: number): Promise<CorrectionLoop> {
    const { device, rho, buffers } = parts;
    await device.compile(VECTOR_KERNELS);
    const { n, m } = buffers;
    const scalars = new Float32Array(4);
    scalars[Scalar.penalty] = penalty;
    scalars[Scalar.inversePenalty] = 1 / penalty;
    scalars[Scalar.relaxation] = RELAXATION;
    scalars[Scalar.rho] = rho;
    return new CorrectionLoop(
      parts,
      derivative,
      {
        scalars: await device.upload(scalars, "refinement scalars"),
        b: await device.upload(new Float32Array(m), "refinement b"),
        c: await device.upload(new Float32Array(n), "refinement c"),
      },
      await device.buffers.allocate(4 * (n + m), "refinement residual"),
      await device.upload(new Float32Array([1, 0, 1, 0]), "refinement sum"),
    );
  }

  /** The correction of the point that was evaluated. Rejects with DeviceLostError when the device is lost. */
  async run({ residual, size, base }: Evaluation, { tolerance, iterations, stop }: CorrectionLimits): Promise<Correction> {
    const { v, t } = this.#buffers;
    const { submissions } = this.#parts;
    const scaled = Float32Array.from(residual, (value) => value / size);
    submissions.flush();
    this.#device.write(this.#residual, scaled);
    this.sent += scaled.byteLength + this.#derivative.setBase(base, size);
    const zero = new Float32Array(scaled.length);
    submissions.write(v, zero);
    submissions.write(t, zero);
    this.#anderson.reset(false);

    let k = 0;
    let now = 1;
    const seen: number[] = [];
    while (k < iterations) {
      await this.#iterate(Math.min(LOOK_EVERY, iterations - k), k);
      k += Math.min(LOOK_EVERY, iterations - k);
      submissions.flush();
      const words = await this.#device.readIntegers(this.#anderson.state, STATE_WORDS);
      this.received += words.byteLength;
      now = Math.sqrt(andersonState(words).residual) / RELAXATION;
      seen.push(now);
      const earlier = seen.at(-1 - PATIENCE) ?? Infinity;
      // Written so that NaN ends it, too.
      if (now <= tolerance || !(now <= PROGRESS * earlier) || stop()) break;
    }
    const direction = await this.#device.readFloats(v, scaled.length);
    this.received += direction.byteLength;
    return { direction, step: size, iterations: k, residual: now };
  }

  release(): void {
    const { scalars, b, c } = this.#buffers;
    for (const buffer of [scalars, b, c, this.#residual, this.#addOne]) this.#device.buffers.release(buffer);
    this.#derivative.release();
  }

  async #iterate(count: number, from: number): Promise<void> {
    const { submissions } = this.#parts;
    for (let i = 0; i < count; i++) {
      if (from + i > 0) this.#anderson.extrapolate();
      submissions.run(this.#step);
      this.#anderson.safeguard();
      await submissions.throttle();
    }
  }
}
