import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProblemError } from "../../src/errors.ts";
import type { Cone } from "../../src/problem/cones.ts";
import { coneDim } from "../../src/problem/cones.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import type { LinearOperator } from "../../src/problem/operators/linear-operator.ts";
import { quadraticForm } from "../../src/problem/operators/quadratic-form.ts";
import { scaledOperator } from "../../src/problem/operators/scaled.ts";
import { segmentedOperator } from "../../src/problem/operators/segmented.ts";
import { identity, selectionOperator } from "../../src/problem/operators/selection.ts";
import { sparseOperator } from "../../src/problem/operators/sparse.ts";
import { verticalStack } from "../../src/problem/operators/stack.ts";
import type { SparseMatrix } from "../../src/problem/sparse-matrix.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import { validateProblem } from "../../src/problem/validate.ts";

/** Every kind of cone and of operator in one valid problem: 3 columns. */
function everything(): ConicProblem {
  const A = verticalStack([
    sparseOperator(sparseFromTriplets(6, 3, [0, 1, 3, 5, 2], [0, 0, 1, 2, 2], [1, -2, 3, 4, 5])),
    quadraticForm(Float64Array.of(1, 2, 3, 4), 2),
    segmentedOperator(3, Int32Array.of(0, 2, 2), Float64Array.of(1, 2, 3)),
    scaledOperator(-1, identity(3)),
    selectionOperator(3, Int32Array.of(2, 0)),
    segmentedOperator(3, new Int32Array(12)),
  ]);
  const cones: Cone[] = [
    { kind: "zero", dim: 2 },
    { kind: "nonnegative", dim: 1 },
    { kind: "box", lower: Float64Array.of(-Infinity, 0), upper: Float64Array.of(1, Infinity) },
    { kind: "secondOrder", dim: 4 },
    { kind: "psd", order: 2 },
    { kind: "psd", order: 1 },
    { kind: "psd", order: 0 },
    { kind: "secondOrder", dim: 1 },
    { kind: "secondOrder", dim: 0 },
    { kind: "nonnegative", dim: 1 },
    { kind: "exponential" },
    { kind: "dualExponential" },
    { kind: "power", alpha: 0.3 },
    { kind: "dualPower", alpha: 0.7 },
  ];
  return {
    P: sparseFromTriplets(3, 3, [0, 0, 1], [0, 1, 1], [2, 1, 2]),
    c: Float64Array.of(1, 1e12, 1e-12),
    A,
    b: new Float64Array(28),
    cones,
    name: "everything",
    objective: { sign: -1, offset: 3 },
  };
}

function linear(A: LinearOperator, overrides: Partial<ConicProblem> = {}): ConicProblem {
  return {
    c: new Float64Array(A.cols),
    A,
    b: new Float64Array(A.rows),
    cones: [{ kind: "nonnegative", dim: A.rows }],
    ...overrides,
  };
}

function matrix(overrides: Partial<SparseMatrix>): LinearOperator {
  const base: SparseMatrix = {
    rows: 3,
    cols: 2,
    colPtr: Int32Array.of(0, 2, 4),
    rowIdx: Int32Array.of(0, 2, 0, 1),
    values: Float64Array.of(1, 2, 3, 4),
  };
  return sparseOperator({ ...base, ...overrides });
}

const P = (entries: readonly (readonly [number, number, number])[], n = 2): SparseMatrix =>
  sparseFromTriplets(
    n,
    n,
    entries.map((e) => e[0]),
    entries.map((e) => e[1]),
    entries.map((e) => e[2]),
  );

function faultOf(problem: unknown): ProblemError {
  try {
    validateProblem(problem as ConicProblem);
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemError);
    return error as ProblemError;
  }
  throw new Error("the fault was not noticed");
}

describe("validateProblem accepts", () => {
  it("a problem with every kind of cone and operator, passing its data on", () => {
    const problem = everything();
    const valid = validateProblem(problem);
    expect(valid.A).toBe(problem.A);
    expect(valid.b).toBe(problem.b);
    expect(valid).toEqual(problem);
  });

  it("m = 0, n = 0, both, and all-zero rows", () => {
    const empty = (rows: number, cols: number): LinearOperator =>
      sparseOperator(sparseFromTriplets(rows, cols, [], [], []));
    for (const A of [empty(0, 3), empty(3, 0), empty(0, 0), empty(4, 4), verticalStack([], 2)]) {
      expect(validateProblem(linear(A)).b.length).toBe(A.rows);
    }
    expect(validateProblem({ ...linear(empty(0, 2)), cones: [] }).cones).toEqual([]);
  });

  it("P as upper triangle or in full, bringing it to the upper triangle without zeros", () => {
    const upper = P([
      [0, 0, 2],
      [0, 1, 1],
      [1, 1, 3],
    ]);
    const full = P([
      [0, 0, 2],
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 3],
    ]);
    const A = identity(2);
    expect(validateProblem(linear(A, { P: upper })).P).toEqual(upper);
    expect(validateProblem(linear(A, { P: full })).P).toEqual(upper);
    expect("P" in validateProblem(linear(A, { P: P([[1, 1, 0]]) }))).toBe(false);
    // Rounding in a computed Gram matrix is not a fault.
    const nearly = P([
      [0, 0, 1],
      [0, 1, 1 + 1e-15],
      [1, 0, 1 - 1e-15],
      [1, 1, 1],
    ]);
    expect(validateProblem(linear(A, { P: nearly })).P?.values.length).toBe(3);
  });
});

describe("validateProblem names the field, the index and the value of", () => {
  const faults: [string, unknown, string, number | undefined, unknown][] = [
    ["no problem", null, "problem", undefined, null],
    ["a plain array for c", { ...linear(identity(2)), c: [0, 0] }, "c", undefined, [0, 0]],
    ["no b", { ...linear(identity(2)), b: undefined }, "b", undefined, null],
    ["b of another length", linear(identity(2), { b: new Float64Array(3) }), "b.length", undefined, 3],
    ["c of another length", linear(identity(2), { c: new Float64Array(1) }), "c.length", undefined, 1],
    ["NaN in c", linear(identity(2), { c: Float64Array.of(0, NaN) }), "c", 1, NaN],
    ["infinity in b", linear(identity(2), { b: Float64Array.of(-Infinity, 0) }), "b", 0, -Infinity],
    [
      "a NaN entry of A",
      linear(matrix({ values: Float64Array.of(1, 2, NaN, 4) })),
      "A.matrix.values",
      2,
      NaN,
    ],
    ["a row index too large", linear(matrix({ rowIdx: Int32Array.of(0, 3, 0, 1) })), "A.matrix.rowIdx", 1, 3],
    [
      "a negative row index",
      linear(matrix({ rowIdx: Int32Array.of(-1, 2, 0, 1) })),
      "A.matrix.rowIdx",
      0,
      -1,
    ],
    ["a duplicate entry", linear(matrix({ rowIdx: Int32Array.of(2, 2, 0, 1) })), "A.matrix.rowIdx", 1, 2],
    ["unsorted rows", linear(matrix({ rowIdx: Int32Array.of(0, 2, 1, 0) })), "A.matrix.rowIdx", 3, 0],
    ["falling column pointers", linear(matrix({ colPtr: Int32Array.of(0, 5, 4) })), "A.matrix.colPtr", 2, 4],
    ["a wrong count of entries", linear(matrix({ colPtr: Int32Array.of(0, 2, 3) })), "A.matrix.colPtr", 2, 3],
    [
      "too few column pointers",
      linear(matrix({ colPtr: Int32Array.of(0, 4) })),
      "A.matrix.colPtr.length",
      undefined,
      2,
    ],
    [
      "too few values",
      linear(matrix({ values: Float64Array.of(1) })),
      "A.matrix.values.length",
      undefined,
      1,
    ],
    [
      "an unknown operator",
      { ...linear(identity(2)), A: { kind: "dense", rows: 2, cols: 2 } },
      "A.kind",
      undefined,
      "dense",
    ],
    [
      "a size that is no integer",
      { ...linear(identity(2)), A: { ...identity(2), rows: 1.5 } },
      "A.rows",
      undefined,
      1.5,
    ],
    ["a column selected twice", linear(selectionOperator(3, Int32Array.of(1, 0, 1))), "A.index", 2, 1],
    ["a segment out of range", linear(segmentedOperator(2, Int32Array.of(0, 2))), "A.index", 1, 2],
    [
      "a sample that is not finite",
      linear(verticalStack([identity(3), scaledOperator(2, quadraticForm(Float64Array.of(1, Infinity), 2))])),
      "A.parts[1].operator.samples",
      1,
      Infinity,
    ],
    [
      "parts that do not fit",
      linear(verticalStack([identity(2), identity(3)])),
      "A.parts[1].cols",
      undefined,
      3,
    ],
    ["a factor of NaN", linear(scaledOperator(NaN, identity(2))), "A.factor", undefined, NaN],
    [
      "cones that do not add up",
      linear(identity(2), { cones: [{ kind: "psd", order: 2 }] }),
      "cones",
      undefined,
      3,
    ],
    [
      "a negative cone",
      linear(identity(2), { cones: [{ kind: "zero", dim: -1 }] }),
      "cones[0].dim",
      undefined,
      -1,
    ],
    [
      "a fractional order",
      linear(identity(2), { cones: [{ kind: "psd", order: 1.5 }] }),
      "cones[0].order",
      undefined,
      1.5,
    ],
    [
      "an unknown cone",
      { ...linear(identity(2)), cones: [{ kind: "zero", dim: 2 }, { kind: "cube" }] },
      "cones[1].kind",
      undefined,
      "cube",
    ],
    [
      "alpha of 1",
      linear(identity(3), { cones: [{ kind: "power", alpha: 1 }] }),
      "cones[0].alpha",
      undefined,
      1,
    ],
    [
      "crossed bounds",
      linear(identity(3), {
        cones: [{ kind: "box", lower: Float64Array.of(0, 2), upper: Float64Array.of(0, 1) }],
      }),
      "cones[0].lower",
      1,
      2,
    ],
    [
      "an upper bound of -Infinity",
      linear(identity(2), {
        cones: [{ kind: "box", lower: Float64Array.of(-Infinity), upper: Float64Array.of(-Infinity) }],
      }),
      "cones[0].upper",
      0,
      -Infinity,
    ],
    ["a P of another size", linear(identity(2), { P: P([[0, 0, 1]], 3) }), "P.rows", undefined, 3],
    [
      "an asymmetric P",
      linear(identity(2), {
        P: P([
          [0, 0, 9],
          [0, 1, 1],
          [1, 0, 2],
          [1, 1, 9],
        ]),
      }),
      "P.values",
      1,
      2,
    ],
    [
      "a lower triangle",
      linear(identity(2), {
        P: P([
          [0, 0, 9],
          [1, 0, 2],
          [1, 1, 9],
        ]),
      }),
      "P.values",
      1,
      2,
    ],
    [
      "a negative diagonal",
      linear(identity(2), {
        P: P([
          [0, 0, 1],
          [1, 1, -4],
        ]),
      }),
      "P.values",
      1,
      -4,
    ],
    [
      "an indefinite minor",
      linear(identity(2), {
        P: P([
          [0, 0, 1],
          [0, 1, 3],
          [1, 1, 4],
        ]),
      }),
      "P.values",
      1,
      3,
    ],
    [
      "a bad sign",
      { ...linear(identity(1)), objective: { sign: 0, offset: 0 } },
      "objective.sign",
      undefined,
      0,
    ],
  ];
  for (const [name, problem, field, index, value] of faults) {
    it(name, () => {
      const error = faultOf(problem);
      expect(error.location.field).toBe(field);
      expect(error.location.index).toBe(index);
      expect(error.location.value).toEqual(value);
      expect(error.message.startsWith(index === undefined ? field : `${field}[${index}]`)).toBe(true);
      expect(error.message.length).toBeGreaterThan(field.length + 10);
    });
  }

  it("an operator that contains itself", () => {
    const parts: LinearOperator[] = [];
    const loop = { kind: "stack", direction: "vertical", rows: 1, cols: 1, parts } as const;
    parts.push(loop);
    expect(faultOf(linear(loop)).message).toMatch(/deeper than/);
  });
});

/** Replaces what stands at a random place of the structure by a random value. */
function corrupt(root: unknown, steps: readonly number[], replacement: unknown): void {
  let node = root as Record<string, unknown>;
  for (let depth = 0; ; depth++) {
    const keys = Object.keys(node);
    if (keys.length === 0) return;
    const key = keys[(steps[depth] ?? 0) % keys.length];
    const child = node[key];
    if (depth + 1 < steps.length && typeof child === "object" && child !== null) {
      node = child as Record<string, unknown>;
      continue;
    }
    // A typed array turns a number into one of its own kind, and holds nothing else.
    if (ArrayBuffer.isView(node)) node[key] = typeof replacement === "number" ? replacement : NaN;
    else if (typeof replacement === "symbol") Reflect.deleteProperty(node, key);
    else node[key] = replacement;
    return;
  }
}

describe("validateProblem under random corruption", () => {
  it("throws a ProblemError or returns a problem of consistent dimensions", () => {
    const replacement = fc.oneof(
      fc.constantFrom<unknown>(
        NaN,
        Infinity,
        -1,
        0,
        1,
        2,
        3,
        1.5,
        1e12,
        -1e-12,
        2 ** 31,
        2 ** 53,
        "zero",
        "",
        null,
      ),
      fc.constantFrom<unknown>(undefined, true, Symbol.for("remove"), 10n),
      fc.constant(null).map((): unknown => []),
      fc.constant(null).map((): unknown => ({ kind: "psd", order: 1e9 })),
      fc.constant(null).map((): unknown => new Float64Array(2)),
      fc.constant(null).map((): unknown => Int32Array.of(5, -5)),
      fc.constant(null).map((): unknown => new Float32Array(3)),
    );
    const steps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 });
    let refused = 0;
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(steps, replacement), { minLength: 1, maxLength: 3 }), (changes) => {
        const problem = everything();
        for (const [path, value] of changes) corrupt(problem, path, value);
        try {
          const { A, b, c, cones } = validateProblem(problem);
          accepted++;
          expect([A.rows, A.cols]).toEqual([b.length, c.length]);
          expect(cones.reduce((sum, cone) => sum + coneDim(cone), 0)).toBe(b.length);
          expect(b.every(Number.isFinite) && c.every(Number.isFinite)).toBe(true);
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          refused++;
          expect(error.location.field).toBeTypeOf("string");
        }
      }),
      { numRuns: 4000, seed: 4 },
    );
    expect(refused).toBeGreaterThan(1000);
    expect(accepted).toBeGreaterThan(100);
  });
});
