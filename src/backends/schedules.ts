/**
 * Step schedules for the matrix sign function by odd polynomials of degree five, X ← aX + bX³ + cX⁵, made to bring
 * singular values in [l, 1] to 1 in a given number of steps while rounding errors are not amplified.
 *
 * Each step is the minimax approximation of 1 on [max(l, cushion·u), u], where [l, u] holds the singular values so
 * far, rescaled so that p(l) + p(u) = 2. The cushion keeps the slope at zero bounded: without it the steps amplify
 * the rounding of small eigenvalues by about 1/l (compare Chen and Chow, "A stable scaling of Newton–Schulz", 2014;
 * Amsel, Persson, Musco, Gower, "The Polar Express", 2025).
 */

/** Coefficients (a, b, c) of one step. */
export type PolynomialStep = readonly [number, number, number];

/** What a schedule is made from. */
export interface ScheduleParameters {
  readonly steps: number;
  readonly cushion: number;
  /** Smallest relative singular value that is brought to 1. */
  readonly smallest: number;
  /** Room for rounding above 1: steps but the last two are p(x/(1 + safety)). */
  readonly safety: number;
}

/** GEMMs per projection are 3·steps + 1. */
export const SCHEDULE_PARAMETERS = {
  5: { steps: 5, cushion: 0.01, smallest: 5e-3, safety: 0.005 },
  7: { steps: 7, cushion: 0.02, smallest: 4e-4, safety: 0.005 },
  8: { steps: 8, cushion: 0.04, smallest: 1.3e-4, safety: 0.01 },
  10: { steps: 10, cushion: 0.1, smallest: 1.6e-5, safety: 0.01 },
} as const satisfies Readonly<Record<number, ScheduleParameters>>;

/** The lengths that are provided, in steps. */
export type ScheduleLength = keyof typeof SCHEDULE_PARAMETERS;

/** The steps of a schedule for ‖X‖₂ ≤ 1. */
export function makeSchedule({ steps, cushion, smallest, safety }: ScheduleParameters): PolynomialStep[] {
  const schedule: PolynomialStep[] = [];
  let low = smallest;
  let high = 1;
  for (let step = 0; step < steps; step++) {
    const p = minimaxStep(Math.max(low, cushion * high), high);
    const scale = 2 / (evaluate(p, low) + evaluate(p, high));
    const [a, b, c] = p.map((coefficient) => coefficient * scale);
    low = evaluate([a, b, c], low);
    high = evaluate([a, b, c], high);
    const room = step < steps - 2 ? 1 + safety : 1;
    schedule.push([a / room, b / room ** 3, c / room ** 5]);
  }
  return schedule;
}

function evaluate([a, b, c]: PolynomialStep, x: number): number {
  const square = x * x;
  return x * (a + square * (b + square * c));
}

/**
 * The odd polynomial of degree five closest to 1 on [low, high] in the maximum norm, by the Remez exchange: the error
 * 1 − p takes the signs +, −, +, − with equal size at low, q, r, high, where q and r are the extrema of p.
 */
export function minimaxStep(low: number, high: number): PolynomialStep {
  // On a short interval the problem is ill-conditioned and the limit known: p(x) = x(15 − 10x² + 3x⁴)/8 around 1.
  if (high - low < 1e-5 * high) {
    const middle = (low + high) / 2;
    return [1.875 / middle, -1.25 / middle ** 3, 0.375 / middle ** 5];
  }
  let inner: [number, number] = [low + 0.25 * (high - low), low + 0.75 * (high - low)];
  let p: PolynomialStep = [0, 0, 0];
  for (let round = 0; round < 100; round++) {
    p = levelled([low, inner[0], inner[1], high]);
    const [a, b, c] = p;
    // p' = a + 3b x² + 5c x⁴
    const root = Math.sqrt(Math.max(0, 9 * b * b - 20 * a * c));
    const q = Math.sqrt((-3 * b - root) / (10 * c));
    const r = Math.sqrt((-3 * b + root) / (10 * c));
    const change = Math.abs(q - inner[0]) + Math.abs(r - inner[1]);
    inner = [q, r];
    if (change <= 1e-15 * high) break;
  }
  return p;
}

/** p(x_i) + (−1)^i E = 1 at four points, solved for p; the unknown E is dropped. */
function levelled(points: readonly [number, number, number, number]): PolynomialStep {
  const rows = points.map((x, i) => [x, x ** 3, x ** 5, i % 2 === 0 ? 1 : -1, 1]);
  for (let k = 0; k < 4; k++) {
    let pivot = k;
    for (let i = k + 1; i < 4; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < 4; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j < 5; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const solution = [0, 0, 0, 0];
  for (let k = 3; k >= 0; k--) {
    let rest = rows[k][4];
    for (let j = k + 1; j < 4; j++) rest -= rows[k][j] * solution[j];
    solution[k] = rest / rows[k][k];
  }
  return [solution[0], solution[1], solution[2]];
}
