import { FormatError, WarmStartError } from "../errors.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";
import { byteChunks } from "./byte-source.ts";
import type { ByteSource } from "./byte-source.ts";
import { jsonArray } from "./json-arrays.ts";
import type { ArrayStyle } from "./json-arrays.ts";
import { JsonFields } from "./json-fields.ts";
import { parseJson } from "./json-text.ts";
import { quote } from "./line-scanner.ts";
import { MAX_SIZE } from "./read-options.ts";

const POINT_FORMAT = "spectrahedron-point";
const POINT_VERSION = 1;

export interface ReadPointOptions {
  /** File name, for errors. Default "point.json". */
  readonly name?: string;
  /** Dimensions of the problem that the point must fit. */
  readonly variables?: number;
  readonly rows?: number;
}

/**
 * A primal-dual point as JSON, in pieces: `{"format": "spectrahedron-point", "version": 1, "variables": n,
 * "rows": m, "x": array, "y": array, "s": array}` with arrays as in the JSON form of a problem. Throws
 * FormatError on numbers that are not finite or s and y of different lengths: such a point could not be read
 * back.
 */
export function* writePoint(point: ConicPoint, style: ArrayStyle = "auto"): Generator<string, void, void> {
  const { x, y, s } = point;
  if (y.length !== s.length)
    throw new FormatError(`y has ${y.length} entries and s has ${s.length}; they must agree`);
  for (const [name, vector] of Object.entries({ x, y, s })) {
    const index = vector.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) {
      throw new FormatError(`${name}[${index}] is ${vector[index]}; only a finite point can be written`, {
        field: name,
        index,
        value: vector[index],
      });
    }
  }
  yield `{"format":"${POINT_FORMAT}","version":${POINT_VERSION},"variables":${x.length},"rows":${s.length}`;
  for (const [name, vector] of Object.entries({ x, y, s })) {
    yield `,\n"${name}":`;
    yield* jsonArray(vector, style);
  }
  yield "}\n";
}

/**
 * Reads a point of {@link writePoint}. Throws FormatError where the file is damaged, truncated or holds
 * numbers that are not finite, WarmStartError where it belongs to a problem of other dimensions.
 */
export async function readPoint(source: ByteSource, options: ReadPointOptions = {}): Promise<ConicPoint> {
  const { name = "point.json", variables, rows } = options;
  const chunks = byteChunks(source, name);
  try {
    const fields = new JsonFields(await parseJson(chunks, name), "", name);
    const format = fields.string("format");
    if (format !== POINT_FORMAT)
      fields.fail("format", `is ${quote(format)}; ${quote(POINT_FORMAT)} was expected`);
    const version = fields.number("version");
    if (version !== POINT_VERSION)
      fields.fail("version", `is ${version}; this release reads version ${POINT_VERSION}`);
    const n = fields.integer("variables", 0, MAX_SIZE);
    const m = fields.integer("rows", 0, MAX_SIZE);
    if ((variables ?? n) !== n || (rows ?? m) !== m) {
      throw new WarmStartError(
        `${name} holds a point of a problem with ${n} variables and ${m} rows; this problem has ` +
          `${variables ?? n} variables and ${rows ?? m} rows`,
        { file: name },
      );
    }
    const point = {
      x: fields.floats("x", { length: n }),
      y: fields.floats("y", { length: m }),
      s: fields.floats("s", { length: m }),
    };
    fields.end();
    return point;
  } finally {
    await chunks.return();
  }
}
