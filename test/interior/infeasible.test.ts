import { beforeAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import { interiorPoint } from "../../src/interior/interior-point.ts";
import type { InteriorProblem } from "../../src/interior/types.ts";
import type { Cone } from "../../src/problem/cones.ts";
import { addSparseProduct, addSparseTransposeProduct } from "../../src/problem/sparse-matrix.ts";
import { gaussian, interiorElement, randomMatrix, seeded, totalDim } from "./planted.ts";

let kernels: DenseKernels;
beforeAll(async () => {
  kernels = await loadDenseKernels();
});

const families: readonly (readonly [string, readonly Cone[]])[] = [
  [
    "lp",
    [
      { kind: "zero", dim: 2 },
      { kind: "nonnegative", dim: 9 },
    ],
  ],
  [
    "socp",
    [
      { kind: "nonnegative", dim: 2 },
      { kind: "secondOrder", dim: 4 },
      { kind: "secondOrder", dim: 7 },
    ],
  ],
  [
    "sdp",
    [
      { kind: "psd", order: 4 },
      { kind: "nonnegative", dim: 2 },
    ],
  ],
  ["exp", [{ kind: "exponential" }, { kind: "exponential" }, { kind: "nonnegative", dim: 3 }]],
];

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, v, i) => sum + v * b[i], 0);
const largest = (a: Float64Array) => a.reduce((max, v) => Math.max(max, Math.abs(v)), 0);

/** A with yᵀA = 0 for a y inside K*, and bᵀy = −1. */
function primalInfeasible(cones: readonly Cone[], random: () => number): InteriorProblem {
  const m = totalDim(cones);
  const n = Math.max(1, Math.floor(m / 3));
  const y = interiorElement(cones, true, random);
  const yy = dot(y, y);
  const A = randomMatrix(m, n, 1.1, random);
  for (let j = 0; j < n; j++) {
    const column = A.values.subarray(j * m, (j + 1) * m);
    const inner = dot(column, y) / yy;
    for (let i = 0; i < m; i++) column[i] -= inner * y[i];
  }
  const b = Float64Array.from({ length: m }, () => gaussian(random));
  const shift = (dot(b, y) + 1) / yy;
  for (let i = 0; i < m; i++) b[i] -= shift * y[i];
  const c = Float64Array.from({ length: n }, () => gaussian(random));
  return { A, b, c, cones };
}

/** A x = −s for an s inside K, cᵀx = −1, and a feasible point. */
function dualInfeasible(cones: readonly Cone[], random: () => number): InteriorProblem {
  const m = totalDim(cones);
  const n = Math.max(2, Math.floor(m / 3));
  const x = Float64Array.from({ length: n }, () => gaussian(random));
  const xx = dot(x, x);
  const s = interiorElement(cones, false, random);
  const A = randomMatrix(m, n, 1.1, random);
  const image = new Float64Array(m);
  addSparseProduct(A, x, image);
  for (let j = 0; j < n; j++)
    for (let i = 0; i < m; i++) A.values[j * m + i] -= ((image[i] + s[i]) * x[j]) / xx;
  const c = Float64Array.from({ length: n }, () => gaussian(random));
  const shift = (dot(c, x) + 1) / xx;
  for (let j = 0; j < n; j++) c[j] -= shift * x[j];
  const b = interiorElement(cones, false, random);
  addSparseProduct(
    A,
    Float64Array.from({ length: n }, () => gaussian(random)),
    b,
  );
  return { A, b, c, cones };
}

describe.each(families)("infeasible %s", (_name, cones) => {
  it("primal: a certificate that holds", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const problem = primalInfeasible(cones, seeded(seed));
      const r = await interiorPoint(problem, kernels);
      expect(r.reason, `seed ${seed}`).toBe("primalInfeasible");
      if (r.certificate?.kind !== "primalInfeasible") throw new Error("no certificate");
      const { y } = r.certificate;
      expect(dot(problem.b, y)).toBeCloseTo(-1, 9);
      const adjoint = new Float64Array(problem.c.length);
      addSparseTransposeProduct(problem.A, y, adjoint);
      expect(largest(adjoint)).toBeLessThan(2e-8);
    }
  });

  it("dual: a certificate that holds", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const problem = dualInfeasible(cones, seeded(seed));
      const r = await interiorPoint(problem, kernels);
      expect(r.reason, `seed ${seed}`).toBe("dualInfeasible");
      if (r.certificate?.kind !== "dualInfeasible") throw new Error("no certificate");
      const { x, s } = r.certificate;
      expect(dot(problem.c, x)).toBeCloseTo(-1, 9);
      const residual = s.slice();
      addSparseProduct(problem.A, x, residual);
      expect(largest(residual)).toBeLessThan(2e-8);
    }
  });
});
