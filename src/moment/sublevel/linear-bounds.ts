import { gamma } from "../../solver/min-eigenvalue.ts";
import { StreamedTriangular } from "../activation/triangular.ts";
import { dualSimplex } from "../local/dual-simplex.ts";

/** ‖A·w + b + e‖ ≤ level for some |e_i| ≤ slack_i. */
export interface LinearSublevel {
  readonly norm: "two" | "max";
  /** Row-major rows×cols. */
  readonly A: Float64Array;
  readonly b: Float64Array;
  readonly slack: Float64Array;
  readonly cols: number;
  readonly level: number;
}

export interface Bounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Linear programs are solved up to this many entries of A; beyond, least squares alone bound w. */
const MOST_ENTRIES = 20_000;

/**
 * Rigorous bounds on every w_k, or undefined where A has no clear full column rank.
 *
 * Any row λ of an approximate left inverse gives w_k = λᵀ(r − b − e) + (e_k − λᵀA)w with ‖r‖ ≤ level, so
 * |w_k + λᵀb| ≤ ‖λ‖_*·level + Σ|λᵢ|slackᵢ + |e_k − λᵀA|·W once |w| ≤ W; the first W comes from the least-squares
 * inverse B with u the same bound without its last term: |w| ≤ u + |I − BA||w| and |I − BA|·2u ≤ u give W = 2u.
 * Better λ: for the maximum norm, the multipliers of the linear program max ±w_k; for the Euclidean one, B
 * tilted towards the least-squares residual, which spends the part of the level that no w can remove.
 */
export function linearBounds({ norm, A, b, slack, cols: q, level }: LinearSublevel): Bounds | undefined {
  const m = b.length;
  if (q === 0 || m < q || !(level >= 0)) return undefined;
  const scale = columnScales(A, m, q);
  if (!scale) return undefined;
  const S = A.map((value, at) => value * scale[at % q]);
  const B = leftInverse(S, m, q);
  if (!B) return undefined;
  const row = (k: number): Float64Array => B.subarray(k * m, (k + 1) * m);
  const system = { norm, S, b, slack, level, m, q };
  const u = new Float64Array(q);
  const defects: Float64Array[] = [];
  for (let k = 0; k < q; k++) {
    const { centre, radius, defect } = measure(system, row(k), k);
    u[k] = (Math.abs(centre) + radius) * (1 + 1e-12);
    defects.push(defect);
  }
  const W = u.map((v) => 2 * v);
  for (let k = 0; k < q; k++) if (!(weigh(defects[k], W) * (1 + 1e-12) <= u[k])) return undefined;

  const low = new Float64Array(q).fill(-Infinity);
  const high = new Float64Array(q).fill(Infinity);
  const offer = (lambda: Float64Array, k: number): void => {
    const { centre, radius, defect } = measure(system, lambda, k);
    const reach = (radius + weigh(defect, W)) * (1 + 1e-12);
    high[k] = Math.min(high[k], centre + reach);
    low[k] = Math.max(low[k], centre - reach);
  };
  for (let k = 0; k < q; k++) offer(row(k), k);
  const residual = leastSquaresResidual(system, B);
  if (norm === "two") {
    for (let k = 0; k < q; k++) for (const sign of [1, -1]) offer(tilted(row(k), residual, sign, level), k);
  } else if (m * q <= MOST_ENTRIES) {
    const program = rowsOf(system, residual, W);
    for (let k = 0; k < q; k++) {
      for (const sign of [1, -1]) {
        const lambda = extremalMultipliers(program, k, sign);
        if (lambda) offer(lambda, k);
      }
    }
  }
  return { low: low.map((v, k) => v * scale[k]), high: high.map((v, k) => v * scale[k]) };
}

interface ScaledSystem {
  readonly norm: "two" | "max";
  /** Row-major m×q. */
  readonly S: Float64Array;
  readonly b: Float64Array;
  readonly slack: Float64Array;
  readonly level: number;
  readonly m: number;
  readonly q: number;
}

/** Powers of two that bring the columns' largest entries to [1, 2). */
function columnScales(A: Float64Array, m: number, q: number): Float64Array | undefined {
  const scale = new Float64Array(q);
  for (let k = 0; k < q; k++) {
    let largest = 0;
    for (let i = 0; i < m; i++) largest = Math.max(largest, Math.abs(A[i * q + k]));
    if (!(largest > 0 && Number.isFinite(largest))) return undefined;
    scale[k] = 2 ** -Math.floor(Math.log2(largest));
  }
  return scale;
}

/** (SᵀS)⁻¹Sᵀ through the triangular factor of S, once refined: row-major q×m. */
function leftInverse(S: Float64Array, m: number, q: number): Float64Array | undefined {
  const factor = new StreamedTriangular(q);
  factor.add(S.slice(), m);
  const { R } = factor;
  let largest = 0;
  for (let k = 0; k < q; k++) largest = Math.max(largest, Math.abs(R[k * q + k]));
  for (let k = 0; k < q; k++) if (!(Math.abs(R[k * q + k]) > 1e-12 * largest)) return undefined;
  const solve = (x: Float64Array): void => {
    for (let k = 0; k < q; k++) {
      for (let j = 0; j < k; j++) x[k] -= R[j * q + k] * x[j];
      x[k] /= R[k * q + k];
    }
    for (let k = q - 1; k >= 0; k--) {
      for (let j = k + 1; j < q; j++) x[k] -= R[k * q + j] * x[j];
      x[k] /= R[k * q + k];
    }
  };
  const B = new Float64Array(q * m);
  const x = new Float64Array(q);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < q; k++) x[k] = S[i * q + k];
    solve(x);
    for (let k = 0; k < q; k++) B[k * m + i] = x[k];
  }
  // B ← B + (I − BS)B.
  const E = new Float64Array(q * q);
  for (let k = 0; k < q; k++) {
    for (let j = 0; j < q; j++) {
      let sum = k === j ? 1 : 0;
      for (let i = 0; i < m; i++) sum -= B[k * m + i] * S[i * q + j];
      E[k * q + j] = sum;
    }
  }
  const refined = B.slice();
  for (let k = 0; k < q; k++) {
    for (let j = 0; j < q; j++) {
      const e = E[k * q + j];
      if (e !== 0) for (let i = 0; i < m; i++) refined[k * m + i] += e * B[j * m + i];
    }
  }
  return refined;
}

interface Measured {
  /** −λᵀb. */
  readonly centre: number;
  /** ‖λ‖_*·level + Σ|λᵢ|slackᵢ and the rounding of the centre. */
  readonly radius: number;
  /** Bound on |e_k − λᵀS|. */
  readonly defect: Float64Array;
}

function measure(system: ScaledSystem, lambda: Float64Array, k: number): Measured {
  const { norm, S, b, slack, level, m, q } = system;
  let centre = 0;
  let size = 0;
  let sum = 0;
  let squares = 0;
  let extra = 0;
  const defect = new Float64Array(q);
  const magnitude = new Float64Array(q);
  defect[k] = 1;
  magnitude[k] = 1;
  for (let i = 0; i < m; i++) {
    const l = lambda[i];
    if (l === 0) continue;
    centre -= l * b[i];
    size += Math.abs(l * b[i]);
    sum += Math.abs(l);
    squares += l * l;
    extra += Math.abs(l) * slack[i];
    for (let j = 0, at = i * q; j < q; j++, at++) {
      const product = l * S[at];
      defect[j] -= product;
      magnitude[j] += Math.abs(product);
    }
  }
  const rounding = gamma(m + 8);
  const length = norm === "max" ? sum : Math.sqrt(squares);
  return {
    centre,
    radius: (length * level + extra) * (1 + 2 * rounding) + rounding * size,
    defect: defect.map((v, j) => Math.abs(v) + rounding * magnitude[j]),
  };
}

function weigh(weights: Float64Array, sizes: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) sum += weights[j] * sizes[j];
  return sum * (1 + 1e-12);
}

/** b + S·w at w = −B·b. */
function leastSquaresResidual({ S, b, m, q }: ScaledSystem, B: Float64Array): Float64Array {
  const r = b.slice();
  for (let k = 0; k < q; k++) {
    let w = 0;
    for (let i = 0; i < m; i++) w -= B[k * m + i] * b[i];
    for (let i = 0; i < m; i++) r[i] += S[i * q + k] * w;
  }
  return r;
}

/** λ + t·r/‖r‖ with the t that lowers ±λᵀb the most: ‖λ‖‖r‖/√(level² − ‖r‖²). */
function tilted(lambda: Float64Array, residual: Float64Array, sign: number, level: number): Float64Array {
  let square = 0;
  let own = 0;
  for (let i = 0; i < lambda.length; i++) {
    square += residual[i] * residual[i];
    own += lambda[i] * lambda[i];
  }
  const room = Math.max(level * level - square, 1e-12 * level * level);
  const t = room > 0 ? (sign * Math.sqrt(own)) / Math.sqrt(room) : 0;
  return lambda.map((v, i) => v + t * residual[i]);
}

interface Rows {
  readonly m: number;
  readonly q: number;
  readonly rows: Float64Array;
  readonly limits: Float64Array;
}

/** ±(Sw + r) ≤ level + slack, then ±w ≤ 2W, for w from the least-squares solution, whose residual is r. */
function rowsOf({ S, slack, level, m, q }: ScaledSystem, r: Float64Array, W: Float64Array): Rows {
  const rows = new Float64Array((2 * m + 2 * q) * q);
  const limits = new Float64Array(2 * m + 2 * q);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < q; j++) {
      rows[2 * i * q + j] = S[i * q + j];
      rows[(2 * i + 1) * q + j] = -S[i * q + j];
    }
    limits[2 * i] = level + slack[i] - r[i];
    limits[2 * i + 1] = level + slack[i] + r[i];
  }
  for (let j = 0; j < q; j++) {
    rows[(2 * m + 2 * j) * q + j] = 1;
    rows[(2 * m + 2 * j + 1) * q + j] = -1;
    limits[2 * m + 2 * j] = limits[2 * m + 2 * j + 1] = 2 * W[j];
  }
  return { m, q, rows, limits };
}

/** λ with Sᵀλ ≈ e_k from max sign·w_k. */
function extremalMultipliers(program: Rows, k: number, sign: number): Float64Array | undefined {
  const { m, q, rows, limits } = program;
  const cost = new Float64Array(q);
  cost[k] = -sign;
  const start = Array.from({ length: q }, (_, j) => 2 * m + 2 * j + (j === k && sign < 0 ? 1 : 0));
  const vertex = dualSimplex({ cost, rows, limits, start });
  if (!vertex) return undefined;
  const lambda = new Float64Array(m);
  vertex.active.forEach((row, at) => {
    if (row < 2 * m) lambda[row >> 1] += sign * (row % 2 === 0 ? 1 : -1) * vertex.multipliers[at];
  });
  return lambda;
}
