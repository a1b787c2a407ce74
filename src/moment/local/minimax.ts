import { sparseOperator } from "../../problem/operators/sparse.ts";
import { sparseFromTriplets } from "../../problem/sparse-matrix.ts";
import { solve } from "../../solver/solve.ts";
import { norm2, normInf } from "../../solver/vector.ts";
import { dualSimplex } from "./dual-simplex.ts";
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

/** Larger programs go to the conic core's interior-point phase. */
const MOST_VARIABLES = 60;

interface LinearStep {
  readonly p: Float64Array;
  /** ‖r + Jp‖∞. */
  readonly value: number;
}

/** min t s.t. |r + Jp| ≤ t, |p| ≤ radius; lengths in units of the radius and of ‖r‖∞. */
async function linearStep(
  r: Float64Array,
  J: Float64Array,
  m: number,
  n: number,
  radius: number,
): Promise<LinearStep | undefined> {
  const size = normInf(r);
  const width = n + 1;
  const rows = new Float64Array((2 * m + 2 * n) * width);
  const limits = new Float64Array(2 * m + 2 * n);
  let worst = 0;
  for (let i = 0; i < m; i++) {
    if (Math.abs(r[i]) > Math.abs(r[worst])) worst = i;
    for (const [row, sign] of [
      [2 * i, 1],
      [2 * i + 1, -1],
    ] as const) {
      for (let j = 0; j < n; j++) rows[row * width + j] = (sign * J[j * m + i] * radius) / size;
      rows[row * width + n] = -1;
      limits[row] = (-sign * r[i]) / size;
    }
  }
  for (let j = 0; j < n; j++) {
    rows[(2 * m + 2 * j) * width + j] = 1;
    rows[(2 * m + 2 * j + 1) * width + j] = -1;
    limits[2 * m + 2 * j] = limits[2 * m + 2 * j + 1] = 1;
  }
  const cost = new Float64Array(width);
  cost[n] = 1;
  // The largest residual and the corner that lowers it most.
  const first = 2 * worst + (r[worst] >= 0 ? 0 : 1);
  const corner = Array.from({ length: n }, (_, j) => 2 * m + 2 * j + (rows[first * width + j] > 0 ? 1 : 0));
  const z =
    n <= MOST_VARIABLES
      ? dualSimplex({ cost, rows, limits, start: [...corner, first] })?.z
      : await interiorPoint(cost, rows, limits);
  return z && { p: z.slice(0, n).map((v) => v * radius), value: z[n] * size };
}

async function interiorPoint(
  cost: Float64Array,
  rows: Float64Array,
  limits: Float64Array,
): Promise<Float64Array | undefined> {
  const width = cost.length;
  const at = Array.from(rows.keys()).filter((k) => rows[k] !== 0);
  const A = sparseFromTriplets(
    limits.length,
    width,
    at.map((k) => Math.floor(k / width)),
    at.map((k) => k % width),
    at.map((k) => rows[k]),
  );
  const cones = [{ kind: "nonnegative", dim: limits.length }] as const;
  const result = await solve(
    { c: cost, A: sparseOperator(A), b: limits, cones },
    { eps: 1e-9, method: "interior" },
  );
  return result.status === "solved" || result.status === "solvedInaccurate" ? result.x : undefined;
}
