import { closeSync, existsSync, fsync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { version } from "../version.ts";
import { JournalError, JournalWriteError, writeFaultText } from "./errors.ts";
import { FileLock } from "./lock.ts";
import { decodeRecord, encodeRecord } from "./journal-record.ts";
import type { FailureRecord, HeaderRecord, JournalRecord, ResultRecord } from "./journal-record.ts";

/** When records are forced from the system's memory to the disk: after each one, once a second, or never. */
export type SyncPolicy = "always" | "second" | "never";

/** What the journal writes with: the file system's own call, or a stand-in for tests. */
export type Writer = (descriptor: number, data: Buffer, offset: number) => number;

export interface JournalOptions {
  /** Hash, name and size of the plan. */
  readonly plan: { readonly hash: string; readonly name: string; readonly jobs: number };
  /** Goes on with a journal that exists; without it, one that exists is refused. */
  readonly resume: boolean;
  /** Default `second`. A kill of the sweep loses nothing under any of them; a loss of power up to a second. */
  readonly sync?: SyncPolicy;
  readonly write?: Writer;
}

const CHUNK = 1 << 20;

/**
 * The append-only memory of a sweep. Every record carries its length and checksum; a torn last line, as a kill in the
 * middle of a write leaves it, is cut off when the journal is opened again. A write that fails leaves the journal as it
 * was before it.
 */
export class Journal {
  readonly path: string;
  /** When it was begun: with the plan's hash, what tells this sweep from others of the same plan. */
  created = "";
  private readonly descriptor: number;
  private readonly lock: FileLock;
  private readonly sync: SyncPolicy;
  private readonly write: Writer;
  private size = 0;
  private timer: NodeJS.Timeout | undefined;
  private unsynced = false;
  private closed = false;
  /** Set when a half-written record could not be taken back: nothing may follow it in the file. */
  private cutBackFault: Error | undefined;
  /** Offset and length of the line of each result: records may be large, and are read again when asked for. */
  private readonly results = new Map<string, readonly [number, number]>();
  private readonly failures = new Map<string, FailureRecord[]>();

  private constructor(path: string, descriptor: number, lock: FileLock, { sync = "second", write }: JournalOptions) {
    this.path = path;
    this.descriptor = descriptor;
    this.lock = lock;
    this.sync = sync;
    this.write = write ?? ((file, data, offset) => writeSync(file, data, offset));
  }

  /**
   * @throws JournalError where the journal exists and `resume` is not given, belongs to another plan, is held by another
   * sweep, or is damaged elsewhere than in its last line; JournalWriteError where it cannot be written
   */
  static open(path: string, options: JournalOptions): Journal {
    const existed = existsSync(path);
    if (existed && !options.resume) {
      throw new JournalError(`${path} exists: go on with it by --resume, or choose another folder by --out`, { file: path });
    }
    const lock = FileLock.acquire(`${path}.lock`);
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, "a+");
      const journal = new Journal(path, descriptor, lock, options);
      journal.begin(options);
      return journal;
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor);
      lock.release();
      throw error;
    }
  }

  /** The result of a job, where it has one. */
  result(job: string): ResultRecord | undefined {
    const place = this.results.get(job);
    if (place === undefined) return undefined;
    const line = Buffer.alloc(place[1]);
    readSync(this.descriptor, line, 0, line.length, place[0]);
    const record = decodeRecord(line);
    if (record?.kind !== "result") throw new JournalError(`${this.path} was changed from outside`, { file: this.path });
    return record;
  }

  hasResult(job: string): boolean {
    return this.results.has(job);
  }

  /** Attempts of a job that gave nothing. */
  failed(job: string): readonly FailureRecord[] {
    return this.failures.get(job) ?? [];
  }

  /** Whether nothing is to be done for a job any more. */
  hasEnded(job: string): boolean {
    return this.results.has(job) || this.failed(job).at(-1)?.final === true;
  }

  /**
   * Appends a result. A job that has one keeps it: the second one is refused.
   * @returns whether it was recorded
   * @throws JournalWriteError where it cannot be written; then nothing is recorded
   */
  recordResult(record: ResultRecord): boolean {
    if (this.results.has(record.job)) return false;
    const place = this.append(record);
    this.results.set(record.job, place);
    return true;
  }

  /** Appends a failed attempt, unless the job has a result. @throws JournalWriteError */
  recordFailure(record: FailureRecord): boolean {
    if (this.results.has(record.job)) return false;
    this.append(record);
    this.addFailure(record);
    return true;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    try {
      if (this.unsynced && this.sync !== "never") fsyncSync(this.descriptor);
    } finally {
      closeSync(this.descriptor);
      this.lock.release();
    }
  }

  private begin({ plan }: JournalOptions): void {
    const header = this.replay();
    if (header === undefined) {
      const { hash, name, jobs } = plan;
      const created = new Date().toISOString();
      this.append({ kind: "plan", format: 1, plan: hash, name, jobs, version, created });
      this.created = created;
      this.syncFolder();
      return;
    }
    if (header.format !== 1) {
      throw new JournalError(`${this.path} has format ${String(header.format)}; this release reads 1`, { file: this.path });
    }
    if (header.plan !== plan.hash) {
      throw new JournalError(
        `${this.path} belongs to another plan ("${header.name}", ${header.jobs} jobs; this one has ${plan.jobs}): ` +
          "the jobs or their inputs have changed. Choose another folder by --out, or restore the plan",
        { file: this.path },
      );
    }
    this.created = header.created;
  }

  /** Reads what is there, cuts a torn end off, and returns the first record. */
  private replay(): HeaderRecord | undefined {
    let header: HeaderRecord | undefined;
    let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    let good = 0;
    let line = 0;
    let torn: number | undefined;
    const chunk = Buffer.alloc(CHUNK);
    for (let at = 0; ; ) {
      const count = readSync(this.descriptor, chunk, 0, CHUNK, at);
      if (count === 0) break;
      at += count;
      rest = Buffer.concat([rest, chunk.subarray(0, count)]);
      for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
        line++;
        // A damaged line is a torn end only if nothing whole follows it.
        if (torn !== undefined) this.damaged(torn);
        const record = decodeRecord(rest.subarray(0, end));
        if (record === undefined) torn = line;
        else {
          if (line === 1) header = this.firstRecord(record);
          else this.take(record, [good, end]);
          good += end + 1;
        }
        rest = rest.subarray(end + 1);
      }
    }
    if (torn !== undefined && rest.length > 0) this.damaged(torn);
    // Only a beginning torn in the middle may be thrown away whole: any other file is somebody's data.
    if (header === undefined && (line > 1 || !/^(\["[0-9a-f"]{0,9}|$)/.test(this.head()))) this.noJournal();
    ftruncateSync(this.descriptor, good);
    this.size = good;
    return header;
  }

  private firstRecord(record: JournalRecord): HeaderRecord {
    return record.kind === "plan" ? record : this.noJournal();
  }

  private noJournal(): never {
    throw new JournalError(`${this.path} is no journal of a sweep, or its first line is damaged: it does not begin with a plan`, { file: this.path, line: 1 });
  }

  private head(): string {
    const bytes = Buffer.alloc(11);
    return bytes.toString("latin1", 0, readSync(this.descriptor, bytes, 0, bytes.length, 0));
  }

  private damaged(line: number): never {
    if (line === 1) this.noJournal();
    throw new JournalError(
      `${this.path}:${line}: the record is damaged, and others follow it: the file was changed from outside. ` +
        "Restore it from a copy, or start again in another folder (--out)",
      { file: this.path, line },
    );
  }

  private take(record: JournalRecord, place: readonly [number, number]): void {
    if (record.kind === "result" && !this.results.has(record.job)) this.results.set(record.job, place);
    if (record.kind === "failure") this.addFailure(record);
  }

  private addFailure(record: FailureRecord): void {
    const list = this.failures.get(record.job);
    if (list === undefined) this.failures.set(record.job, [record]);
    else list.push(record);
  }

  /** @returns offset and length of the line, without its end */
  private append(record: JournalRecord): readonly [number, number] {
    const data = encodeRecord(record);
    try {
      if (this.cutBackFault !== undefined) throw this.cutBackFault;
      // A nearly full disk takes a part and refuses the rest at the next call.
      for (let done = 0; done < data.length; ) done += this.write(this.descriptor, data, done);
      if (this.sync === "always") fsyncSync(this.descriptor);
    } catch (error) {
      if (this.cutBackFault === undefined) this.cutBack();
      throw new JournalWriteError(
        `the journal ${this.path} cannot be written: ${writeFaultText(error)}. ` +
          "Everything recorded so far is safe; make room and run the sweep again with --resume",
        { file: this.path },
        { cause: error },
      );
    }
    const place = [this.size, data.length - 1] as const;
    this.size += data.length;
    if (this.sync === "second") this.syncSoon();
    return place;
  }

  /** Takes back a half-written record. Where even that fails, the next opening does it. */
  private cutBack(): void {
    try {
      ftruncateSync(this.descriptor, this.size);
    } catch (error) {
      this.cutBackFault = error as Error;
    }
  }

  private syncSoon(): void {
    this.unsynced = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.unsynced = false;
      // A failure shows at the next write or at the end.
      if (!this.closed) fsync(this.descriptor, (error) => (this.unsynced ||= error !== null));
    }, 1000).unref();
  }

  /** A new file's name lies in its folder, which is to be on the disk as well. */
  private syncFolder(): void {
    if (this.sync === "never" || process.platform === "win32") return;
    const folder = openSync(dirname(this.path), "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}
