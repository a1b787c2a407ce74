import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { maxCut } from "../cli/problems.ts";
import { BuiltCommand, stderrShows, temporaryFolder } from "../cli/run.ts";
import { failuresOf, resultsOf } from "./journal-check.ts";
import { SweepRuns } from "./sweep-runs.ts";

let command: BuiltCommand;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let runs: SweepRuns;
beforeAll(async () => {
  command = await BuiltCommand.build();
});
afterAll(() => command.remove());
beforeEach(async () => {
  folder = await temporaryFolder();
  runs = new SweepRuns(command, folder);
});
afterEach(() => folder.remove());

/** Every test starts several processes, which takes its time on a busy machine. */
const patient = { timeout: 240_000 };

describe("spectrahedron sweep", patient, () => {
  it("runs a plan to its results, summary and figures", async () => {
    const text = "task: solve\ninputs: {problem: small.dat-s}\ngrid: {eps: [1e-3, 1e-4, 1e-6], method: [interior, splitting]}\noutput: {files: true, jobFigures: true}\n";
    const run = await runs.sweep(text, "--json", "-", "--workers", "2");
    expect(run.code, run.stderr).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ name: "plan", done: 6, failed: 0, open: 0, axes: ["eps", "method"] });
    expect(run.stderr).toContain("6 done, 0 failed, 0 open");
    const results = runs.lines();
    expect(results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { record, files, job } of results) {
      expect((record as { primalObjective: number }).primalObjective).toBeCloseTo(-41.9, 1);
      expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(["point.json", "convergence.svg"]));
      for (const { name, bytes } of files) expect(readFileSync(runs.path(`out/files/${job}/${name}`)).length).toBe(bytes);
    }
    expect(readFileSync(runs.path("out/figures/seconds-total.svg"), "utf8")).toContain("<svg");
    expect(readFileSync(runs.path("out/summary.txt"), "utf8")).toMatch(/eps +method +jobs +reached +primalObjective/);
    runs.exactlyOnce(6);
    // Done is done.
    const again = await runs.sweep(text, "--resume");
    expect(again.code).toBe(0);
    runs.exactlyOnce(6);
    expect(await runs.sweep(text)).toMatchObject({ code: 1, stderr: expect.stringContaining("exists: go on with it by --resume") as string });
    const other = await runs.sweep(text.replace("1e-6", "1e-7"), "--resume");
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('belongs to another plan ("plan", 6 jobs; this one has 6)');
  });

  it("prints the jobs of a dry run and runs none", async () => {
    const run = await runs.sweep("task: solve\ninputs: {problem: small.dat-s}\ngrid: {eps: [1e-3, 1e-4]}\nrepeats: 2\n", "--dry-run", "--json");
    expect(run.code).toBe(0);
    expect(run.stdout.trimEnd().split("\n").map((line) => (JSON.parse(line) as { job: { id: string } }).job.id)).toHaveLength(4);
    expect(run.stderr).toMatch(/plan: 4 jobs of solve\n\njob +eps +repeat/);
    expect(existsSync(runs.path("out"))).toBe(false);
  });

  it("tells faults of plans and inputs", async () => {
    expect(await runs.sweep("task: solve\ninptus: {}\n")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/plan\.yaml:2:1: unknown key "inptus"; did you mean "inputs"\?/) as string,
    });
    const hash = "0a".repeat(32);
    const missing = await runs.sweep(`task: solve\ninputs: {problem: {path: x.dat-s, sha256: ${hash}}}\n`);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("x.dat-s is not there; give its folder with --data") as string });
    expect(await command.run("sweep", runs.path("none.yaml"))).toMatchObject({ code: 1 });
  });

  it("records jobs that cannot be done, with the reason, and goes on", async () => {
    await writeFile(runs.path("broken.dat-s"), "this is no problem\n");
    const text = "task: solve\ninputs: {problem: [small.dat-s, broken.dat-s]}\n";
    const run = await runs.sweep(text, "--workers", "1");
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/job [0-9a-f]{16}: input: broken\.dat-s:1/);
    expect(runs.lines()[1]).toMatchObject({ status: null, attempts: 1, failures: [{ reason: "input" }] });
    expect(await runs.sweep(text, "--resume")).toMatchObject({ code: 2 });
    expect(failuresOf(runs.journal)).toHaveLength(1);
    await runs.sweep(text, "--resume", "--retry-failed");
    expect(failuresOf(runs.journal).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it("keeps the limits of memory and time", async () => {
    await writeFile(runs.path("large.dat-s"), maxCut(600));
    const text = `
task: solve
inputs: {problem: [small.dat-s, large.dat-s]}
parameters: {method: interior, backend: cpu}
retries: 1
`;
    const run = await runs.sweep(`${text}limits: {memory: 170 MiB}\n`, "--workers", "1");
    expect(run.code, run.stderr).toBe(2);
    expect(failuresOf(runs.journal)).toEqual([expect.objectContaining({ reason: "memory", final: true })]);
    expect(run.stderr).toMatch(/memory: .*(MiB of memory in use; the limit is 170 MiB|heap ran out)/);
    const timely = await command.run("sweep", await runs.plan(`${text}limits: {time: 1}\nretryOn: [time]\n`), "--out", runs.path("two"), "--workers", "1");
    expect(timely.code, timely.stderr).toBe(2);
    const failures = failuresOf(runs.path("two/journal.jsonl"));
    expect(failures.map(({ reason, attempt, final }) => ({ reason, attempt, final }))).toEqual([
      { reason: "time", attempt: 1, final: false },
      { reason: "time", attempt: 2, final: true },
    ]);
    expect(resultsOf(runs.path("two/journal.jsonl"))).toHaveLength(1);
  });

  it("lets one sweep at a time have a journal", async () => {
    const text = await runs.timed(2, 1);
    const first = command.start(await runs.args(text, "--workers", "1"));
    await stderrShows(first.child, /0\/2 done/);
    const second = await runs.sweep(text, "--resume");
    expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/in use by another sweep \(process \d+\)/) as string });
    expect(await first.end).toMatchObject({ code: 0 });
    runs.exactlyOnce(2);
  });
});
