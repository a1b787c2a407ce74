import { InvalidArgumentError } from "commander";

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  ...Object.fromEntries(["K", "M", "G", "T"].flatMap((p, k) => [[`${p}B`, 1000 ** (k + 1)], [`${p}iB`, 1024 ** (k + 1)]])),
};

/** Parses `"8 GiB"`. */
export function byteSize(text: string): number {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?i?B)\s*$/.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit ?? ""] ?? NaN);
  if (!(bytes > 0)) throw new InvalidArgumentError('A size is a number with a unit, such as "8 GiB".');
  return bytes;
}
