import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { JournalError } from "./errors.ts";

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the system tells it: tells a living holder from a process that got its number. */
  readonly began: string | null;
}

/**
 * A lock file beside a journal. It appears by a hard link, which either succeeds whole or not at all; one whose process
 * is gone is taken over.
 */
export class FileLock {
  private readonly path: string;
  private readonly text: string;

  private constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** @throws JournalError where a living process holds the lock, or one on another machine */
  static acquire(path: string): FileLock {
    const me: Holder = { pid: process.pid, host: hostname(), began: processStart(process.pid) };
    const text = `${JSON.stringify(me)}\n`;
    const draft = `${path}.${process.pid}.new`;
    writeFileSync(draft, text);
    try {
      for (let attempt = 0; attempt < 10; attempt++) {
        if (tryLink(draft, path)) return new FileLock(path, text);
        const found = readIfThere(path);
        if (found === undefined) continue;
        refuseLiving(found, path);
        removeStale(path, found);
      }
    } finally {
      rmSync(draft, { force: true });
    }
    throw new JournalError(`${path} changes hands all the time: other sweeps are starting on this journal`, { file: path });
  }

  /** Gives the lock back. A lock that someone else has taken by force is left alone. */
  release(): void {
    if (readIfThere(this.path) === this.text) rmSync(this.path, { force: true });
  }
}

function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function refuseLiving(text: string, path: string): void {
  const holder = parseHolder(text);
  if (holder === undefined) return;
  const { pid, host, began } = holder;
  if (host !== hostname()) {
    throw new JournalError(
      `the journal is in use by process ${pid} on ${host}, which cannot be asked from here; ` +
        `if that sweep is over, remove ${path}`,
      { file: path },
    );
  }
  if (isAlive(pid) && (began === null || began === processStart(pid))) {
    throw new JournalError(`the journal is in use by another sweep (process ${pid}); wait for it, or stop it`, { file: path });
  }
}

/**
 * Removes a lock whose holder is gone. Between reading and removing another sweep may have taken it over: what was
 * moved away is looked at, and put back if it is not the stale one.
 */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readIfThere(aside) !== stale) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, host, began } = JSON.parse(text) as Partial<Holder>;
    if (typeof pid !== "number" || typeof host !== "string") return undefined;
    return { pid, host, began: typeof began === "string" ? began : null };
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Clock ticks from the system's start to the process's (field 22 of /proc/PID/stat); null where there is no /proc. */
function processStart(pid: number): string | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
