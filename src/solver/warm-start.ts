import { WarmStartError } from "../errors.ts";
import type { ConicPoint, ConicProblem } from "../problem/conic-problem.ts";

/**
 * A warm start is used as it is or refused.
 * @throws WarmStartError when a vector has the wrong length or holds a number that is not finite.
 */
export function requireWarmStart(
  problem: Pick<ConicProblem, "b" | "c">,
  point: ConicPoint | undefined,
): ConicPoint | undefined {
  if (point === undefined) return undefined;
  const lengths = { x: problem.c.length, y: problem.b.length, s: problem.b.length };
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
