import type { DeviceBuffer } from "../buffers.ts";
import { splitting as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Plan } from "../plan.ts";

const rightHandSide: Kernel = { name: "splitting-rhs", entry: "rightHandSide", source };
const reflect: Kernel = { name: "splitting-reflect", entry: "reflect", source };
const complete: Kernel = { name: "splitting-complete", entry: "complete", source };
const relax: Kernel = { name: "splitting-relax", entry: "relax", source };
const reweigh: Kernel = { name: "splitting-reweigh", entry: "reweigh", source };

/** Kernels of this file, to be compiled before use. */
export const SPLITTING_KERNELS: readonly Kernel[] = [rightHandSide, reflect, complete, relax, reweigh];

/** Places in the buffer of scalars. */
export const Scalar = { penalty: 0, inversePenalty: 1, relaxation: 2, rho: 3 } as const;

/** The vectors of the splitting on the device; x has n entries, w, s and b have m. */
export interface SplittingBuffers {
  readonly n: number;
  readonly m: number;
  /** See {@link Scalar}. */
  readonly scalars: DeviceBuffer;
  /** (x, w). */
  readonly v: DeviceBuffer;
  readonly u: DeviceBuffer;
  /** ũ. */
  readonly t: DeviceBuffer;
  readonly s: DeviceBuffer;
  readonly b: DeviceBuffer;
  readonly c: DeviceBuffer;
  /** Diagonal of W, m. */
  readonly weights: DeviceBuffer;
  /** 1/rowScale (m), negative on equality rows, and 1/colScale (n). */
  readonly rowInverse: DeviceBuffer;
  readonly colInverse: DeviceBuffer;
  /** Room for m and n entries. */
  readonly work: DeviceBuffer;
  readonly rhs: DeviceBuffer;
}

const THREADS = 64;

/** The element-wise steps as entries of a plan, in the order of an iteration. */
export class SplittingSteps {
  readonly #b: SplittingBuffers;

  constructor(buffers: SplittingBuffers) {
    this.#b = buffers;
  }

  /** rhs and work, so that the right-hand side of the x-system is rhs + Aᵀwork. */
  addRightHandSide(plan: Plan): void {
    const { n, m, scalars, v, b, weights, c, work, rhs } = this.#b;
    const none = undefined;
    const bindings = [parameters([n, m]), scalars, v, none, none, none, b, weights, c, work, rhs];
    plan.dispatch(rightHandSide, bindings, linearGrid(Math.ceil((n + m) / THREADS)));
  }

  /** From t_x and work = A t_x: t_w, u = 2t − v and the slack to be projected. */
  addReflect(plan: Plan): void {
    const { n, m, scalars, v, u, t, s, b, weights, work } = this.#b;
    const bindings = [parameters([n, m]), scalars, v, u, t, s, b, weights, undefined, work];
    plan.dispatch(reflect, bindings, linearGrid(Math.ceil((n + m) / THREADS)));
  }

  /** After the projection: u_w. */
  addComplete(plan: Plan): void {
    const { n, m, scalars, u, s, weights } = this.#b;
    const bindings = [parameters([n, m]), scalars, undefined, u, undefined, s, undefined, weights];
    plan.dispatch(complete, bindings, linearGrid(Math.ceil(m / THREADS)));
  }

  addRelax(plan: Plan): void {
    const { n, m, scalars, v, u, t } = this.#b;
    plan.dispatch(relax, [parameters([n, m]), scalars, v, u, t], linearGrid(Math.ceil((n + m) / THREADS)));
  }

  /** v in new weights, s and u kept. */
  addReweigh(plan: Plan): void {
    const { n, m, scalars, v, u, t, s, weights } = this.#b;
    const bindings = [parameters([n, m]), scalars, v, u, t, s, undefined, weights];
    plan.dispatch(reweigh, bindings, linearGrid(Math.ceil((n + m) / THREADS)));
  }
}
