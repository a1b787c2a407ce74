/** A regular file inside a tar archive. */
export interface TarEntry {
  readonly path: string;
  readonly executable: boolean;
  readonly content: Buffer;
}

const BLOCK = 512;

/** The regular files of an uncompressed ustar archive; links, folders and extended headers are passed over. */
export function readTar(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const text = (from: number, length: number): string =>
      archive.toString("utf8", at + from, at + from + length).replace(/\0.*$/s, "");
    const size = parseInt(text(124, 12).trim() || "0", 8);
    const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
    const type = text(156, 1);
    if (type === "" || type === "0") {
      entries.push({
        path: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
        executable: (parseInt(text(100, 8).trim() || "0", 8) & 0o111) !== 0,
        content: archive.subarray(at + BLOCK, at + BLOCK + size),
      });
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}
