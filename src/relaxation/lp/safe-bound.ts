import type { LpColumns, LpRow } from "./linear-program.ts";

const EPSILON = 2 ** -53;

/**
 * A lower bound on min costᵀx over the rows and columns from any multipliers, good or bad (Neumaier and Shcherbina,
 * "Safe bounds in linear and mixed-integer linear programming", 2004):
 * Σ yᵢ·(lower or upper side by the sign of yᵢ) + Σ min over [lⱼ, uⱼ] of (c − Aᵀy)ⱼxⱼ, less a bound on the rounding
 * errors of this very sum. A multiplier that points to an infinite side counts as zero.
 */
export function safeLowerBound(
  columns: LpColumns,
  rows: readonly LpRow[],
  cost: Float64Array,
  rowDual: Float64Array,
): number {
  const n = cost.length;
  const reduced = cost.slice();
  const size = cost.map(Math.abs);
  const terms = new Int32Array(n).fill(2);
  let sum = 0;
  let magnitude = 0;
  rows.forEach((row, i) => {
    const y = rowDual[i];
    const side = y > 0 ? row.lower : row.upper;
    if (!(Math.abs(y) > 0) || !Number.isFinite(side) || !Number.isFinite(y)) return;
    sum += y * side;
    magnitude += Math.abs(y * side);
    for (let k = 0; k < row.indices.length; k++) {
      const part = y * row.values[k];
      const j = row.indices[k];
      reduced[j] -= part;
      size[j] += Math.abs(part);
      terms[j]++;
    }
  });
  let error = 0;
  for (let j = 0; j < n; j++) {
    const { lower, upper } = columns;
    const reach = Math.max(Math.abs(lower[j]), Math.abs(upper[j]));
    sum += Math.min(reduced[j] * lower[j], reduced[j] * upper[j]);
    magnitude += Math.abs(reduced[j]) * reach;
    error += terms[j] * EPSILON * size[j] * reach;
  }
  return sum - 1.01 * error - 1.01 * (rows.length + n + 2) * EPSILON * magnitude;
}
