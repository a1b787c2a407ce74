import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { liftNetwork } from "../../src/moment/activation/lifted.ts";
import { lossObjective } from "../../src/moment/activation/losses.ts";
import { syntheticInstance } from "../../src/moment/activation/synthetic.ts";
import type { Interval } from "../../src/moment/bounds.ts";
import { learnActivations, minimizePolynomial, Polynomial } from "../../src/moment/index.ts";
import type { Monomial } from "../../src/moment/monomial.ts";
import { objectiveValue } from "../../src/moment/problem.ts";
import { normalNumbers, seededUniform } from "../../src/moment/random.ts";
import { certifyNorm } from "../../src/moment/sublevel/certify-norm.ts";
import { addDouble, timesDouble, twoProduct, twoSum } from "../../src/moment/sublevel/double-double.ts";
import { linearBounds } from "../../src/moment/sublevel/linear-bounds.ts";
import { contractByMonomials } from "../../src/moment/sublevel/monomial-intervals.ts";
import { normLevel, normSublevelBox } from "../../src/moment/sublevel/norm-sublevel.ts";
import { centreOf, magnitudeAt, recentre } from "../../src/moment/sublevel/recentre.ts";

const kernels = await loadDenseKernels();
const options = { seed: 20, numRuns: 100 };
/** k/2⁴⁰, exactly. */
const dyadic = (from: number, to: number) => fc.integer({ min: from, max: to }).map((k) => k / 1024);
const ONE = 1n << 400n;
/** The number times 2⁴⁰⁰, exactly. */
function exact(x: number): bigint {
  let exponent = 0;
  let mantissa = x;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent++;
  }
  return (BigInt(mantissa) * ONE) >> BigInt(exponent);
}
const toNumber = (v: bigint): number => Number(v) / 2 ** 400;
const times = (a: bigint, b: bigint): bigint => (a * b) / ONE;

function evaluateExactly(p: Polynomial, x: readonly bigint[]): bigint {
  return p.terms.reduce(
    (sum, { coefficient, monomial }) =>
      sum + monomial.reduce((t, v) => times(t, x[v]), exact(coefficient)),
    0n,
  );
}

describe("double-double arithmetic", () => {
  const number = fc.double({ min: -1e12, max: 1e12, noNaN: true }).filter((x) => x === 0 || Math.abs(x) > 1e-12);
  it("has exact sums and products of two numbers", () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [s, e] = twoSum(a, b);
        expect(exact(s) + exact(e)).toBe(exact(a) + exact(b));
        const [p, f] = twoProduct(a, b);
        expect(exact(p) + exact(f)).toBe(times(exact(a), exact(b)));
      }),
      options,
    );
  });

  it("keeps its stated precision", () => {
    fc.assert(
      fc.property(number, number, number, (a, b, c) => {
        const p = twoProduct(a, b);
        const product = timesDouble(p, c);
        const full = times(times(exact(a), exact(b)), exact(c));
        expect(Math.abs(toNumber(exact(product[0]) + exact(product[1]) - full))).toBeLessThanOrEqual(
          2 ** -102 * Math.abs(toNumber(full)),
        );
        const q = twoProduct(b, c);
        const sum = addDouble(p, q);
        const both = times(exact(a), exact(b)) + times(exact(b), exact(c));
        expect(Math.abs(toNumber(exact(sum[0]) + exact(sum[1]) - both))).toBeLessThanOrEqual(
          2 ** -100 * (Math.abs(a * b) + Math.abs(b * c)),
        );
      }),
      options,
    );
  });
});

describe("polynomials about another centre", () => {
  it("differ from the original by no more than the stated error", () => {
    const monomials: Monomial[] = [[], [0], [1], [0, 0], [0, 1], [1, 1], [0, 0, 1], [1, 1, 1, 1]];
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e7, max: 1e7, noNaN: true }), { minLength: 8, maxLength: 8 }),
        fc.tuple(fc.double({ min: -8, max: 8, noNaN: true }), fc.double({ min: -8, max: 8, noNaN: true })),
        fc.integer({ min: 0, max: 30 }),
        fc.tuple(dyadic(-1024, 1024), dyadic(-1024, 1024)),
        (coefficients, centre, exponent, z) => {
          const round = (v: number): number => Math.round(v * 2 ** 30) / 2 ** 30;
          const p = Polynomial.fromTerms(
            monomials.map((monomial, k) => ({ coefficient: round(coefficients[k]), monomial })),
          );
          const c = Float64Array.from(centre, round);
          const radius = Float64Array.of(2 ** -exponent, 2 ** -(exponent >> 1));
          const { polynomial, error } = recentre(p, { centre: c, radius });
          const x = [0, 1].map((v) => exact(c[v]) + times(exact(radius[v]), exact(z[v])));
          const difference = evaluateExactly(p, x) - evaluateExactly(polynomial, z.map(exact));
          expect(Math.abs(toNumber(difference))).toBeLessThanOrEqual(error);
          const at = Math.abs(toNumber(evaluateExactly(p, [exact(c[0]), exact(c[1])])));
          expect(magnitudeAt(p, c)).toBeGreaterThanOrEqual(at * (1 - 1e-15));
          expect(magnitudeAt(p, c)).toBeLessThanOrEqual(at * (1 + 1e-14) + 1e-15);
        },
      ),
      options,
    );
  });

  it("hold the box they are made for", () => {
    const box: Interval[] = [
      [-1, 3],
      [2, 2],
      [1e6, 1e6 + 1e-9],
    ];
    const { centre, radius } = centreOf(box);
    box.forEach(([low, high], v) => {
      expect(centre[v] - radius[v]).toBeLessThanOrEqual(low);
      expect(centre[v] + radius[v]).toBeGreaterThanOrEqual(high);
      expect(Number.isInteger(Math.log2(radius[v]))).toBe(true);
    });
  });
});

describe("bounds on linear sub-level sets", () => {
  const instance = (seed: number, m: number, q: number) => {
    const normal = normalNumbers(seededUniform(seed));
    const A = Float64Array.from({ length: m * q }, (_, at) => normal() * 10 ** (at % q));
    const w = Float64Array.from({ length: q }, normal);
    const b = Float64Array.from({ length: m }, (_, i) => {
      let sum = 0.1 * normal();
      for (let k = 0; k < q; k++) sum -= A[i * q + k] * w[k];
      return sum;
    });
    return { A, b, w, normal };
  };
  const residual = (A: Float64Array, b: Float64Array, w: Float64Array): Float64Array =>
    b.map((v, i) => w.reduce((sum, x, k) => sum + A[i * w.length + k] * x, v));
  const size = (r: Float64Array, norm: "two" | "max"): number =>
    norm === "max" ? r.reduce((s, v) => Math.max(s, Math.abs(v)), 0) : Math.hypot(...r);

  it.each(["two", "max"] as const)("hold all points of the set, and touch it (%s)", (norm) => {
    for (let seed = 1; seed <= 12; seed++) {
      const m = 6 + seed;
      const q = 2 + (seed % 3);
      const { A, b, w, normal } = instance(seed, m, q);
      const slack = new Float64Array(m);
      const level = 1.2 * size(residual(A, b, w), norm);
      const bounds = linearBounds({ norm, A, b, slack, cols: q, level });
      expect(bounds).toBeDefined();
      if (!bounds) continue;
      // Walks along random lines to the boundary of the convex set.
      let reached = new Float64Array(q).fill(-Infinity);
      for (let trial = 0; trial < 400; trial++) {
        const direction = w.map((_, k) => normal() * (bounds.high[k] - bounds.low[k]));
        let far = 4;
        for (let halving = 0; halving < 60; halving++) {
          const x = w.map((v, k) => v + far * direction[k]);
          if (size(residual(A, b, x), norm) <= level) break;
          far *= 0.8;
        }
        const x = w.map((v, k) => v + far * direction[k]);
        if (size(residual(A, b, x), norm) > level) continue;
        for (let k = 0; k < q; k++) {
          expect(x[k]).toBeLessThanOrEqual(bounds.high[k]);
          expect(x[k]).toBeGreaterThanOrEqual(bounds.low[k]);
        }
        reached = reached.map((v, k) => Math.max(v, (x[k] - bounds.low[k]) / (bounds.high[k] - bounds.low[k])));
      }
      for (const share of reached) expect(share).toBeGreaterThan(0.5);
    }
  });

  it("are those of the ellipsoid in the Euclidean norm", () => {
    // |w − 2| ≤ √(level² − 1) with one row that no w changes.
    const bounds = linearBounds({
      norm: "two",
      A: Float64Array.of(1, 0),
      b: Float64Array.of(-2, 1),
      slack: Float64Array.of(0, 0),
      cols: 1,
      level: Math.sqrt(1.25),
    });
    expect(bounds?.low[0]).toBeCloseTo(1.5, 9);
    expect(bounds?.high[0]).toBeCloseTo(2.5, 9);
  });

  it("do not exist without full column rank", () => {
    const A = Float64Array.of(1, 2, 2, 4, 3, 6);
    const b = Float64Array.of(1, 2, 3);
    const slack = new Float64Array(3);
    expect(linearBounds({ norm: "two", A, b, slack, cols: 2, level: 1 })).toBeUndefined();
    expect(linearBounds({ norm: "max", A, b, slack, cols: 4, level: 1 })).toBeUndefined();
  });
});

describe("intervals from monomials", () => {
  it("keep every point whose monomials lie in theirs", () => {
    const monomials: Monomial[] = [[0], [0, 1], [0, 1, 1], [1, 2], [2, 2]];
    fc.assert(
      fc.property(
        fc.tuple(dyadic(-4096, 4096), dyadic(-4096, 4096), dyadic(-4096, 4096)),
        fc.array(fc.double({ min: 0, max: 0.5, noNaN: true }), { minLength: 10, maxLength: 10 }),
        (x, margins) => {
          const intervals = monomials.map((monomial, k): Interval => {
            const value = monomial.reduce((t, v) => t * x[v], 1);
            return [value - margins[2 * k], value + margins[2 * k + 1]];
          });
          const open: Interval[] = x.map(() => [-Infinity, Infinity]);
          contractByMonomials(monomials, intervals, open).forEach(([low, high], v) => {
            expect(low).toBeLessThanOrEqual(x[v]);
            expect(high).toBeGreaterThanOrEqual(x[v]);
          });
        },
      ),
      options,
    );
  });

  it("bound factors by quotients", () => {
    const [, second] = contractByMonomials(
      [[0], [0, 1]],
      [
        [1, 2],
        [3, 4],
      ],
      [
        [-Infinity, Infinity],
        [-Infinity, Infinity],
      ],
    );
    expect(second[0]).toBeCloseTo(1.5, 12);
    expect(second[1]).toBeCloseTo(4, 12);
  });
});

describe("certificates of norms", () => {
  const everywhere = (n: number): Interval[] => Array.from({ length: n }, () => [-Infinity, Infinity]);

  it.each(["squares", "mean", "max"] as const)("hold for all coefficients (%s)", async (loss) => {
    for (const [degrees, seed] of [
      [[2, 1], 1],
      [[1, 1], 2],
      [[2, 2], 3],
    ] as const) {
      const instance = syntheticInstance({ degrees, samples: 8, width: 12, noise: 0.05, seed });
      const { network, inputs, targets } = instance;
      const objective = lossObjective(liftNetwork(network, inputs), targets, loss);
      const learned = await learnActivations(network, inputs, targets, { loss });
      expect(learned.certifiedBy).toBe("sub-level set");
      const bound = learned.certifiedLowerBound.value ?? -Infinity;
      expect(bound).toBeLessThanOrEqual(learned.value);
      expect(learned.value - bound).toBeLessThan(1e-3 * learned.value);
      expect(learned.status).toBe("optimal");
      const normal = normalNumbers(seededUniform(seed));
      for (let trial = 0; trial < 300; trial++) {
        const far = 10 ** -(trial % 8);
        const x = learned.coefficients.map((c) => c * (1 + far * normal()));
        const value = objectiveValue(objective, x);
        expect(value).toBeGreaterThanOrEqual(bound);
        if (value > learned.value) continue;
        learned.enclosure?.forEach(([low, high], v) => {
          expect(x[v]).toBeGreaterThanOrEqual(low);
          expect(x[v]).toBeLessThanOrEqual(high);
        });
      }
    }
  });

  it("hold from a bad level too, where the box is wide", async () => {
    const { network, inputs, targets, coefficients } = syntheticInstance({
      degrees: [2, 1],
      samples: 10,
      width: 6,
      noise: 0.3,
      seed: 3,
    });
    for (const loss of ["squares", "mean"] as const) {
      const objective = lossObjective(liftNetwork(network, inputs), targets, loss);
      const best = (await learnActivations(network, inputs, targets, { loss })).value;
      const off = coefficients.map((c) => 1.04 * c);
      const level = normLevel(objective, off);
      expect(level).toBeGreaterThan(1.02 * best);
      const box = normSublevelBox(objective, level, everywhere(coefficients.length));
      off.forEach((c, v) => {
        expect(c).toBeGreaterThanOrEqual(box[v][0]);
        expect(c).toBeLessThanOrEqual(box[v][1]);
      });
      const certificate = await certifyNorm(objective, level, everywhere(coefficients.length), kernels);
      expect(certificate?.value).toBeLessThanOrEqual(best);
      expect(certificate?.value).toBeGreaterThan(0.99 * best);
    }
  });

  it("are used by the hierarchy where nothing bounds the variables", async () => {
    const x = Polynomial.variable(0);
    const y = Polynomial.variable(1);
    // Zero at (2, 3) but for the last residual.
    const residuals = [x.minus(2), x.times(y).minus(6), y.plus(x).minus(4.8)];
    for (const norm of ["two", "max"] as const) {
      const result = await minimizePolynomial({ variables: ["x", "y"], objective: { norm, residuals } });
      if (norm === "max") expect(result.status).toBe("optimal");
      const bound = result.certifiedLowerBound.value ?? -Infinity;
      expect(bound).toBeLessThanOrEqual(result.upperBound ?? NaN);
      expect((result.upperBound ?? NaN) - bound).toBeLessThan(norm === "max" ? 1e-5 : 1e-3);
    }
  });

  it("say nothing where a variable is left open", async () => {
    const { residuals } = { residuals: [Polynomial.variable(0).minus(1)] };
    const found = await certifyNorm({ norm: "two", residuals }, 1, everywhere(2), kernels);
    expect(found).toBeUndefined();
  });
});
