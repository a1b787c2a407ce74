import type { Cone } from "../../../problem/cones.ts";
import { coneOffsets } from "../../../problem/cones.ts";
import type { ProjectPsd, PsdContext } from "./project.ts";
import { coneViolation, dualConeViolation, projectCone, projectDualCone } from "./project.ts";

/** The product cone K of a problem with its f64 projections. */
export class ConeSet {
  readonly cones: readonly Cone[];
  /** First row of each cone, and the number of rows at the end. */
  readonly offsets: Int32Array;
  private readonly psd: readonly PsdContext[];

  /** `projectPsd` may be left out when no cone is PSD. */
  constructor(cones: readonly Cone[], projectPsd: ProjectPsd = refusePsd) {
    this.cones = cones;
    this.offsets = coneOffsets(cones);
    let block = 0;
    this.psd = cones.map((cone) => ({ projectPsd, block: cone.kind === "psd" ? block++ : -1 }));
  }

  /** Number of rows m. */
  get dim(): number {
    return this.offsets[this.cones.length];
  }

  /**
   * v ← Π_K(v) in the metric Σ wᵢ(zᵢ − vᵢ)², v and `weights` of length m. Weights must be positive, and equal
   * inside every second-order, PSD, exponential and power cone (and their duals), where they then do not
   * matter.
   */
  project(v: Float64Array, weights?: Float64Array): void {
    const { cones, offsets, psd } = this;
    for (let i = 0; i < cones.length; i++) projectCone(cones[i], v, offsets[i], psd[i], weights);
  }

  /** v ← Π_{K*}(v), Euclidean, v of length m. */
  projectDual(v: Float64Array): void {
    const { cones, offsets, psd } = this;
    for (let i = 0; i < cones.length; i++) projectDualCone(cones[i], v, offsets[i], psd[i]);
  }

  /** Euclidean distance of v from each cone, in the order of `cones`. */
  violations(v: Float64Array): Float64Array {
    return Float64Array.from(this.cones, (cone, i) => coneViolation(cone, v, this.offsets[i], this.psd[i]));
  }

  /** Euclidean distance of v from the dual of each cone, in the order of `cones`. */
  dualViolations(v: Float64Array): Float64Array {
    return Float64Array.from(this.cones, (cone, i) =>
      dualConeViolation(cone, v, this.offsets[i], this.psd[i]),
    );
  }

  /** Euclidean distance of v from K. */
  distance(v: Float64Array): number {
    return norm(this.violations(v));
  }

  /** Euclidean distance of v from K*. */
  dualDistance(v: Float64Array): number {
    return norm(this.dualViolations(v));
  }
}

function refusePsd(): never {
  throw new Error("ConeSet: the problem has PSD cones but no PSD projection was given");
}

function norm(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
