import { beforeAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import { makeBlocks } from "../../src/interior/blocks.ts";
import type { ConeBlock } from "../../src/interior/cones/cone-block.ts";
import { PsdBlock, PsdScratch } from "../../src/interior/cones/psd.ts";
import { estimateInteriorCost } from "../../src/interior/cost.ts";
import { DenseKkt } from "../../src/interior/kkt/dense-kkt.ts";
import { KktSystem } from "../../src/interior/kkt/kkt-system.ts";
import { PsdSchur } from "../../src/interior/kkt/psd-schur.ts";
import { SparseKkt } from "../../src/interior/kkt/sparse-kkt.ts";
import type { Cone } from "../../src/problem/cones.ts";
import {
  addSparseProduct,
  addSparseTransposeProduct,
  addSymmetricProduct,
} from "../../src/problem/sparse-matrix.ts";
import { denseMatrix, gaussian, interiorElement, randomMatrix, seeded, totalDim } from "./planted.ts";

let kernels: DenseKernels;
beforeAll(async () => {
  kernels = await loadDenseKernels();
});

const noYield = () => Promise.resolve();

function scaledBlocks(cones: Cone[], random: () => number): ConeBlock[] {
  const blocks = makeBlocks(
    cones.map((cone) => {
      if (cone.kind === "box" || cone.kind === "dualExponential" || cone.kind === "dualPower")
        throw new Error();
      return cone;
    }),
    kernels,
  );
  const s = interiorElement(cones, false, random);
  const z = interiorElement(cones, true, random);
  for (const block of blocks) {
    expect(block.accept(s, z, 1e-3)).toBe(true);
    expect(block.updateScaling(s, z, 1)).toBe(true);
  }
  return blocks;
}

describe("PsdSchur", () => {
  it.each([0.02, 0.2, 0.9])("agrees with ⟨A_k, G A_l G⟩ computed in full, density %d", async (density) => {
    const random = seeded(21);
    const order = 12;
    const dim = (order * (order + 1)) / 2;
    const n = 9;
    const A = randomMatrix(dim, n, density, random);
    const block = new PsdBlock(0, order, kernels, new PsdScratch(order));
    const cone: Cone = { kind: "psd", order };
    const s = interiorElement([cone], false, random);
    const z = interiorElement([cone], true, random);
    block.accept(s, z);
    block.updateScaling();
    const values = new Float64Array(n * n);
    await new PsdSchur(A, block, kernels).addTo({ kind: "dense", order: n, values }, noYield);
    for (let l = 0; l < n; l++) {
      const column = new Float64Array(dim);
      for (let k = A.colPtr[l]; k < A.colPtr[l + 1]; k++) column[A.rowIdx[k]] = A.values[k];
      const image = new Float64Array(dim);
      block.applyHInverse(column, image);
      for (let k = l; k < n; k++) {
        let sum = 0;
        for (let e = A.colPtr[k]; e < A.colPtr[k + 1]; e++) sum += A.values[e] * image[A.rowIdx[e]];
        expect(values[l * n + k]).toBeCloseTo(sum, 7);
      }
    }
  });
});

describe.each([
  [
    "sparse",
    [
      { kind: "zero", dim: 3 },
      { kind: "nonnegative", dim: 6 },
      { kind: "secondOrder", dim: 9 },
      { kind: "secondOrder", dim: 3 },
      { kind: "psd", order: 4 },
    ],
  ],
  [
    "dense",
    [
      { kind: "nonnegative", dim: 6 },
      { kind: "secondOrder", dim: 5 },
      { kind: "psd", order: 6 },
    ],
  ],
] as [string, Cone[]][])("KktSystem, %s", (name, cones) => {
  it("solves P x + Aᵀz = r, A x − H z = t", async () => {
    const random = seeded(4);
    const n = 8;
    const m = totalDim(cones);
    const A = randomMatrix(m, n, 0.6, random);
    const P = denseMatrix(
      Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => (i === j ? 1 + i : 0))),
      n,
    );
    const blocks = scaledBlocks(cones, random);
    const reduced =
      name === "dense" ? new DenseKkt(P, A, blocks, kernels) : new SparseKkt(P, A, blocks, kernels);
    const system = new KktSystem(P, A, blocks, reduced);
    expect(await system.factor(1, 1, noYield)).toBe(true);
    const r = Float64Array.from({ length: n }, () => gaussian(random));
    const t = Float64Array.from({ length: m }, () => gaussian(random));
    const x = new Float64Array(n);
    const z = new Float64Array(m);
    expect(system.solve(r, t, x, z, 1e-13, 0)).toBeLessThan(1e-12);
    const first = r.slice();
    addSymmetricProduct(P, x, first, -1);
    addSparseTransposeProduct(A, z, first, -1);
    for (const value of first) expect(Math.abs(value)).toBeLessThan(1e-10);
    const second = new Float64Array(m);
    for (const block of blocks) block.applyH(z, second);
    for (let i = 0; i < m; i++) second[i] += t[i];
    addSparseProduct(A, x, second, -1);
    for (const value of second) expect(Math.abs(value)).toBeLessThan(1e-8);
  });
});

describe("estimateInteriorCost", () => {
  it("grows with the order of the block and knows its limits", () => {
    const problem = (order: number) => {
      const dim = (order * (order + 1)) / 2;
      const A = denseMatrix(
        Array.from({ length: dim }, (_, k) => [k === 0 ? -1 : 0, k === dim - 1 ? -1 : 0]),
        2,
      );
      return { A, b: new Float64Array(dim), c: new Float64Array(2), cones: [{ kind: "psd", order } as Cone] };
    };
    const small = estimateInteriorCost(problem(10));
    const large = estimateInteriorCost(problem(40));
    expect(small.feasible).toBe(true);
    expect(large.flopsPerIteration).toBeGreaterThan(30 * small.flopsPerIteration);
    expect(large.bytes).toBeGreaterThan(small.bytes);
    expect(estimateInteriorCost(problem(40), 1000).feasible).toBe(false);
  });

  it("counts a dense Schur complement", () => {
    const random = seeded(2);
    const order = 10;
    const A = randomMatrix(55, 40, 0.5, random);
    const cost = estimateInteriorCost({
      A,
      b: new Float64Array(55),
      c: new Float64Array(40),
      cones: [{ kind: "psd", order }],
    });
    expect(cost.parts.factorization).toBeGreaterThan(40 ** 3 / 3);
    expect(cost.flopsPerIteration).toBe(cost.parts.cones + cost.parts.forming + cost.parts.factorization);
  });
});
