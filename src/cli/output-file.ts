import { constants } from "node:fs";
import { access, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CliError } from "./cli-error.ts";

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "its folder does not exist";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EROFS":
      return "the file system is read-only";
    case "ENOSPC":
      return "no space left";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** A neighbour of `path` that no other run uses. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

/** Refuses, before any work is done, a path that could not be written at the end. */
export async function checkWritable(path: string): Promise<void> {
  const probe = temporaryName(path);
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) throw new Error("it is a folder");
    if (existing) await access(path, constants.W_OK);
    const handle = await open(probe, "wx");
    await handle.close();
    await rm(probe);
  } catch (error) {
    throw new CliError(`cannot write ${path}: ${reason(error)}`);
  }
}

/** Refuses outputs that would overwrite an input or one another. */
export function checkDistinct(inputs: readonly string[], outputs: readonly string[]): void {
  const seen = new Set(inputs.map((path) => resolve(path)));
  for (const path of outputs) {
    const full = resolve(path);
    if (seen.has(full)) throw new CliError(`${path} is named twice: an output must not overwrite another file of this run`);
    seen.add(full);
  }
}

/** Writes text or bytes under a temporary name, then renames it: readers see the old file or the whole new one. */
export async function replaceText(path: string, text: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new CliError(`cannot write ${path}: ${reason(error)}`);
  }
}
