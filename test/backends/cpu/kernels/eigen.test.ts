import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../../../src/backends/cpu/kernels/load.ts";
import { smallerSide } from "../../../../src/backends/cpu/kernels/smaller-side.ts";
import { distance, eigenErrors, maxAbs, randomSymmetric, spectra, withSpectrum } from "./matrices.ts";

const EPS = Number.EPSILON;

describe.each(["typescript", "wasm-simd"] as const)("symmetric eigenproblem, %s", async (choice) => {
  const kernels = await loadDenseKernels(choice);
  const solve = (n: number, A: Float64Array): { values: Float64Array; vectors: Float64Array } => {
    const values = new Float64Array(n);
    const vectors = new Float64Array(n * n);
    kernels.eigSymmetric(n, A.slice(), values, vectors);
    return { values, vectors };
  };

  it("A V = V Λ and VᵀV = I for every order to 70, and 100, 257", () => {
    for (const n of [...Array(71).keys(), 100, 257]) {
      const A = randomSymmetric(n, n + 1);
      const { values, vectors } = solve(n, A);
      const { residual, orthogonality } = eigenErrors(kernels, n, A, values, vectors, n);
      expect(residual, `residual, n = ${n}`).toBeLessThan(40 * EPS * (1 + n));
      expect(orthogonality, `orthogonality, n = ${n}`).toBeLessThan(10 * EPS * (4 + n));
      for (let i = 1; i < n; i++) expect(values[i]).toBeGreaterThanOrEqual(values[i - 1]);
    }
  });

  it("agrees with ml-matrix", () => {
    for (const n of [1, 2, 3, 4, 9, 20, 33, 47, 64, 100]) {
      const A = randomSymmetric(n, 7 * n);
      const rows = Array.from({ length: n }, (_, i) => Array.from(A.subarray(i * n, (i + 1) * n)));
      const oracle = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true }).realEigenvalues;
      const sorted = Float64Array.from(oracle).sort();
      const { values } = solve(n, A);
      expect(distance(values, sorted), `n = ${n}`).toBeLessThan(100 * EPS * (1 + n));
      const only = new Float64Array(n);
      kernels.eigenvalues(n, A.slice(), only);
      expect(distance(only, sorted), `values only, n = ${n}`).toBeLessThan(100 * EPS * (1 + n));
    }
  });

  it.each(Object.keys(spectra))("spectrum: %s", (name) => {
    for (const n of [1, 2, 3, 5, 31, 33, 64, 100, 150]) {
      const wanted = Float64Array.from(spectra[name](n)).sort();
      const scale = maxAbs(wanted);
      const A = withSpectrum(spectra[name](n), n);
      const { values, vectors } = solve(n, A);
      const { residual, orthogonality } = eigenErrors(kernels, n, A, values, vectors, n);
      expect(distance(values, wanted), `values, n = ${n}`).toBeLessThanOrEqual(20 * EPS * (4 + n) * scale);
      expect(residual, `residual, n = ${n}`).toBeLessThanOrEqual(20 * EPS * (4 + n) * scale);
      expect(orthogonality, `orthogonality, n = ${n}`).toBeLessThan(10 * EPS * (4 + n));

      const part = kernels.eigSmallerSide(n, A.slice(), values, vectors);
      const expected = smallerSide(n, values);
      expect(part).toEqual(expected);
      const chosen = values.subarray(part.first, part.first + part.count);
      const errors = eigenErrors(kernels, n, A, chosen, vectors, part.count);
      expect(errors.residual).toBeLessThanOrEqual(20 * EPS * (4 + n) * scale);
      expect(errors.orthogonality).toBeLessThan(10 * EPS * (4 + n));
    }
  });

  it("takes the side with fewer eigenvalues and leaves numerical zeros out", () => {
    for (const n of [3, 20, 90]) {
      const positive = Math.ceil(n / 5);
      const spectrum = Array.from({ length: n }, (_, i) =>
        i < positive ? i + 1 : i < 2 * positive + 1 ? -i : 0,
      );
      const values = new Float64Array(n);
      const vectors = new Float64Array(n * n);
      const part = kernels.eigSmallerSide(n, withSpectrum(spectrum, n), values, vectors);
      expect(part).toEqual({ side: "positive", first: n - positive, count: positive });
      const flipped = kernels.eigSmallerSide(
        n,
        withSpectrum(
          spectrum.map((x) => -x),
          n,
        ),
        values,
        vectors,
      );
      expect(flipped).toEqual({ side: "negative", first: 0, count: positive });
    }
  });

  it("diagonal, tridiagonal and block diagonal matrices", () => {
    for (const n of [40, 77, 130]) {
      const diagonal = new Float64Array(n * n);
      const second = new Float64Array(n * n);
      const blocks = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        diagonal[i * n + i] = (i * 7) % 11;
        second[i * n + i] = 2;
        if (i + 1 < n) second[i * n + i + 1] = second[(i + 1) * n + i] = -1;
        for (let j = 0; j < n; j++) if (Math.floor(i / 5) === Math.floor(j / 5)) blocks[i * n + j] = 1;
      }
      for (const A of [diagonal, second, blocks]) {
        const { values, vectors } = solve(n, A);
        const { residual, orthogonality } = eigenErrors(kernels, n, A, values, vectors, n);
        expect(residual).toBeLessThan(1e-12);
        expect(orthogonality).toBeLessThan(1e-12);
      }
      const { values } = solve(n, second);
      const exact = Float64Array.from(
        { length: n },
        (_, i) => 2 - 2 * Math.cos(((i + 1) * Math.PI) / (n + 1)),
      );
      expect(distance(values, exact)).toBeLessThan(1e-13);
    }
  });

  it("Wilkinson's and glued Wilkinson's matrices: pairs of eigenvalues closer than rounding", () => {
    for (const copies of [1, 6]) {
      const n = 21 * copies;
      const A = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        A[i * n + i] = Math.abs(10 - (i % 21));
        if (i + 1 < n) A[i * n + i + 1] = A[(i + 1) * n + i] = (i + 1) % 21 === 0 ? 1e-9 : 1;
      }
      const { values, vectors } = solve(n, A);
      const { residual, orthogonality } = eigenErrors(kernels, n, A, values, vectors, n);
      expect(values[n - 1]).toBeCloseTo(10.746194182903393, 8);
      expect(residual).toBeLessThan(1e-13);
      expect(orthogonality).toBeLessThan(1e-13);
    }
  });

  it("NaN and infinity give NaN, and do not hang", () => {
    for (const n of [1, 2, 5, 40, 80]) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const A = randomSymmetric(n, n);
        A[(n >> 1) * n + n - 1] = bad;
        const { values, vectors } = solve(n, A);
        expect(values.every(Number.isNaN)).toBe(true);
        expect(vectors.every(Number.isNaN)).toBe(true);
        kernels.eigenvalues(n, A.slice(), values.fill(0));
        expect(values.every(Number.isNaN)).toBe(true);
        const part = kernels.eigSmallerSide(n, A.slice(), values.fill(0), vectors.fill(0));
        expect(part.count).toBe(n);
        expect(vectors.every(Number.isNaN)).toBe(true);
      }
    }
  });

  it("property: eigenvalues keep trace and Frobenius norm for clustered spectra", () => {
    const level = fc.constantFrom(-1, 0, 0, 1, 1 + 1e-13, 1e-9, -1e-9, 100);
    fc.assert(
      fc.property(
        fc.array(level, { minLength: 1, maxLength: 90 }),
        fc.integer({ min: 1, max: 1e6 }),
        (spectrum, seed) => {
          const n = spectrum.length;
          const A = withSpectrum(spectrum, seed);
          const { values, vectors } = solve(n, A);
          const scale = maxAbs(spectrum) || 1;
          const { residual, orthogonality } = eigenErrors(kernels, n, A, values, vectors, n);
          expect(distance(values, Float64Array.from(spectrum).sort())).toBeLessThan(
            20 * EPS * (4 + n) * scale,
          );
          expect(residual).toBeLessThan(20 * EPS * (4 + n) * scale);
          expect(orthogonality).toBeLessThan(10 * EPS * (4 + n));
        },
      ),
      { numRuns: 150, seed: 20 },
    );
  });
});
