import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BuiltCommand, stderrShows, temporaryFolder } from "../cli/run.ts";
import { comparable, failuresOf, resultsOf } from "./journal-check.ts";
import { isServer, serversOf, SweepRuns } from "./sweep-runs.ts";

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

/** False where the process has just ended by itself. */
function strike(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Every test starts several processes, which takes its time on a busy machine. */
const patient = { timeout: 240_000 };

describe("a sweep in trouble", patient, () => {
  it("survives a crash of a job's process, and gives up where it crashes again and again", async () => {
    const { child, end } = command.start(await runs.args(`${await runs.timed(2, 1)}retries: 1\n`, "--workers", "2"));
    const struck = new Set<number>();
    const timer = setInterval(() => {
      // Only the first process is struck, until its job is given up.
      const [first] = serversOf(child.pid).sort((a, b) => a - b);
      if (first === undefined || struck.has(first) || struck.size === 2) return;
      struck.add(first);
      setTimeout(() => strike(first, "SIGSEGV"), 700);
    }, 100);
    const run = await end;
    clearInterval(timer);
    const failures = failuresOf(runs.journal);
    expect(failures.every(({ reason, message }) => reason === "crash" && message.includes("SIGSEGV"))).toBe(true);
    expect(failures.length).toBeGreaterThan(0);
    expect(resultsOf(runs.journal).length + failures.filter(({ final }) => final).length).toBe(2);
    expect(run.code).toBe(failures.some(({ final }) => final) ? 2 : 0);
  });

  it("loses and doubles nothing when its processes are killed again and again", async () => {
    const jobs = 40;
    const { child, end } = command.start(await runs.args(await runs.timed(jobs, 0.15), "--workers", "2"));
    let kills = 0;
    let seen = 0;
    const timer = setInterval(() => {
      const [first] = serversOf(child.pid);
      if (first === undefined) return;
      // On a machine so busy that no job ends within a second, the next kill waits for one.
      const done = resultsOf(runs.journal).length;
      if (done === seen) return;
      seen = done;
      if (strike(first, "SIGKILL")) kills++;
    }, 1000);
    const run = await end;
    clearInterval(timer);
    expect(run.code, run.stderr).toBe(0);
    expect(kills).toBeGreaterThan(1);
    runs.exactlyOnce(jobs);
    expect(failuresOf(runs.journal).every(({ reason, final }) => reason === "lost" && !final)).toBe(true);
  });

  it("goes on where it was killed, however often, with the same results", async () => {
    const jobs = 24;
    const text = `
task: activation
parameters: {degrees: [2, 1]}
generate: {kind: plantedActivation, degrees: [2, 1], samples: 12, width: 4}
seeds: {from: 1, count: ${jobs}}
`;
    const undisturbed = await command.run("sweep", await runs.plan(text), "--out", runs.path("calm"), "--workers", "2");
    expect(undisturbed.code, undisturbed.stderr).toBe(0);
    const pids: number[] = [];
    for (const wait of [900, 1100, 1000]) {
      const { child, end } = command.start(await runs.args(text, "--resume", "--workers", "2"));
      await Promise.race([sleep(wait), end]);
      pids.push(...serversOf(child.pid));
      child.kill("SIGKILL");
      await end;
    }
    const before = existsSync(runs.journal) ? resultsOf(runs.journal).length : 0;
    const last = await runs.sweep(text, "--resume", "--workers", "2");
    expect(last.code, last.stderr).toBe(0);
    runs.exactlyOnce(jobs);
    expect(before).toBeLessThanOrEqual(jobs);
    const [calm, stormy] = [runs.path("calm"), runs.path("out")].map((at) =>
      readFileSync(`${at}/results.jsonl`, "utf8").trimEnd().split("\n").map((line) => comparable(JSON.parse(line))),
    );
    expect(stormy).toEqual(calm);
    // The processes of a killed sweep end by themselves.
    for (const pid of pids) expect(isServer(pid)).toBe(false);
  });

  it("finishes running jobs at the first Ctrl-C and returns them at the second", async () => {
    const text = await runs.timed(6, 1);
    const first = command.start(await runs.args(text, "--workers", "2"));
    await stderrShows(first.child, /0\/6 done/);
    await sleep(1000);
    first.child.kill("SIGINT");
    const drained = await first.end;
    expect(drained.code, drained.stderr).toBe(130);
    expect(drained.stderr).toContain("finishing the running jobs");
    const done = resultsOf(runs.journal).length;
    expect(done).toBeGreaterThanOrEqual(2);
    expect(done).toBeLessThan(6);
    expect(runs.lines()).toHaveLength(done);

    const second = command.start(await runs.args(text, "--workers", "2", "--resume"));
    await stderrShows(second.child, /\d\/6 done/);
    await sleep(600);
    const heard = stderrShows(second.child, /finishing the running jobs/);
    second.child.kill("SIGINT");
    await heard;
    second.child.kill("SIGINT");
    const stopped = await second.end;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("returning the running jobs");
    expect(failuresOf(runs.journal)).toEqual([]);
    const third = await runs.sweep(text, "--workers", "2", "--resume");
    expect(third.code).toBe(0);
    runs.exactlyOnce(6);
  });

  it("stops cleanly on a full disk and goes on when there is room", async ({ skip }) => {
    const disk = runs.path("disk");
    await mkdir(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=32k", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      skip("no right to mount a small file system; the journal's own test has the full disk injected");
    }
    try {
      const text = await runs.plan("task: solve\ninputs: {problem: small.dat-s}\nparameters: {method: interior}\nrepeats: 60\n");
      const full = await command.run("sweep", text, "--out", `${disk}/out`, "--workers", "2");
      expect(full.code, full.stderr).toBe(74);
      expect(full.stderr).toMatch(/journal .* cannot be written: no space left on the device.*--resume/);
      const recorded = resultsOf(`${disk}/out/journal.jsonl`).length;
      expect(recorded).toBeGreaterThan(5);
      expect(await command.run("sweep", text, "--out", `${disk}/out`, "--resume")).toMatchObject({ code: 74 });
      execFileSync("mount", ["-o", "remount,size=4m", disk]);
      const rest = await command.run("sweep", text, "--out", `${disk}/out`, "--resume");
      expect(rest.code, rest.stderr).toBe(0);
      expect(new Set(resultsOf(`${disk}/out/journal.jsonl`).map(({ job }) => job)).size).toBe(60);
      expect(resultsOf(`${disk}/out/journal.jsonl`)).toHaveLength(60);
      expect(readdirSync(`${disk}/out`)).not.toContain("journal.jsonl.lock");
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
