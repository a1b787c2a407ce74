import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { InputReference } from "./job.ts";
import type { InputSource } from "./plan.ts";

/** SHA-256 of a file, read as a stream. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** What a source of a plan turned out to be, or why it could not be found. */
export type FoundInput =
  | { readonly reference: InputReference; readonly missing?: string; readonly fault?: undefined }
  | { readonly fault: string };

/**
 * Finds the files that a plan names: beside the plan, then in further folders by name, at last there by content. A file
 * whose hash the plan states may be missing until the jobs run.
 */
export class InputFinder {
  private readonly folder: string;
  private readonly further: readonly string[];
  private readonly hashes = new Map<string, Promise<string>>();

  /** @param further folders that are searched for what is not beside the plan */
  constructor(folder: string, further: readonly string[] = []) {
    this.folder = folder;
    this.further = further;
  }

  async find(source: InputSource): Promise<FoundInput> {
    const { path, sha256, name, columns, rows } = typeof source === "string" ? { path: source } : source;
    if (path === undefined && sha256 === undefined) return { fault: "an input needs a path or a sha256" };
    const cut = columns === undefined && rows === undefined ? {} : { cut: { columns, rows } };
    const called = name ?? (path === undefined ? undefined : basename(path));
    const seen: string[] = [];
    for (const candidate of path === undefined ? [] : this.candidates(path)) {
      if (!(await isFile(candidate))) continue;
      const hash = await this.hashOf(candidate);
      if (sha256 === undefined || hash === sha256) {
        return { reference: { name: called ?? basename(candidate), sha256: hash, path: candidate, ...cut } };
      }
      seen.push(`${candidate} has SHA-256 ${hash}`);
    }
    const what = path ?? `the file with SHA-256 ${sha256}`;
    if (sha256 === undefined) {
      return { fault: `${what} is not there (looked in ${[this.folder, ...this.further].join(", ")}); give its folder with --data` };
    }
    const held = await this.byContent(sha256);
    if (held !== undefined) return { reference: { name: called ?? basename(held), sha256, path: held, ...cut } };
    const missing = seen.length > 0 ? `${what} is another file than the plan means: ${seen.join("; ")}` : `${what} is not there`;
    return { reference: { name: called ?? sha256, sha256, ...cut }, missing: `${missing}; give its folder with --data` };
  }

  private candidates(path: string): string[] {
    const beside = resolve(this.folder, path);
    return [beside, ...this.further.flatMap((folder) => [resolve(folder, path), join(folder, basename(path))])];
  }

  private async byContent(wanted: string): Promise<string | undefined> {
    for (const folder of this.further) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        const path = join(folder, entry.name);
        if (entry.isFile() && (await this.hashOf(path)) === wanted) return path;
      }
    }
    return undefined;
  }

  private hashOf(path: string): Promise<string> {
    const known = this.hashes.get(path);
    if (known !== undefined) return known;
    const hash = fileHash(path);
    this.hashes.set(path, hash);
    return hash;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isFile(), () => false);
}
