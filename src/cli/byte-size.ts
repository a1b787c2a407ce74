import { InvalidArgumentError } from "commander";
import { parseBytes } from "../sweep/size.ts";

/** Parses `"8 GiB"`: on the command line the unit is asked for. */
export function byteSize(text: string): number {
  const bytes = /B\s*$/.test(text) ? parseBytes(text) : NaN;
  if (!(bytes > 0)) throw new InvalidArgumentError('A size is a number with a unit, such as "8 GiB".');
  return bytes;
}
