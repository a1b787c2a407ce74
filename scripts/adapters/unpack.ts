import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { readTar } from "./tar.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where unpacked drivers and browsers are kept between runs. */
export const cacheFolder = join(root, "node_modules", ".cache", "spectrahedron");

/** The folder of an installed package, or undefined. */
export function packageFolder(name: string): string | undefined {
  try {
    let folder = dirname(createRequire(import.meta.url).resolve(name));
    while (!isPackage(folder, name)) {
      if (dirname(folder) === folder) return undefined;
      folder = dirname(folder);
    }
    return folder;
  } catch {
    return undefined;
  }
}

function isPackage(folder: string, name: string): boolean {
  const file = join(folder, "package.json");
  return existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name === name;
}

/**
 * Unpacks brotli files (a tar archive, or a single file that becomes executable) once into a cache folder of this
 * name and returns it. Several processes may do so at the same time: the folder appears only when complete.
 */
export function unpackOnce(name: string, files: readonly string[]): string {
  const target = join(cacheFolder, name);
  if (existsSync(target)) return target;
  mkdirSync(cacheFolder, { recursive: true });
  const partial = mkdtempSync(join(cacheFolder, `${name}.partial-`));
  for (const file of files) {
    const content = brotliDecompressSync(readFileSync(file));
    const plainName = basename(file, ".br");
    if (!plainName.endsWith(".tar")) {
      writeFileSync(join(partial, plainName), content);
      chmodSync(join(partial, plainName), 0o755);
      continue;
    }
    for (const entry of readTar(content)) {
      const path = resolve(partial, entry.path);
      if (!path.startsWith(partial + sep)) throw new Error(`${file} holds a path outside itself: ${entry.path}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, entry.content);
      if (entry.executable) chmodSync(path, 0o755);
    }
  }
  try {
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(target)) throw error; // otherwise another process was faster
  }
  return target;
}
