import fc from "fast-check";
import { coneDim } from "../../src/problem/cones.ts";
import type { Cone } from "../../src/problem/cones.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import type { LinearOperator } from "../../src/problem/operators/linear-operator.ts";
import { sparseFromTriplets } from "../../src/problem/sparse-matrix.ts";
import type { SparseMatrix } from "../../src/problem/sparse-matrix.ts";
import { svecLength } from "../../src/problem/svec.ts";

/** Any finite double, subnormal and −0 among them, and often a simple one. */
export const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom(0, -0, 1e-300, 5e-324, 1.7976931348623157e308, 0.1, 1 / 3),
);

/** Doubles of moderate size, so that sums and products stay finite. */
export const moderate = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -9, max: 9 }),
);

export function floats(length: number, value: fc.Arbitrary<number> = finite): fc.Arbitrary<Float64Array> {
  return fc.array(value, { minLength: length, maxLength: length }).map((array) => Float64Array.from(array));
}

export function sparseMatrix(
  rows: number,
  cols: number,
  value: fc.Arbitrary<number> = finite,
): fc.Arbitrary<SparseMatrix> {
  if (rows === 0 || cols === 0) return fc.constant(sparseFromTriplets(rows, cols, [], [], []));
  const entry = fc.tuple(fc.nat(rows - 1), fc.nat(cols - 1), value);
  return fc.uniqueArray(entry, { maxLength: 30, selector: ([i, j]) => i * cols + j }).map((entries) =>
    sparseFromTriplets(
      rows,
      cols,
      entries.map((e) => e[0]),
      entries.map((e) => e[1]),
      entries.map((e) => e[2]),
    ),
  );
}

const alpha = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const box: fc.Arbitrary<Cone> = fc
  .array(fc.tuple(fc.integer({ min: -5, max: 0 }), fc.integer({ min: 0, max: 5 }), fc.nat(3)), {
    maxLength: 4,
  })
  .map((sides) => ({
    kind: "box",
    lower: Float64Array.from(sides, ([low, , open]) => (open & 1 ? -Infinity : low)),
    upper: Float64Array.from(sides, ([, high, open]) => (open & 2 ? Infinity : high)),
  }));

export const linearCone: fc.Arbitrary<Cone> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("zero" as const, "nonnegative" as const),
    dim: fc.integer({ min: 1, max: 4 }),
  }),
);
export const psdCone: fc.Arbitrary<Cone> = fc.record({
  kind: fc.constant("psd" as const),
  order: fc.integer({ min: 2, max: 4 }),
});
export const anyCone: fc.Arbitrary<Cone> = fc.oneof(
  linearCone,
  psdCone,
  box,
  fc.record({ kind: fc.constant("secondOrder" as const), dim: fc.integer({ min: 2, max: 5 }) }),
  fc.record({ kind: fc.constant("psd" as const), order: fc.integer({ min: 0, max: 1 }) }),
  fc.record({ kind: fc.constantFrom("power" as const, "dualPower" as const), alpha }),
  fc.record({ kind: fc.constantFrom("exponential" as const, "dualExponential" as const) }),
);

/** An operator of any kind with these dimensions, stacks nested at most `depth` deep. */
export function operator(rows: number, cols: number, depth: number): fc.Arbitrary<LinearOperator> {
  const kinds: fc.Arbitrary<LinearOperator>[] = [
    sparseMatrix(rows, cols).map((matrix) => ({ kind: "sparse", rows, cols, matrix })),
  ];
  if (cols > 0) {
    const index = fc
      .array(fc.nat(cols - 1), { minLength: rows, maxLength: rows })
      .map((a) => Int32Array.from(a));
    kinds.push(
      fc.tuple(index, fc.option(floats(rows), { nil: undefined })).map(([index, weights]) => ({
        kind: "segmented",
        rows,
        cols,
        index,
        ...(weights === undefined ? {} : { weights }),
      })),
    );
  }
  if (rows === cols) kinds.push(fc.constant({ kind: "selection", rows, cols }));
  if (rows <= cols) {
    kinds.push(
      fc
        .shuffledSubarray(
          Array.from({ length: cols }, (_, j) => j),
          { minLength: rows, maxLength: rows },
        )
        .map((index) => ({ kind: "selection", rows, cols, index: Int32Array.from(index) })),
    );
  }
  const order = [0, 1, 2, 3].find((k) => svecLength(k) === cols);
  if (order !== undefined) {
    kinds.push(
      floats(rows * order).map((samples) => ({ kind: "quadraticForm", rows, cols, order, samples })),
    );
  }
  if (depth > 0) {
    kinds.push(
      fc
        .tuple(finite, operator(rows, cols, depth - 1))
        .map(([factor, inner]) => ({ kind: "scaled", rows, cols, factor, operator: inner })),
      fc
        .tuple(
          fc.nat(rows),
          fc.nat(cols),
          fc.constantFrom("vertical" as const, "horizontal" as const, "diagonal" as const),
        )
        .chain(([r, c, direction]) =>
          fc
            .tuple(
              operator(direction === "horizontal" ? rows : r, direction === "vertical" ? cols : c, depth - 1),
              operator(
                direction === "horizontal" ? rows : rows - r,
                direction === "vertical" ? cols : cols - c,
                depth - 1,
              ),
            )
            .map((parts) => ({ kind: "stack" as const, direction, rows, cols, parts })),
        ),
    );
  }
  return fc.oneof(...kinds);
}

/** Any ConicProblem, of every kind of cone and operator. */
export const anyProblem: fc.Arbitrary<ConicProblem> = fc
  .tuple(fc.array(anyCone, { maxLength: 4 }), fc.nat(6))
  .chain(([cones, n]) => {
    const m = cones.reduce((sum, cone) => sum + coneDim(cone), 0);
    return fc
      .tuple(
        floats(n),
        floats(m),
        operator(m, n, 2),
        fc.option(sparseMatrix(n, n), { nil: undefined }),
        fc.option(fc.string({ unit: "grapheme" }), { nil: undefined }),
        fc.option(fc.tuple(fc.constantFrom(1 as const, -1 as const), finite), { nil: undefined }),
      )
      .map(([c, b, A, P, name, objective]) => ({
        c,
        b,
        A,
        cones,
        ...(P === undefined ? {} : { P }),
        ...(name === undefined ? {} : { name }),
        ...(objective === undefined ? {} : { objective: { sign: objective[0], offset: objective[1] } }),
      }));
  });

/** A ConicProblem with a sparse A of moderate numbers over these cones. */
export function problemOver(
  cones: fc.Arbitrary<readonly Cone[]>,
  value: fc.Arbitrary<number> = moderate,
): fc.Arbitrary<ConicProblem> {
  return fc.tuple(cones, fc.integer({ min: 1, max: 5 })).chain(([list, n]) => {
    const m = list.reduce((sum, cone) => sum + coneDim(cone), 0);
    return fc
      .tuple(
        floats(n, value),
        floats(m, value),
        sparseMatrix(m, n, value),
        fc.constantFrom(1 as const, -1 as const),
        value,
      )
      .map(([c, b, matrix, sign, offset]) => ({
        c,
        b,
        A: { kind: "sparse" as const, rows: m, cols: n, matrix },
        cones: list,
        objective: { sign, offset },
      }));
  });
}
