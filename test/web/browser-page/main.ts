/** What the browser tests call in their page. */
import { WebSolver, WorkerError } from "../../../src/web/index.ts";
import type { WebBackend, WebCapabilities } from "../../../src/web/index.ts";
import { maxCut, SMALL_SDPA } from "../problems.ts";

const createWorker = (): Worker => new Worker(new URL("./worker.js", location.href), { type: "module" });

export interface SolveReport {
  readonly status: string;
  readonly objective: number;
  readonly backend: string;
  readonly adapter: string;
  readonly precision: string;
  readonly notes: readonly string[];
  readonly iterations: number;
  readonly iterationEvents: number;
  readonly seconds: number;
  /** Longest time that the page's own thread did not answer, in milliseconds. */
  readonly longestPause: number;
}

const open: WebSolver[] = [];

async function start(backend: WebBackend, threads?: number): Promise<WebCapabilities> {
  const solver = await WebSolver.start({ backend, createWorker, ...(threads !== undefined && { threads }) });
  open.push(solver);
  return solver.capabilities;
}

async function solveMaxCut(order: number, eps: number, method: "auto" | "splitting" = "auto", which = 0): Promise<SolveReport> {
  let iterationEvents = 0;
  let longestPause = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longestPause = Math.max(longestPause, now - last);
    last = now;
  }, 5);
  const began = performance.now();
  const result = await open[which].solve(maxCut(order), { eps, method, onIteration: () => void iterationEvents++ });
  clearInterval(timer);
  return {
    status: result.status,
    objective: result.measures.primalObjective,
    backend: result.backend,
    adapter: result.adapter,
    precision: result.precision,
    notes: result.notes,
    iterations: result.iterations,
    iterationEvents,
    seconds: (performance.now() - began) / 1000,
    longestPause,
  };
}

async function cancelMaxCut(order: number): Promise<string> {
  const abort = new AbortController();
  const { status } = await open[0].solve(maxCut(order), {
    eps: 1e-12,
    method: "splitting",
    signal: abort.signal,
    onIteration: () => abort.abort(),
  });
  return status;
}

async function runSmallTask(): Promise<string> {
  const bytes = new TextEncoder().encode(SMALL_SDPA);
  const { status } = await open[0].run("solve", {}, { problem: { name: "small.dat-s", bytes } });
  return status;
}

/** A job that is terminated while it is under way. */
async function terminateDuring(order: number): Promise<{ readonly name: string; readonly typed: boolean }> {
  const [solver] = open.splice(0, 1);
  const failed = solver
    .solve(maxCut(order), { eps: 1e-12, method: "splitting", onIteration: () => solver.terminate() })
    .then(() => new Error("it ended"), (error: unknown) => error as Error);
  const error = await failed;
  return { name: error.name, typed: error instanceof WorkerError };
}

/** What start() says when the worker's script is not there, and when it throws. */
async function startBroken(): Promise<{ readonly name: string; readonly message: string }[]> {
  const broken = new Blob(["throw new Error('broken on purpose')"], { type: "text/javascript" });
  const addresses = [new URL("./missing.js", location.href).href, URL.createObjectURL(broken)];
  const reports = [];
  for (const address of addresses) {
    const error = await WebSolver.start({ createWorker: () => new Worker(address, { type: "module" }) }).then(
      () => new Error("it started"),
      (reason: unknown) => reason as Error,
    );
    reports.push({ name: error instanceof WorkerError ? "WorkerError" : error.name, message: error.message });
  }
  return reports;
}

/** Begins a solve in a fresh worker, and returns once its iterations are under way. */
async function beginSolve(order: number): Promise<void> {
  await start("cpu", 2);
  const solver = open[open.length - 1];
  await new Promise<void>((resolve) => {
    const settings = { eps: 1e-12, method: "splitting", onIteration: () => resolve() } as const;
    solver.solve(maxCut(order), settings).catch(() => undefined);
  });
}

function terminateAll(): void {
  for (const solver of open.splice(0)) solver.terminate();
}

const webPage = {
  ...{ start, solveMaxCut, cancelMaxCut, runSmallTask, terminateDuring, terminateAll, startBroken, beginSolve },
};
export type WebPage = typeof webPage;
Object.assign(globalThis, { webPage });
