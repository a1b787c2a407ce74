/**
 * What a sweep costs: `npm run build && npx tsx bench/plans/measure/main.ts`, on a machine with nothing else to do.
 * Overhead per job over 1,000 tiny jobs on two processes, and the throughput of two processes against one on jobs of
 * about a second. Writes bench/results/sweep-local.json.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeMachine } from "../../../src/report/node-machine.ts";
import type { ResultLine } from "../../../src/sweep/results.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const RUNS = 3;

interface Measured {
  readonly plan: string;
  readonly workers: number;
  readonly jobs: number;
  /** From the start of the command to its end, results and figures included. */
  readonly commandSeconds: number;
  /** From the first job handed out to the last one recorded. */
  readonly sweepSeconds: number;
  /** Of the tasks themselves, added up. */
  readonly taskSeconds: number;
}

function run(plan: string, workers: number): Measured {
  const out = mkdtempSync(join(tmpdir(), "sweep-"));
  try {
    const path = fileURLToPath(new URL(plan, import.meta.url));
    const args = [join(root, "dist/cli/main.js"), "sweep", path, "--out", out, "--workers", String(workers), "--json", "-", "--quiet"];
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const commandSeconds = (performance.now() - start) / 1000;
    if (status !== 0) throw new Error(`${plan}: exit code ${status}: ${stderr}`);
    const { seconds } = JSON.parse(stdout) as { readonly seconds: number };
    const lines = readFileSync(join(out, "results.jsonl"), "utf8").trimEnd().split("\n");
    const results = lines.map((line) => JSON.parse(line) as ResultLine);
    const taskSeconds = results.reduce((sum, result) => sum + (result.seconds ?? 0), 0);
    return { plan, workers, jobs: results.length, commandSeconds, sweepSeconds: seconds, taskSeconds };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** The run with the median time of the sweep. */
function median(plan: string, workers: number): Measured {
  const runs = Array.from({ length: RUNS }, () => run(plan, workers)).sort((a, b) => a.sweepSeconds - b.sweepSeconds);
  return runs[Math.floor(RUNS / 2)];
}

const tiny = [1, 2].map((workers) => median("tiny.yaml", workers));
const second = [1, 2].map((workers) => median("second.yaml", workers));
const overheads = tiny.map(({ workers, jobs, sweepSeconds, taskSeconds }) => ({
  workers,
  // All the time that passed, and without what the tasks themselves took: both by job.
  millisecondsAJob: (1000 * sweepSeconds) / jobs,
  overheadMilliseconds: (1000 * (sweepSeconds - taskSeconds / workers)) / jobs,
}));
const speedup = second[0].sweepSeconds / second[1].sweepSeconds;
const record = {
  command: "npx tsx bench/plans/measure/main.ts",
  date: new Date().toISOString(),
  machine: describeMachine(),
  overheads,
  speedup,
  secondsAJob: second[0].taskSeconds / second[0].jobs,
  runs: [...tiny, ...second],
};
writeFileSync(join(root, "bench/results/sweep-local.json"), `${JSON.stringify(record, undefined, 1)}\n`);
for (const { workers, millisecondsAJob, overheadMilliseconds } of overheads) {
  console.log(`${workers} workers: ${millisecondsAJob.toFixed(2)} ms a tiny job, ${overheadMilliseconds.toFixed(2)} ms of it the sweep's`);
}
console.log(`two workers: ${speedup.toFixed(2)} times the throughput of one, on jobs of ${record.secondsAJob.toFixed(2)} s`);
