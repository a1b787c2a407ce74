import type { Cone } from "../problem/cones.ts";
import type { ConicProblem } from "../problem/conic-problem.ts";
import type { LinearOperator } from "../problem/operators/linear-operator.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { jsonArray, jsonNumber } from "./json-arrays.ts";
import type { ArrayStyle } from "./json-arrays.ts";

export const PROBLEM_FORMAT = "spectrahedron-problem";
export const PROBLEM_VERSION = 1;

/**
 * The JSON form of a ConicProblem, in pieces; {@link readJson} gives the same problem back, bit by bit:
 *
 * ```json
 * {"format": "spectrahedron-problem", "version": 1, "name": "…", "variables": n, "rows": m,
 *  "objective": {"sign": 1, "offset": 0}, "cones": [{"kind": "psd", "order": 3}, …],
 *  "c": array, "b": array, "P": sparse, "A": operator}
 * ```
 *
 * name, objective and P may be missing. An array is `[1, 2, …]` or `{"type": "float64" | "int32", "base64":
 * "…"}` (little endian). Cones and operators have the fields of their types, `kind` among them; a sparse
 * matrix has rows, cols, colPtr, rowIdx and values.
 */
export function* writeJson(problem: ConicProblem, style: ArrayStyle = "auto"): Generator<string, void, void> {
  const { name, objective, c, b, P, A, cones } = problem;
  yield `{"format":"${PROBLEM_FORMAT}","version":${PROBLEM_VERSION},\n`;
  if (name !== undefined) yield `"name":${JSON.stringify(name)},\n`;
  yield `"variables":${c.length},"rows":${b.length},\n`;
  if (objective !== undefined)
    yield `"objective":{"sign":${objective.sign},"offset":${jsonNumber(objective.offset)}},\n`;
  yield '"cones":[';
  for (const [k, cone] of cones.entries()) {
    if (k > 0) yield ",";
    yield* coneJson(cone, style);
  }
  yield '],\n"c":';
  yield* jsonArray(c, style);
  yield ',\n"b":';
  yield* jsonArray(b, style);
  if (P !== undefined) {
    yield ',\n"P":{';
    yield* sparseFields(P, style);
    yield "}";
  }
  yield ',\n"A":';
  yield* operatorJson(A, style);
  yield "}\n";
}

function* coneJson(cone: Cone, style: ArrayStyle): Generator<string, void, void> {
  switch (cone.kind) {
    case "zero":
    case "nonnegative":
    case "secondOrder":
      yield `{"kind":"${cone.kind}","dim":${cone.dim}}`;
      return;
    case "psd":
      yield `{"kind":"psd","order":${cone.order}}`;
      return;
    case "power":
    case "dualPower":
      yield `{"kind":"${cone.kind}","alpha":${jsonNumber(cone.alpha)}}`;
      return;
    case "exponential":
    case "dualExponential":
      yield `{"kind":"${cone.kind}"}`;
      return;
    case "box":
      yield '{"kind":"box","lower":';
      yield* jsonArray(cone.lower, style);
      yield ',"upper":';
      yield* jsonArray(cone.upper, style);
      yield "}";
  }
}

function* sparseFields(matrix: SparseMatrix, style: ArrayStyle): Generator<string, void, void> {
  yield `"rows":${matrix.rows},"cols":${matrix.cols},"colPtr":`;
  yield* jsonArray(matrix.colPtr, style);
  yield ',"rowIdx":';
  yield* jsonArray(matrix.rowIdx, style);
  yield ',"values":';
  yield* jsonArray(matrix.values, style);
}

function* operatorJson(operator: LinearOperator, style: ArrayStyle): Generator<string, void, void> {
  yield `{"kind":"${operator.kind}","rows":${operator.rows},"cols":${operator.cols}`;
  switch (operator.kind) {
    case "sparse":
      yield ',"matrix":{';
      yield* sparseFields(operator.matrix, style);
      yield "}";
      break;
    case "quadraticForm":
      yield `,"order":${operator.order},"samples":`;
      yield* jsonArray(operator.samples, style);
      break;
    case "segmented":
      yield ',"index":';
      yield* jsonArray(operator.index, style);
      if (operator.weights !== undefined) {
        yield ',"weights":';
        yield* jsonArray(operator.weights, style);
      }
      break;
    case "selection":
      if (operator.index !== undefined) {
        yield ',"index":';
        yield* jsonArray(operator.index, style);
      }
      break;
    case "stack":
      yield `,"direction":"${operator.direction}","parts":[`;
      for (const [k, part] of operator.parts.entries()) {
        if (k > 0) yield ",";
        yield* operatorJson(part, style);
      }
      yield "]";
      break;
    case "scaled":
      yield `,"factor":${jsonNumber(operator.factor)},"operator":`;
      yield* operatorJson(operator.operator, style);
  }
  yield "}";
}
