import { describe, expect, it } from "vitest";
import { FormatError, ProblemError, SettingsError } from "../../src/errors.ts";
import type { Result } from "../../src/solver/result.ts";
import { solve } from "../../src/solver/solve.ts";
import type { IterationInfo } from "../../src/solver/settings.ts";
import type { TaskOutcome } from "../../src/tasks/task.ts";
import { WebSolver } from "../../src/web/api/client.ts";
import type { WebCapabilities } from "../../src/web/api/options.ts";
import { perform } from "../../src/web/api/perform.ts";
import type { Prepared } from "../../src/web/api/serve.ts";
import { WorkerError } from "../../src/web/api/worker-error.ts";
import { ChannelWorker } from "./channel-worker.ts";
import { maxCut, SMALL_SDPA } from "./problems.ts";

const capabilities: WebCapabilities = {
  threads: 1,
  crossOriginIsolated: false,
  chosen: "wasm",
  explanation: "a test",
};

const outcome: TaskOutcome = { status: "solved", reached: true, record: { a: 1 }, files: [], figures: [] };

interface Started {
  readonly solver: WebSolver;
  readonly workers: ChannelWorker[];
}

async function start(work: Prepared["perform"], options: { grace?: number; moveInputs?: boolean } = {}): Promise<Started> {
  const workers: ChannelWorker[] = [];
  const solver = await WebSolver.start({
    ...options,
    createWorker: () => {
      const worker = new ChannelWorker(async () => ({ capabilities, perform: work }));
      workers.push(worker);
      return worker.asWorker();
    },
  });
  return { solver, workers };
}

const real: Prepared["perform"] = (job, hooks) => perform(job, hooks, "cpu");
const small = { name: "small.dat-s", bytes: new TextEncoder().encode(SMALL_SDPA) };

describe("WebSolver", () => {
  it("tells what was chosen", async () => {
    const { solver } = await start(async () => outcome);
    expect(solver.capabilities).toEqual(capabilities);
    solver.terminate();
  });

  it("returns the Result of solve()", async () => {
    const { solver } = await start(real);
    const problem = maxCut(12);
    const seen: IterationInfo[] = [];
    const result = await solver.solve(problem, { eps: 1e-7, onIteration: (info) => seen.push(info) });
    const expected: Result = await solve(problem, { eps: 1e-7, backend: "cpu" });
    expect(result.status).toBe("solved");
    expect(result.x).toEqual(expected.x);
    expect(result.y).toEqual(expected.y);
    expect(result.measures).toEqual(expected.measures);
    expect(seen.length).toBeGreaterThan(0);
    expect(problem.c.length).toBe(12);
    solver.terminate();
  });

  it("moves inputs when asked, and copies them otherwise", async () => {
    const problem = maxCut(8);
    const { solver } = await start(real, { moveInputs: true });
    expect((await solver.solve(problem)).status).toBe("solved");
    expect(problem.c.length).toBe(0);
    solver.terminate();
  });

  it("runs a task with progress", async () => {
    const { solver } = await start(real);
    const lines: string[] = [];
    const { status, record } = await solver.run("solve", {}, { problem: small }, {
      onProgress: ({ text }) => lines.push(text),
    });
    expect(status).toBe("solved");
    expect(lines.length).toBeGreaterThan(0);
    expect(record).toBeTypeOf("object");
    expect(small.bytes.length).toBeGreaterThan(0);
    solver.terminate();
  });

  it("throws the classes that solve() throws", async () => {
    const { solver } = await start(real);
    const broken = { name: "broken.dat-s", bytes: new TextEncoder().encode("2\n1\n2\n1 x\n") };
    const fault = await solver.run("solve", {}, { problem: broken }).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(FormatError);
    expect((fault as FormatError).location).toMatchObject({ file: "broken.dat-s", line: 4 });
    expect((fault as FormatError).message).toMatch(/^broken\.dat-s:4/);
    await expect(solver.run("solve", { epsilon: 1 }, { problem: small })).rejects.toBeInstanceOf(SettingsError);
    await expect(solver.solve({ ...maxCut(4), c: new Float64Array(3) })).rejects.toBeInstanceOf(ProblemError);
    solver.terminate();
  });

  it("returns the current point of an aborted solve as interrupted", async () => {
    const { solver } = await start(real);
    const abort = new AbortController();
    const result = await solver.solve(maxCut(60), {
      eps: 1e-12,
      method: "splitting",
      signal: abort.signal,
      onIteration: () => abort.abort(),
    });
    expect(result.status).toBe("interrupted");
    expect(result.x.length).toBe(60);
    const before = new AbortController();
    before.abort();
    expect((await solver.solve(maxCut(30), { signal: before.signal })).status).toBe("interrupted");
    solver.terminate();
  });

  it("terminates a worker that does not stop, and goes on with a fresh one", async () => {
    let calls = 0;
    const { solver, workers } = await start(async () => (++calls === 1 ? new Promise(() => undefined) : outcome), { grace: 50 });
    const abort = new AbortController();
    const stuck = solver.run("solve", {}, {}, { signal: abort.signal });
    const next = solver.run("solve", {}, {});
    setTimeout(() => abort.abort(), 20);
    await expect(stuck).rejects.toThrow(WorkerError);
    await expect(stuck).rejects.toThrow(/within 0.05 s/);
    await expect(next).resolves.toEqual(outcome);
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
    solver.terminate();
  });

  it("does jobs one after another", async () => {
    let running = 0;
    let most = 0;
    const { solver } = await start(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return outcome;
    });
    await Promise.all([1, 2, 3].map(() => solver.run("solve", {}, {})));
    expect(most).toBe(1);
    solver.terminate();
  });

  it("rejects with a WorkerError when the worker breaks down or is terminated", async () => {
    const { solver, workers } = await start(() => new Promise(() => undefined));
    const first = solver.run("solve", {}, {});
    setTimeout(() => workers[0].breakDown("out of memory"), 10);
    await expect(first).rejects.toThrow(/out of memory \(worker.js:1:2\)/);
    await expect(first).rejects.toBeInstanceOf(WorkerError);
    const second = solver.run("solve", {}, {});
    const third = solver.run("solve", {}, {});
    setTimeout(() => solver.terminate(), 10);
    await expect(second).rejects.toBeInstanceOf(WorkerError);
    await expect(third).rejects.toBeInstanceOf(WorkerError);
    await expect(solver.solve(maxCut(4))).rejects.toBeInstanceOf(WorkerError);
  });

  it("waits for checkpoints to be kept", async () => {
    const events: string[] = [];
    const { solver } = await start(async (_, hooks) => {
      await hooks.onCheckpoint("first");
      await hooks.onCheckpoint("second");
      return outcome;
    });
    await solver.run("solve", {}, {}, {
      onCheckpoint: async (text) => {
        events.push(`begin ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        events.push(`end ${text}`);
      },
    });
    expect(events).toEqual(["begin first", "end first", "begin second", "end second"]);
    solver.terminate();
  });

  it("ends the job with what a callback throws", async () => {
    const { solver } = await start(real);
    const solving = solver.solve(maxCut(40), {
      eps: 1e-12,
      method: "splitting",
      onIteration: () => {
        throw new RangeError("enough");
      },
    });
    await expect(solving).rejects.toThrow(new RangeError("enough"));
    const keeping = start(async (_, hooks) => {
      await hooks.onCheckpoint("text");
      return outcome;
    }).then(({ solver: other }) => other.run("solve", {}, {}, { onCheckpoint: () => Promise.reject(new Error("disk full")) }));
    await expect(keeping).rejects.toThrow("disk full");
    solver.terminate();
  });

  it("says that a worker cannot be created", async () => {
    const createWorker = (): Worker => {
      throw new DOMException("forbidden here", "SecurityError");
    };
    await expect(WebSolver.start({ createWorker })).rejects.toThrow(WorkerError);
  });
});
