import { WarmStartError } from "../errors.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";

/**
 * A warm start for a problem of `rows` rows and `cols` columns is used as it is or refused.
 * @throws WarmStartError when a vector has the wrong length or holds a number that is not finite.
 */
export function requireWarmStart(point: ConicPoint, { rows, cols }: { readonly rows: number; readonly cols: number }): ConicPoint {
  const lengths = { x: cols, y: rows, s: rows };
  for (const field of ["x", "y", "s"] as const) {
    const v = point[field];
    if (!(v instanceof Float64Array) || v.length !== lengths[field]) {
      const found = v instanceof Float64Array ? `has length ${v.length}` : "is no Float64Array";
      throw new WarmStartError(`warm start ${field} ${found}; the problem needs ${lengths[field]} numbers`, { field });
    }
    const index = v.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) {
      const value = v[index];
      throw new WarmStartError(`warm start ${field}[${index}] is ${value}; give finite numbers`, { field, index, value });
    }
  }
  return point;
}
