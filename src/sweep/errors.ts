import { SpectrahedronError } from "../errors.ts";

/** A journal cannot be used: it belongs to another plan or sweep, or is damaged. */
export class JournalError extends SpectrahedronError {}

/** The journal could not be written (disk full, …). What it held before is whole; `--resume` goes on from there. */
export class JournalWriteError extends JournalError {}

/** Why a write failed, in words. */
export function writeFaultText(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC") return "no space left on the device";
  if (code === "EDQUOT") return "the disk quota is used up";
  if (code === "EFBIG") return "the file has reached the largest size allowed";
  if (code === "EROFS") return "the file system is read-only";
  if (code === "EIO") return "the device reports an input/output error";
  return error instanceof Error ? error.message : String(error);
}
