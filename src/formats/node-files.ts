import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { ConicPoint, ConicProblem } from "../problem/conic-problem.ts";
import type { ArrayStyle } from "./json-arrays.ts";
import { readPoint, writePoint } from "./point.ts";
import type { ReadPointOptions } from "./point.ts";
import type { SourcedProblem } from "./problem-source.ts";
import { readProblem } from "./read.ts";
import type { ReadOptions } from "./read-options.ts";
import { writeProblem } from "./write.ts";
import type { WriteOptions } from "./write.ts";

const CHUNK_BYTES = 1 << 18;

/**
 * Reads a problem from a file as {@link readProblem} does; `name` defaults to the path. Throws FormatError,
 * or the system's error where the file cannot be opened.
 */
export async function readProblemFile(
  path: string,
  options: Partial<ReadOptions> = {},
): Promise<SourcedProblem> {
  return readProblem(createReadStream(path, { highWaterMark: CHUNK_BYTES }), { name: path, ...options });
}

/**
 * Writes a problem to a file, gzipped where the name ends in .gz. The text goes to a temporary file beside
 * it, which takes the place of `path` once it is whole: a failure leaves nothing behind. Throws as
 * writeProblem does.
 */
export async function writeProblemFile(
  problem: ConicProblem,
  path: string,
  options: WriteOptions = {},
): Promise<void> {
  await writeWhole(path, writeProblem(problem, path, options));
}

/** Reads a point (warm start, saved solution); `name` defaults to the path. Throws as {@link readPoint}. */
export async function readPointFile(path: string, options: ReadPointOptions = {}): Promise<ConicPoint> {
  return readPoint(createReadStream(path, { highWaterMark: CHUNK_BYTES }), { name: path, ...options });
}

/** Writes a point as JSON, in the manner of {@link writeProblemFile}. Throws as {@link writePoint}. */
export async function writePointFile(
  point: ConicPoint,
  path: string,
  style: ArrayStyle = "auto",
): Promise<void> {
  await writeWhole(path, writePoint(point, style));
}

let serial = 0;

async function writeWhole(path: string, text: Generator<string, void, void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${serial++}.part`);
  try {
    const file = createWriteStream(temporary, { flags: "wx" });
    if (/\.gz$/i.test(path)) await pipeline(Readable.from(text), createGzip(), file);
    else await pipeline(Readable.from(text), file);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
