import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../../../src/backends/cpu/kernels/load.ts";
import { PsdProjector } from "../../../../src/backends/cpu/psd/project.ts";
import { SubspaceTracker } from "../../../../src/backends/cpu/psd/subspace-tracker.ts";
import { fullCost, trackedCost } from "../../../../src/backends/cpu/psd/warm-block.ts";
import { matrixToSvec, svecLength } from "../../../../src/problem/svec.ts";
import {
  distance,
  generator,
  identity,
  maxAbs,
  multiply,
  randomMatrix,
  withSpectrum,
} from "../kernels/matrices.ts";

const kernels = await loadDenseKernels();
const n = 120;

/** svec of a matrix with `rank` eigenvalues on one side of zero and the others well on the other. */
function lowRank(rank: number, sign: number, seed: number): Float64Array {
  const spectrum = Array.from({ length: n }, (_, i) => sign * (i < rank ? 2 + i : -0.5 - i / n));
  const x = new Float64Array(svecLength(n));
  matrixToSvec(withSpectrum(spectrum, seed), n, x, 0);
  return x;
}

function relativeError(p: Float64Array, x: Float64Array): number {
  const exact = new Float64Array(x.length);
  new PsdProjector(kernels, [n], { warmStart: "never" }).project(x, 0, n, exact, 0, 0);
  return Math.hypot(...p.map((value, i) => value - exact[i])) / Math.hypot(...x);
}

describe("low-rank warm start of the PSD projection", () => {
  it.each([1, -1])("follows a slowly moving side within the tolerance, side %i", (sign) => {
    for (const tolerance of [1e-6, 1e-9]) {
      const projector = new PsdProjector(kernels, [n], { warmStart: "always", tolerance });
      const next = generator(3);
      const x = lowRank(8, sign, 4);
      const p = new Float64Array(x.length);
      for (let step = 0; step < 12; step++) {
        projector.project(x, 0, n, p, 0, 0);
        expect(relativeError(p, x)).toBeLessThan(tolerance);
        expect(projector.ranks[0]).toBe(sign > 0 ? 8 : n - 8);
        for (let i = 0; i < x.length; i++) x[i] += 1e-4 * next();
      }
      expect(projector.counters.tracked).toBe(11);
      expect(projector.counters.decompositions).toBe(1);
    }
  });

  it("notices an eigenvalue that jumps across zero outside the basis", () => {
    const projector = new PsdProjector(kernels, [n], { warmStart: "always" });
    const p = new Float64Array(svecLength(n));
    for (let seed = 1; seed < 6; seed++) {
      const x = lowRank(6, 1, 9);
      projector.project(x, 0, n, p, 0, 0);
      projector.project(x, 0, n, p, 0, 0);
      const v = randomMatrix(n, 1, seed);
      const length = Math.hypot(...v);
      const jump = multiply(false, true, n, n, 1, v, v).map((value) => (value * 4) / length ** 2);
      const change = new Float64Array(x.length);
      matrixToSvec(jump, n, change, 0);
      for (let i = 0; i < x.length; i++) x[i] += change[i];
      projector.project(x, 0, n, p, 0, 0);
      expect(relativeError(p, x)).toBeLessThan(1e-9);
    }
    expect(projector.counters.tracked).toBeGreaterThan(0);
  });

  it("an unrelated matrix falls back to the full projection", () => {
    const projector = new PsdProjector(kernels, [n], { warmStart: "always" });
    const p = new Float64Array(svecLength(n));
    const inputs = [
      lowRank(5, 1, 1),
      lowRank(5, 1, 1),
      Float64Array.from(p, generator(8)),
      lowRank(20, -1, 5),
    ];
    for (const x of inputs) {
      projector.project(x, 0, n, p, 0, 0);
      expect(relativeError(p, x)).toBeLessThan(1e-9);
    }
    expect(projector.counters.trackingFailures).toBeGreaterThan(0);
    expect(projector.counters.decompositions + projector.counters.tracked).toBe(inputs.length);
  });

  it("NaN comes out as NaN and zero tolerance means the full way", () => {
    const projector = new PsdProjector(kernels, [n], { warmStart: "always" });
    const x = lowRank(5, 1, 1);
    const p = new Float64Array(x.length);
    projector.project(x, 0, n, p, 0, 0);
    const bad = x.slice();
    bad[77] = NaN;
    projector.project(bad, 0, n, p, 0, 0);
    expect(maxAbs(p)).toBeNaN();
    projector.project(x, 0, n, p, 0, 0);
    projector.tolerance = 0;
    const before = projector.counters.decompositions;
    projector.project(x, 0, n, p, 0, 0);
    expect(projector.counters.decompositions).toBe(before + 1);
    expect(relativeError(p, x)).toBe(0);
  });

  it("the certificate sees a missed eigenvalue above c, and no smaller one", () => {
    const spectrum = Array.from({ length: 60 }, (_, i) => (i === 0 ? 3 : i === 1 ? 1e-4 : -1));
    const tracker = new SubspaceTracker(
      kernels,
      60,
      Float64Array.from(spectrum).sort(),
      new Float64Array(60),
      1,
    );
    const rest = withSpectrum([0, ...spectrum.slice(1)], 3);
    expect(tracker.certifies(rest.slice(), 0.9e-4)).toBe(false);
    expect(tracker.certifies(rest.slice(), 1.1e-4)).toBe(true);
  });

  it("by default it is left off where it costs more", () => {
    const projector = new PsdProjector(kernels, [n]);
    const x = lowRank(5, 1, 1);
    const p = new Float64Array(x.length);
    for (let step = 0; step < 3; step++) projector.project(x, 0, n, p, 0, 0);
    expect(projector.counters.decompositions).toBe(3);
    expect(trackedCost(2000, 20, 7)).toBeLessThan(fullCost(2000, 10));
    expect(trackedCost(500, 60, 21)).toBeGreaterThan(fullCost(500, 50));
  });
});

describe.each(["typescript", "wasm-simd"] as const)("Chebyshev filter, %s", async (choice) => {
  const filter = (await loadDenseKernels(choice)).chebyshevFilter.bind(await loadDenseKernels(choice));
  it("is the Chebyshev polynomial of the matrix", () => {
    for (const order of [0, 1, 2, 7, 40]) {
      const spectrum = Float64Array.from({ length: order }, (_, i) => -2 + (3.5 * i) / order);
      const A = withSpectrum(spectrum, 6);
      for (const degree of [0, 1, 2, 5]) {
        const scaled = spectrum.map((value) => (value + 0.5) / 1.5);
        const mapped = scaled.map((t) =>
          Math.abs(t) <= 1 ? Math.cos(degree * Math.acos(t)) : Math.cosh(degree * Math.acosh(t)),
        );
        const V = identity(order);
        filter(order, order, A, -2, 1, degree, V);
        expect(distance(V, withSpectrum(mapped, 6)), `order ${order}, degree ${degree}`).toBeLessThan(1e-11);
      }
    }
  });
});
