import { createReadStream } from "node:fs";
import type { SourcedProblem } from "./problem-source.ts";
import { readProblem } from "./read.ts";
import type { ReadOptions } from "./read-options.ts";

/** Reads a problem from a file (Node). `name` defaults to the path. Throws FormatError, or the system's error. */
export async function readProblemFile(path: string, options: Partial<ReadOptions> = {}): Promise<SourcedProblem> {
  return readProblem(createReadStream(path, { highWaterMark: 1 << 18 }), { name: path, ...options });
}
