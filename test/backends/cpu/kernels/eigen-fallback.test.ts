import { describe, expect, it } from "vitest";
import { SymmetricEigen } from "../../../../src/backends/cpu/kernels/eigen/symmetric-eigen.ts";
import { TypescriptHeap } from "../../../../src/backends/cpu/kernels/typescript/heap.ts";
import { typescriptKernels } from "../../../../src/backends/cpu/kernels/typescript.ts";
import { eigenErrors, randomSymmetric, spectra, withSpectrum } from "./matrices.ts";

/** A heap whose first product comes out wrong by a relative 1e-9. */
class InexactHeap extends TypescriptHeap {
  #calls = 0;
  override multiplyAdd(...args: Parameters<TypescriptHeap["multiplyAdd"]>): void {
    if (this.#calls++ === 0) args[5] *= 1 + 1e-9;
    super.multiplyAdd(...args);
  }
}

/** A heap whose implicit QL fails on the leaves of the divide and conquer. */
class LeafFailureHeap extends TypescriptHeap {
  override implicitQl(...args: Parameters<TypescriptHeap["implicitQl"]>): boolean {
    return args[0] > 60 && super.implicitQl(...args);
  }
}

describe("check of divide and conquer", () => {
  const n = 100;
  const A = randomSymmetric(n, 2);
  const solve = (eigen: SymmetricEigen): { residual: number; orthogonality: number } => {
    const values = new Float64Array(n);
    const vectors = new Float64Array(n * n);
    eigen.pairs(n, A.slice(), values, vectors, "all");
    return eigenErrors(typescriptKernels, n, A, values, vectors, n);
  };

  it("passes a sound result", () => {
    const eigen = new SymmetricEigen(new TypescriptHeap());
    expect(solve(eigen).residual).toBeLessThan(1e-12);
    expect(eigen.fallbacks).toBe(0);
  });

  it("finds nothing wrong with degenerate spectra", () => {
    const eigen = new SymmetricEigen(new TypescriptHeap());
    for (const spectrum of Object.values(spectra)) {
      for (const order of [50, 64, 100, 151]) {
        const values = new Float64Array(order);
        const vectors = new Float64Array(order * order);
        eigen.pairs(order, withSpectrum(spectrum(order), order), values, vectors, "smaller side");
        eigen.pairs(order, withSpectrum(spectrum(order), order), values, vectors, "all");
      }
    }
    expect(eigen.fallbacks).toBe(0);
  });

  it("sees a product wrong in the ninth digit and computes by implicit QL instead", () => {
    const eigen = new SymmetricEigen(new InexactHeap());
    const { residual, orthogonality } = solve(eigen);
    expect(eigen.fallbacks).toBe(1);
    expect(residual).toBeLessThan(1e-12);
    expect(orthogonality).toBeLessThan(1e-12);
  });

  it("falls back when a leaf does not converge", () => {
    const { residual, orthogonality } = solve(new SymmetricEigen(new LeafFailureHeap()));
    expect(residual).toBeLessThan(1e-12);
    expect(orthogonality).toBeLessThan(1e-12);
  });
});
