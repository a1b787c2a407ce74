import { crc32 } from "node:zlib";
import type { FailureReason, JobOutcome } from "./job.ts";

/** First line of every journal. */
export interface HeaderRecord {
  readonly kind: "plan";
  readonly format: 1;
  /** Of the plan's set of jobs. */
  readonly plan: string;
  readonly name: string;
  readonly jobs: number;
  /** Release that wrote it. */
  readonly version: string;
  readonly created: string;
}

export interface KeptFile {
  readonly name: string;
  readonly mediaType: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A job's result: at most one for each job. */
export interface ResultRecord extends Omit<JobOutcome, "files"> {
  readonly kind: "result";
  readonly job: string;
  /** From 1. */
  readonly attempt: number;
  readonly worker: string;
  readonly at: string;
  readonly files: readonly KeptFile[];
}

/** An attempt that gave nothing; `final` when no other one follows. */
export interface FailureRecord {
  readonly kind: "failure";
  readonly job: string;
  readonly attempt: number;
  readonly worker: string;
  readonly at: string;
  readonly reason: FailureReason;
  readonly message: string;
  readonly seconds: number;
  readonly final: boolean;
}

export type JournalRecord = HeaderRecord | ResultRecord | FailureRecord;

/**
 * One line of the journal: `["crc32", length, record]`, checksum (8 hexadecimal digits) and length in bytes of the
 * record's JSON text. The line is JSON itself.
 */
export function encodeRecord(record: JournalRecord): Buffer {
  const body = Buffer.from(JSON.stringify(record));
  return Buffer.concat([Buffer.from(`["${checksum(body)}",${body.length},`), body, Buffer.from("]\n")]);
}

/** The record of a line without its line end; undefined where the line is not whole. */
export function decodeRecord(line: Buffer): JournalRecord | undefined {
  const [prefix, crc, length] = /^\["([0-9a-f]{8})",(\d{1,10}),/.exec(line.toString("latin1", 0, 32)) ?? [];
  if (prefix === undefined) return undefined;
  const body = line.subarray(prefix.length, line.length - 1);
  if (line[line.length - 1] !== 0x5d || body.length !== Number(length) || checksum(body) !== crc) return undefined;
  return JSON.parse(body.toString("utf8")) as JournalRecord;
}

function checksum(body: Buffer): string {
  return crc32(body).toString(16).padStart(8, "0");
}
