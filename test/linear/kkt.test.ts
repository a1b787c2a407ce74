import fc from "fast-check";
import { Matrix, solve as solveDense } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import { ProblemError, UnsupportedError } from "../../src/errors.ts";
import { CgKktSolver } from "../../src/linear/cg-kkt.ts";
import { createKktSolver, type KktChoice } from "../../src/linear/choose.ts";
import { DenseKktSolver } from "../../src/linear/dense-kkt.ts";
import type { KktSolver } from "../../src/linear/kkt-solver.ts";
import { LdlKktSolver } from "../../src/linear/ldl-kkt.ts";
import type { LinearOperator } from "../../src/problem/operators/linear-operator.ts";
import { sparseFromTriplets, type SparseMatrix } from "../../src/problem/sparse-matrix.ts";
import { maxAbs, randomNumbers, randomVector } from "./matrices.ts";

const kernels = await loadDenseKernels();

interface Kkt {
  readonly P: SparseMatrix | undefined;
  readonly A: SparseMatrix;
  readonly rx: Float64Array;
  readonly ry: Float64Array;
}

/** A with some empty columns and rows and `denseRows` full rows; P = a sparse Gram matrix or absent. */
function randomKkt(
  n: number,
  m: number,
  density: number,
  denseRows: number,
  withP: boolean,
  seed: number,
): Kkt {
  const random = randomNumbers(seed);
  const [i, j, v]: number[][] = [[], [], []];
  for (let r = 0; r < m; r++) {
    for (let c = 0; c < n; c++) {
      if (r >= denseRows && random() > density) continue;
      i.push(r);
      j.push(c);
      v.push(2 * random() - 1);
    }
  }
  const [pi, pj, pv]: number[][] = [[], [], []];
  for (let k = 0; k < n; k++) {
    const a = Math.floor(random() * n);
    const b = Math.floor(random() * n);
    const [x, y] = [random(), random()];
    pi.push(a, b, Math.min(a, b));
    pj.push(a, b, Math.max(a, b));
    pv.push(x * x, y * y, a === b ? 2 * x * y : x * y);
  }
  return {
    P: withP && n > 0 ? sparseFromTriplets(n, n, pi, pj, pv) : undefined,
    A: sparseFromTriplets(m, n, i, j, v),
    rx: Float64Array.from({ length: n }, () => 1e-3 + random()),
    ry: Float64Array.from({ length: m }, () => 10 ** (4 * random() - 2)),
  };
}

const operatorOf = (matrix: SparseMatrix): LinearOperator => ({
  kind: "sparse",
  rows: matrix.rows,
  cols: matrix.cols,
  matrix,
});

function denseKkt({ P, A, rx, ry }: Kkt): Matrix {
  const n = A.cols;
  const K = Matrix.zeros(n + A.rows, n + A.rows);
  rx.forEach((r, k) => K.set(k, k, r));
  ry.forEach((r, k) => K.set(n + k, n + k, -r));
  for (let j = 0; j < n; j++) {
    for (let p = A.colPtr[j]; p < A.colPtr[j + 1]; p++) {
      K.set(n + A.rowIdx[p], j, A.values[p]);
      K.set(j, n + A.rowIdx[p], A.values[p]);
    }
    if (P === undefined) continue;
    for (let p = P.colPtr[j]; p < P.colPtr[j + 1]; p++) {
      const i = P.rowIdx[p];
      K.set(i, j, K.get(i, j) + P.values[p]);
      if (i !== j) K.set(j, i, K.get(j, i) + P.values[p]);
    }
  }
  return K;
}

function reference(kkt: Kkt, rhs: Float64Array): Float64Array {
  if (rhs.length === 0) return rhs;
  return Float64Array.from(solveDense(denseKkt(kkt), Matrix.columnVector(Array.from(rhs))).to1DArray());
}

function expectSolves(solver: KktSolver, kkt: Kkt, seed: number, accuracy: number): void {
  const rhs = randomVector(kkt.A.cols + kkt.A.rows, seed);
  const expected = reference(kkt, rhs);
  solver.solve(rhs);
  expect(maxAbs(rhs.map((v, k) => v - expected[k]))).toBeLessThanOrEqual(accuracy * (1 + maxAbs(expected)));
}

const makers: Record<string, (kkt: Kkt) => KktSolver> = {
  ldl: ({ P, A }) => new LdlKktSolver(P, A, kernels),
  dense: ({ P, A }) => new DenseKktSolver(P, A, kernels),
  cg: ({ P, A }) => new CgKktSolver(P, operatorOf(A), 10 * A.cols + 100),
  auto: ({ P, A }) => createKktSolver({ P, A: operatorOf(A) }, kernels),
};

describe.each(Object.entries(makers))("%s KKT solver", (_name, make) => {
  it("agrees with dense solves, again after new diagonals", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 0, max: 30 }),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        fc.integer({ min: 0, max: 2 }),
        fc.boolean(),
        fc.integer(),
        (n, m, density, denseRows, withP, seed) => {
          const kkt = randomKkt(n, m, density, denseRows, withP, seed);
          const solver = make(kkt);
          solver.update(kkt.rx, kkt.ry);
          expectSolves(solver, kkt, seed, 1e-9);
          const ry = kkt.ry.map((r, k) => (k % 2 === 0 ? r / 7 : 3 * r));
          const next = { ...kkt, rx: kkt.rx.map((r) => 10 * r), ry };
          solver.update(next.rx, next.ry);
          expectSolves(solver, next, seed + 1, 1e-9);
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });

  it("refuses non-finite diagonals", () => {
    const kkt = randomKkt(4, 5, 0.5, 0, false, 1);
    expect(() => make(kkt).update(kkt.rx.with(2, NaN), kkt.ry)).toThrow(ProblemError);
    expect(() => make(kkt).update(kkt.rx, kkt.ry.with(1, Infinity))).toThrow(/ry\[1\]/);
  });
});

describe("LDL KKT solver", () => {
  it("refines when pivots had to be replaced", () => {
    const base = randomKkt(12, 12, 0.5, 12, false, 3);
    const kkt = { ...base, rx: new Float64Array(12).fill(1e-15), ry: new Float64Array(12).fill(1e-15) };
    const solver = new LdlKktSolver(kkt.P, kkt.A, kernels);
    solver.update(kkt.rx, kkt.ry);
    expectSolves(solver, kkt, 5, 1e-9);
  });
});

describe("dense KKT solver", () => {
  it("forms dense rows through the kernels", () => {
    const kkt = randomKkt(70, 400, 0.6, 0, true, 3);
    const solver = new DenseKktSolver(kkt.P, kkt.A, kernels);
    solver.update(kkt.rx, kkt.ry);
    expectSolves(solver, kkt, 4, 1e-11);
  });

  it("corrects what the elimination loses when the diagonals are far apart", () => {
    const kkt = randomKkt(30, 45, 0.3, 0, false, 6);
    const hard = { ...kkt, rx: kkt.rx.map(() => 1e-6), ry: kkt.ry.map((_, k) => (k % 3 === 0 ? 1e-5 : 1e4)) };
    const solver = new DenseKktSolver(hard.P, hard.A, kernels);
    solver.update(hard.rx, hard.ry);
    const b = randomVector(75, 2);
    const x = b.slice();
    solver.solve(x);
    const residual = denseKkt(hard).mmul(Matrix.columnVector(Array.from(x))).to1DArray();
    const size = maxAbs(x.subarray(30));
    expect(maxAbs(b.map((v, k) => v - residual[k]))).toBeLessThan(1e-10 * size);
  });
});

describe("conjugate gradients", () => {
  it("leaves at most the residual asked for, sooner when it is larger", () => {
    const kkt = randomKkt(120, 150, 0.1, 0, true, 2);
    const solver = new CgKktSolver(kkt.P, operatorOf(kkt.A));
    solver.update(kkt.rx, kkt.ry);
    const K = denseKkt(kkt);
    const b = randomVector(270, 8);
    let last = 0;
    for (const tolerance of [1e-1, 1e-3, 1e-6, 1e-9]) {
      const x = b.slice();
      const iterations = solver.solve(x, tolerance);
      const product = Float64Array.from(K.mmul(Matrix.columnVector(Array.from(x))).to1DArray());
      // Relative rounding of K·x is far below the tolerances.
      expect(maxAbs(product.map((v, k) => v - b[k]))).toBeLessThanOrEqual(tolerance * 1.01);
      expect(iterations).toBeGreaterThan(last);
      last = iterations;
    }
  });

  it("needs no iteration from a solved guess", () => {
    const kkt = randomKkt(40, 60, 0.2, 0, false, 9);
    const solver = new CgKktSolver(undefined, operatorOf(kkt.A));
    solver.update(kkt.rx, kkt.ry);
    const b = randomVector(100, 1);
    const x = b.slice();
    expect(solver.solve(x, 1e-10)).toBeGreaterThan(5);
    const again = b.slice();
    expect(solver.solve(again, 1e-8, x.slice(0, 40))).toBe(0);
    expect(maxAbs(again.map((v, k) => v - x[k]))).toBeLessThan(1e-9);
  });

  it("stops at its iteration limit", () => {
    const kkt = randomKkt(60, 60, 0.3, 0, false, 4);
    const solver = new CgKktSolver(undefined, operatorOf(kkt.A), 3);
    solver.update(kkt.rx, kkt.ry);
    expect(solver.solve(randomVector(120, 2), 1e-14)).toBe(3);
  });
});

describe("choice of the KKT solver", () => {
  const sparse = randomKkt(300, 500, 0.004, 0, false, 1);
  const full = randomKkt(200, 1200, 0.95, 0, false, 1);
  const choose = (A: SparseMatrix, choice?: KktChoice, P?: SparseMatrix) =>
    createKktSolver({ A: operatorOf(A), P }, kernels, choice);

  it("takes what is asked for", () => {
    for (const choice of ["ldl", "dense", "cg"] as const) {
      expect(choose(sparse.A, choice).method).toBe(choice);
    }
  });

  it("takes LDL for sparse data, dense for full, structure where there is one", () => {
    expect(choose(sparse.A).method).toBe("ldl");
    expect(choose(full.A).method).toBe("dense");
    const identity: LinearOperator = { kind: "selection", rows: 50, cols: 50 };
    expect(createKktSolver({ A: identity }, kernels).method).toBe("structured");
    expect(createKktSolver({ A: identity }, kernels, "ldl").method).toBe("ldl");
  });

  it("describes itself in one line", () => {
    for (const choice of ["auto", "ldl", "dense", "cg"] as const) {
      expect(choose(full.A, choice).description).toMatch(/^[^\n]*200[^\n]*$|^[^\n]*1400[^\n]*$/);
    }
  });

  it("says why a forced method cannot work", () => {
    expect(() => choose(sparse.A, "structured")).toThrow(UnsupportedError);
    const wide = sparseFromTriplets(1, 20000, [0], [5], [1]);
    expect(() => choose(wide, "dense")).toThrow(/20000×20000/);
  });
});
