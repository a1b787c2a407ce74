import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { fileHash } from "../find-inputs.ts";
import type { InputReference, Job } from "../job.ts";
import { QueueError } from "./errors.ts";
import { inputKey, inputPartKey, inputUsersKey } from "./names.ts";

/** Inputs travel in parts of this size, bytes. */
const PART = 4 * 1024 ** 2;
/** Seconds after which an input that no sweep has asked for again is dropped. */
const KEPT = 7 * 24 * 3600;

/** The distinct inputs of jobs. */
export function inputsOf(jobs: readonly Job[]): InputReference[] {
  return [...new Map(jobs.flatMap(({ inputs }) => Object.values(inputs)).map((input) => [input.sha256, input])).values()];
}

/**
 * Puts inputs on the server, each once, known by its hash.
 * @throws QueueError for one that is neither there nor here; FormatError where a file has changed
 */
export async function uploadInputs(redis: Redis, sweep: string, inputs: readonly InputReference[]): Promise<void> {
  for (const { sha256, path, name } of inputs) {
    await redis.sadd(inputUsersKey(sha256), sweep);
    await redis.expire(inputUsersKey(sha256), KEPT);
    const parts = Number(await redis.hget(inputKey(sha256), "parts"));
    const present = parts > 0 ? await redis.exists(...Array.from({ length: parts }, (_, k) => inputPartKey(sha256, k))) : -1;
    if (parts === present) {
      await touch(redis, sha256, parts);
      continue;
    }
    if (path === undefined) throw new QueueError(`the input ${name} (SHA-256 ${sha256}) is neither here nor on the server`);
    if ((await fileHash(path)) !== sha256) {
      throw new QueueError(`${path} has changed since the sweep was planned: its SHA-256 is no longer ${sha256}`, { file: path });
    }
    let count = 0;
    let size = 0;
    for await (const part of createReadStream(path, { highWaterMark: PART }) as AsyncIterable<Buffer>) {
      await redis.set(inputPartKey(sha256, count++), part, "EX", KEPT);
      size += part.length;
    }
    if (count === 0) await redis.set(inputPartKey(sha256, count++), "", "EX", KEPT);
    // Stated last: a worker that finds it finds all parts.
    await redis.hset(inputKey(sha256), { size, parts: count });
    await redis.expire(inputKey(sha256), KEPT);
  }
}

async function touch(redis: Redis, hash: string, parts: number): Promise<void> {
  const pipeline = redis.pipeline().expire(inputKey(hash), KEPT);
  for (let k = 0; k < parts; k++) pipeline.expire(inputPartKey(hash, k), KEPT);
  await pipeline.exec();
}

/** Takes inputs off the server that no other sweep needs. */
export async function dropInputs(redis: Redis, sweep: string, inputs: readonly InputReference[]): Promise<void> {
  for (const { sha256 } of inputs) {
    await redis.srem(inputUsersKey(sha256), sweep);
    if ((await redis.scard(inputUsersKey(sha256))) > 0) continue;
    const parts = Number(await redis.hget(inputKey(sha256), "parts"));
    await redis.del(inputKey(sha256), ...Array.from({ length: parts }, (_, k) => inputPartKey(sha256, k)));
  }
}

/** A worker's folder of inputs, by hash; the least recently used go when it grows too large. */
export class InputCache {
  private readonly folder: string;
  private readonly limit: number;
  private readonly running = new Map<string, Promise<string>>();
  /** How many running jobs need an input. */
  private readonly needed = new Map<string, number>();

  /** @param limit bytes; what the running jobs need is kept even beyond it */
  constructor(folder: string, limit: number) {
    this.folder = folder;
    this.limit = limit;
  }

  /** Calls `use` with references that have paths; the files stay at least until it is done. @throws QueueError */
  async with<T>(
    redis: Redis,
    references: Readonly<Record<string, InputReference>>,
    use: (local: Readonly<Record<string, InputReference>>) => Promise<T>,
  ): Promise<T> {
    const hashes = Object.values(references).map(({ sha256 }) => sha256);
    for (const hash of hashes) this.needed.set(hash, (this.needed.get(hash) ?? 0) + 1);
    try {
      const local: Record<string, InputReference> = {};
      for (const [slot, reference] of Object.entries(references)) {
        local[slot] = { ...reference, path: await this.path(redis, reference) };
      }
      return await use(local);
    } finally {
      for (const hash of hashes) this.needed.set(hash, (this.needed.get(hash) ?? 1) - 1);
    }
  }

  /** The path of an input, fetched and checked if it is not here. */
  private path(redis: Redis, { sha256, name }: InputReference): Promise<string> {
    const known = this.running.get(sha256);
    if (known !== undefined) return known;
    const fetched = this.fetch(redis, sha256, name).finally(() => this.running.delete(sha256));
    this.running.set(sha256, fetched);
    return fetched;
  }

  private async fetch(redis: Redis, hash: string, name: string): Promise<string> {
    const path = join(this.folder, hash);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) {
      if ((await fileHash(path)) === hash) {
        const now = new Date();
        await utimes(path, now, now);
        return path;
      }
      await rm(path, { force: true });
    }
    const { parts, size } = await redis.hgetall(inputKey(hash));
    if (parts === undefined) throw new QueueError(`the input ${name} (SHA-256 ${hash}) is not on the server`);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.makeRoom(Number(size));
    const draft = `${path}.${randomBytes(6).toString("hex")}.part`;
    try {
      const file = await open(draft, "wx", 0o600);
      try {
        for (let k = 0; k < Number(parts); k++) {
          const part = await redis.getBuffer(inputPartKey(hash, k));
          if (part === null) throw new QueueError(`a part of the input ${name} (SHA-256 ${hash}) is gone from the server`);
          await file.write(part);
        }
      } finally {
        await file.close();
      }
      if ((await fileHash(draft)) !== hash) throw new QueueError(`the input ${name} arrived damaged: its SHA-256 is not ${hash}`);
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
    return path;
  }

  private async makeRoom(size: number): Promise<void> {
    const files = await Promise.all(
      (await readdir(this.folder)).map(async (entry) => {
        const path = join(this.folder, entry);
        const found = await stat(path).catch(() => undefined);
        return { entry, path, bytes: found?.size ?? 0, used: found?.mtimeMs ?? 0 };
      }),
    );
    let held = files.reduce((sum, { bytes }) => sum + bytes, size);
    for (const { entry, path, bytes } of files.sort((a, b) => a.used - b.used)) {
      if (held <= this.limit) break;
      if ((this.needed.get(entry) ?? 0) > 0) continue;
      await rm(path, { force: true });
      held -= bytes;
    }
  }
}
