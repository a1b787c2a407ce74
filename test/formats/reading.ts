import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { FormatError } from "../../src/errors.ts";
import type { SourcedProblem } from "../../src/formats/problem-source.ts";
import { readProblem } from "../../src/formats/read.ts";
import type { FormatName, ReadOptions } from "../../src/formats/read-options.ts";
import type { ConicProblem } from "../../src/problem/conic-problem.ts";
import { toSparse } from "../../src/problem/operators/apply.ts";

const SHARED = new URL("../../../shared/data/", import.meta.url);

/** Whether the benchmark data, which are not part of the repository, lie beside it. */
export const hasSharedData = existsSync(SHARED);
if (!hasSharedData)
  console.warn(`skipped: tests on the benchmark data, for there is no ${fileURLToPath(SHARED)}`);

export function sharedPath(path: string): string {
  return fileURLToPath(new URL(path, SHARED));
}

/** The entries of one of the data's index files. */
export function sharedIndex<T>(path: string): T[] {
  if (!hasSharedData) return [];
  return (JSON.parse(readFileSync(new URL(path, SHARED), "utf8")) as { problems: T[] }).problems;
}

export function read(
  text: string | Uint8Array,
  format: FormatName,
  options: Partial<ReadOptions> = {},
): Promise<SourcedProblem> {
  return readProblem(text, { name: "file", format, ...options });
}

/** Expects a FormatError at this line and column (column 0: any) whose message matches. */
export async function expectFault(
  reading: Promise<unknown>,
  line: number,
  column: number,
  message: RegExp,
): Promise<void> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FormatError);
  const fault = error as FormatError;
  expect(fault.message).toMatch(message);
  expect(fault.location.line, fault.message).toBe(line);
  if (column > 0) expect(fault.location.column, fault.message).toBe(column);
}

/** A as dense rows. */
export function denseA(problem: ConicProblem): number[][] {
  const { rows, cols, colPtr, rowIdx, values } = toSparse(problem.A);
  const dense = Array.from({ length: rows }, () => new Array<number>(cols).fill(0));
  for (let j = 0; j < cols; j++)
    for (let k = colPtr[j]; k < colPtr[j + 1]; k++) dense[rowIdx[k]][j] += values[k];
  return dense;
}

export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < bytes.length; start += size) {
    yield await Promise.resolve(bytes.slice(start, start + size));
  }
}

/** The problem without the record of its source. */
export function withoutSource(problem: SourcedProblem): ConicProblem {
  const { source, ...rest } = problem;
  expect(source.file).toBeTypeOf("string");
  return rest;
}
