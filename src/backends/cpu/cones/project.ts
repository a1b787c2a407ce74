import type { Cone } from "../../../problem/cones.ts";
import { coneDim } from "../../../problem/cones.ts";
import { projectBox, projectDualBox } from "./box.ts";
import { projectDualExponential, projectExponential } from "./exponential.ts";
import { projectNonnegative } from "./nonnegative.ts";
import { projectDualPower, projectPower } from "./power.ts";
import { projectSecondOrder } from "./second-order.ts";
import { projectZero } from "./zero.ts";

/**
 * Projects svec at `offset` onto the PSD cone of this order in place. `block` counts the PSD cones of the
 * problem from zero, so that an implementation can keep a warm start per block.
 */
export type ProjectPsd = (v: Float64Array, offset: number, order: number, block: number) => void;

/** How PSD cones are projected, and which PSD block of its problem a cone is. */
export interface PsdContext {
  readonly projectPsd: ProjectPsd;
  readonly block: number;
}

/**
 * Projects the rows of one cone, v[offset …], onto it in place; `weights` (read at the same rows) is the
 * metric of a box cone.
 */
export function projectCone(
  cone: Cone,
  v: Float64Array,
  offset: number,
  psd: PsdContext,
  weights?: Float64Array,
): void {
  switch (cone.kind) {
    case "zero":
      return projectZero(v, offset, cone);
    case "nonnegative":
      return projectNonnegative(v, offset, cone);
    case "box":
      return projectBox(v, offset, cone, weights);
    case "secondOrder":
      return projectSecondOrder(v, offset, cone);
    case "psd":
      return psd.projectPsd(v, offset, cone.order, psd.block);
    case "exponential":
      return projectExponential(v, offset);
    case "dualExponential":
      return projectDualExponential(v, offset);
    case "power":
      return projectPower(v, offset, cone.alpha);
    case "dualPower":
      return projectDualPower(v, offset, cone.alpha);
  }
}

/** Projects v[offset …] onto the dual of the cone in place, Euclidean metric. */
export function projectDualCone(cone: Cone, v: Float64Array, offset: number, psd: PsdContext): void {
  switch (cone.kind) {
    case "zero":
      return;
    case "nonnegative":
    case "secondOrder":
    case "psd":
      return projectCone(cone, v, offset, psd);
    case "box":
      return projectDualBox(v, offset, cone);
    case "exponential":
      return projectDualExponential(v, offset);
    case "dualExponential":
      return projectExponential(v, offset);
    case "power":
      return projectDualPower(v, offset, cone.alpha);
    case "dualPower":
      return projectPower(v, offset, cone.alpha);
  }
}

/** Euclidean distance of v[offset …] from the cone. */
export function coneViolation(cone: Cone, v: Float64Array, offset: number, psd: PsdContext): number {
  const rows = v.slice(offset, offset + coneDim(cone));
  projectCone(cone, rows, 0, psd);
  return distanceTo(rows, v, offset);
}

/** Euclidean distance of v[offset …] from the dual of the cone. */
export function dualConeViolation(cone: Cone, v: Float64Array, offset: number, psd: PsdContext): number {
  const rows = v.slice(offset, offset + coneDim(cone));
  projectDualCone(cone, rows, 0, psd);
  return distanceTo(rows, v, offset);
}

function distanceTo(rows: Float64Array, v: Float64Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += (rows[i] - v[offset + i]) ** 2;
  return Math.sqrt(sum);
}
