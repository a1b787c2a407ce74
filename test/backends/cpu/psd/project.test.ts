import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../../../src/backends/cpu/kernels/load.ts";
import { PsdProjector } from "../../../../src/backends/cpu/psd/project.ts";
import { matrixToSvec, svecLength, svecToMatrix } from "../../../../src/problem/svec.ts";
import { distance, generator, maxAbs, spectra, withSpectrum } from "../kernels/matrices.ts";

const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
const norm = (x: Float64Array): number => Math.hypot(...x);
const negate = (x: Float64Array): Float64Array => x.map((value) => -value);

function svecOf(n: number, A: Float64Array): Float64Array {
  const x = new Float64Array(svecLength(n));
  matrixToSvec(A, n, x, 0);
  return x;
}

describe.each(["typescript", "wasm-simd"] as const)("PSD projection, %s", async (choice) => {
  const kernels = await loadDenseKernels(choice);
  const project = (n: number, x: Float64Array): Float64Array => {
    const p = new Float64Array(x.length).fill(NaN);
    new PsdProjector(kernels, [n]).project(x, 0, n, p, 0, 0);
    return p;
  };
  const smallestEigenvalue = (n: number, x: Float64Array): number => {
    const matrix = new Float64Array(n * n);
    const values = new Float64Array(n);
    svecToMatrix(x, 0, n, matrix);
    kernels.eigenvalues(n, matrix, values);
    return n === 0 ? 0 : values[0];
  };
  /** Moreau: X = P(X) − P(−X), ⟨P(X), P(−X)⟩ = 0, both PSD: together these characterise the projection. */
  const expectProjection = (n: number, x: Float64Array): void => {
    const p = project(n, x);
    const q = project(n, negate(x));
    const scale = norm(x);
    const tolerance = 1e-14 * (n + 10) * scale;
    expect(
      distance(
        x,
        p.map((value, i) => value - q[i]),
      ),
    ).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(dot(p, q))).toBeLessThanOrEqual(tolerance * scale);
    expect(smallestEigenvalue(n, p)).toBeGreaterThanOrEqual(-tolerance);
    expect(smallestEigenvalue(n, q)).toBeGreaterThanOrEqual(-tolerance);
    expect(distance(project(n, p), p)).toBeLessThanOrEqual(tolerance);
  };

  it("Moreau's identities and idempotence, orders 0 to 70, 100, 257", () => {
    for (const n of [...Array(71).keys(), 100, 257]) {
      expectProjection(n, Float64Array.from({ length: svecLength(n) }, generator(n + 1)));
    }
  });

  it.each(Object.keys(spectra))("spectrum: %s", (name) => {
    for (const n of [1, 2, 3, 20, 50, 100]) {
      const scale = name === "huge" || name === "tiny" ? 1e100 : 1;
      const spectrum = spectra[name](n).map((value) => (name === "huge" ? value / scale : value * scale));
      expectProjection(n, svecOf(n, withSpectrum(spectrum, n)));
    }
  });

  it("projects a known spectrum exactly as λ₊", () => {
    for (const n of [2, 3, 10, 60]) {
      const spectrum = Array.from({ length: n }, (_, i) => Math.cos(3 * i) * (i + 1));
      const positive = spectrum.map((value) => Math.max(0, value));
      const p = project(n, svecOf(n, withSpectrum(spectrum, n)));
      expect(distance(p, svecOf(n, withSpectrum(positive, n)))).toBeLessThan(1e-12 * n);
    }
  });

  it("property: non-expansive, positively homogeneous, NaN stays NaN", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom(1e-6, 1, 1e3),
        (n, seed, spread) => {
          const next = generator(seed);
          const x = Float64Array.from({ length: svecLength(n) }, next);
          const y = x.map((value) => value + spread * next());
          const [p, q] = [project(n, x), project(n, y)];
          const gap = norm(x.map((value, i) => value - y[i]));
          expect(norm(p.map((value, i) => value - q[i]))).toBeLessThanOrEqual(gap * (1 + 1e-12) + 1e-13 * n);
          expect(
            distance(
              project(
                n,
                x.map((value) => 8 * value),
              ),
              p.map((value) => 8 * value),
            ),
          ).toBeLessThan(1e-12 * n);
          x[seed % x.length] = NaN;
          expect(maxAbs(project(n, x))).toBeNaN();
        },
      ),
      { numRuns: 200, seed: 22 },
    );
  });

  it("order 2 in closed form agrees with the eigendecomposition of an enlarged block", () => {
    fc.assert(
      fc.property(
        fc.tuple(...Array.from({ length: 3 }, () => fc.double({ min: -10, max: 10, noNaN: true }))),
        ([a, s, c]) => {
          const small = project(2, Float64Array.of(a, s, c));
          const large = project(3, Float64Array.of(a, s, 0, c, 0, 0));
          expect(distance(small, Float64Array.of(large[0], large[1], large[3]))).toBeLessThan(1e-13);
        },
      ),
      { numRuns: 300, seed: 23 },
    );
  });

  it("in place, at offsets, several blocks; counters and ranks", () => {
    const orders = [1, 2, 5, 30];
    const lengths = orders.map(svecLength);
    const total = lengths.reduce((a, b) => a + b, 0);
    const x = Float64Array.from({ length: total + 2 }, generator(5));
    const y = x.slice();
    const projector = new PsdProjector(kernels, orders);
    let offset = 1;
    orders.forEach((order, block) => {
      const alone = project(order, x.slice(offset, offset + lengths[block]));
      projector.project(y, offset, order, y, offset, block);
      expect(distance(y.subarray(offset, offset + lengths[block]), alone)).toBe(0);
      offset += lengths[block];
    });
    expect([y[0], y[total + 1]]).toEqual([x[0], x[total + 1]]);
    expect(projector.counters.projections).toBe(4);
    expect(projector.counters.decompositions).toBe(2);
    expect(projector.counters.seconds).toBeGreaterThan(0);
    expect(projector.ranks.every((rank, block) => rank >= 0 && rank <= orders[block])).toBe(true);
  });
});
