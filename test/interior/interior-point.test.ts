import { beforeAll, describe, expect, it } from "vitest";
import { loadDenseKernels } from "../../src/backends/cpu/kernels/load.ts";
import type { DenseKernels } from "../../src/linear/dense-kernels.ts";
import { interiorPoint } from "../../src/interior/interior-point.ts";
import type { Cone } from "../../src/problem/cones.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { denseMatrix, plantedProblem, seeded, totalDim } from "./planted.ts";

let kernels: DenseKernels;
beforeAll(async () => {
  kernels = await loadDenseKernels();
});

const f64 = (...values: number[]) => Float64Array.from(values);

describe("closed-form optima", () => {
  it("nonnegative: min −x₁ − 2x₂ over a triangle", async () => {
    const A = denseMatrix(
      [
        [1, 1],
        [-1, 0],
        [0, -1],
      ],
      2,
    );
    const cones: Cone[] = [{ kind: "nonnegative", dim: 3 }];
    const r = await interiorPoint({ A, b: f64(1, 0, 0), c: f64(-1, -2), cones }, kernels);
    expect(r.reason).toBe("optimal");
    expect(r.best.primalObjective).toBeCloseTo(-2, 7);
    expect(r.x[1]).toBeCloseTo(1, 7);
    expect(r.y[0]).toBeCloseTo(2, 6);
  });

  it("zero cone and P: the projection of a point on a line", async () => {
    // min ½‖x − (3, 1)‖² with x₁ + x₂ = 2: x = (2, 0).
    const P = denseMatrix(
      [
        [1, 0],
        [0, 1],
      ],
      2,
    );
    const A = denseMatrix([[1, 1]], 2);
    const r = await interiorPoint(
      { P, A, b: f64(2), c: f64(-3, -1), cones: [{ kind: "zero", dim: 1 }] },
      kernels,
    );
    expect(r.reason).toBe("optimal");
    expect(r.x[0]).toBeCloseTo(2, 7);
    expect(r.x[1]).toBeCloseTo(0, 7);
    expect(r.y[0]).toBeCloseTo(1, 7);
  });

  it("second-order: the farthest point of a disc", async () => {
    // max x₁ + x₂ with ‖x‖ ≤ 2: 2√2.
    const A = denseMatrix(
      [
        [0, 0],
        [-1, 0],
        [0, -1],
      ],
      2,
    );
    const r = await interiorPoint(
      { A, b: f64(2, 0, 0), c: f64(-1, -1), cones: [{ kind: "secondOrder", dim: 3 }] },
      kernels,
    );
    expect(r.reason).toBe("optimal");
    expect(r.best.primalObjective).toBeCloseTo(-2 * Math.SQRT2, 7);
  });

  it("psd: the largest eigenvalue", async () => {
    // min t with tI − M ⪰ 0, M = [[2, 1], [1, 2]]: 3.
    const A = denseMatrix([[-1], [0], [-1]], 1);
    const b = f64(-2, -Math.SQRT2, -2);
    const r = await interiorPoint({ A, b, c: f64(1), cones: [{ kind: "psd", order: 2 }] }, kernels);
    expect(r.reason).toBe("optimal");
    expect(r.x[0]).toBeCloseTo(3, 7);
    // The dual is the projector on (1, 1)/√2.
    expect(r.y[0]).toBeCloseTo(0.5, 6);
    expect(r.y[1]).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it("exponential: min z with y = 1, x = 1 is e; its dual form likewise", async () => {
    const A = denseMatrix([[0], [0], [-1]], 1);
    const r = await interiorPoint(
      { A, b: f64(1, 1, 0), c: f64(1), cones: [{ kind: "exponential" }] },
      kernels,
    );
    expect(r.reason).toBe("optimal");
    expect(r.x[0]).toBeCloseTo(Math.E, 6);
    // (−1, 1, w) ∈ K_exp* needs e·w ≥ exp(−1): w ≥ e⁻².
    const d = await interiorPoint(
      { A, b: f64(-1, 1, 0), c: f64(1), cones: [{ kind: "dualExponential" }] },
      kernels,
    );
    expect(d.reason).toBe("optimal");
    expect(d.x[0]).toBeCloseTo(Math.exp(-2), 7);
  });

  it("power: max z with x = 2, y = 3 is 2^α·3^(1−α); its dual form likewise", async () => {
    const A = denseMatrix([[0], [0], [-1]], 1);
    const alpha = 0.3;
    const r = await interiorPoint(
      { A, b: f64(2, 3, 0), c: f64(-1), cones: [{ kind: "power", alpha }] },
      kernels,
    );
    expect(r.reason).toBe("optimal");
    expect(r.x[0]).toBeCloseTo(2 ** alpha * 3 ** (1 - alpha), 6);
    const d = await interiorPoint(
      { A, b: f64(2, 3, 0), c: f64(-1), cones: [{ kind: "dualPower", alpha }] },
      kernels,
    );
    expect(d.reason).toBe("optimal");
    expect(d.x[0]).toBeCloseTo((2 / alpha) ** alpha * (3 / (1 - alpha)) ** (1 - alpha), 6);
  });

  it("box: bounds of every kind", async () => {
    const A = denseMatrix(
      [
        [0, 0, 0, 0],
        [-1, 0, 0, 0],
        [0, -1, 0, 0],
        [0, 0, -1, 0],
        [0, 0, 0, -1],
      ],
      4,
    );
    const cone: Cone = {
      kind: "box",
      lower: f64(-1, -Infinity, 2, -Infinity),
      upper: f64(4, 3, 2, Infinity),
    };
    // t = 1, x = the box rows; x₄ free, held by P.
    const P = denseMatrix(
      [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 1],
      ],
      4,
    );
    const r = await interiorPoint(
      { P, A, b: f64(1, 0, 0, 0, 0), c: f64(1, -1, 5, -7), cones: [cone] },
      kernels,
    );
    expect(r.reason).toBe("optimal");
    [-1, 3, 2, 7].forEach((value, j) => expect(r.x[j]).toBeCloseTo(value, 6));
    expect([...r.s].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([1, -1, 3, 2, 7]);
    // y_t = −lower·y₊ + upper·y₋ balances: bᵀy = −optimum of the linear part.
    expect(r.best.gap).toBeLessThan(1e-7);
  });
});

const families: readonly (readonly [string, (random: () => number) => Cone[]])[] = [
  [
    "linear",
    () => [
      { kind: "zero", dim: 3 },
      { kind: "nonnegative", dim: 20 },
    ],
  ],
  [
    "second-order",
    () => [
      { kind: "nonnegative", dim: 5 },
      { kind: "secondOrder", dim: 3 },
      { kind: "secondOrder", dim: 12 },
      { kind: "secondOrder", dim: 1 },
    ],
  ],
  [
    "psd with equalities",
    () => [
      { kind: "zero", dim: 2 },
      { kind: "psd", order: 6 },
      { kind: "psd", order: 1 },
    ],
  ],
  [
    "psd alone",
    () => [
      { kind: "psd", order: 9 },
      { kind: "nonnegative", dim: 4 },
      { kind: "psd", order: 0 },
    ],
  ],
  [
    "exponential",
    () => [{ kind: "zero", dim: 2 }, ...Array.from({ length: 6 }, (): Cone => ({ kind: "exponential" }))],
  ],
  ["dual exponential", () => Array.from({ length: 5 }, (): Cone => ({ kind: "dualExponential" }))],
  ["power", (r) => Array.from({ length: 6 }, (): Cone => ({ kind: "power", alpha: 0.05 + 0.9 * r() }))],
  [
    "dual power",
    (r) => Array.from({ length: 6 }, (): Cone => ({ kind: "dualPower", alpha: 0.05 + 0.9 * r() })),
  ],
  [
    "box",
    () => [
      { kind: "zero", dim: 1 },
      {
        kind: "box",
        lower: f64(-1, 0, -Infinity, 2, -Infinity, 0),
        upper: f64(1, Infinity, 3, 2, Infinity, 5),
      },
    ],
  ],
  [
    "all together",
    () => [
      { kind: "zero", dim: 2 },
      { kind: "nonnegative", dim: 4 },
      { kind: "secondOrder", dim: 7 },
      { kind: "psd", order: 4 },
      { kind: "exponential" },
      { kind: "dualExponential" },
      { kind: "power", alpha: 0.3 },
      { kind: "dualPower", alpha: 0.6 },
    ],
  ],
];

describe("planted solutions", () => {
  for (const [name, make] of families) {
    for (const quadratic of [false, true]) {
      it(`${name}${quadratic ? " with a quadratic objective" : ""}`, async () => {
        for (let seed = 1; seed <= 12; seed++) {
          const random = seeded(7919 * seed + name.length);
          const cones = make(random);
          const n = Math.max(1, Math.floor(totalDim(cones) * (0.3 + 0.4 * random())));
          const { problem, optimum } = plantedProblem(cones, n, 0.5, quadratic, random);
          const r = await interiorPoint(problem, kernels);
          const off = Math.abs(r.best.primalObjective - optimum) / (1 + Math.abs(optimum));
          expect(off, `seed ${seed}: ${r.reason}`).toBeLessThan(1e-6);
          expect(r.best.primalResidual).toBeLessThan(1e-6);
          expect(r.best.dualResidual).toBeLessThan(1e-6);
        }
      });
    }
  }
});

describe("degenerate problems", () => {
  it("no rows: the minimum of the quadratic", async () => {
    const P = denseMatrix(
      [
        [2, 0],
        [0, 4],
      ],
      2,
    );
    const A = denseMatrix([], 2);
    const r = await interiorPoint({ P, A, b: f64(), c: f64(-2, 4), cones: [] }, kernels);
    expect(r.reason).toBe("optimal");
    expect(r.x[0]).toBeCloseTo(1, 7);
    expect(r.x[1]).toBeCloseTo(-1, 7);
  });

  it("no rows and a linear objective: unbounded", async () => {
    const r = await interiorPoint({ A: denseMatrix([], 2), b: f64(), c: f64(0, 2), cones: [] }, kernels);
    expect(r.reason).toBe("dualInfeasible");
    expect(r.certificate?.kind === "dualInfeasible" && r.certificate.x[1]).toBe(-0.5);
  });

  it("no columns: feasibility of b alone", async () => {
    const cones: Cone[] = [{ kind: "psd", order: 2 }];
    const A = denseMatrix([[], [], []], 0);
    const inside = await interiorPoint({ A, b: f64(1, 0, 2), c: f64(), cones }, kernels);
    expect(inside.reason).toBe("optimal");
    const outside = await interiorPoint({ A, b: f64(1, 4, 1), c: f64(), cones }, kernels);
    expect(outside.reason).toBe("primalInfeasible");
  });

  it("nothing at all", async () => {
    const r = await interiorPoint({ A: denseMatrix([], 0), b: f64(), c: f64(), cones: [] }, kernels);
    expect(r.reason).toBe("optimal");
    expect(r.best.primalObjective).toBe(0);
  });

  it("rows without entries: dropped, kept at b, or a proof", async () => {
    const A = denseMatrix([[1], [0], [-1], [0]], 1);
    const cones: Cone[] = [
      { kind: "zero", dim: 2 },
      { kind: "nonnegative", dim: 2 },
    ];
    const r = await interiorPoint({ A, b: f64(2, 0, 0, 5), c: f64(1), cones }, kernels);
    expect(r.reason).toBe("optimal");
    expect(r.x[0]).toBeCloseTo(2, 7);
    expect(r.s[3]).toBe(5);
    const bad = await interiorPoint({ A, b: f64(2, 1, 0, 5), c: f64(1), cones }, kernels);
    expect(bad.reason).toBe("primalInfeasible");
    expect(bad.certificate?.kind === "primalInfeasible" && [...bad.certificate.y]).toEqual([0, -1, 0, 0]);
    const negative = await interiorPoint({ A, b: f64(2, 0, 0, -4), c: f64(1), cones }, kernels);
    expect(negative.certificate?.kind === "primalInfeasible" && [...negative.certificate.y]).toEqual([
      0, 0, 0, 0.25,
    ]);
  });

  it("redundant equalities", async () => {
    const A = denseMatrix(
      [
        [1, 1, 1],
        [2, 2, 2],
        [1, -1, 0],
        [2, 0, 1],
        [-1, 0, 0],
        [0, -1, 0],
        [0, 0, -1],
      ],
      3,
    );
    const cones: Cone[] = [
      { kind: "zero", dim: 4 },
      { kind: "nonnegative", dim: 3 },
    ];
    const r = await interiorPoint({ A, b: f64(1, 2, 0, 1, 0, 0, 0), c: f64(1, 2, 5), cones }, kernels);
    expect(r.reason).toBe("optimal");
    expect(r.best.primalObjective).toBeCloseTo(1.5, 6);
  });

  it("a column that nothing sees, and dependent matrices in a PSD block", async () => {
    const A = denseMatrix(
      [
        [-1, -2, 0],
        [0, 0, 0],
        [-1, -2, 0],
      ],
      3,
    );
    const r = await interiorPoint(
      { A, b: f64(-2, -Math.SQRT2, -2), c: f64(1, 2, 0), cones: [{ kind: "psd", order: 2 }] },
      kernels,
    );
    expect(r.reason).toBe("optimal");
    expect(r.best.primalObjective).toBeCloseTo(3, 6);
    expect(r.x[2]).toBe(0);
  });

  it("an optimum without strictly feasible points: the best point, honestly measured", async () => {
    // ⟨E, X⟩ = 0 with E = eeᵀ forces Xe = 0 (as in graph partitioning): max X₁₂ with X ⪰ 0, X_ii = 1 on
    // order 2.
    const A = denseMatrix(
      [
        [-1, 0, 0],
        [0, -1, 0],
        [0, 0, -1],
        [1, 0, 0],
        [0, 0, 1],
        [1, Math.SQRT2, 1],
      ],
      3,
    );
    const cones: Cone[] = [
      { kind: "psd", order: 2 },
      { kind: "zero", dim: 3 },
    ];
    const problem = {
      A: denseMatrix(
        [
          ...[0, 1, 2].map((k) => [3, 4, 5].map((_, j) => (j === k ? -1 : 0))),
          [1, 0, 0],
          [0, 0, 1],
          [1, Math.SQRT2, 1],
        ],
        3,
      ),
      b: f64(0, 0, 0, 1, 1, 0),
      c: f64(0, -1, 0),
      cones,
    };
    expect(A.cols).toBe(3);
    const r = await interiorPoint(problem, kernels);
    expect(["optimal", "stalled"]).toContain(r.reason);
    expect(r.best.primalObjective).toBeCloseTo(Math.SQRT2, 4);
    expect(r.best.primalResidual).toBeLessThan(1e-6);
  });

  it("thousands of tiny PSD blocks", async () => {
    // min Σ t_k with [[t_k, 1], [1, 1]] ⪰ 0: every t_k = 1.
    const count = 2000;
    const i: number[] = [];
    const j: number[] = [];
    const v: number[] = [];
    const b = new Float64Array(3 * count);
    for (let k = 0; k < count; k++) {
      i.push(3 * k);
      j.push(k);
      v.push(-1);
      b[3 * k + 1] = Math.SQRT2;
      b[3 * k + 2] = 1;
    }
    const A = sparseFromTriplets(3 * count, count, i, j, v);
    const cones = Array.from({ length: count }, (): Cone => ({ kind: "psd", order: 2 }));
    const r = await interiorPoint({ A, b, c: new Float64Array(count).fill(1), cones }, kernels);
    expect(r.reason).toBe("optimal");
    expect(r.best.primalObjective).toBeCloseTo(count, 2);
  });

  it.each([1e-8, 1e8, 1e12])("data scaled by %d", async (factor) => {
    const random = seeded(5);
    const cones: Cone[] = [
      { kind: "nonnegative", dim: 8 },
      { kind: "psd", order: 3 },
    ];
    const { problem, optimum } = plantedProblem(cones, 5, 0.7, false, random);
    const A = { ...problem.A, values: problem.A.values.map((value) => value * factor) };
    const r = await interiorPoint({ ...problem, A, b: problem.b.map((value) => value * factor) }, kernels);
    expect(Math.abs(r.best.primalObjective - optimum)).toBeLessThan(1e-5 * (1 + Math.abs(optimum)));
  });
});

describe("control", () => {
  const A = denseMatrix(
    [
      [1, 1],
      [-1, 0],
      [0, -1],
    ],
    2,
  );
  const problem = { A, b: f64(1, 0, 0), c: f64(-1, -2), cones: [{ kind: "nonnegative", dim: 3 } as Cone] };

  it("stops when asked, with the best point so far", async () => {
    let calls = 0;
    const r = await interiorPoint(problem, kernels, {
      onIteration: () => (++calls === 3 ? "stop" : "continue"),
    });
    expect(r.reason).toBe("stopped");
    expect(r.iterations).toBe(2);
    expect(Number.isFinite(r.best.primalObjective)).toBe(true);
  });

  it("keeps the iteration limit", async () => {
    const r = await interiorPoint(problem, kernels, { maxIterations: 1 });
    expect(r.reason).toBe("iterationLimit");
    expect(r.iterations).toBe(1);
  });

  it("yields between the parts of an iteration", async () => {
    let yields = 0;
    await interiorPoint(problem, kernels, {
      yieldIfDue: () => {
        yields++;
        return Promise.resolve();
      },
    });
    expect(yields).toBeGreaterThan(10);
  });
});
