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
    if (blocks.length < 2) this.#others = createConeSet(cones, kernels);
    else {
      this.#psd = new ParallelPsdProjector(
        kernels,
        blocks.map(({ order }) => order),
        blocks.map(({ offset }) => offset),
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
