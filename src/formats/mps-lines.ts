import { quote } from "./line-scanner.ts";
import type { LineScanner } from "./line-scanner.ts";

/** A data line of an MPS file: names and numbers as text, with their columns for errors. */
export interface MpsFields {
  readonly texts: readonly string[];
  /** Byte positions in the scanner's buffer. */
  readonly at: readonly number[];
}

/** First and one-past-last zero-based columns of the six fields of fixed MPS. */
const FIELDS: readonly (readonly [number, number])[] = [
  [1, 3],
  [4, 12],
  [14, 22],
  [24, 36],
  [39, 47],
  [49, 61],
];

/** The fields of the line at hand split at white space. */
export function splitFields(scanner: LineScanner): MpsFields {
  scanner.pos = scanner.start;
  const texts: string[] = [];
  const at: number[] = [];
  while (!scanner.skip()) {
    at.push(scanner.pos);
    texts.push(scanner.word());
  }
  return { texts, at };
}

/** The six fields of fixed MPS of the line at hand; "" for an empty one. */
export function fixedFields(scanner: LineScanner): MpsFields {
  const { start, end } = scanner;
  const texts: string[] = [];
  const at: number[] = [];
  for (const [from, to] of FIELDS) {
    const begin = Math.min(end, start + from);
    texts.push(scanner.text(begin, Math.min(end, start + to)).trim());
    at.push(begin);
  }
  return { texts, at };
}

/** A field as a number: as {@link LineScanner.number}, from text; undefined if it is none. */
export function fieldNumber(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?$/.test(text)) return undefined;
  return Number(text.replace(/[dD]/, "e"));
}

/** As {@link fieldNumber}; throws FormatError where it is none or not finite. */
export function requireNumber(scanner: LineScanner, text: string, at: number, what: string): number {
  const value = fieldNumber(text);
  if (value === undefined) scanner.fail(`expected ${what}, a finite number, found ${quote(text)}`, at);
  if (!Number.isFinite(value)) scanner.fail(`${what} is ${quote(text)}, beyond the range of a double`, at);
  return value;
}
