import type { ZeroCone } from "../../../problem/cones.ts";

/** Projects onto {0}^dim in place. */
export function projectZero(v: Float64Array, offset: number, cone: ZeroCone): void {
  v.fill(0, offset, offset + cone.dim);
}
