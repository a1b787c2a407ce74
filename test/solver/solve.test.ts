import { describe, expect, it } from "vitest";
import { ProblemError, SettingsError, UnsupportedError, WarmStartError } from "../../src/errors.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { matrixToSvec, svecLength } from "../../src/problem/svec.ts";
import type { IterationInfo, Method, Settings } from "../../src/solver/settings.ts";
import { ConicSolver } from "../../src/solver/conic-solver.ts";
import { solve } from "../../src/solver/solve.ts";
import { conesOf, denseOperator, feasibleProblem, gaussian, seeded } from "./random-problems.ts";

const methods: Method[] = ["auto", "splitting", "interior", "reference"];

/** max t subject to C − tI ⪰ 0, as min −t: the optimum is −λ_min(C). */
function smallestEigenvalue(C: Float64Array, n: number): ConicProblem {
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  const b = new Float64Array(svecLength(n));
  const column = new Float64Array(svecLength(n));
  matrixToSvec(C, n, b, 0);
  matrixToSvec(identity, n, column, 0);
  return { c: Float64Array.of(-1), A: denseOperator(b.length, 1, (i) => column[i]), b, cones: [{ kind: "psd", order: n }] };
}

/** Path-graph Laplacian: eigenvalues 2 − 2cos(kπ/n), k = 0 … n−1. */
function pathLaplacian(n: number): Float64Array {
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    L[i * n + i] = i === 0 || i === n - 1 ? 1 : 2;
    if (i > 0) L[i * n + i - 1] = L[(i - 1) * n + i] = -1;
  }
  return L;
}

describe.each(methods)("closed-form optima, method %s", (method) => {
  const settings: Partial<Settings> = { method, eps: 1e-6 };

  it("smallest eigenvalue of a shifted path Laplacian", async () => {
    const n = 7;
    const C = pathLaplacian(n);
    for (let i = 0; i < n; i++) C[i * n + i] -= 0.75;
    const result = await solve(smallestEigenvalue(C, n), settings);
    expect(result.status).toBe("solved");
    expect(result.x[0]).toBeCloseTo(-0.75, 4);
    expect(result.measures.primalObjective).toBeCloseTo(0.75, 4);
    expect(Math.max(...result.measures.dimacs.map(Math.abs))).toBeLessThan(1e-5);
  });

  it("a quadratic programme on the simplex", async () => {
    // min ½‖x‖², Σx = 1, x ≥ 0: x = 1/n.
    const n = 5;
    const index = Array.from({ length: n }, (_, i) => i);
    const problem: ConicProblem = {
      P: sparseFromTriplets(n, n, index, index, index.map(() => 1)),
      c: new Float64Array(n),
      A: denseOperator(n + 1, n, (i, j) => (i === 0 ? 1 : i - 1 === j ? -1 : 0)),
      b: Float64Array.of(1, ...index.map(() => 0)),
      cones: [{ kind: "zero", dim: 1 }, { kind: "nonnegative", dim: n }],
    };
    const result = await solve(problem, settings);
    expect(result.status).toBe("solved");
    expect(result.measures.primalObjective).toBeCloseTo(0.1, 5);
    for (const value of result.x) expect(value).toBeCloseTo(0.2, 4);
  });

  it("a distance as a second-order cone programme", async () => {
    // min t, ‖x − p‖ ≤ t with Σx = 0: t = |Σp|/√n.
    const p = [1, 2, 3, -1];
    const problem: ConicProblem = {
      c: Float64Array.of(1, 0, 0, 0, 0),
      A: denseOperator(6, 5, (i, j) => (i === 0 ? (j > 0 ? 1 : 0) : i - 1 === j ? -1 : 0)),
      b: Float64Array.of(0, 0, ...p.map((v) => -v)),
      cones: [{ kind: "zero", dim: 1 }, { kind: "secondOrder", dim: 5 }],
    };
    const result = await solve(problem, settings);
    expect(result.status).toBe("solved");
    expect(result.x[0]).toBeCloseTo(2.5, 4);
  });

  it("ln Σexp through exponential cones", async () => {
    // min t, Σ exp(a_k − t) ≤ 1: t = ln Σ exp(a_k).
    const a = [0.5, -1, 2];
    const rows: number[][] = [[0, 1, 1, 1]];
    const b = [1];
    a.forEach((value, k) => {
      rows.push([1, 0, 0, 0], [0, 0, 0, 0], [0, k === 0 ? -1 : 0, k === 1 ? -1 : 0, k === 2 ? -1 : 0]);
      b.push(value, 1, 0);
    });
    const problem: ConicProblem = {
      c: Float64Array.of(1, 0, 0, 0),
      A: denseOperator(rows.length, 4, (i, j) => rows[i][j]),
      b: Float64Array.from(b),
      cones: [{ kind: "nonnegative", dim: 1 }, ...a.map(() => ({ kind: "exponential" }) as const)],
    };
    const result = await solve(problem, settings);
    expect(result.status).toBe("solved");
    expect(result.x[0]).toBeCloseTo(Math.log(a.reduce((sum, v) => sum + Math.exp(v), 0)), 4);
  });
});

describe("agreement between the phases", () => {
  it.each(["lp", "socp", "sdp"] as const)("splitting and interior find the same value: %s", async (family) => {
    const random = seeded(7);
    for (let trial = 0; trial < 8; trial++) {
      const cones = conesOf(family, random);
      const problem = feasibleProblem(cones, 1 + Math.floor(3 * random()), random);
      const a = await solve(problem, { method: "splitting", eps: 1e-7 });
      const b = await solve(problem, { method: "interior", eps: 1e-7 });
      expect([a.status, b.status]).toEqual(["solved", "solved"]);
      const scale = 1 + Math.abs(a.measures.primalObjective);
      expect(Math.abs(a.measures.primalObjective - b.measures.primalObjective) / scale).toBeLessThan(2e-6);
    }
  });

  it("kernels in WebAssembly and TypeScript give the same optimum", async () => {
    const problem = feasibleProblem(conesOf("sdp", seeded(3)), 3, seeded(4));
    const a = await solve(problem, { kernels: "typescript" });
    const b = await solve(problem, { kernels: "auto" });
    expect(a.measures.primalObjective).toBeCloseTo(b.measures.primalObjective, 5);
  });
});

describe("degenerate problems", () => {
  const empty = denseOperator(0, 0, () => 0);

  it("n = 0 with b in the cone is solved, with b outside it is infeasible", async () => {
    const A = { ...denseOperator(2, 0, () => 0) };
    const inside = await solve({ c: new Float64Array(0), A, b: Float64Array.of(1, 2), cones: [{ kind: "nonnegative", dim: 2 }] });
    expect(inside.status).toBe("solved");
    expect([...inside.s]).toEqual([1, 2]);
    const outside = await solve({ c: new Float64Array(0), A, b: Float64Array.of(1, -2), cones: [{ kind: "nonnegative", dim: 2 }] });
    expect(outside.status).toBe("primalInfeasible");
  });

  it("m = 0: unconstrained", async () => {
    const A = denseOperator(0, 2, () => 0);
    const free = await solve({ c: Float64Array.of(0, 0), A, b: new Float64Array(0), cones: [] });
    expect(free.status).toBe("solved");
    const falling = await solve({ c: Float64Array.of(0, 1), A, b: new Float64Array(0), cones: [] });
    expect(falling.status).toBe("dualInfeasible");
    const bowl = await solve({
      P: sparseFromTriplets(2, 2, [0, 1], [0, 1], [2, 4]),
      c: Float64Array.of(-2, 4),
      A,
      b: new Float64Array(0),
      cones: [],
    });
    expect(bowl.status).toBe("solved");
    expect(bowl.x[0]).toBeCloseTo(1, 6);
    expect(bowl.x[1]).toBeCloseTo(-1, 6);
  });

  it("nothing at all", async () => {
    const result = await solve({ c: new Float64Array(0), A: empty, b: new Float64Array(0), cones: [] });
    expect(result.status).toBe("solved");
    expect(result.measures.primalObjective).toBe(0);
  });

  it("PSD blocks of order 0 and 1, empty cones, all-zero rows", async () => {
    // min x, x ≥ 2 as a 1×1 block, beside a zero row in a nonnegative cone with b = 3.
    const problem: ConicProblem = {
      c: Float64Array.of(1),
      A: denseOperator(2, 1, (i) => (i === 0 ? -1 : 0)),
      b: Float64Array.of(-2, 3),
      cones: [
        { kind: "psd", order: 0 },
        { kind: "psd", order: 1 },
        { kind: "zero", dim: 0 },
        { kind: "secondOrder", dim: 0 },
        { kind: "nonnegative", dim: 1 },
      ],
    };
    for (const method of ["auto", "splitting", "interior"] as const) {
      const result = await solve(problem, { method });
      expect(result.status).toBe("solved");
      expect(result.x[0]).toBeCloseTo(2, 5);
    }
  });

  it("an all-zero equality row with b ≠ 0 is infeasible", async () => {
    const problem: ConicProblem = {
      c: Float64Array.of(1),
      A: denseOperator(2, 1, (i) => (i === 1 ? -1 : 0)),
      b: Float64Array.of(1, 0),
      cones: [{ kind: "zero", dim: 1 }, { kind: "nonnegative", dim: 1 }],
    };
    for (const method of ["auto", "splitting", "interior"] as const) {
      expect((await solve(problem, { method })).status).toBe("primalInfeasible");
    }
  });

  it("pure feasibility problems: c = 0, or b = 0", async () => {
    const random = seeded(41);
    const problem = feasibleProblem(conesOf("sdp", random), 3, random);
    for (const method of ["auto", "splitting", "interior"] as const) {
      const feasible = await solve({ ...problem, c: new Float64Array(3) }, { method });
      expect(feasible.status, method).toBe("solved");
      expect(feasible.measures.primalObjective).toBeCloseTo(0, 6);
      const homogeneous = await solve({ ...problem, b: new Float64Array(problem.b.length) }, { method });
      expect(homogeneous.status, method).toBe("solved");
      expect(homogeneous.measures.primalObjective).toBeCloseTo(0, 4);
    }
  });

  it("redundant equalities", async () => {
    const problem: ConicProblem = {
      c: Float64Array.of(1, 2),
      A: denseOperator(5, 2, (i, j) => (i < 3 ? 1 : i - 3 === j ? -1 : 0)),
      b: Float64Array.of(1, 1, 1, 0, 0),
      cones: [{ kind: "zero", dim: 3 }, { kind: "nonnegative", dim: 2 }],
    };
    for (const method of ["auto", "splitting", "interior"] as const) {
      const result = await solve(problem, { method });
      expect(result.status).toBe("solved");
      expect(result.measures.primalObjective).toBeCloseTo(1, 5);
    }
  });

  it.each([1e12, 1e-12])("data scaled by %d keep their relative accuracy", async (factor) => {
    const random = seeded(11);
    const problem = feasibleProblem(conesOf("sdp", random), 3, random);
    const exact = (await solve(problem, { method: "interior", eps: 1e-8 })).measures.primalObjective;
    const scaled: ConicProblem[] = [
      { ...problem, b: problem.b.map((v) => v * factor) },
      { ...problem, c: problem.c.map((v) => v * factor) },
    ];
    for (const method of ["auto", "splitting", "interior"] as const) {
      for (const variant of scaled) {
        const result = await solve(variant, { method, eps: 1e-6 });
        expect(result.status, `${method}, ${JSON.stringify(result.measures)}`).toBe("solved");
        expect(Math.abs(result.measures.primalObjective / factor - exact) / Math.abs(exact)).toBeLessThan(1e-4);
      }
    }
  });
});

describe("settings and input", () => {
  const problem = feasibleProblem(conesOf("lp", seeded(1)), 2, seeded(2));

  it("refuses unknown and impossible settings by name", async () => {
    await expect(solve(problem, { epss: 1 } as Partial<Settings>)).rejects.toThrow(/unknown setting "epss"/);
    await expect(solve(problem, { eps: 0 })).rejects.toThrow(SettingsError);
    await expect(solve(problem, { eps: NaN })).rejects.toThrow(SettingsError);
    await expect(solve(problem, { maxIterations: 2.5 })).rejects.toThrow(/whole number/);
    await expect(solve(problem, { method: "magic" as Method })).rejects.toThrow(/method must be one of/);
    await expect(solve(problem, { backend: "webgpu", adapter: "no such adapter" })).rejects.toThrow(UnsupportedError);
    await expect(solve(problem, { backend: "webgpu", method: "interior" })).rejects.toThrow(SettingsError);
  });

  it("refuses a malformed problem by field", async () => {
    await expect(solve({ ...problem, b: problem.b.slice(1) })).rejects.toThrow(ProblemError);
    await expect(solve({ ...problem, c: Float64Array.of(NaN, 1) })).rejects.toThrow(/c\[0\]/);
  });

  it("refuses a warm start that does not fit, and uses one that does", async () => {
    const solution = await solve(problem, { method: "splitting", eps: 1e-8 });
    await expect(solve(problem, { warmStart: { ...solution, x: Float64Array.of(1) } })).rejects.toThrow(WarmStartError);
    await expect(
      solve(problem, { warmStart: { ...solution, y: solution.y.map(() => Infinity) } }),
    ).rejects.toThrow(/y\[0\] is Infinity/);
    const again = await solve(problem, { method: "splitting", eps: 1e-6, warmStart: solution });
    expect(again.status).toBe("solved");
    expect(again.iterations).toBeLessThan(Math.max(30, solution.iterations / 2));
  });

  it("an error thrown by onIteration ends the solve and is passed on", async () => {
    const thrown = new Error("mine");
    await expect(
      solve(problem, {
        onIteration: () => {
          throw thrown;
        },
      }),
    ).rejects.toBe(thrown);
  });

  it("reports progress with finite numbers", async () => {
    for (const method of methods) {
      const seen: IterationInfo[] = [];
      await solve(problem, { method, onIteration: (info) => seen.push(info) });
      expect(seen.length).toBeGreaterThan(0);
      for (const info of seen) expect(Number.isFinite(info.primalResidual + info.dualResidual + info.seconds)).toBe(true);
    }
  });
});

describe("a solver used again", () => {
  it("takes new b and c without a new factorisation and agrees with a fresh solve", async () => {
    const random = seeded(31);
    const cones = conesOf("sdp", random);
    const first = feasibleProblem(cones, 3, random);
    const solver = new ConicSolver(first, { method: "splitting", eps: 1e-7 });
    const a = await solver.solve();
    const b = first.b.map((v, i) => v + (cones[0].kind === "nonnegative" && i === 0 ? 0.25 : 0));
    const c = first.c.map((v) => 1.1 * v);
    solver.update({ b, c });
    const again = await solver.solve({ warmStart: a });
    const fresh = await solve({ ...first, b, c }, { method: "interior", eps: 1e-8 });
    expect([a.status, again.status, fresh.status]).toEqual(["solved", "solved", "solved"]);
    expect(again.measures.primalObjective).toBeCloseTo(fresh.measures.primalObjective, 4);
    expect(again.seconds.setup).toBeLessThan(1e-3);
    expect(solver.problem.b).not.toBe(b);
  });

  it("refuses data that do not fit and keeps the old", async () => {
    const problem = feasibleProblem(conesOf("lp", seeded(1)), 2, seeded(2));
    const solver = new ConicSolver(problem);
    expect(() => solver.update({ b: Float64Array.of(1) })).toThrow(ProblemError);
    expect(() => solver.update({ c: Float64Array.of(NaN, 0) })).toThrow(/c\[0\]/);
    expect((await solver.solve()).status).toBe("solved");
  });

  it("keeps settings between solves and refuses two at once", async () => {
    const problem = feasibleProblem([{ kind: "psd", order: 12 }], 8, seeded(2));
    const solver = new ConicSolver(problem, { method: "splitting" });
    const loose = solver.solve({ eps: 1e-2 });
    await expect(solver.solve()).rejects.toThrow(UnsupportedError);
    const before = (await loose).iterations;
    // eps stays, and so does the penalty that the first solve found.
    expect((await solver.solve()).iterations).toBeLessThanOrEqual(before);
    expect((await solver.solve({ eps: 1e-8 })).iterations).toBeGreaterThan(before);
  });
});

describe("limits and interruption", () => {
  const random = seeded(5);
  const hard = feasibleProblem([{ kind: "psd", order: 30 }], 40, random);

  it("an aborted signal returns the current point with its residuals", async () => {
    for (const method of methods) {
      const controller = new AbortController();
      const result = await solve(hard, {
        method,
        eps: 1e-12,
        signal: controller.signal,
        onIteration: ({ iteration }) => {
          if (iteration >= 2) controller.abort();
        },
      });
      expect(result.status).toBe("interrupted");
      expect(result.x).toHaveLength(40);
      expect(Number.isFinite(result.measures.primalResidual)).toBe(true);
    }
  });

  it("a time limit ends the solve", async () => {
    const large = feasibleProblem([{ kind: "psd", order: 60 }], 300, random);
    const result = await solve(large, { method: "splitting", eps: 1e-12, timeLimit: 0.2 });
    expect(result.status).toBe("timeLimit");
    expect(result.seconds.total).toBeLessThan(3);
  });

  it("an iteration limit ends the splitting, 0 iterations included", async () => {
    const limited = await solve(hard, { method: "splitting", eps: 1e-12, maxIterations: 30 });
    expect(limited.status).toBe("iterationLimit");
    expect(limited.iterations).toBe(30);
    const none = await solve(hard, { method: "splitting", maxIterations: 0 });
    expect(none.status).toBe("iterationLimit");
    expect(none.iterations).toBe(0);
  });
});

describe("certified bounds", () => {
  it("enclose the optimum of a trace-bounded problem", async () => {
    // C − tI ⪰ 0, minimise −t: s = C − tI at the optimum has trace tr C − nλ_min, and y has trace 1.
    const random = seeded(21);
    const n = 6;
    const C = new Float64Array(n * n);
    for (let j = 0; j < n; j++) for (let i = j; i < n; i++) C[i * n + j] = C[j * n + i] = gaussian(random);
    const problem = smallestEigenvalue(C, n);
    const exact = (await solve(problem, { method: "interior", eps: 1e-9 })).measures.primalObjective;
    let trace = 0;
    for (let i = 0; i < n; i++) trace += C[i * n + i] + exact;
    for (const eps of [1e-2, 1e-4, 1e-6]) {
      const result = await solve(problem, { method: "splitting", eps, traceBound: trace * 1.01, dualTraceBound: 1 });
      if (result.lowerBound === undefined || result.upperBound === undefined) throw new Error(result.notes.join("; "));
      expect(result.lowerBound).toBeLessThanOrEqual(exact + 1e-8);
      expect(result.upperBound).toBeGreaterThanOrEqual(exact - 1e-8);
      expect(result.upperBound - result.lowerBound).toBeLessThan(100 * eps * (1 + Math.abs(exact)) * trace);
    }
  });

  it("says why there is none", async () => {
    const random = seeded(22);
    const problem = feasibleProblem([{ kind: "psd", order: 4 }], 3, random);
    const result = await solve(problem, { traceBound: 0 });
    expect(result.lowerBound).toBeUndefined();
    expect(result.notes.join()).toMatch(/exceeds the trace bound/);
  });
});
