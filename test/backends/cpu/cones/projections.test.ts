import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConeSet } from "../../../../src/backends/cpu/cones/cone-set.ts";
import type { Cone } from "../../../../src/problem/cones.ts";
import { coneDim } from "../../../../src/problem/cones.ts";
import { dualExcess, excess } from "./membership.ts";

const RUNS = { numRuns: 400, seed: 20240611 };

/**
 * Numbers over many magnitudes, with zeros and equal values not rare; no denormals, whose rounding is not
 * relative.
 */
const entry: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: -3, max: 3, noNaN: true }).map((value) => (Math.abs(value) < 1e-150 ? 0 : value)),
  fc.constantFrom(0, 1, -1, 0.5, -2),
  fc
    .tuple(fc.constantFrom(-1, 1), fc.double({ min: -12, max: 12, noNaN: true }))
    .map(([sign, exponent]) => sign * 10 ** exponent),
);
const alpha = fc.oneof(fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.constantFrom(0.5, 1 / 3));
const bounds = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constant(-Infinity), fc.double({ min: -5, max: 5, noNaN: true })),
      fc.oneof(fc.constant(Infinity), fc.double({ min: 0, max: 5, noNaN: true })),
    ),
    { maxLength: 6 },
  )
  .map((pairs): Cone => {
    const lower = Float64Array.from(pairs, ([low]) => low);
    const upper = Float64Array.from(pairs, ([low, width]) => (low === -Infinity ? width - 2 : low + width));
    return { kind: "box", lower, upper };
  });
const dim = fc.integer({ min: 0, max: 7 });

const families: Record<string, fc.Arbitrary<Cone>> = {
  zero: dim.map((d): Cone => ({ kind: "zero", dim: d })),
  nonnegative: dim.map((d): Cone => ({ kind: "nonnegative", dim: d })),
  box: bounds,
  secondOrder: dim.map((d): Cone => ({ kind: "secondOrder", dim: d })),
  exponential: fc.constant<Cone>({ kind: "exponential" }),
  dualExponential: fc.constant<Cone>({ kind: "dualExponential" }),
  power: alpha.map((a): Cone => ({ kind: "power", alpha: a })),
  dualPower: alpha.map((a): Cone => ({ kind: "dualPower", alpha: a })),
};

function vectorFor(cone: Cone): fc.Arbitrary<Float64Array> {
  const length = coneDim(cone);
  return fc.array(entry, { minLength: length, maxLength: length }).map((values) => Float64Array.from(values));
}

const norm = (v: Float64Array): number => Math.hypot(...v);
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]);

function project(cone: Cone, v: Float64Array): Float64Array {
  const p = v.slice();
  new ConeSet([cone]).project(p);
  return p;
}

function projectDual(cone: Cone, v: Float64Array): Float64Array {
  const p = v.slice();
  new ConeSet([cone]).projectDual(p);
  return p;
}

/** Bounds multiply rounding errors of t: the condition of a box cone. */
function condition(cone: Cone): number {
  if (cone.kind !== "box") return 1;
  let worst = 1;
  for (const value of [...cone.lower, ...cone.upper]) if (Number.isFinite(value)) worst += value * value;
  return worst;
}

for (const [name, family] of Object.entries(families)) {
  const withPoint = family.chain((cone) => fc.tuple(fc.constant(cone), vectorFor(cone)));
  const withPair = family.chain((cone) => fc.tuple(fc.constant(cone), vectorFor(cone), vectorFor(cone)));
  // What 1e-14·‖v‖ means after the few operations of the check itself.
  const tolerance = 4e-14;

  describe(`projection onto the ${name} cone`, () => {
    it("satisfies the optimality conditions p in K, v − p in the polar, orthogonal", () => {
      fc.assert(
        fc.property(withPoint, ([cone, v]) => {
          const size = norm(v) * condition(cone);
          const p = project(cone, v);
          const q = minus(p, v);
          expect(excess(cone, p)).toBeLessThanOrEqual(tolerance * size);
          expect(dualExcess(cone, q)).toBeLessThanOrEqual(tolerance * size);
          expect(Math.abs(dot(p, q))).toBeLessThanOrEqual(tolerance * size * norm(v));
        }),
        RUNS,
      );
    });

    it("splits a vector by Moreau: Π_K(v) − Π_{K*}(−v) = v", () => {
      fc.assert(
        fc.property(withPoint, ([cone, v]) => {
          const p = project(cone, v);
          const d = projectDual(
            cone,
            v.map((value) => -value),
          );
          expect(norm(minus(minus(p, d), v))).toBeLessThanOrEqual(tolerance * norm(v) * condition(cone));
          expect(dualExcess(cone, d)).toBeLessThanOrEqual(tolerance * norm(v) * condition(cone));
        }),
        RUNS,
      );
    });

    it("is idempotent and not expansive, and satisfies the variational inequality", () => {
      fc.assert(
        fc.property(withPair, ([cone, v, w]) => {
          const size = (norm(v) + norm(w)) * condition(cone);
          const p = project(cone, v);
          const z = project(cone, w);
          // Square roots at the apex of a face turn rounding of 1e-16 in one coordinate into 1e-8 elsewhere
          // only for the defining inequality, never for the projection, which is 1-Lipschitz.
          expect(norm(minus(project(cone, p), p))).toBeLessThanOrEqual(tolerance * size);
          expect(norm(minus(p, z))).toBeLessThanOrEqual(norm(minus(v, w)) + tolerance * size);
          expect(dot(minus(v, p), minus(z, p))).toBeLessThanOrEqual(tolerance * size * size);
        }),
        RUNS,
      );
    });

    it("scales with its argument from 1e-12 to 1e12", () => {
      fc.assert(
        fc.property(withPoint, fc.constantFrom(1e-12, 1e-5, 7, 1e12), ([cone, v], factor) => {
          const scaled = project(
            cone,
            v.map((value) => value * factor),
          );
          const p = project(cone, v).map((value) => value * factor);
          expect(norm(minus(scaled, p))).toBeLessThanOrEqual(tolerance * factor * norm(v) * condition(cone));
        }),
        RUNS,
      );
    });
  });
}
