import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ExecutorEvents, PendingJob, RunPolicy } from "../../src/sweep/executor.ts";
import { makeJob, mayRetry } from "../../src/sweep/job.ts";
import type { AttemptFailure, JobOutcome } from "../../src/sweep/job.ts";
import { LocalExecutor } from "../../src/sweep/local/local-executor.ts";

const command = { module: fileURLToPath(new URL("stub-process.mjs", import.meta.url)), args: [], execArgv: [] };
const policy: RunPolicy = {
  retries: 2,
  retryOn: ["crash", "error", "lost"],
  limits: { time: 0, memory: 0 },
  wanted: { files: false, figures: false },
};
const calm = { drain: new AbortController().signal, stop: new AbortController().signal };

function pending(expression: string, repeat = 1, parameters: object = {}): PendingJob {
  const job = makeJob({ task: "minimize", parameters: { expression, ...parameters }, inputs: {}, repeat });
  return { job, attempts: 0, failures: [] };
}

class Told implements ExecutorEvents {
  readonly outcomes = new Map<string, JobOutcome>();
  readonly failures: (AttemptFailure & { readonly job: string; readonly attempt: number; readonly final: boolean })[] = [];
  running = 0;
  most = 0;

  started(): void {
    this.most = Math.max(this.most, ++this.running);
  }
  progress(): void {
    expect.fail("the stub tells no progress");
  }
  finished(job: { id: string }, _attempt: number, _worker: string, outcome: JobOutcome): void {
    this.running--;
    expect(this.outcomes.has(job.id)).toBe(false);
    this.outcomes.set(job.id, outcome);
  }
  failed(job: { id: string }, attempt: number, _worker: string, failure: AttemptFailure, final: boolean): void {
    this.running--;
    this.failures.push({ ...failure, job: job.id, attempt, final });
  }
}

describe("the pool", () => {
  it("runs every job once, on as many processes as it has", async () => {
    const told = new Told();
    const jobs = Array.from({ length: 200 }, (_, k) => pending("x", k + 1));
    await new LocalExecutor({ command, workers: 3 }).run(jobs, policy, told, calm);
    expect(told.outcomes.size).toBe(200);
    expect(told.most).toBe(3);
    const pids = new Set([...told.outcomes.values()].map(({ record }) => (record as { pid: number }).pid));
    expect(pids.size).toBe(3);
  });

  it("repeats what crashes, and gives up after the retries, whatever the others do", async () => {
    const told = new Told();
    const bad = [pending("exit"), pending("abort"), pending("throw")];
    const good = Array.from({ length: 10 }, (_, k) => pending("x", k + 1));
    await new LocalExecutor({ command, workers: 2 }).run([...bad, ...good], policy, told, calm);
    expect(told.outcomes.size).toBe(10);
    for (const [{ job }, reason, text] of [
      [bad[0], "crash", "exit code 3"],
      [bad[1], "crash", "SIGABRT"],
      [bad[2], "error", "thrown"],
    ] as const) {
      const own = told.failures.filter((failure) => failure.job === job.id);
      expect(own.map(({ attempt, final }) => [attempt, final])).toEqual([[1, false], [2, false], [3, true]]);
      for (const failure of own) {
        expect(failure.reason).toBe(reason);
        expect(failure.message).toContain(text);
      }
    }
  });

  it("goes on counting attempts where an earlier run stopped", async () => {
    const told = new Told();
    const again = { ...pending("exit"), attempts: 4, failures: ["crash", "lost", "crash"] as const };
    await new LocalExecutor({ command, workers: 1 }).run([again], policy, told, calm);
    expect(told.failures).toMatchObject([{ attempt: 5, final: true }]);
  });

  it("ends jobs that take too long, and not the time it takes to start", async () => {
    const told = new Told();
    const limited = { ...policy, limits: { time: 0.3, memory: 0 } };
    await new LocalExecutor({ command, workers: 1 }).run([pending("hang"), pending("x")], limited, told, calm);
    expect(told.failures).toMatchObject([{ reason: "time", final: true, message: "not done after 300 ms" }]);
    expect(told.outcomes.size).toBe(1);
  });

  it("has a process for each adapter, and jobs on a device get its name unless they have one", async () => {
    const told = new Told();
    const executor = new LocalExecutor({ command, adapters: ["first", "second"] });
    expect(executor.workers).toBe(2);
    const jobs = Array.from({ length: 40 }, (_, k) => pending("x", k + 1, { backend: "webgpu" }));
    const named = pending("x", 1, { backend: "webgpu", adapter: "own" });
    const elsewhere = pending("x", 1, { backend: "cpu" });
    await executor.run([...jobs, named, elsewhere], policy, told, calm);
    const local = ({ job }: PendingJob): unknown => (told.outcomes.get(job.id)?.record as { local: object }).local;
    expect(new Set(jobs.map((one) => JSON.stringify(local(one))))).toEqual(new Set(['{"adapter":"first"}', '{"adapter":"second"}']));
    expect([local(named), local(elsewhere)]).toEqual([{}, {}]);
  });

  it("drains: what waits is left, what runs is finished", async () => {
    const told = new Told();
    const drain = new AbortController();
    const jobs = Array.from({ length: 100 }, (_, k) => pending("x", k + 1));
    const ended = told.finished.bind(told);
    const events: ExecutorEvents = {
      started: () => told.started(),
      progress: () => undefined,
      failed: told.failed.bind(told),
      finished: (...all) => {
        ended(...all);
        if (told.outcomes.size === 10) drain.abort();
      },
    };
    await new LocalExecutor({ command, workers: 2 }).run(jobs, policy, events, { ...calm, drain: drain.signal });
    expect(told.outcomes.size).toBeGreaterThanOrEqual(10);
    expect(told.outcomes.size).toBeLessThanOrEqual(12);
  });

  it("stops: running jobs are returned without a word", async () => {
    const told = new Told();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    await new LocalExecutor({ command, workers: 2 }).run([pending("hang"), pending("hang", 2)], policy, told, { ...calm, stop: stop.signal });
    expect(told.failures).toEqual([]);
    expect(told.outcomes.size).toBe(0);
  });

  it("ends at once when what it tells cannot be taken", async () => {
    const events: ExecutorEvents = {
      started: () => undefined,
      progress: () => undefined,
      failed: () => undefined,
      finished: () => {
        throw new Error("disk full");
      },
    };
    const jobs = [pending("hang"), ...Array.from({ length: 20 }, (_, k) => pending("x", k + 1))];
    await expect(new LocalExecutor({ command, workers: 2 }).run(jobs, policy, events, calm)).rejects.toThrow("disk full");
  });
});

describe("retries", () => {
  it("count crashes and errors, and kills from outside apart from them", () => {
    const rule = { retries: 1, retryOn: ["crash", "error"] } as const;
    expect(mayRetry(rule, ["crash"])).toBe(true);
    expect(mayRetry(rule, ["crash", "error"])).toBe(false);
    expect(mayRetry(rule, ["lost", "crash"])).toBe(true);
    expect(mayRetry(rule, ["memory"])).toBe(false);
    expect(mayRetry(rule, ["input"])).toBe(false);
    expect(mayRetry(rule, Array<"lost">(10).fill("lost"))).toBe(true);
    expect(mayRetry(rule, Array<"lost">(11).fill("lost"))).toBe(false);
  });
});
