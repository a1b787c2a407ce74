import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timesSparse } from "../../src/interior/cones/sparse-product.ts";
import { svecLength, svecToMatrix } from "../../src/problem/svec.ts";
import { seededRandom } from "../../bench/random.ts";

describe("a dense matrix times a sparse symmetric one", () => {
  it("equals the dense product, and declines where that is the better way", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 3 }), fc.integer(), (n, offset, seed) => {
        const random = seededRandom(seed >>> 0);
        const share = random() < 0.5 ? 0.02 : random();
        const v = new Float64Array(offset + svecLength(n)).map(() => (random() < share ? random() - 0.5 : 0));
        const L = new Float64Array(n * n).map(() => random() - 0.5);
        const V = new Float64Array(n * n);
        svecToMatrix(v, offset, n, V);
        const nonzeros = V.reduce((count, entry) => count + (entry === 0 ? 0 : 1), 0);
        const out = new Float64Array(n * n).fill(7);
        const done = timesSparse(n, L, v, offset, out);
        expect(done).toBe(nonzeros <= (n * n) / 16);
        for (let j = 0; j < n; j++) {
          for (let i = 0; i < n; i++) {
            let sum = 0;
            for (let k = 0; k < n; k++) sum += L[k * n + i] * V[j * n + k];
            if (done) expect(Math.abs(out[j * n + i] - sum)).toBeLessThan(1e-13 * n);
            else expect(out[j * n + i]).toBe(7);
          }
        }
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});
