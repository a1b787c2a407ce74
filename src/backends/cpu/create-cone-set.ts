import type { Cone } from "../../problem/cones.ts";
import { ConeSet } from "./cones/cone-set.ts";
import type { DenseKernels } from "./kernels/dense-kernels.ts";
import { PsdProjector } from "./psd/project.ts";

/** The product cone with its f64 projections, PSD blocks included. */
export function createConeSet(cones: readonly Cone[], kernels: DenseKernels): ConeSet {
  const projector = new PsdProjector(
    kernels,
    cones.flatMap((cone) => (cone.kind === "psd" ? [cone.order] : [])),
  );
  return new ConeSet(cones, (v, offset, order, block) => projector.project(v, offset, order, v, offset, block));
}
