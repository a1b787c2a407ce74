import { byteChunks } from "./byte-source.ts";
import type { ByteSource } from "./byte-source.ts";
import { readCbf } from "./cbf-read.ts";
import { formatByContent, formatByName } from "./detect.ts";
import { readJson } from "./json-read.ts";
import { LineScanner } from "./line-scanner.ts";
import { readMps } from "./mps-read.ts";
import type { SourcedProblem } from "./problem-source.ts";
import type { ReadOptions } from "./read-options.ts";
import { readSdpa } from "./sdpa-read.ts";

/**
 * Reads a problem in SDPA sparse format, CBF, MPS or JSON, gzipped or not. The format is `options.format`,
 * else what the name's extension says, else what the content looks like. The source is read as a stream:
 * beyond the problem itself only a line (or a piece) of it is in memory. Throws FormatError with file, line
 * and column.
 */
export async function readProblem(source: ByteSource, options: ReadOptions): Promise<SourcedProblem> {
  const chunks = byteChunks(source, options.name);
  try {
    const first = await chunks.next();
    const head = first.done === true ? new Uint8Array(0) : first.value;
    const format = options.format ?? formatByName(options.name) ?? formatByContent(head);
    const all = prepend(head, chunks);
    switch (format) {
      case "sdpa":
        return await readSdpa(new LineScanner(all, options.name, "punctuation"), options);
      case "cbf":
        return await readCbf(new LineScanner(all, options.name, "space"), options);
      case "mps":
        return await readMps(new LineScanner(all, options.name, "space"), options);
      case "json":
        return await readJson(all, options);
    }
  } finally {
    await chunks.return();
  }
}

async function* prepend(
  head: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  if (head.length > 0) yield head;
  yield* rest;
}
