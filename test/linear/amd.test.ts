import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amdOrdering } from "../../src/linear/amd.ts";
import { predictFill } from "../../src/linear/symbolic.ts";
import { gridLaplacian, randomNumbers, randomQuasiDefinite, symmetricFromEntries } from "./matrices.ts";

function isPermutation(order: Int32Array, n: number): boolean {
  return order.length === n && new Set(order).size === n && order.every((i) => i >= 0 && i < n);
}

const natural = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

/** Fill of plain minimum degree with exact degrees, on an explicit elimination graph. */
function exactMinimumDegreeFill(n: number, colPtr: Int32Array, rowIdx: Int32Array): number {
  const graph = Array.from({ length: n }, () => new Set<number>());
  for (let j = 0; j < n; j++) {
    for (let p = colPtr[j]; p < colPtr[j + 1]; p++) {
      if (rowIdx[p] === j) continue;
      graph[j].add(rowIdx[p]);
      graph[rowIdx[p]].add(j);
    }
  }
  const alive = new Set(graph.keys());
  let fill = 0;
  while (alive.size > 0) {
    let pivot = -1;
    for (const i of alive) if (pivot === -1 || graph[i].size < graph[pivot].size) pivot = i;
    const around = [...graph[pivot]];
    fill += around.length + 1;
    alive.delete(pivot);
    for (const i of around) {
      graph[i].delete(pivot);
      for (const j of around) if (i !== j) graph[i].add(j);
    }
  }
  return fill;
}

describe("approximate minimum degree", () => {
  it("is a permutation for random patterns, with dense rows, empty columns and separate parts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 70 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: 69 }), { maxLength: 3 }),
        fc.integer(),
        fc.constantFrom(-1, 0.5, 10),
        (n, density, dense, seed, denseFactor) => {
          const pattern = randomQuasiDefinite(n, density, dense, seed);
          expect(isPermutation(amdOrdering(pattern, denseFactor), n)).toBe(true);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it("fills a 50×50 grid like exact minimum degree and far less than the natural order", () => {
    const grid = gridLaplacian(50);
    const fill = predictFill(grid).nonzeros;
    expect(fill).toBeLessThan(1.1 * exactMinimumDegreeFill(grid.n, grid.colPtr, grid.rowIdx));
    expect(fill).toBeLessThan(predictFill(grid, natural(grid.n)).nonzeros / 3);
    // Published AMD codes leave about 34,000 entries.
    expect(fill).toBeLessThan(1.3 * 34000);
  });

  it("stays near exact minimum degree on random sparse patterns", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const pattern = randomQuasiDefinite(200, 0.015, [], seed);
      const exact = exactMinimumDegreeFill(pattern.n, pattern.colPtr, pattern.rowIdx);
      expect(predictFill(pattern).nonzeros).toBeLessThan(1.15 * exact);
    }
  });

  it("orders trees without fill and puts a dense row last", () => {
    const n = 2000;
    const random = randomNumbers(3);
    const signs = new Int8Array(n).fill(1);
    const tree = natural(n).reduce<[number, number, number][]>((entries, j) => {
      entries.push([j, j, 1]);
      if (j > 0) entries.push([Math.floor(random() * j), j, 1]);
      return entries;
    }, []);
    expect(predictFill(symmetricFromEntries(n, tree, signs)).nonzeros).toBe(2 * n - 1);
    const star: [number, number, number][] = [[0, 0, 1]];
    for (let j = 1; j < n; j++) star.push([j, j, 1], [0, j, 1]);
    const order = amdOrdering(symmetricFromEntries(n, star, signs));
    expect(order[n - 1]).toBe(0);
  });

  it("is fast and compact where lists must be moved", () => {
    const random = randomNumbers(9);
    const n = 20000;
    const entries: [number, number, number][] = [];
    for (let j = 0; j < n; j++) {
      const rows = new Set([j]);
      const reach = Math.min(j, 600);
      for (let k = 0; k < 2; k++) rows.add(j - reach + Math.floor(random() * (reach + 1)));
      for (const i of rows) entries.push([i, j, 1]);
    }
    const pattern = symmetricFromEntries(n, entries, new Int8Array(n).fill(1));
    const begin = performance.now();
    expect(isPermutation(amdOrdering(pattern), n)).toBe(true);
    expect(performance.now() - begin).toBeLessThan(10000);
  });
});
