import { readFileSync } from "node:fs";
import { decodeRecord } from "../../src/sweep/journal-record.ts";
import type { FailureRecord, JournalRecord, ResultRecord } from "../../src/sweep/journal-record.ts";

/** Every whole record of a journal, read without the journal's own code path for opening. */
export function recordsOf(path: string): JournalRecord[] {
  const data = readFileSync(path);
  const records: JournalRecord[] = [];
  for (let start = 0, end = data.indexOf(0x0a); end >= 0; start = end + 1, end = data.indexOf(0x0a, start)) {
    const record = decodeRecord(data.subarray(start, end));
    if (record !== undefined) records.push(record);
  }
  return records;
}

export function resultsOf(path: string): ResultRecord[] {
  return recordsOf(path).filter((record) => record.kind === "result");
}

export function failuresOf(path: string): FailureRecord[] {
  return recordsOf(path).filter((record) => record.kind === "failure");
}

/** Results without clocks, places and sizes: what has to be the same wherever and however often a plan runs. */
export function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !/seconds|peakMemory|^at$|worker|attempt|failures|tightening/i.test(key));
  return Object.fromEntries(kept.map(([key, part]) => [key, comparable(part)]));
}
