import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import type { ChildCommand } from "../../sweep/local/job-process.ts";
import type { Executor } from "../../sweep/executor.ts";
import type { Expansion } from "../../sweep/expand.ts";
import type { PlanFile } from "../../sweep/plan-file.ts";
import type { Journal as SweepJournal, SyncPolicy } from "../../sweep/journal.ts";
import { CliError } from "../cli-error.ts";
import { EXIT_INTERRUPTED } from "../exit-codes.ts";
import { wholeNumber } from "../options.ts";
import { checkWritable, replaceText } from "../output-file.ts";
import { SweepDisplay } from "../sweep-display.ts";
import { SweepInterrupt } from "../sweep-interrupt.ts";

interface SweepOptions {
  readonly out?: string;
  readonly resume?: boolean;
  readonly retryFailed?: boolean;
  readonly dryRun?: boolean;
  readonly workers?: number;
  readonly redis?: string | true;
  readonly data: readonly string[];
  readonly sync: SyncPolicy;
  readonly json?: string | true;
  readonly quiet?: boolean;
}

/** Some jobs were given up. */
const EXIT_SOME_FAILED = 2;
/** The journal could not be written (the `EX_IOERR` of sysexits.h). */
const EXIT_WRITE = 74;

const HELP = `
A plan names a task (solve, quantize, minimize, activation, bound, sosx), its parameters, which are the long options of
the command of that name in camelCase, inputs, and what is varied: grid, list, inputs, seeds, repeats.

  task: quantize
  parameters: {target: class, scale: none, neurons: 250}
  inputs: {data: ionosphere.csv}
  grid: {beta: [1, 10]}
  seeds: {from: 1, count: 10}
  limits: {time: 600, memory: 2 GiB}

The folder of a sweep (--out, default NAME.sweep) holds journal.jsonl, results.jsonl, summary.json, summary.txt, figures/
and, if the plan asks for them, files/. Everything but the journal is made from it again when the sweep ends.

Ctrl-C once: no further job is started, running ones are finished. Twice: running jobs are returned. --resume goes on.

Exit codes:
  0    every job has a result
  1    bad input: the plan, its inputs, a journal of another plan or in use; no connection to the queue
  2    some jobs were given up (their reasons are in results.jsonl; --resume --retry-failed tries them again)
  74   the journal or the results cannot be written, e.g. the disk is full; nothing recorded is lost
  130  interrupted; --resume goes on

Examples:
  $ spectrahedron sweep bench/plans/example.yaml --dry-run
  $ spectrahedron sweep bench/plans/example.yaml --workers 2
  $ spectrahedron sweep bench/plans/example.yaml --resume
  $ spectrahedron sweep bench/plans/example.yaml --redis redis://127.0.0.1:6379   # and elsewhere: spectrahedron worker`;

/** `spectrahedron sweep PLAN`. */
export function sweepCommand(): Command {
  return new Command("sweep")
    .description("run all jobs of a plan: grids, seeds, data sets, in processes on this machine or by workers elsewhere")
    .argument("<plan>", "plan: YAML or JSON")
    .option("--out <folder>", "where the journal and the results lie (default: NAME.sweep)")
    .option("--resume", "go on with the journal in that folder")
    .option("--retry-failed", "with --resume: try jobs again that were given up")
    .option("--dry-run", "print the jobs and run none")
    .option("--workers <count>", "processes (default: one a core, or one an adapter for backend webgpu)", wholeNumber(1))
    .option("--redis [url]", "let workers do the jobs, through this Redis or Valkey (default: SPECTRAHEDRON_REDIS_URL)")
    .option("--data <folders...>", "where to look for inputs that are not beside the plan", [])
    .addOption(
      new Option("--sync <when>", "when the journal is forced to the disk").choices(["always", "second", "never"]).default("second"),
    )
    .option("--json [file]", "write the summary as one JSON object (with --dry-run the jobs, one a line)")
    .option("--quiet", "print nothing but errors and what --json asks for")
    .addHelpText("after", HELP)
    .action(runSweepCommand);
}

/** The process behind a sweep's jobs; started by `sweep` alone. */
export function jobProcessCommand(): Command {
  return new Command(JOB_PROCESS).description("run jobs of a sweep").action(async () => {
    const { serveJobs } = await import("../../sweep/local/child.ts");
    serveJobs();
  });
}

const JOB_PROCESS = "sweep-process";

/** This command line, started as a process that serves jobs. */
export function jobProcess(): ChildCommand {
  return { module: process.argv[1], args: [JOB_PROCESS] };
}

async function runSweepCommand(path: string, options: SweepOptions): Promise<void> {
  const toStdout = options.json === true || options.json === "-";
  const jsonFile = toStdout ? undefined : (options.json as string | undefined);
  if (jsonFile !== undefined) await checkWritable(jsonFile);
  const print = (text: string): void => {
    if (!options.quiet) (toStdout ? process.stderr : process.stdout).write(`${text}\n`);
  };
  const json = async (text: string): Promise<void> => {
    if (toStdout) process.stdout.write(text);
    else if (jsonFile !== undefined) await replaceText(jsonFile, text);
  };
  const [{ readPlanFile }, { expandPlan }] = await Promise.all([
    import("../../sweep/plan-file.ts"),
    import("../../sweep/expand.ts"),
  ]);
  const file = await readPlanFile(path);
  const expansion = await expandPlan(file, options.data);
  if (options.dryRun) {
    const { describeJobs } = await import("../../sweep/describe-jobs.ts");
    print(describeJobs(file, expansion));
    await json(expansion.jobs.map((job) => `${JSON.stringify(job)}\n`).join(""));
    return;
  }
  if (expansion.missing.length > 0) throw new CliError(expansion.missing.join("\n"));
  const { JournalWriteError } = await import("../../sweep/errors.ts");
  try {
    await sweep(file, expansion, options, print, json);
  } catch (error) {
    if (!(error instanceof JournalWriteError)) throw error;
    process.stderr.write(`spectrahedron: ${error.message}\n`);
    process.exitCode = EXIT_WRITE;
  }
}

async function sweep(
  file: PlanFile,
  expansion: Expansion,
  options: SweepOptions,
  print: (text: string) => void,
  json: (text: string) => Promise<void>,
): Promise<void> {
  const [{ Journal }, { runSweep }, { writeResults }] = await Promise.all([
    import("../../sweep/journal.ts"),
    import("../../sweep/run-sweep.ts"),
    import("../../sweep/write-results.ts"),
  ]);
  const folder = options.out ?? `${file.name}.sweep`;
  const display = new SweepDisplay(options.quiet ?? false);
  // A server that is not there must leave no journal behind.
  const queue = options.redis === undefined ? undefined : await connectQueue(options.redis, display);
  let journal: SweepJournal | undefined;
  const interrupt = new SweepInterrupt();
  try {
    await mkdir(folder, { recursive: true });
    const plan = { hash: expansion.hash, name: file.name, jobs: expansion.jobs.length };
    journal = Journal.open(join(folder, "journal.jsonl"), { plan, resume: options.resume ?? false, sync: options.sync });
    const executor = queue?.executor(expansion.hash, journal.created, file.name) ?? (await localExecutor(expansion, options));
    print(`${file.name}: ${expansion.jobs.length} jobs of ${file.plan.task}, ${executor.description}, results in ${folder}`);
    interrupt.listen();
    const { limits, retries, retryOn, output } = file.plan;
    const end = await runSweep({
      ...{ expansion, journal, executor },
      policy: { limits, retries, retryOn, wanted: { files: output.files, figures: output.jobFigures } },
      filesFolder: join(folder, "files"),
      retryFailed: options.retryFailed ?? false,
      signals: interrupt,
      listener: display,
    });
    display.finish();
    const { summary, table, files } = await writeResults(folder, file, expansion, journal);
    if (summary.cells.length > 0) print(`\n${table}\n`);
    print(`${end.done} done, ${end.failed} failed, ${end.open} open; ${files.join(", ")}`);
    await json(`${JSON.stringify({ name: file.name, ...end, ...summary })}\n`);
    if (end.open > 0) process.exitCode = EXIT_INTERRUPTED;
    else if (end.failed > 0) process.exitCode = EXIT_SOME_FAILED;
  } finally {
    display.finish();
    interrupt.ignore();
    queue?.close();
    journal?.close();
  }
}

async function localExecutor({ jobs }: Expansion, { workers }: SweepOptions): Promise<Executor> {
  const { LocalExecutor } = await import("../../sweep/local/local-executor.ts");
  const onDevice = jobs.every(({ job }) => job.parameters["backend"] === "webgpu");
  return new LocalExecutor({ command: jobProcess(), workers, adapters: onDevice ? await adapterNames() : [] });
}

interface QueueConnection {
  executor(plan: string, created: string, name: string): Executor;
  close(): void;
}

async function connectQueue(option: string | true, display: SweepDisplay): Promise<QueueConnection> {
  const [{ redisAddress }, { loadQueuePackages }, { connect }, { QueueExecutor }, { sweepIdentity }] = await Promise.all([
    import("../../sweep/queue/address.ts"),
    import("../../sweep/queue/packages.ts"),
    import("../../sweep/queue/connect.ts"),
    import("../../sweep/queue/queue-executor.ts"),
    import("../../sweep/queue/names.ts"),
  ]);
  const address = redisAddress(option, process.env);
  // Takes the address, which may have a password in it, off the list of processes.
  process.title = "spectrahedron sweep";
  const packages = await loadQueuePackages();
  const { redis, warnings } = await connect(address, packages, "spectrahedron-sweep");
  const say = (text: string): void => display.say(text);
  warnings.forEach(say);
  return {
    executor: (plan, created, name) =>
      new QueueExecutor({ redis, packages, sweep: sweepIdentity(plan, created), name, shown: address.shown, say }),
    close: () => redis.disconnect(),
  };
}

async function adapterNames(): Promise<string[]> {
  const { adapterKey, listAdapters } = await import("../../backends/webgpu/adapters.ts");
  return (await listAdapters()).map(({ description }) => adapterKey(description));
}
