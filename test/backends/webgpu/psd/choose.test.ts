import { describe, expect, it } from "vitest";
import {
  chooseProjection,
  polynomialOperations,
  subspaceColumns,
  subspaceOperations,
  watchesRanks,
} from "../../../../src/backends/webgpu/psd/choose.ts";

const blocks = [3, 44, 12, 45, 60, 48, 200, 3].map((order, i) => ({ offset: 1000 * i, order }));
const orders = (list: readonly { readonly order: number }[]): number[] => list.map(({ order }) => order);

describe("choice of the projection", () => {
  it("goes by order, and batches similar orders together", () => {
    const choice = chooseProjection(blocks);
    expect(orders(choice.jacobi)).toEqual([3, 44, 12, 3]);
    expect(choice.polynomial.map(({ order, blocks: members }) => [order, orders(members)])).toEqual([
      [48, [45, 48]],
      [64, [60]],
      [200, [200]],
    ]);
    expect(choice.description).toBe("jacobi ×4, polynomial 48 ×2, polynomial 64 ×1, polynomial 200 ×1");
  });

  it("respects what was measured on the adapter", () => {
    expect(orders(chooseProjection(blocks, "auto", { jacobiUpTo: 12 }).jacobi)).toEqual([3, 12, 3]);
    expect(orders(chooseProjection(blocks, "auto", { jacobiUpTo: 100 }).jacobi)).toEqual([3, 44, 12, 3]);
  });

  it("can be forced", () => {
    expect(chooseProjection(blocks, "polynomial").jacobi).toEqual([]);
    expect(orders(chooseProjection(blocks, "jacobi", { jacobiUpTo: 3 }).jacobi)).toEqual([3, 44, 12, 3]);
  });

  it("cuts into panels what exceeds one binding, or everything when told to", () => {
    const choice = chooseProjection(blocks, "auto", { maxBindingBytes: 4 * 64 ** 2 });
    expect(choice.polynomial.map(({ order }) => order)).toEqual([48, 64]);
    expect(choice.tiled).toEqual([{ order: 200, blocks: [blocks[6]] }]);
    expect(choice.description).toContain("tiled polynomial 200 ×1");
    expect(chooseProjection(blocks, "tiled").tiled.flatMap((batch) => batch.blocks)).toHaveLength(blocks.length);
  });

  it("leaves no block out and takes none twice", () => {
    for (const method of ["auto", "jacobi", "polynomial", "tiled"] as const) {
      const limits = { jacobiUpTo: 20, maxBindingBytes: 4 * 64 ** 2 };
      const { jacobi, polynomial, tiled } = chooseProjection(blocks, method, limits);
      const taken = [...jacobi, ...[...polynomial, ...tiled].flatMap((batch) => batch.blocks)];
      expect(taken.map(({ offset }) => offset).sort((a, b) => a - b)).toEqual(blocks.map(({ offset }) => offset));
      for (const batch of polynomial) expect(batch.blocks.every(({ order }) => order <= batch.order)).toBe(true);
    }
  });

  it("has nothing to say about no blocks", () => {
    expect(chooseProjection([]).description).toBe("no semidefinite blocks");
  });
});

describe("choice of the followed subspace", () => {
  const batch = (order: number, count = 1) => ({
    order,
    blocks: Array.from({ length: count }, (_, i) => ({ offset: i, order })),
  });

  it("watches large blocks, few of a kind, unless told otherwise", () => {
    const software = { software: true };
    expect(watchesRanks(batch(256), "auto", software)).toBe(true);
    expect(watchesRanks(batch(256), "auto", { software: false })).toBe(false);
    expect(watchesRanks(batch(2000), "auto", { software: false })).toBe(true);
    expect(watchesRanks(batch(60), "auto", software)).toBe(false);
    expect(watchesRanks(batch(60), "subspace", software)).toBe(true);
    expect(watchesRanks(batch(256, 9), "subspace", software)).toBe(false);
    expect(watchesRanks(batch(256), "polynomial", software)).toBe(false);
  });

  it("takes ten guards, and no more columns than Jacobi does", () => {
    expect(subspaceColumns(400, 5, 6, 5, "auto")).toBe(16);
    expect(subspaceColumns(400, 20, 6, 5, "auto")).toBe(32);
    expect(subspaceColumns(400, 34, 6, 5, "auto")).toBe(44);
    expect(subspaceColumns(400, 35, 6, 5, "auto")).toBeUndefined();
    expect(subspaceColumns(12, 5, 6, 5, "subspace")).toBeUndefined();
  });

  it("goes by operations", () => {
    // 16 columns of order 64 through a filter of degree 6 cost nearly as much as 16 symmetric products.
    expect(subspaceOperations(64, 28, 6) / polynomialOperations(64, 5)).toBeGreaterThan(0.5);
    expect(subspaceColumns(64, 18, 6, 5, "auto")).toBeUndefined();
    expect(subspaceColumns(64, 18, 6, 5, "subspace")).toBe(28);
    expect(subspaceOperations(400, 32, 6) / polynomialOperations(400, 5)).toBeLessThan(0.1);
  });
});
