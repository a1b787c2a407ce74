import { readFile, writeFile, readdir, utimes } from "node:fs/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dropInputs, InputCache, uploadInputs } from "../../../src/sweep/queue/inputs.ts";
import { inputPartKey } from "../../../src/sweep/queue/names.ts";
import { sha256 } from "../../../src/sweep/json.ts";
import { temporaryFolder } from "../../cli/run.ts";
import { hasRedisServer, RedisServer } from "./redis-server.ts";

describe.skipIf(!hasRedisServer())("inputs that travel by content", () => {
  let server: RedisServer;
  let redis: Redis;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.port, "127.0.0.1");
  });
  afterAll(async () => {
    redis.disconnect();
    await server.remove();
  });
  beforeEach(async () => {
    folder = await temporaryFolder();
    await redis.flushall();
  });
  afterEach(() => folder.remove());

  async function input(name: string, bytes: Buffer): Promise<{ name: string; sha256: string; path: string }> {
    await writeFile(folder.path(name), bytes);
    return { name, sha256: sha256(bytes), path: folder.path(name) };
  }

  it("arrive whole in parts, are sent once, and go when the last sweep is done with them", async () => {
    const bytes = Buffer.from(Uint32Array.from({ length: 2_300_000 }, (_, k) => Math.imul(k, 2654435761)).buffer);
    const references = [await input("large.bin", bytes), await input("empty.bin", Buffer.alloc(0))];
    await uploadInputs(redis, "first", references);
    expect(await redis.exists(inputPartKey(references[0].sha256, 2))).toBe(1);
    // A second sweep has the hash alone: the bytes are there already.
    await uploadInputs(redis, "second", references.map(({ name, sha256: hash }) => ({ name, sha256: hash })));
    const cache = new InputCache(folder.path("cache"), 1e9);
    await cache.with(redis, { large: references[0], empty: references[1] }, async (local) => {
      expect((await readFile(local["large"].path ?? "")).equals(bytes)).toBe(true);
      expect((await readFile(local["empty"].path ?? "")).length).toBe(0);
    });
    await dropInputs(redis, "first", references);
    expect(await redis.dbsize()).toBeGreaterThan(0);
    await dropInputs(redis, "second", references);
    expect(await redis.keys("*")).toEqual([]);
    // From the cache, without the server.
    await cache.with(redis, { large: references[0] }, async (local) => {
      expect((await readFile(local["large"].path ?? "")).equals(bytes)).toBe(true);
    });
  });

  it("are checked on arrival and before they are sent", async () => {
    const reference = await input("a.txt", Buffer.from("good"));
    await uploadInputs(redis, "s", [reference]);
    await redis.set(inputPartKey(reference.sha256, 0), "evil");
    const cache = new InputCache(folder.path("cache"), 1e9);
    const use = (): Promise<void> => cache.with(redis, { a: reference }, () => Promise.resolve());
    await expect(use()).rejects.toThrow(/arrived damaged/);
    expect(await readdir(folder.path("cache"))).toEqual([]);
    await redis.flushall();
    await expect(use()).rejects.toThrow(/not on the server/);
    await writeFile(reference.path, "changed");
    await expect(uploadInputs(redis, "s", [reference])).rejects.toThrow(/has changed/);
  });

  it("leave a full cache, the oldest first, but never from under a job", async () => {
    const references = await Promise.all([0, 1, 2].map((k) => input(`${k}.bin`, Buffer.alloc(1000, k))));
    await uploadInputs(redis, "s", references);
    const cache = new InputCache(folder.path("cache"), 2500);
    const fetch = (k: number): Promise<void> => cache.with(redis, { a: references[k] }, () => Promise.resolve());
    await fetch(0);
    await fetch(1);
    for (const [k, seconds] of [[0, 1000], [1, 2000]]) await utimes(folder.path(`cache/${references[k].sha256}`), seconds, seconds);
    await cache.with(redis, { a: references[0] }, async () => {
      await utimes(folder.path(`cache/${references[0].sha256}`), 1000, 1000);
      await fetch(2);
      const held = await readdir(folder.path("cache"));
      expect(held.sort()).toEqual([references[0].sha256, references[2].sha256].sort());
    });
  });
});
