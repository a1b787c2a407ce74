import { hostname, tmpdir, totalmem, availableParallelism, userInfo } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { formatCount } from "../../report/format.ts";
import type { JsonObject } from "../../sweep/json.ts";
import { version } from "../../version.ts";
import { CliError } from "../cli-error.ts";
import { numberBetween, wholeNumber } from "../options.ts";
import { byteSize } from "../byte-size.ts";
import { SweepInterrupt } from "../sweep-interrupt.ts";
import { jobProcess } from "./sweep.ts";

interface WorkerOptions {
  readonly redis: string | true;
  readonly concurrency: number;
  readonly backend: "auto" | "cpu" | "webgpu";
  readonly memory: number;
  readonly cache: string;
  readonly cacheSize: number;
  readonly lease: number;
  readonly name: string;
  readonly quiet?: boolean;
}

const HELP = `
The address is redis://[user[:password]@]host[:port][/database], rediss:// with TLS; without one it is taken from
SPECTRAHEDRON_REDIS_URL, and the password from SPECTRAHEDRON_REDIS_PASSWORD.

A worker takes jobs of every sweep that it can serve: those that compute on a device only with a GPU, those with a memory
limit only as far as --memory goes. Each job runs in a process of its own. A worker that dies loses nothing: after --lease
seconds its jobs go to another one.

SIGTERM or Ctrl-C: running jobs are finished and no other is taken; again: running jobs are returned to the queue.

Exit codes: 0 stopped as asked, 1 bad input or no connection.

Examples:
  $ spectrahedron worker --redis redis://127.0.0.1:6379
  $ SPECTRAHEDRON_REDIS_URL=rediss://queue.example.org spectrahedron worker --redis --concurrency 8 --memory "32 GiB"`;

/** `spectrahedron worker --redis URL`. */
export function workerCommand(): Command {
  return new Command("worker")
    .description("run jobs of sweeps that others submit through Redis or Valkey")
    .requiredOption("--redis [url]", "the server")
    .option("--concurrency <count>", "jobs at once", wholeNumber(1), availableParallelism())
    .addOption(
      new Option("--backend <name>", "webgpu: serve jobs for a GPU, on whatever adapter there is; cpu: do not; auto: if there is a GPU")
        .choices(["auto", "cpu", "webgpu"])
        .default("auto"),
    )
    .option("--memory <size>", "for all jobs together", byteSize, 0.9 * totalmem())
    .option("--cache <folder>", "where inputs are kept", join(tmpdir(), `spectrahedron-inputs-${userInfo().uid}`))
    .option("--cache-size <size>", "most that is kept there", byteSize, 10 * 1024 ** 3)
    .option("--lease <seconds>", "a job is passed on when its worker is silent for so long", numberBetween(1, 3600), 30)
    .option("--name <name>", "how results name this worker", `${hostname()}:${process.pid}`)
    .option("--quiet", "print nothing but errors")
    .addHelpText("after", HELP)
    .action(runWorker);
}

async function runWorker(options: WorkerOptions): Promise<void> {
  const [{ redisAddress }, { loadQueuePackages }, { connect }, { QueueWorker }] = await Promise.all([
    import("../../sweep/queue/address.ts"),
    import("../../sweep/queue/packages.ts"),
    import("../../sweep/queue/connect.ts"),
    import("../../sweep/queue/queue-worker.ts"),
  ]);
  const address = redisAddress(options.redis, process.env);
  // Takes the address, which may have a password in it, off the list of processes.
  process.title = "spectrahedron worker";
  const packages = await loadQueuePackages();
  const device = await deviceParameters(options.backend);
  const { redis, warnings } = await connect(address, packages, "spectrahedron-worker");
  const say = (text: string): void => {
    if (!options.quiet) process.stderr.write(`${text}\n`);
  };
  warnings.forEach(say);
  const interrupt = new SweepInterrupt("worker");
  interrupt.listen();
  try {
    const worker = new QueueWorker({
      ...{ redis, packages, name: options.name, command: jobProcess(), say, lease: options.lease },
      entry: { version, gpu: device !== undefined, memory: options.memory, slots: options.concurrency },
      threads: Math.max(1, Math.floor(availableParallelism() / options.concurrency)),
      cacheFolder: options.cache,
      cacheLimit: options.cacheSize,
      deviceParameters: device ?? {},
    });
    say(`serving ${address.shown}: ${formatCount(options.concurrency, "job")} at once${device === undefined ? "" : ", with a GPU"}`);
    const { done, failed, returned } = await worker.run(interrupt);
    say(`stopped: ${done} done, ${failed} failed, ${returned} returned`);
  } finally {
    interrupt.ignore();
    redis.disconnect();
  }
}

/** What jobs for a device are given here; undefined without one that may serve. */
async function deviceParameters(backend: WorkerOptions["backend"]): Promise<JsonObject | undefined> {
  if (backend === "cpu") return undefined;
  const { adapterKey, listAdapters } = await import("../../backends/webgpu/adapters.ts");
  const adapters = await listAdapters();
  const chosen = adapters.find(({ description }) => backend === "webgpu" || !description.software);
  if (chosen !== undefined) return { adapter: adapterKey(chosen.description) };
  if (backend === "webgpu") throw new CliError("--backend webgpu: no WebGPU adapter was found; spectrahedron devices says more");
  return undefined;
}
