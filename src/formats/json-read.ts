import { coneDim } from "../problem/cones.ts";
import type { Cone } from "../problem/cones.ts";
import type { LinearOperator } from "../problem/operators/linear-operator.ts";
import type { SparseMatrix } from "../problem/sparse-matrix.ts";
import { svecLength } from "../problem/svec.ts";
import { JsonFields } from "./json-fields.ts";
import { parseJson } from "./json-text.ts";
import { PROBLEM_FORMAT, PROBLEM_VERSION } from "./json-write.ts";
import { quote } from "./line-scanner.ts";
import type { SourcedProblem } from "./problem-source.ts";
import { sizeLimit } from "./read-options.ts";
import type { ReadOptions } from "./read-options.ts";

/**
 * Reads the JSON form of {@link writeJson}. Throws FormatError with the field's path, line and column:
 * unknown or missing fields, lengths and dimensions that do not fit, indices out of range or unsorted,
 * numbers not finite.
 */
export async function readJson(
  chunks: AsyncIterator<Uint8Array, void, void>,
  options: ReadOptions,
): Promise<SourcedProblem> {
  const limit = sizeLimit(options);
  const fields = new JsonFields(await parseJson(chunks, options.name), "", options.name);
  const format = fields.string("format");
  if (format !== PROBLEM_FORMAT)
    fields.fail("format", `is ${quote(format)}; ${quote(PROBLEM_FORMAT)} was expected`);
  const version = fields.number("version");
  if (version !== PROBLEM_VERSION)
    fields.fail("version", `is ${version}; this release reads version ${PROBLEM_VERSION}`);
  const n = fields.integer("variables", 0, limit);
  const m = fields.integer("rows", 0, limit);
  const cones = fields.objects("cones").map((cone) => readCone(cone, limit));
  const coneRows = cones.reduce((sum, cone) => sum + coneDim(cone), 0);
  if (coneRows !== m) fields.fail("cones", `have ${coneRows} rows in all; "rows" says ${m}`);
  const name = fields.has("name") ? { name: fields.string("name") } : {};
  const objective = fields.has("objective") ? { objective: readObjective(fields.object("objective")) } : {};
  const c = fields.floats("c", { length: n });
  const b = fields.floats("b", { length: m });
  const P = fields.has("P") ? { P: readSparse(fields.object("P"), n, n) } : {};
  const A = readOperator(fields.object("A"), m, n, limit);
  fields.end();
  return { ...name, ...objective, ...P, c, A, b, cones, source: { format: "json", file: options.name } };
}

function readObjective(fields: JsonFields): { sign: 1 | -1; offset: number } {
  const sign = fields.number("sign");
  if (sign !== 1 && sign !== -1) fields.fail("sign", `is ${sign}; it must be 1 or -1`);
  const objective = { sign: sign === 1 ? (1 as const) : (-1 as const), offset: fields.number("offset") };
  fields.end();
  return objective;
}

function readCone(fields: JsonFields, limit: number): Cone {
  const cone = coneOf(fields, limit);
  fields.end();
  return cone;
}

function coneOf(fields: JsonFields, limit: number): Cone {
  const kind = fields.string("kind");
  switch (kind) {
    case "zero":
    case "nonnegative":
    case "secondOrder":
      return { kind, dim: fields.integer("dim", 0, limit) };
    case "psd":
      return { kind, order: fields.integer("order", 0, limit) };
    case "exponential":
    case "dualExponential":
      return { kind };
    case "power":
    case "dualPower": {
      const alpha = fields.number("alpha");
      if (!(alpha > 0 && alpha < 1))
        fields.fail("alpha", `is ${alpha}; it must lie strictly between 0 and 1`);
      return { kind, alpha };
    }
    case "box": {
      const lower = fields.floats("lower", { infinite: true });
      const upper = fields.floats("upper", { infinite: true, length: lower.length });
      lower.forEach((low, k) => {
        if (low > upper[k]) fields.fail(`lower[${k}]`, `is ${low}, above upper[${k}] = ${upper[k]}`, "lower");
        if (low === Infinity) fields.fail(`lower[${k}]`, "must not be Infinity", "lower");
        if (upper[k] === -Infinity) fields.fail(`upper[${k}]`, "must not be -Infinity", "upper");
      });
      return { kind, lower, upper };
    }
    default:
      return fields.fail("kind", `is ${quote(kind)}, no kind of cone`);
  }
}

function readSparse(fields: JsonFields, rows: number, cols: number): SparseMatrix {
  fields.integer("rows", rows, rows);
  fields.integer("cols", cols, cols);
  const values = fields.floats("values");
  const nonzeros = values.length;
  const colPtr = fields.ints("colPtr", 0, nonzeros, { length: cols + 1 });
  const rowIdx = fields.ints("rowIdx", 0, rows - 1, { length: nonzeros });
  if (colPtr[0] !== 0) fields.fail("colPtr[0]", `is ${colPtr[0]}; it must be 0`, "colPtr");
  if (colPtr[cols] !== nonzeros) {
    fields.fail(
      `colPtr[${cols}]`,
      `is ${colPtr[cols]}; it must be the number of values, ${nonzeros}`,
      "colPtr",
    );
  }
  for (let j = 0; j < cols; j++) {
    if (colPtr[j + 1] < colPtr[j]) fields.fail(`colPtr[${j + 1}]`, "is below the one before", "colPtr");
    for (let k = colPtr[j] + 1; k < colPtr[j + 1]; k++) {
      if (rowIdx[k] <= rowIdx[k - 1]) {
        fields.fail(`rowIdx[${k}]`, `is ${rowIdx[k]}; the rows of column ${j} must ascend`, "rowIdx");
      }
    }
  }
  fields.end();
  return { rows, cols, colPtr, rowIdx, values };
}

/** An operator of given dimensions; undefined ones are free (the split of a stack). */
function readOperator(
  fields: JsonFields,
  wantedRows: number | undefined,
  wantedCols: number | undefined,
  limit: number,
): LinearOperator {
  const rows = fields.integer("rows", wantedRows ?? 0, wantedRows ?? limit);
  const cols = fields.integer("cols", wantedCols ?? 0, wantedCols ?? limit);
  const operator = operatorOf(fields, rows, cols, limit);
  fields.end();
  return operator;
}

function operatorOf(fields: JsonFields, rows: number, cols: number, limit: number): LinearOperator {
  const kind = fields.string("kind");
  switch (kind) {
    case "sparse":
      return { kind, rows, cols, matrix: readSparse(fields.object("matrix"), rows, cols) };
    case "quadraticForm": {
      const order = fields.integer("order", 0, limit);
      if (svecLength(order) !== cols)
        fields.fail("order", `is ${order}, but cols = ${cols} is not order(order+1)/2`);
      return { kind, rows, cols, order, samples: fields.floats("samples", { length: rows * order }) };
    }
    case "segmented": {
      const index = fields.ints("index", 0, cols - 1, { length: rows });
      const weights = fields.has("weights") ? { weights: fields.floats("weights", { length: rows }) } : {};
      return { kind, rows, cols, index, ...weights };
    }
    case "selection": {
      if (!fields.has("index")) {
        if (rows !== cols) fields.fail("index", `is missing, but rows = ${rows} and cols = ${cols} differ`);
        return { kind, rows, cols };
      }
      const index = fields.ints("index", 0, cols - 1, { length: rows });
      const seen = new Set<number>();
      index.forEach((j, k) => {
        if (seen.has(j)) fields.fail(`index[${k}]`, `repeats column ${j}`, "index");
        seen.add(j);
      });
      return { kind, rows, cols, index };
    }
    case "scaled": {
      const factor = fields.number("factor");
      return {
        kind,
        rows,
        cols,
        factor,
        operator: readOperator(fields.object("operator"), rows, cols, limit),
      };
    }
    case "stack": {
      const direction = fields.string("direction");
      if (direction !== "vertical" && direction !== "horizontal" && direction !== "diagonal") {
        return fields.fail(
          "direction",
          `is ${quote(direction)}; vertical, horizontal or diagonal was expected`,
        );
      }
      const parts = fields
        .objects("parts")
        .map((part) =>
          readOperator(
            part,
            direction === "horizontal" ? rows : undefined,
            direction === "vertical" ? cols : undefined,
            limit,
          ),
        );
      const sumRows = parts.reduce((sum, part) => sum + part.rows, 0);
      const sumCols = parts.reduce((sum, part) => sum + part.cols, 0);
      if (direction !== "horizontal" && sumRows !== rows) {
        fields.fail("parts", `have ${sumRows} rows in all; ${rows} were expected`);
      }
      if (direction !== "vertical" && sumCols !== cols) {
        fields.fail("parts", `have ${sumCols} columns in all; ${cols} were expected`);
      }
      return { kind, rows, cols, direction, parts };
    }
    default:
      return fields.fail("kind", `is ${quote(kind)}, no kind of operator`);
  }
}
