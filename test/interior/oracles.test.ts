import { beforeAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import { interiorPoint } from "../../src/interior/interior-point.ts";
import type { Cone } from "../../src/problem/cones.ts";
import { solveWithHighs } from "../../src/lp/highs.ts";
import { solveWithScs } from "../oracle/scs/scs.ts";
import { gaussian, plantedProblem, randomMatrix, seeded } from "./planted.ts";

let kernels: DenseKernels;
beforeAll(async () => {
  kernels = await loadDenseKernels();
});

describe("agreement with other solvers", () => {
  it("HiGHS on linear programs with bounds and ranges", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = seeded(100 + seed);
      const [m, n] = [6, 9];
      const matrix = randomMatrix(m, n, 0.6, random);
      const cost = Float64Array.from({ length: n }, () => gaussian(random));
      const rowLower = Float64Array.from({ length: m }, (_, i) => (i % 3 === 0 ? -Infinity : -1 - random()));
      const rowUpper = Float64Array.from({ length: m }, () => 1 + random());
      const lower = new Float64Array(n).fill(-1);
      const upper = Float64Array.from({ length: n }, () => 1 + random());
      const peer = await solveWithHighs({ cost, matrix, rowLower, rowUpper, lower, upper });
      expect(peer.status).toBe("optimal");

      // As one box cone over (1, Ax, x).
      const columns = [...cost.keys()].map((j) => {
        const entries: [number, number][] = [];
        for (let k = matrix.colPtr[j]; k < matrix.colPtr[j + 1]; k++) {
          entries.push([1 + matrix.rowIdx[k], -matrix.values[k]]);
        }
        entries.push([1 + m + j, -1]);
        return entries;
      });
      const A = {
        rows: 1 + m + n,
        cols: n,
        colPtr: Int32Array.from([0, ...columns.map((_, j) => columns.slice(0, j + 1).flat().length)]),
        rowIdx: Int32Array.from(columns.flat(), ([row]) => row),
        values: Float64Array.from(columns.flat(), ([, value]) => value),
      };
      const b = new Float64Array(1 + m + n);
      b[0] = 1;
      const cone: Cone = {
        kind: "box",
        lower: Float64Array.from([...rowLower, ...lower]),
        upper: Float64Array.from([...rowUpper, ...upper]),
      };
      const r = await interiorPoint({ A, b, c: cost, cones: [cone] }, kernels);
      expect(r.reason).toBe("optimal");
      expect(Math.abs(r.best.primalObjective - peer.objective)).toBeLessThan(
        1e-6 * (1 + Math.abs(peer.objective)),
      );
    }
  });

  it("SCS on problems with second-order, exponential and power cones", async () => {
    const cones: Cone[] = [
      { kind: "zero", dim: 2 },
      { kind: "nonnegative", dim: 4 },
      { kind: "secondOrder", dim: 5 },
      { kind: "exponential" },
      { kind: "power", alpha: 0.4 },
    ];
    for (let seed = 1; seed <= 5; seed++) {
      const random = seeded(200 + seed);
      const { problem } = plantedProblem(cones, 7, 0.6, seed % 2 === 0, random);
      const { A, b, c, P } = problem;
      const conic = { A: { kind: "sparse", rows: A.rows, cols: A.cols, matrix: A } as const, b, c, cones };
      const peer = await solveWithScs({ ...conic, ...(P && { P }) }, { eps: 1e-7 });
      const r = await interiorPoint(problem, kernels);
      expect(peer.status).toBe("solved");
      expect(Math.abs(r.best.primalObjective - peer.primalObjective)).toBeLessThan(
        1e-4 * (1 + Math.abs(peer.primalObjective)),
      );
    }
  });
});
