import { Polynomial, PolynomialRing } from "../../src/moment/index.ts";
import type { PolynomialProblem } from "../../src/moment/index.ts";
import { fillNormal, seededRandom } from "../random.ts";

export interface PlantedProblem {
  readonly kind: "unique" | "constrained" | "several";
  readonly problem: PolynomialProblem;
  /** All global minimisers. */
  readonly minimizers: readonly (readonly number[])[];
  readonly optimum: number;
  readonly order: number;
}

/**
 * A random problem whose global minimisers are known: a sum of squares that vanishes at one point only; the
 * same plus a multiple of a constraint active there; a sum of squares that vanishes on a grid of points.
 */
export function plantedProblem(seed: number): PlantedProblem {
  const random = seededRandom(seed * 31 + 7);
  const normal = (): number => fillNormal(new Float64Array(2), random)[0];
  const n = 2 + (seed % 2);
  const ring = PolynomialRing.numbered(n);
  const point = ring.variables.map(() => 2 * random() - 1);
  const optimum = Math.round(200 * random() - 100) / 20;
  if (seed % 3 === 2) {
    const other = point.map((a) => a + (random() < 0.5 ? -1 : 1) * (0.5 + random()));
    let f = Polynomial.constant(optimum);
    let minimizers: number[][] = [[]];
    ring.variables.forEach((x, v) => {
      f = f.plus(
        x
          .minus(point[v])
          .times(x.minus(other[v]))
          .power(2)
          .times(0.5 + random()),
      );
      minimizers = minimizers.flatMap((m) => [
        [...m, point[v]],
        [...m, other[v]],
      ]);
    });
    return {
      kind: "several",
      problem: { variables: ring.names, objective: f },
      minimizers,
      optimum,
      order: n + 1,
    };
  }
  // Monomials up to degree 2 minus their values at the point, squared with random positive definite weights.
  const centred: Polynomial[] = [];
  ring.variables.forEach((x, v) => {
    centred.push(x.minus(point[v]));
    for (let w = 0; w <= v; w++) centred.push(x.times(ring.variables[w]).minus(point[v] * point[w]));
  });
  let f = Polynomial.constant(optimum);
  for (let k = 0; k < centred.length; k++) {
    let combination = Polynomial.constant(0);
    for (const p of centred) combination = combination.plus(p.times(normal()));
    f = f.plus(combination.power(2));
  }
  if (seed % 3 === 0) {
    return {
      kind: "unique",
      problem: { variables: ring.names, objective: f },
      minimizers: [point],
      optimum,
      order: 2,
    };
  }
  let g = Polynomial.constant(0);
  for (const p of centred) g = g.plus(p.times(normal()));
  return {
    kind: "constrained",
    problem: { variables: ring.names, objective: f.plus(g.times(0.2 + random())), inequalities: [g] },
    minimizers: [point],
    optimum,
    order: 2,
  };
}

/** Largest distance of a planted minimiser from the nearest found one. */
export function recoveryError(planted: PlantedProblem, found: readonly ArrayLike<number>[]): number {
  return Math.max(
    ...planted.minimizers.map((m) =>
      Math.min(Infinity, ...found.map((x) => Math.max(...m.map((value, v) => Math.abs(value - x[v]))))),
    ),
  );
}
