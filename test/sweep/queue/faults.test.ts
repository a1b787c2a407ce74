import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { QUEUES_KEY } from "../../../src/sweep/queue/names.ts";
import { BuiltCommand, stderrShows, temporaryFolder } from "../../cli/run.ts";
import type { Finished } from "../../cli/run.ts";
import { comparable, resultsOf } from "../journal-check.ts";
import { SweepRuns } from "../sweep-runs.ts";
import { hasRedisServer, RedisServer } from "./redis-server.ts";

type Started = ReturnType<BuiltCommand["start"]>;

describe.skipIf(!hasRedisServer())("sweeps through Redis", () => {
  let command: BuiltCommand;
  let server: RedisServer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let runs: SweepRuns;
  let started: Started[];
  beforeAll(async () => {
    command = await BuiltCommand.build();
  });
  afterAll(() => command.remove());
  beforeEach(async () => {
    folder = await temporaryFolder();
    runs = new SweepRuns(command, folder);
    started = [];
    server = await RedisServer.start();
  });
  afterEach(async () => {
    for (const { child, end } of started) {
      child.kill("SIGKILL");
      await end;
    }
    await server.remove();
    await folder.remove();
  });

  function worker(...more: string[]): Started {
    const cache = folder.path("cache");
    const args = ["--redis", server.url, "--concurrency", "1", "--backend", "cpu", "--lease", "1", "--cache", cache];
    const process = command.start(["worker", ...args, ...more]);
    started.push(process);
    return process;
  }

  async function submit(plan: string, ...more: string[]): Promise<Started> {
    const process = command.start(await runs.args(plan, "--redis", server.url, ...more));
    started.push(process);
    return process;
  }

  /** Nothing of a sweep that has ended stays on the server. */
  async function expectClean(): Promise<void> {
    const redis = new Redis(server.port, "127.0.0.1");
    const keys = (await redis.keys("*")).filter((key) => !key.startsWith("spectrahedron:worker:"));
    redis.disconnect();
    expect(keys).toEqual([]);
  }

  const MIXED = `
task: solve
inputs: {problem: small.dat-s}
grid: {eps: [1.0e-4, 1.0e-6]}
repeats: 4
output: {files: true}
`;

  it("give the results of a local run, files included, and leave nothing on the server", async () => {
    worker();
    worker();
    const { end } = await submit(MIXED);
    const run = await end;
    expect(run.stderr + run.stdout).toContain("8 done, 0 failed, 0 open");
    expect(run.code).toBe(0);
    const queued = runs.lines();
    await expectClean();
    await rm(runs.path("out"), { recursive: true });
    expect((await runs.sweep(MIXED, "--workers", "1")).code).toBe(0);
    expect(queued.map(comparable)).toEqual(runs.lines().map(comparable));
  });

  it("lose and double nothing when workers are killed again and again", async () => {
    const jobs = 20;
    const serving: Started[] = [];
    const begin = (): void => {
      const fresh = worker();
      void stderrShows(fresh.child, /serving/).then(() => serving.push(fresh), () => undefined);
    };
    for (let k = 0; k < 3; k++) begin();
    const { end } = await submit(await runs.timed(jobs, 0.15));
    let kills = 0;
    let seen = 0;
    const timer = setInterval(() => {
      // On a busy machine processes take longer to start than to be killed: something must have been done in between.
      const done = resultsIn(runs.journal);
      const oldest = done > seen ? serving.shift() : undefined;
      if (oldest === undefined) return;
      seen = done;
      oldest.child.kill("SIGKILL");
      kills++;
      begin();
    }, 1000);
    const run = await end;
    clearInterval(timer);
    expect(run.code).toBe(0);
    expect(kills).toBeGreaterThan(1);
    runs.exactlyOnce(jobs);
    await expectClean();
  }, 120_000);

  it("go on after a restart of the server", async () => {
    const jobs = 16;
    worker();
    worker();
    const { child, end } = await submit(await runs.timed(jobs, 0.2));
    await stderrShows(child, /\d+\/16 done/);
    for (let k = 0; k < 2; k++) {
      await sleep(700);
      await server.kill();
      await sleep(300);
      await server.run();
    }
    expect((await end).code).toBe(0);
    runs.exactlyOnce(jobs);
    await expectClean();
  });

  it("are collected by a submitter that was killed and comes back", async () => {
    const jobs = 12;
    worker();
    const plan = await runs.timed(jobs, 0.2);
    const { child, end } = await submit(plan);
    while (resultsIn(runs.journal) < 2) await sleep(50);
    child.kill("SIGKILL");
    await end;
    const before = resultsIn(runs.journal);
    // The worker goes on meanwhile.
    await sleep(1500);
    expect(resultsIn(runs.journal)).toBe(before);
    const { end: again } = await submit(plan, "--resume");
    const run: Finished = await again;
    expect(run.code).toBe(0);
    runs.exactlyOnce(jobs);
    await expectClean();
  });

  it("finish what runs when a worker is told to end, and hand it on when told twice", async () => {
    const jobs = 4;
    const gentle = worker();
    const { end } = await submit(await runs.timed(jobs, 1.2));
    while (resultsIn(runs.journal) < 1) await sleep(50);
    gentle.child.kill("SIGTERM");
    const stopped = await gentle.end;
    expect(stopped.stderr).toMatch(/stopped: \d+ done, 0 failed, 0 returned/);
    expect(stopped.code).toBe(0);
    const hasty = worker();
    await stderrShows(hasty.child, /serving/);
    await sleep(900);
    hasty.child.kill("SIGTERM");
    await sleep(100);
    hasty.child.kill("SIGTERM");
    expect((await hasty.end).stderr).toContain("0 failed, 1 returned");
    worker();
    expect((await end).code).toBe(0);
    runs.exactlyOnce(jobs);
  });

  it("say that nobody serves them, and why a worker does not", async () => {
    const { child, end } = await submit("task: minimize\ngrid: {expression: [x^2]}\nparameters: {backend: webgpu}\n");
    await stderrShows(child, /no worker with a GPU serves this sweep yet/);
    child.kill("SIGINT");
    expect((await end).code).toBe(130);
    const redis = new Redis(server.port, "127.0.0.1");
    const entry = { version: "99.0.0", name: "of tomorrow", gpu: false, memory: 0 };
    await redis.hset(QUEUES_KEY, "0123456789abcdef-cpu", JSON.stringify(entry));
    redis.disconnect();
    await stderrShows(worker().child, /"of tomorrow" is not served: it was submitted by spectrahedron 99\.0\.0/);
  });

  it("tell a server that is not there, too old, or refuses the password, and never show the password", async () => {
    const refused = async (url: string): Promise<string> => {
      const run = await runs.sweep(MIXED, "--redis", url);
      expect(run.code).toBe(1);
      expect(run.stderr).not.toContain("secret");
      expect(() => resultsOf(runs.journal)).toThrow(/ENOENT/);
      return run.stderr;
    };
    await server.kill();
    expect(await refused(`redis://user:secret@127.0.0.1:${server.port}`)).toContain("nothing answers at");
    const old = createServer((socket) => {
      socket.on("data", (data) => {
        const info = "# Server\r\nredis_version:5.0.3\r\n";
        const commands = data.toString().match(/^\*\d+\r\n\$\d+\r\n\w+/gm) ?? [];
        for (const text of commands) socket.write(/info$/i.test(text) ? `$${info.length}\r\n${info}\r\n` : "+OK\r\n");
      });
      socket.on("error", () => undefined);
    });
    old.listen(0, "127.0.0.1");
    await once(old, "listening");
    expect(await refused(`redis://127.0.0.1:${(old.address() as AddressInfo).port}`)).toMatch(/is Redis 5\.0\.3; 6\.2 or newer/);
    old.close();
    const guarded = await RedisServer.start("--requirepass", "a-secret-word");
    try {
      expect(await refused(guarded.url)).toContain("refuses the login");
      expect(await refused(`redis://:wrong-secret@127.0.0.1:${guarded.port}`)).toContain("refuses the login");
    } finally {
      await guarded.remove();
    }
    expect(await refused("redis://:secret@[bad")).toContain("the form is redis://");
  });
});

function resultsIn(journal: string): number {
  try {
    return resultsOf(journal).length;
  } catch {
    return 0;
  }
}
