import type { ConicProblem } from "../problem/conic-problem.ts";
import { validateProblem } from "../problem/validate.ts";
import { SettingsError } from "../errors.ts";
import { writeCbf } from "./cbf-write.ts";
import { formatByName } from "./detect.ts";
import type { ArrayStyle } from "./json-arrays.ts";
import { writeJson } from "./json-write.ts";
import type { FormatName } from "./read-options.ts";
import { writeSdpa } from "./sdpa-write.ts";

export interface WriteOptions {
  /** Default: by the name's extension. */
  readonly format?: FormatName;
  /** JSON only: how arrays are written. Default "auto". */
  readonly arrays?: ArrayStyle;
}

/**
 * A problem as text in the format that the options or the name's extension say, in pieces. Throws
 * SettingsError where there is no such writer, ProblemError where the format cannot express the problem or the
 * problem itself is unsound.
 */
export function writeProblem(
  problem: ConicProblem,
  name: string,
  options: WriteOptions = {},
): Generator<string, void, void> {
  validateProblem(problem);
  const format = options.format ?? formatByName(name);
  switch (format) {
    case "sdpa":
      return writeSdpa(problem);
    case "cbf":
      return writeCbf(problem);
    case "json":
      return writeJson(problem, options.arrays);
    case "mps":
    case undefined:
      throw new SettingsError(
        `${name}: ${format === undefined ? "the ending names no format" : "MPS cannot be written"}; ` +
          "use .dat-s, .cbf or .json, also with .gz",
        { file: name, field: "format", value: format },
      );
  }
}
