import { appendFileSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JournalError, JournalWriteError } from "../../src/sweep/errors.ts";
import { Journal } from "../../src/sweep/journal.ts";
import type { JournalOptions } from "../../src/sweep/journal.ts";
import { decodeRecord, encodeRecord } from "../../src/sweep/journal-record.ts";
import type { FailureRecord, ResultRecord } from "../../src/sweep/journal-record.ts";
import { temporaryFolder } from "../cli/run.ts";

const plan = { hash: "a".repeat(64), name: "test", jobs: 5 };
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
let held: Journal[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
  path = folder.path("journal.jsonl");
});
afterEach(async () => {
  for (const journal of held) journal.close();
  held = [];
  await folder.remove();
});

function open(options: Partial<JournalOptions> = {}): Journal {
  const journal = Journal.open(path, { plan, resume: false, ...options });
  held.push(journal);
  return journal;
}

function result(job: string, value = 1): ResultRecord {
  const common = { kind: "result", job, attempt: 1, worker: "w", at: "2026-01-01T00:00:00Z" } as const;
  return { ...common, status: "solved", reached: true, record: { value, name: "µ é 漢" }, seconds: 1, peakMemory: null, files: [] };
}

function failure(job: string, final: boolean): FailureRecord {
  const common = { kind: "failure", job, attempt: 1, worker: "w", at: "2026-01-01T00:00:00Z" } as const;
  return { ...common, reason: "crash", message: "died", seconds: 1, final };
}

describe("the journal", () => {
  it("is JSON lines with length and checksum", () => {
    const journal = open();
    journal.recordResult(result("a"));
    journal.recordFailure(failure("b", true));
    journal.close();
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as [string, number, { kind: string }])[2].kind)).toEqual(["plan", "result", "failure"]);
    const line = encodeRecord(result("a")).subarray(0, -1);
    expect(decodeRecord(line)).toEqual(result("a"));
    for (let at = 0; at < line.length; at++) {
      const changed = Buffer.from(line);
      changed[at] ^= 1;
      expect(decodeRecord(changed), `byte ${at}`).toBeUndefined();
    }
  });

  it("takes up what was recorded, and each result once", () => {
    const first = open();
    expect(first.recordResult(result("a", 1))).toBe(true);
    expect(first.recordResult(result("a", 2))).toBe(false);
    expect(first.recordFailure(failure("a", true))).toBe(false);
    first.recordFailure(failure("b", false));
    first.recordFailure(failure("c", true));
    expect(first.result("a")).toEqual(result("a", 1));
    first.close();
    const second = open({ resume: true });
    expect(second.result("a")).toEqual(result("a", 1));
    expect(second.recordResult(result("a", 3))).toBe(false);
    expect(["a", "b", "c", "d"].map((job) => second.hasEnded(job))).toEqual([true, false, true, false]);
    expect(second.failed("b")).toEqual([failure("b", false)]);
    expect(second.recordResult(result("b"))).toBe(true);
    expect(second.result("b")).toEqual(result("b"));
  });

  it("cuts off a torn last line, wherever it was torn", () => {
    const journal = open({ sync: "never" });
    journal.recordResult(result("a"));
    journal.close();
    const whole = readFileSync(path);
    const last = encodeRecord(result("b"));
    for (let kept = 0; kept < last.length; kept++) {
      writeFileSync(path, Buffer.concat([whole, last.subarray(0, kept)]));
      const again = Journal.open(path, { plan, resume: true, sync: "never" });
      expect(again.hasEnded("a")).toBe(true);
      expect(again.hasEnded("b")).toBe(false);
      again.recordResult(result("b"));
      again.close();
      expect(readFileSync(path)).toEqual(Buffer.concat([whole, last]));
    }
  });

  it("begins anew where even the first line was torn, but leaves other files alone", () => {
    open().close();
    const header = readFileSync(path);
    writeFileSync(path, header.subarray(0, 40));
    open({ resume: true }).close();
    expect(readFileSync(path).length).toBe(header.length);
    for (const text of ["my data\n", "my data", '{"a": 1}\n{"b": 2}\n']) {
      writeFileSync(path, text);
      expect(() => open({ resume: true })).toThrow("is no journal of a sweep");
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  });

  it("refuses damage in the middle", () => {
    const journal = open();
    for (const job of ["a", "b", "c"]) journal.recordResult(result(job));
    journal.close();
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"job":"b"', '"job":"x"'));
    expect(() => open({ resume: true })).toThrow(/journal\.jsonl:3: the record is damaged/);
  });

  it("refuses another plan, and one that exists without --resume", () => {
    open().close();
    expect(() => open()).toThrow(/exists: go on with it by --resume/);
    expect(() => open({ resume: true, plan: { ...plan, hash: "b".repeat(64) } })).toThrow(/belongs to another plan \("test", 5 jobs/);
    // The lock of a refused opening is given back.
    open({ resume: true });
  });

  it("is held by one sweep at a time; a lock whose holder is gone is taken over", () => {
    const journal = open();
    expect(() => open({ resume: true })).toThrow(/in use by another sweep \(process \d+\)/);
    journal.close();
    const lock = `${path}.lock`;
    const holder = { pid: process.pid, host: hostname(), began: "1" };
    // The number of a process that ended belongs to another one now.
    writeFileSync(lock, `${JSON.stringify(holder)}\n`);
    open({ resume: true }).close();
    writeFileSync(lock, `${JSON.stringify({ ...holder, pid: 2 ** 22 + 1, began: null })}\n`);
    open({ resume: true }).close();
    writeFileSync(lock, "");
    open({ resume: true }).close();
    writeFileSync(lock, `${JSON.stringify({ ...holder, host: "elsewhere" })}\n`);
    expect(() => open({ resume: true })).toThrow(/on elsewhere, which cannot be asked from here; if that sweep is over, remove/);
  });

  it("loses nothing when the disk is full", () => {
    let room = 1000;
    const write = (file: number, data: Buffer, offset: number): number => {
      const count = Math.min(room, data.length - offset);
      if (count === 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      room -= count;
      return writeSync(file, data, offset, count);
    };
    const journal = open({ write });
    let recorded = 0;
    let caught: unknown;
    try {
      for (; recorded < 20; recorded++) journal.recordResult(result(`job${recorded}`));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(JournalWriteError);
    expect((caught as Error).message).toMatch(/no space left on the device.*--resume/s);
    expect(recorded).toBeGreaterThan(0);
    expect(journal.hasEnded(`job${recorded}`)).toBe(false);
    // Once there is room again, the same journal goes on where it stopped.
    room = Infinity;
    expect(journal.recordResult(result(`job${recorded}`))).toBe(true);
    journal.close();
    const again = open({ resume: true });
    for (let k = 0; k <= recorded; k++) expect(again.hasEnded(`job${k}`)).toBe(true);
  });

  it("reads a journal of a later format as such", () => {
    const header = encodeRecord({ kind: "plan", format: 2 as 1, plan: plan.hash, name: "x", jobs: 1, version: "9", created: "" });
    writeFileSync(path, header);
    appendFileSync(path, encodeRecord(result("a")));
    expect(() => open({ resume: true })).toThrow(JournalError);
    expect(() => open({ resume: true })).toThrow("has format 2; this release reads 1");
  });
});
