import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Executor, PendingJob, RunPolicy } from "../../src/sweep/executor.ts";
import { makeJob } from "../../src/sweep/job.ts";
import type { JobOutcome, PlannedJob, ResultFile } from "../../src/sweep/job.ts";
import { Journal } from "../../src/sweep/journal.ts";
import { runSweep } from "../../src/sweep/run-sweep.ts";
import type { SweepEnd } from "../../src/sweep/run-sweep.ts";
import { temporaryFolder } from "../cli/run.ts";
import { failuresOf, resultsOf } from "./journal-check.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let journal: Journal;
beforeEach(async () => {
  folder = await temporaryFolder();
  journal = open();
});
afterEach(() => {
  journal.close();
  return folder.remove();
});

const jobs = Array.from({ length: 4 }, (_, index): PlannedJob => {
  const job = makeJob({ task: "minimize", parameters: { expression: "x" }, inputs: {}, repeat: index + 1 });
  return { job, index, cell: {}, seed: null };
});
const policy: RunPolicy = { retries: 1, retryOn: ["crash"], limits: { time: 0, memory: 0 }, wanted: { files: true, figures: false } };
const never = new AbortController().signal;

const path = (): string => folder.path("journal.jsonl");
const open = (): Journal => Journal.open(path(), { plan: { hash: "p", name: "p", jobs: jobs.length }, resume: true });

function outcome(value: number, files: readonly ResultFile[] = []): JobOutcome {
  return { status: "done", reached: true, record: { value }, seconds: 1, peakMemory: null, files };
}

function run(body: (...told: Parameters<Executor["run"]>) => void, retryFailed = false): Promise<SweepEnd> {
  const executor: Executor = {
    workers: 1,
    description: "a stand-in",
    run: async (...told) => body(...told),
  };
  const signals = { drain: never, stop: never };
  return runSweep({ expansion: { jobs, hash: "p", missing: [] }, journal, executor, policy, filesFolder: folder.path("files"), retryFailed, signals });
}

const ids = (pending: readonly PendingJob[]): string[] => pending.map(({ job }) => job.id);

describe("a sweep's record", () => {
  it("has one result of a job, the first, however often it is told", async () => {
    const end = await run((pending, _policy, events) => {
      for (const { job } of pending) {
        events.started(job, "w");
        events.finished(job, 1, "w", outcome(1));
        events.finished(job, 2, "v", outcome(2));
        events.failed(job, 2, "v", { reason: "lost", message: "late", seconds: 1 }, true);
      }
    });
    expect(end).toMatchObject({ done: 4, failed: 0, open: 0 });
    expect(resultsOf(path()).map(({ record }) => record)).toEqual(Array(4).fill({ value: 1 }));
    expect(failuresOf(path())).toEqual([]);
  });

  it("hands out what is open, with the attempts so far", async () => {
    const [a, b, c, d] = jobs.map(({ job }) => job);
    const first = await run((_pending, _policy, events) => {
      events.finished(a, 1, "w", outcome(1));
      events.failed(b, 1, "w", { reason: "crash", message: "", seconds: 1 }, false);
      events.failed(c, 1, "w", { reason: "input", message: "", seconds: 1 }, true);
    });
    expect(first).toMatchObject({ done: 1, failed: 1, open: 2 });
    journal.close();
    journal = open();
    const second = await run((pending) => {
      expect(pending).toEqual([
        { job: b, attempts: 1, failures: ["crash"] },
        { job: d, attempts: 0, failures: [] },
      ]);
    });
    expect(second).toMatchObject({ done: 1, failed: 1, open: 2 });
    await run((pending, _policy, events) => {
      expect(pending[1]).toEqual({ job: c, attempts: 1, failures: [] });
      events.failed(c, 2, "w", { reason: "crash", message: "", seconds: 1 }, false);
    }, true);
    // The new series of attempts of a job that was given up counts by itself.
    const last = await run((pending, _policy, events) => {
      expect(pending.find(({ job }) => job === c)).toEqual({ job: c, attempts: 2, failures: ["crash"] });
      for (const { job, attempts } of pending) events.finished(job, attempts + 1, "w", outcome(3));
    });
    expect(last).toMatchObject({ done: 4, failed: 0, open: 0 });
    await run((pending) => expect(ids(pending)).toEqual([]));
  });

  it("keeps a job's files whole or not at all", async () => {
    const content = new TextEncoder().encode("x");
    const file = (name: string): ResultFile => ({ name, mediaType: "text/plain", content });
    const [a, b] = jobs.map(({ job }) => job);
    await run((_pending, _policy, events) => events.finished(a, 1, "w", outcome(1, [file("point.json"), file("net.onnx")])));
    expect(readdirSync(folder.path(`files/${a.id}`)).sort()).toEqual(["net.onnx", "point.json"]);
    for (const name of ["../out", "/etc/x", "a/b", ".hidden", ""]) {
      await expect(run((_pending, _policy, events) => events.finished(b, 1, "w", outcome(1, [file(name)])))).rejects.toThrow("must not be called");
    }
    expect(existsSync(folder.path("out"))).toBe(false);
    // A file where the folder should be: nothing is recorded.
    writeFileSync(folder.path(`files/${b.id}.part`), "");
    await run((_pending, _policy, events) => events.finished(b, 1, "w", outcome(1, [file("a")])));
    expect(journal.hasResult(b.id)).toBe(true);
  });
});
