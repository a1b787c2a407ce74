import { coneDim } from "../../src/problem/cones.ts";
import type { Cone } from "../../src/problem/cones.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import type { SparseMatrix } from "../../src/problem/sparse-matrix.ts";
import { matrixToSvec } from "../../src/problem/svec.ts";
import type { InteriorProblem } from "../../src/interior/types.ts";

type Random = () => number;
type Pair = readonly [s: readonly number[], y: readonly number[]];

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function totalDim(cones: readonly Cone[]): number {
  return cones.reduce((sum, cone) => sum + coneDim(cone), 0);
}

export function randomMatrix(rows: number, cols: number, density: number, random: Random): SparseMatrix {
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      if (random() >= density) continue;
      i.push(r);
      j.push(c);
      v.push(gaussian(random));
    }
  }
  return sparseFromTriplets(rows, cols, i, j, v);
}

export function denseMatrix(rows: readonly (readonly number[])[], cols: number): SparseMatrix {
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  rows.forEach((row, r) =>
    row.forEach((value, c) => {
      if (value === 0) return;
      i.push(r);
      j.push(c);
      v.push(value);
    }),
  );
  return sparseFromTriplets(rows.length, cols, i, j, v);
}

/** s ∈ K and y ∈ K* with sᵀy = 0. */
function complementaryPair(cone: Cone, random: Random): Pair {
  const normal = () => gaussian(random);
  const size = () => Math.abs(normal()) + 0.1;
  switch (cone.kind) {
    case "zero":
      return [new Array<number>(cone.dim).fill(0), Array.from({ length: cone.dim }, normal)];
    case "nonnegative": {
      const s = Array.from({ length: cone.dim }, () => (random() < 0.5 ? size() : 0));
      return [s, s.map((value) => (value > 0 ? 0 : size()))];
    }
    case "secondOrder": {
      const tail = Array.from({ length: cone.dim - 1 }, normal);
      const norm = Math.hypot(...tail);
      const zeros = new Array<number>(cone.dim).fill(0);
      const which = random();
      if (which < 0.2) return [[norm + 1, ...tail], zeros];
      if (which < 0.4) return [zeros, [norm + 1, ...tail]];
      const k = size();
      return [
        [norm, ...tail],
        [k * norm, ...tail.map((value) => -k * value)],
      ];
    }
    case "psd":
      return psdPair(cone.order, random);
    case "exponential":
    case "dualExponential": {
      const [x, y] = [normal(), size()];
      const e = Math.exp(x / y);
      const k = size();
      const primal = [x, y, y * e];
      const dual = [-k * e, -k * e * (1 - x / y), k];
      return cone.kind === "exponential" ? [primal, dual] : [dual, primal];
    }
    case "power":
    case "dualPower": {
      const a = cone.alpha;
      const [x, y, k] = [size(), size(), size()];
      const sign = random() < 0.5 ? -1 : 1;
      const f = x ** a * y ** (1 - a);
      const primal = [x, y, sign * f];
      const dual = [(k * a * f) / x, (k * (1 - a) * f) / y, -sign * k];
      return cone.kind === "power" ? [primal, dual] : [dual, primal];
    }
    case "box": {
      const s = [1];
      const y = [0];
      cone.lower.forEach((lower, i) => {
        const upper = cone.upper[i];
        const which = random();
        const fixed = lower === upper;
        if (fixed || (lower > -Infinity && which < 0.3)) {
          const value = fixed ? normal() : size();
          s.push(lower);
          y.push(value);
          y[0] -= value * lower;
        } else if (upper < Infinity && which < 0.6) {
          const value = -size();
          s.push(upper);
          y.push(value);
          y[0] -= value * upper;
        } else {
          const below = Math.max(lower, -1e3);
          const above = Math.min(upper, 1e3);
          s.push(0.5 * (below + above));
          y.push(0);
        }
      });
      return [s, y];
    }
  }
}

function psdPair(n: number, random: Random): Pair {
  const basis: number[][] = [];
  for (let k = 0; k < n; k++) {
    let v = Array.from({ length: n }, () => gaussian(random));
    for (const q of basis) {
      const inner = q.reduce((sum, value, i) => sum + value * v[i], 0);
      v = v.map((value, i) => value - inner * q[i]);
    }
    const norm = Math.hypot(...v);
    basis.push(v.map((value) => value / norm));
  }
  const S = new Float64Array(n * n);
  const Y = new Float64Array(n * n);
  const rank = Math.floor(random() * (n + 1));
  basis.forEach((q, k) => {
    const weight = Math.abs(gaussian(random)) + 0.1;
    const M = k < rank ? S : Y;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) M[i * n + j] += weight * q[i] * q[j];
  });
  const svec = (M: Float64Array): number[] => {
    const out = new Float64Array((n * (n + 1)) / 2);
    matrixToSvec(M, n, out, 0);
    return [...out];
  };
  return [svec(S), svec(Y)];
}

/** A problem with a known optimal value: complementary s and y, any x, and data that make them optimal. */
export function plantedProblem(
  cones: readonly Cone[],
  n: number,
  density: number,
  quadratic: boolean,
  random: Random,
): { readonly problem: InteriorProblem; readonly optimum: number } {
  const m = totalDim(cones);
  const A = randomMatrix(m, n, density, random);
  const pairs = cones.map((cone) => complementaryPair(cone, random));
  const b = Float64Array.from(pairs.flatMap(([s]) => s));
  const y = pairs.flatMap(([, dual]) => dual);
  const x = Array.from({ length: n }, () => gaussian(random));
  const c = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    for (let k = A.colPtr[j]; k < A.colPtr[j + 1]; k++) {
      b[A.rowIdx[k]] += A.values[k] * x[j];
      c[j] -= A.values[k] * y[A.rowIdx[k]];
    }
  }
  let optimum = 0;
  let P: SparseMatrix | undefined;
  if (quadratic) {
    const F = Array.from({ length: Math.max(1, n >> 1) }, () =>
      Array.from({ length: n }, () => (random() < 0.4 ? gaussian(random) : 0)),
    );
    const rows = x.map((_, i) => x.map((__, j) => F.reduce((sum, f) => sum + f[i] * f[j], 0)));
    for (let i = 0; i < n; i++) {
      const Px = rows[i].reduce((sum, value, j) => sum + value * x[j], 0);
      c[i] -= Px;
      optimum += 0.5 * x[i] * Px;
    }
    P = denseMatrix(
      rows.map((row, i) => row.map((value, j) => (j >= i ? value : 0))),
      n,
    );
  }
  for (let j = 0; j < n; j++) optimum += c[j] * x[j];
  return { problem: { A, b, c, cones, ...(P && { P }) }, optimum };
}

/** A point in the interior of the cone (of its dual when `dual`), for the self-dual kinds and {0}. */
export function interiorElement(cones: readonly Cone[], dual: boolean, random: Random): Float64Array {
  return Float64Array.from(
    cones.flatMap((cone): number[] => {
      const normal = () => gaussian(random);
      if (cone.kind === "zero") return Array.from({ length: cone.dim }, dual ? normal : () => 0);
      if (cone.kind === "nonnegative") return Array.from({ length: cone.dim }, () => 0.1 + random());
      if (cone.kind === "secondOrder") {
        const tail = Array.from({ length: cone.dim - 1 }, normal);
        return [Math.hypot(...tail) + 0.1 + random(), ...tail];
      }
      if (cone.kind === "psd") {
        const n = cone.order;
        const [s, y] = psdPair(n, random);
        return s.map((value, k) => value + y[k]);
      }
      if (cone.kind === "exponential") {
        return dual ? [-1, 0.5 + random(), 1 + random()] : [normal(), 1, Math.exp(3 + random())];
      }
      throw new Error(`no sampler for ${cone.kind}`);
    }),
  );
}
