/** min c·z subject to a_i·z ≤ h_i, of few variables and any number of rows. */
export interface DenseProgram {
  readonly cost: Float64Array;
  /** Row-major rows×n. */
  readonly rows: Float64Array;
  readonly limits: Float64Array;
  /** n linearly independent rows on which c is a nonpositive combination: c + Σ yₖaₖ = 0, y ≥ 0. */
  readonly start: readonly number[];
}

export interface DenseVertex {
  readonly z: Float64Array;
  /** The n rows that hold with equality at z. */
  readonly active: readonly number[];
  /** Their multipliers, at least 0. */
  readonly multipliers: Float64Array;
}

/** Violations up to this, relative to the row's terms, count as none. */
const FEASIBLE = 1e-12;
const PIVOT = 1e-11;
/** Steps between factorisations from scratch. */
const REFRESH = 40;

/**
 * The dual simplex method with an explicit inverse of the active rows (Lemke 1954): one step costs a scan of
 * all rows and an update of n² numbers, which for a handful of variables is far cheaper than any method that
 * factors the whole problem.
 *
 * @returns undefined when rows contradict one another, or when rounding gets the better of it
 */
export function dualSimplex({ cost, rows, limits, start }: DenseProgram): DenseVertex | undefined {
  const n = cost.length;
  const m = limits.length;
  const active = [...start];
  const inverse = new Float64Array(n * n);
  const alpha = new Float64Array(n);
  const y = new Float64Array(n);
  const z = new Float64Array(n);
  const isActive = new Uint8Array(m);
  for (const i of active) isActive[i] = 1;
  const most = 50 * (n + 10);
  for (let step = 0; step <= most; step++) {
    if (step % REFRESH === 0 && !invertRows(n, rows, active, inverse)) return undefined;
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += inverse[j * n + k] * limits[active[k]];
      z[j] = sum;
    }
    for (let k = 0; k < n; k++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum -= inverse[j * n + k] * cost[j];
      y[k] = Math.max(0, sum);
    }
    let entering = -1;
    let worst = 0;
    for (let i = 0; i < m; i++) {
      if (isActive[i]) continue;
      let excess = -limits[i];
      let size = Math.abs(limits[i]);
      for (let j = 0, at = i * n; j < n; j++, at++) {
        const term = rows[at] * z[j];
        excess += term;
        size += Math.abs(term);
      }
      if (excess > worst && excess > FEASIBLE * size) {
        worst = excess;
        entering = i;
      }
    }
    if (entering < 0) return { z, active, multipliers: y };
    let largest = 0;
    for (let k = 0; k < n; k++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += inverse[j * n + k] * rows[entering * n + j];
      alpha[k] = sum;
      largest = Math.max(largest, Math.abs(sum));
    }
    // Among the rows that block within rounding of the first, the largest pivot.
    let ratio = Infinity;
    for (let k = 0; k < n; k++) {
      if (alpha[k] > PIVOT * largest) ratio = Math.min(ratio, (y[k] + 1e-13) / alpha[k]);
    }
    let leaving = -1;
    for (let k = 0; k < n; k++) {
      if (!(alpha[k] > PIVOT * largest) || y[k] / alpha[k] > ratio) continue;
      if (leaving < 0 || alpha[k] > alpha[leaving]) leaving = k;
    }
    if (leaving < 0) return undefined;
    isActive[active[leaving]] = 0;
    isActive[entering] = 1;
    active[leaving] = entering;
    const pivot = alpha[leaving];
    for (let j = 0; j < n; j++) {
      const own = (inverse[j * n + leaving] /= pivot);
      for (let k = 0; k < n; k++) if (k !== leaving) inverse[j * n + k] -= alpha[k] * own;
    }
  }
  return undefined;
}

/** Inverse of the matrix whose rows these are, by Gauss–Jordan elimination; false when it is singular. */
function invertRows(
  n: number,
  rows: Float64Array,
  which: readonly number[],
  inverse: Float64Array,
): boolean {
  const width = 2 * n;
  const work = new Float64Array(n * width);
  which.forEach((i, k) => {
    for (let j = 0; j < n; j++) work[k * width + j] = rows[i * n + j];
    work[k * width + n + k] = 1;
  });
  for (let j = 0; j < n; j++) {
    let pivotRow = j;
    for (let k = j + 1; k < n; k++) {
      if (Math.abs(work[k * width + j]) > Math.abs(work[pivotRow * width + j])) pivotRow = k;
    }
    const pivot = work[pivotRow * width + j];
    if (!(Math.abs(pivot) > 0)) return false;
    for (let l = 0; l < width; l++) {
      const value = work[pivotRow * width + l];
      work[pivotRow * width + l] = work[j * width + l];
      work[j * width + l] = value / pivot;
    }
    for (let k = 0; k < n; k++) {
      const factor = work[k * width + j];
      if (k === j || factor === 0) continue;
      for (let l = j; l < width; l++) work[k * width + l] -= factor * work[j * width + l];
    }
  }
  for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) inverse[j * n + k] = work[j * width + n + k];
  return true;
}
