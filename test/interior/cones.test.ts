import { beforeAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import type { ConeBlock } from "../../src/interior/cones/cone-block.ts";
import { largestEigenvalue } from "../../src/interior/cones/lanczos.ts";
import { NonnegativeBlock } from "../../src/interior/cones/nonnegative.ts";
import { NonsymmetricBlock } from "../../src/interior/cones/nonsymmetric.ts";
import { PsdBlock, PsdScratch } from "../../src/interior/cones/psd.ts";
import { SecondOrderBlock } from "../../src/interior/cones/second-order.ts";
import { exponentialDual, powerDual } from "../../src/interior/cones/three-dim-barrier.ts";
import type { DualBarrier } from "../../src/interior/cones/three-dim-barrier.ts";
import type { Cone } from "../../src/problem/cones.ts";
import { gaussian, interiorElement, seeded } from "./planted.ts";

let kernels: DenseKernels;
beforeAll(async () => {
  kernels = await loadDenseKernels();
});

/** The block at offset 2, with a pair inside the cone. */
function symmetricCases(): { block: ConeBlock; s: Float64Array; z: Float64Array }[] {
  const random = seeded(11);
  const kinds: [Cone, (dim: number) => ConeBlock][] = [
    [{ kind: "nonnegative", dim: 5 }, (dim) => new NonnegativeBlock(2, dim)],
    [{ kind: "secondOrder", dim: 6 }, (dim) => new SecondOrderBlock(2, dim)],
    [{ kind: "secondOrder", dim: 2 }, (dim) => new SecondOrderBlock(2, dim)],
    [{ kind: "psd", order: 4 }, () => new PsdBlock(2, 4, kernels, new PsdScratch(4))],
    [{ kind: "psd", order: 60 }, () => new PsdBlock(2, 60, kernels, new PsdScratch(60))],
  ];
  return kinds.map(([cone, make]) => {
    const part = interiorElement([cone], false, random);
    const dual = interiorElement([cone], true, random);
    const block = make(part.length);
    const s = new Float64Array(2 + part.length);
    const z = s.slice();
    s.set(part, 2);
    z.set(dual, 2);
    return { block, s, z };
  });
}

describe("Nesterov–Todd scaling", () => {
  it("maps z to s, and H⁻¹ undoes H", () => {
    for (const { block, s, z } of symmetricCases()) {
      expect(block.accept(s, z, 1)).toBe(true);
      expect(block.updateScaling(s, z, 1)).toBe(true);
      const image = new Float64Array(s.length);
      block.applyH(z, image);
      for (let i = 2; i < s.length; i++) expect(image[i]).toBeCloseTo(s[i], 8);
      const back = new Float64Array(s.length);
      block.applyHInverse(image, back);
      for (let i = 2; i < s.length; i++) expect(back[i]).toBeCloseTo(z[i], 8);
    }
  });

  it("gives the diagonal of H⁻¹", () => {
    for (const { block, s, z } of symmetricCases()) {
      if (block.dim > 20) continue;
      block.accept(s, z, 1);
      block.updateScaling(s, z, 1);
      const diagonal = new Float64Array(s.length);
      block.inverseDiagonal(diagonal);
      const unit = new Float64Array(s.length);
      const out = new Float64Array(s.length);
      for (let i = 2; i < s.length; i++) {
        unit.fill(0);
        unit[i] = 1;
        block.applyHInverse(unit, out);
        expect(diagonal[i]).toBeCloseTo(out[i], 8);
      }
    }
  });

  it("finds the step to the boundary", () => {
    const random = seeded(3);
    for (const { block, s, z } of symmetricCases()) {
      block.accept(s, z, 1);
      block.updateScaling(s, z, 1);
      // A direction that satisfies Δs + HΔz = −s, as the affine one does.
      const shift = new Float64Array(s.length);
      block.affineShift(s, shift);
      const dz = new Float64Array(s.length);
      for (let i = 2; i < s.length; i++) dz[i] = gaussian(random) * Math.abs(z[i] || 1);
      const ds = new Float64Array(s.length);
      block.applyH(dz, ds);
      for (let i = 2; i < s.length; i++) ds[i] = -shift[i] - ds[i];
      const alpha = block.maxStep(s, z, ds, dz, 1);
      const at = (t: number) =>
        block.accept(
          s.map((value, i) => value + t * ds[i]),
          z.map((value, i) => value + t * dz[i]),
          1,
        );
      expect(at(0.98 * alpha)).toBe(true);
      if (alpha < 1) expect(at(1.02 * alpha)).toBe(false);
    }
  });

  it("dualShift is H⁻¹ of the shift", () => {
    for (const { block, s, z } of symmetricCases()) {
      block.accept(s, z, 1);
      block.updateScaling(s, z, 1);
      const shift = new Float64Array(s.length);
      const ds = new Float64Array(s.length);
      const dz = new Float64Array(s.length);
      for (let i = 2; i < s.length; i++) dz[i] = -0.3 * z[i];
      block.affineShift(s, shift);
      block.applyH(dz, ds);
      for (let i = 2; i < s.length; i++) ds[i] = -shift[i] - ds[i];
      block.maxStep(s, z, ds, dz, 1);
      block.combinedShift(s, z, ds, dz, 0.2, 1, shift);
      const expected = new Float64Array(s.length);
      const got = new Float64Array(s.length);
      block.applyHInverse(shift, expected);
      block.dualShift(z, shift, got);
      for (let i = 2; i < s.length; i++) expect(got[i]).toBeCloseTo(expected[i], 7);
    }
  });
});

/** ∇f* and ∇²f* from the parts that a barrier states. */
function derivatives(
  barrier: DualBarrier,
  z: Float64Array,
): { value: number; gradient: number[]; hessian: number[] } {
  const g = new Float64Array(3);
  const h = new Float64Array(9);
  const r = barrier.evaluate(z, g, h);
  const value = -Math.log(r) + barrier.separable(z);
  const gradient = [0, 1, 2].map(
    (i) => -g[i] / r - (barrier.weights[i] === 0 ? 0 : barrier.weights[i] / z[i]),
  );
  const hessian = Array.from(h, (entry, k) => {
    const i = Math.floor(k / 3);
    const j = k % 3;
    const own = i === j && barrier.weights[i] !== 0 ? barrier.weights[i] / (z[i] * z[i]) : 0;
    return (g[i] * g[j]) / (r * r) - entry / r + own;
  });
  return { value, gradient, hessian };
}

describe.each([
  ["exponential", exponentialDual, [-1.2, 0.7, 0.9]],
  ["power 0.3", powerDual(0.3), [1.1, 0.8, -0.6]],
  ["power 0.9", powerDual(0.9), [0.4, 0.2, 0.3]],
] as const)("dual barrier, %s", (_name, barrier, point) => {
  const z = Float64Array.from(point);
  const nudged = (i: number, by: number) => z.map((value, k) => (k === i ? value + by : value));

  it("has the gradient and Hessian of its value", () => {
    const h = 1e-5;
    const here = derivatives(barrier, z);
    for (let i = 0; i < 3; i++) {
      const [up, down] = [derivatives(barrier, nudged(i, h)), derivatives(barrier, nudged(i, -h))];
      expect((up.value - down.value) / (2 * h)).toBeCloseTo(here.gradient[i], 6);
      for (let j = 0; j < 3; j++) {
        expect((up.gradient[j] - down.gradient[j]) / (2 * h)).toBeCloseTo(here.hessian[3 * i + j], 5);
      }
    }
  });

  it("has the stated derivative of r's Hessian", () => {
    const h = 1e-6;
    const out = new Float64Array(9);
    const [up, down, g] = [new Float64Array(9), new Float64Array(9), new Float64Array(3)];
    for (let i = 0; i < 3; i++) {
      barrier.evaluate(nudged(i, h), g, up);
      barrier.evaluate(nudged(i, -h), g, down);
      barrier.hessianDerivative(
        z,
        Float64Array.from([0, 1, 2], (k) => (k === i ? 1 : 0)),
        out,
      );
      for (let k = 0; k < 9; k++) expect((up[k] - down[k]) / (2 * h)).toBeCloseTo(out[k], 5);
    }
  });

  it("is logarithmically homogeneous of degree 3", () => {
    const { gradient } = derivatives(barrier, z);
    expect(gradient.reduce((sum, value, i) => sum + value * z[i], 0)).toBeCloseTo(-3, 10);
  });

  it("inverts its gradient: ∇f*(conjugatePoint(−∇f*(z))) = ∇f*(z)", () => {
    const s = Float64Array.from(derivatives(barrier, z).gradient, (value) => -value);
    expect(barrier.insidePrimal(s)).toBe(true);
    const back = new Float64Array(3);
    expect(barrier.conjugatePoint(s, back)).toBe(true);
    for (let i = 0; i < 3; i++) expect(back[i]).toBeCloseTo(z[i], 9);
  });

  it("starts from its central point", () => {
    const { gradient } = derivatives(barrier, Float64Array.from(barrier.unit.z));
    for (let i = 0; i < 3; i++) expect(-gradient[i]).toBeCloseTo(barrier.unit.s[i], 8);
  });

  it("has a scaling that maps z to s", () => {
    const block = new NonsymmetricBlock(0, barrier);
    // A pair off the central path.
    const s = Float64Array.from(derivatives(barrier, z).gradient, (value, i) => -value * (1 + 0.03 * i));
    expect(block.accept(s, z, 1)).toBe(true);
    expect(block.updateScaling(s, z, 1)).toBe(true);
    const image = new Float64Array(3);
    block.applyH(z, image);
    for (let i = 0; i < 3; i++) expect(image[i]).toBeCloseTo(s[i], 8);
    const back = new Float64Array(3);
    block.applyHInverse(image, back);
    for (let i = 0; i < 3; i++) expect(back[i]).toBeCloseTo(z[i], 6);
  });
});

describe("largestEigenvalue", () => {
  it("bounds the largest eigenvalue from above, closely", () => {
    const random = seeded(8);
    for (const n of [50, 90]) {
      const A = new Float64Array(n * n);
      for (let j = 0; j < n; j++) for (let i = 0; i <= j; i++) A[j * n + i] = A[i * n + j] = gaussian(random);
      const values = new Float64Array(n);
      kernels.eigenvalues(n, A.slice(), values);
      const bound = largestEigenvalue(n, A);
      expect(bound).toBeGreaterThan(values[n - 1] * (1 - 1e-3));
      expect(bound).toBeLessThan(values[n - 1] * 1.02);
    }
  });

  it("handles multiples of the identity and negative spectra", () => {
    const n = 50;
    const A = new Float64Array(n * n);
    for (let i = 0; i < n; i++) A[i * n + i] = -2;
    expect(largestEigenvalue(n, A)).toBeCloseTo(-2, 8);
  });
});
