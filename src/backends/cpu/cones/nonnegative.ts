import type { NonnegativeCone } from "../../../problem/cones.ts";

/** Projects onto the nonnegative orthant in place: max(v, 0). */
export function projectNonnegative(v: Float64Array, offset: number, cone: NonnegativeCone): void {
  const end = offset + cone.dim;
  for (let i = offset; i < end; i++) if (v[i] < 0) v[i] = 0;
}
