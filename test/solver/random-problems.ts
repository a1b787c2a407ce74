import type { Cone } from "../../src/problem/cones.ts";
import { coneDim } from "../../src/problem/cones.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { matrixToSvec } from "../../src/problem/svec.ts";

/** Mulberry32: a seeded generator of doubles in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function denseOperator(rows: number, cols: number, entry: (i: number, j: number) => number): ConicProblem["A"] {
  const i: number[] = [];
  const j: number[] = [];
  const v: number[] = [];
  for (let c = 0; c < cols; c++) {
    for (let r = 0; r < rows; r++) {
      const value = entry(r, c);
      if (value === 0) continue;
      i.push(r);
      j.push(c);
      v.push(value);
    }
  }
  return { kind: "sparse", rows, cols, matrix: sparseFromTriplets(rows, cols, i, j, v) };
}

/** A random element of the interior of the cone (for the zero cone: of it, 0), by cone kind. */
export function interiorElement(cones: readonly Cone[], random: () => number, dual: boolean): Float64Array {
  const parts = cones.map((cone): number[] => {
    const dim = coneDim(cone);
    switch (cone.kind) {
      case "zero":
        return Array.from({ length: dim }, () => (dual ? gaussian(random) : 0));
      case "nonnegative":
        return Array.from({ length: dim }, () => 0.1 + random());
      case "secondOrder": {
        const tail = Array.from({ length: Math.max(0, dim - 1) }, () => gaussian(random));
        return dim === 0 ? [] : [Math.hypot(...tail) + 0.1 + random(), ...tail];
      }
      case "psd": {
        const n = cone.order;
        const G = Array.from({ length: n * n }, () => gaussian(random));
        const X = new Float64Array(n * n);
        for (let a = 0; a < n; a++) {
          for (let b = 0; b < n; b++) {
            let sum = a === b ? 0.1 : 0;
            for (let k = 0; k < n; k++) sum += G[a * n + k] * G[b * n + k];
            X[b * n + a] = sum;
          }
        }
        const svec = new Float64Array(dim);
        matrixToSvec(X, n, svec, 0);
        return [...svec];
      }
      default:
        throw new Error(`no sampler for ${cone.kind}`);
    }
  });
  return Float64Array.from(parts.flat());
}

export function conesOf(family: "lp" | "socp" | "sdp", random: () => number): Cone[] {
  const size = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  switch (family) {
    case "lp":
      return [{ kind: "nonnegative", dim: size(4, 12) }];
    case "socp":
      return [
        { kind: "nonnegative", dim: size(1, 3) },
        { kind: "secondOrder", dim: size(2, 6) },
        { kind: "secondOrder", dim: size(2, 4) },
      ];
    case "sdp":
      return [
        { kind: "nonnegative", dim: size(1, 3) },
        { kind: "psd", order: size(2, 5) },
      ];
  }
}

const rowsOf = (cones: readonly Cone[]): number => cones.reduce((sum, cone) => sum + coneDim(cone), 0);

/** Strictly feasible on both sides, so that the optimum is attained. */
export function feasibleProblem(cones: Cone[], n: number, random: () => number): ConicProblem {
  const m = rowsOf(cones);
  const entries = Float64Array.from({ length: m * n }, () => gaussian(random));
  const A = denseOperator(m, n, (i, j) => entries[j * m + i]);
  const x = Float64Array.from({ length: n }, () => gaussian(random));
  const s = interiorElement(cones, random, false);
  const y = interiorElement(cones, random, true);
  const b = s.map((value, i) => value + x.reduce((sum, xj, j) => sum + entries[j * m + i] * xj, 0));
  const c = x.map((_, j) => -y.reduce((sum, yi, i) => sum + entries[j * m + i] * yi, 0));
  return { c, A, b, cones };
}

/** Aᵀy = 0, bᵀy = −1 for some y in the interior of K*: strongly infeasible. */
export function infeasibleProblem(cones: Cone[], n: number, random: () => number): ConicProblem {
  const m = rowsOf(cones);
  const y = interiorElement(cones, random, true);
  const yy = y.reduce((sum, v) => sum + v * v, 0);
  const entries = new Float64Array(m * n);
  for (let j = 0; j < n; j++) {
    const column = Float64Array.from({ length: m }, () => gaussian(random));
    const along = column.reduce((sum, v, i) => sum + v * y[i], 0) / yy;
    for (let i = 0; i < m; i++) entries[j * m + i] = column[i] - along * y[i];
  }
  const b = Float64Array.from({ length: m }, () => gaussian(random));
  const shift = (b.reduce((sum, v, i) => sum + v * y[i], 0) + 1) / yy;
  return {
    c: Float64Array.from({ length: n }, () => gaussian(random)),
    A: denseOperator(m, n, (i, j) => entries[j * m + i]),
    b: b.map((v, i) => v - shift * y[i]),
    cones,
  };
}

/** Feasible, with a direction x: −Ax in the interior of K, cᵀx = −1. */
export function unboundedProblem(cones: Cone[], n: number, random: () => number): ConicProblem {
  const m = rowsOf(cones);
  const direction = Float64Array.from({ length: n }, () => gaussian(random));
  const length = direction.reduce((sum, v) => sum + v * v, 0);
  const s = interiorElement(cones, random, false);
  const entries = Float64Array.from({ length: m * n }, () => gaussian(random));
  // A·direction = −s by a rank-one correction.
  for (let i = 0; i < m; i++) {
    let sum = s[i];
    for (let j = 0; j < n; j++) sum += entries[j * m + i] * direction[j];
    for (let j = 0; j < n; j++) entries[j * m + i] -= (sum * direction[j]) / length;
  }
  const x = Float64Array.from({ length: n }, () => gaussian(random));
  const slack = interiorElement(cones, random, false);
  const c = Float64Array.from({ length: n }, () => gaussian(random));
  const shift = (c.reduce((sum, v, j) => sum + v * direction[j], 0) + 1) / length;
  return {
    c: c.map((v, j) => v - shift * direction[j]),
    A: denseOperator(m, n, (i, j) => entries[j * m + i]),
    b: slack.map((value, i) => value + x.reduce((sum, xj, j) => sum + entries[j * m + i] * xj, 0)),
    cones,
  };
}
