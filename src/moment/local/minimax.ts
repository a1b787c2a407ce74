import { sparseOperator } from "../../problem/operators/sparse.ts";
import { sparseFromTriplets } from "../../problem/sparse-matrix.ts";
import { solve } from "../../solver/solve.ts";
import { norm2, normInf } from "../../solver/vector.ts";
import type { ResidualFunction } from "./levenberg-marquardt.ts";

export interface MinimaxPoint {
  readonly x: Float64Array;
  /** ‖r‖∞. */
  readonly norm: number;
  readonly iterations: number;
}

/**
 * A local minimiser of ‖r(x)‖∞: linear programs on the linearised residuals in a box-shaped trust region
 * (Madsen 1975).
 */
export async function minimaxPolish(
  f: ResidualFunction,
  start: Float64Array,
  maxIterations = 40,
): Promise<MinimaxPoint> {
  const n = start.length;
  const m = f.rows;
  let x = start.slice();
  const r = new Float64Array(m);
  const J = new Float64Array(m * n);
  const trialR = new Float64Array(m);
  f.residuals(x, r);
  let value = normInf(r);
  let radius = Math.max(0.1, 0.5 * norm2(x));
  let iterations = 0;
  for (; iterations < maxIterations && value > 0; iterations++) {
    f.jacobian(x, J);
    // Residuals at rounding level: nothing is left to gain.
    if (value <= 1e-14 * normInf(J) * (1 + normInf(x))) break;
    const step = await linearStep(r, J, m, n, radius);
    if (!step) break;
    const predicted = value - step.value;
    if (!(predicted > 1e-13 * value)) break;
    const trial = x.map((v, i) => v + step.p[i]);
    f.residuals(trial, trialR);
    const next = normInf(trialR);
    const ratio = (value - next) / predicted;
    const length = normInf(step.p);
    if (ratio < 0.25) radius = 0.4 * length;
    else if (ratio > 0.75 && length > 0.99 * radius) radius *= 2;
    if (next < value) {
      x = trial;
      r.set(trialR);
      value = next;
    }
    if (radius <= 1e-14 * (1 + normInf(x))) break;
  }
  return { x, norm: value, iterations };
}

/** min t s.t. |r + Jp| ≤ t, |p| ≤ radius; lengths in units of the radius and of ‖r‖∞. */
async function linearStep(
  r: Float64Array,
  J: Float64Array,
  m: number,
  n: number,
  radius: number,
): Promise<{ readonly p: Float64Array; readonly value: number } | undefined> {
  const size = normInf(r);
  const rows: number[] = [];
  const cols: number[] = [];
  const values: number[] = [];
  const b = new Float64Array(2 * m + 2 * n);
  for (let i = 0; i < m; i++) {
    for (const [row, sign] of [
      [2 * i, 1],
      [2 * i + 1, -1],
    ] as const) {
      for (let j = 0; j < n; j++) {
        rows.push(row);
        cols.push(j);
        values.push((sign * J[j * m + i] * radius) / size);
      }
      rows.push(row);
      cols.push(n);
      values.push(-1);
      b[row] = (-sign * r[i]) / size;
    }
  }
  for (let j = 0; j < n; j++) {
    for (const [row, sign] of [
      [2 * m + 2 * j, 1],
      [2 * m + 2 * j + 1, -1],
    ] as const) {
      rows.push(row);
      cols.push(j);
      values.push(sign);
      b[row] = 1;
    }
  }
  const c = new Float64Array(n + 1);
  c[n] = 1;
  const result = await solve(
    {
      c,
      A: sparseOperator(sparseFromTriplets(b.length, n + 1, rows, cols, values)),
      b,
      cones: [{ kind: "nonnegative", dim: b.length }],
    },
    { eps: 1e-9, method: "interior" },
  );
  if (result.status !== "solved" && result.status !== "solvedInaccurate") return undefined;
  return { p: result.x.slice(0, n).map((v) => v * radius), value: result.x[n] * size };
}
