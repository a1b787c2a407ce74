import { coneOffsets } from "../../problem/cones.ts";
import type { Cone } from "../../problem/cones.ts";
import { ConeSet } from "./cones/cone-set.ts";
import type { DenseKernels } from "../../linear/dense-kernels.ts";
import { ParallelPsdProjector } from "./psd/parallel/parallel-projector.ts";
import { PsdProjector } from "./psd/project.ts";

/** The product cone with its f64 projections, PSD blocks included. */
export function createConeSet(cones: readonly Cone[], kernels: DenseKernels): ConeSet {
  const projector = new PsdProjector(
    kernels,
    cones.flatMap((cone) => (cone.kind === "psd" ? [cone.order] : [])),
  );
  return new ConeSet(cones, (v, offset, order, block) => projector.project(v, offset, order, v, offset, block));
}

/** The projection of every iteration, with threads where several PSD blocks are worth them. */
export class IterationCones {
  readonly #others: ConeSet;
  readonly #psd: ParallelPsdProjector | undefined;

  constructor(cones: readonly Cone[], kernels: DenseKernels) {
    const offsets = coneOffsets(cones);
    const blocks = cones.flatMap((cone, k) => (cone.kind === "psd" ? [{ order: cone.order, offset: offsets[k] }] : []));
    const orders = blocks.map(({ order }) => order);
    const { threads = 1, serial = kernels } = kernels;
    // Threads either share out the blocks or, where one block is most of the work, join in on it.
    if (orders.length < 2 || (threads > 1 && shareOfLargest(orders) > 1 / threads)) {
      this.#others = createConeSet(cones, kernels);
    } else {
      this.#psd = new ParallelPsdProjector(
        serial,
        orders,
        blocks.map(({ offset }) => offset),
        threads > 1 ? { threads: Math.min(threads, orders.length) - 1 } : {},
      );
      // The blocks are all done by the time that this set comes to them.
      this.#others = new ConeSet(cones, () => undefined);
    }
  }

  project(v: Float64Array): void {
    this.#psd?.projectAll(v);
    this.#others.project(v);
  }

  /** Ends the threads. */
  dispose(): void {
    this.#psd?.dispose();
  }
}

/** Share of the largest block in the work of projecting all. */
function shareOfLargest(orders: readonly number[]): number {
  const costs = orders.map((order) => order ** 3);
  return Math.max(...costs) / costs.reduce((a, b) => a + b, 0);
}
