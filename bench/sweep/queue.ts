// What a job costs through Redis and locally, beside its own time; whether two workers do twice the work of one; what a
// waiting job takes of the server's memory.
//   npx tsx bench/sweep/queue.ts --json bench/results/sweep.json
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { describeMachine } from "../../src/report/node-machine.ts";
import { PREFIX } from "../../src/sweep/queue/names.ts";
import { version } from "../../src/version.ts";
import { RedisServer } from "../../test/sweep/queue/redis-server.ts";
import { BuiltCommand } from "../../test/cli/run.ts";

const { values } = parseArgs({ options: { json: { type: "string" }, jobs: { type: "string", default: "1000" }, long: { type: "string", default: "16" } } });
const jobs = Number(values.jobs);
const longJobs = Number(values.long);

const folder = await mkdtemp(join(tmpdir(), "spectrahedron-bench-"));
const command = await BuiltCommand.build();
const server = await RedisServer.start();
let runs = 0;

const TINY = `task: minimize\nparameters: {expression: "x^2 - x"}\nrepeats: ${jobs}\n`;
/** About a second each, of fixed work. */
const LONG = `task: minimize\ngrid: {expression: ["${denseQuartic(11)}"]}\nparameters: {order: 2}\nrepeats: ${longJobs}\n`;

interface Measured {
  readonly jobs: number;
  /** Wall time of the sweep from its first to its last result. */
  readonly seconds: number;
  /** Mean of the jobs' own times. */
  readonly own: number;
}

async function sweep(plan: string, workers: number, queued: boolean): Promise<Measured> {
  const out = join(folder, `run${runs++}`);
  const file = join(folder, "plan.yaml");
  await writeFile(file, plan);
  const places: ChildProcess[] = [];
  for (let k = 0; queued && k < workers; k++) {
    const args = ["worker", "--redis", server.url, "--concurrency", "1", "--backend", "cpu", "--cache", join(folder, "cache")];
    const worker = spawn(...onCore(k, [command.main, ...args]), { stdio: ["ignore", "ignore", "pipe"] });
    await once(worker.stderr, "data");
    places.push(worker);
  }
  const where = queued ? ["--redis", server.url] : ["--workers", String(workers)];
  const args = [command.main, "sweep", file, "--out", out, "--quiet", ...where];
  const child = spawn(...(queued || workers > 1 ? ([process.execPath, args] as const) : onCore(0, args)), { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`the sweep ended with exit code ${code}`);
  for (const worker of places) worker.kill("SIGTERM");
  const text = await readFile(join(out, "journal.jsonl"), "utf8");
  const results = text
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => (JSON.parse(line) as [string, number, { at: string; seconds: number }])[2]);
  const times = results.map(({ at }) => Date.parse(at));
  // The first results carry the start of the processes.
  const skipped = Math.min(10, Math.floor(results.length / 10));
  times.sort((a, b) => a - b);
  const counted = times.length - 1 - skipped;
  return {
    jobs: counted,
    seconds: (times[times.length - 1] - times[skipped]) / 1000,
    own: results.slice(skipped).reduce((sum, { seconds }) => sum + seconds, 0) / (results.length - skipped),
  };
}

/**
 * Node with these arguments on one processor: otherwise a single worker has both, for its kernels' threads and for V8's
 * own, and is no measure of what one processor does.
 */
function onCore(core: number, args: readonly string[]): [string, string[]] {
  return process.platform === "linux" ? ["taskset", ["-c", String(core), process.execPath, ...args]] : [process.execPath, [...args]];
}

/** Milliseconds that a job costs beyond its own time, in worker time. */
function overhead({ jobs: count, seconds, own }: Measured, workers: number): number {
  return 1000 * ((workers * seconds) / count - own);
}

function denseQuartic(n: number): string {
  const x = Array.from({ length: n }, (_, i) => `x${i + 1}`);
  const quartic = x.map((v) => `${v}^4`).join(" + ");
  const mixed = x.flatMap((v, i) => x.slice(i + 1).map((w, j) => `${((i * 7 + j * 3) % 5) - 2}*${v}*${w}`)).join(" + ");
  return `${quartic} + ${mixed}`.replaceAll("+ -", "- ");
}

async function memoryPerJob(): Promise<number> {
  const redis = new Redis(server.port, "127.0.0.1");
  await redis.flushall();
  const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
  const before = await used();
  const file = join(folder, "plan.yaml");
  await writeFile(file, TINY);
  // Nobody serves it: all jobs wait.
  const out = join(folder, "waiting");
  const child = spawn(process.execPath, [command.main, "sweep", file, "--out", out, "--quiet", "--redis", server.url], { stdio: "ignore" });
  const waiting = async (): Promise<number> => {
    const [queue] = (await redis.keys(`${PREFIX}:*:wait`)).concat("none");
    return redis.llen(queue);
  };
  while ((await waiting()) < jobs) await new Promise((resolve) => setTimeout(resolve, 100));
  const bytes = ((await used()) - before) / jobs;
  child.kill("SIGKILL");
  await once(child, "exit");
  await redis.flushall();
  redis.disconnect();
  return bytes;
}

try {
  const bytes = await memoryPerJob();
  const local = await sweep(TINY, 2, false);
  const queued = await sweep(TINY, 2, true);
  const one = await sweep(LONG, 1, true);
  const two = await sweep(LONG, 2, true);
  const localOne = await sweep(LONG, 1, false);
  const localTwo = await sweep(LONG, 2, false);
  const rate = ({ jobs: count, seconds }: Measured): number => count / seconds;
  const report = {
    command: "npx tsx bench/sweep/queue.ts --json bench/results/sweep.json",
    date: new Date().toISOString(),
    machine: describeMachine(),
    versions: { spectrahedron: version, bullmq: await packageVersion("bullmq"), ioredis: await packageVersion("ioredis") },
    tiny: {
      jobs,
      workers: 2,
      ownMilliseconds: { local: 1000 * local.own, redis: 1000 * queued.own },
      millisecondsBetweenResults: { local: (1000 * local.seconds) / local.jobs, redis: (1000 * queued.seconds) / queued.jobs },
      overheadMilliseconds: { local: overhead(local, 2), redis: overhead(queued, 2) },
    },
    long: {
      jobs: longJobs,
      note: "each worker, and the single process, on a processor of its own",
      ownSeconds: { oneWorker: one.own, twoWorkers: two.own, oneProcess: localOne.own, twoProcesses: localTwo.own },
      throughputRatio: { redis: rate(two) / rate(one), local: rate(localTwo) / rate(localOne) },
    },
    memory: { bytesPerWaitingJob: bytes, gibibytesPerMillion: (bytes * 1e6) / 1024 ** 3 },
  };
  console.log(JSON.stringify(report, undefined, 2));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
} finally {
  await server.remove();
  await command.remove();
  await rm(folder, { recursive: true, force: true });
}

async function packageVersion(name: string): Promise<string> {
  const text = await readFile(new URL(`../../node_modules/${name}/package.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
