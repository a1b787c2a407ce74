import { byteChunks } from "./byte-source.ts";
import type { ByteSource } from "./byte-source.ts";
import { LineScanner } from "./line-scanner.ts";
import type { SourcedProblem } from "./problem-source.ts";
import type { ReadOptions } from "./read-options.ts";
import { readSdpa } from "./sdpa-read.ts";

/** Reads a problem. Throws FormatError. */
export async function readProblem(source: ByteSource, options: ReadOptions): Promise<SourcedProblem> {
  const scanner = new LineScanner(byteChunks(source, options.name), options.name, "punctuation");
  try {
    return await readSdpa(scanner, options);
  } finally {
    await scanner.close();
  }
}
