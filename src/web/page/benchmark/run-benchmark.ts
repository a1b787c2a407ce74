import { WebSolver } from "../../api/client.ts";
import type { JsonSummary } from "../../../report/json-summary.ts";
import { maxCutProblem, randomGraph, thetaProblem } from "../examples/graphs.ts";
import type { BenchmarkBackend, BenchmarkItem, BenchmarkResult, KernelReply, KernelRequest } from "./types.ts";

export interface BenchmarkSize {
  readonly products: readonly number[];
  readonly projections: readonly number[];
  /** Names of {@link problems}. */
  readonly solves: readonly string[];
}

export const benchmarkSizes: Readonly<Record<"quick" | "full", BenchmarkSize>> = {
  quick: { products: [256], projections: [100], solves: ["theta, order 50"] },
  full: { products: [256, 512, 1024], projections: [50, 100, 200, 400], solves: ["theta, order 50", "theta, order 100", "maximum cut, order 100"] },
};

const problems: Readonly<Record<string, () => string>> = {
  "theta, order 50": () => thetaProblem(randomGraph(50, 103, 1), "Lovasz theta, 50 nodes"),
  "theta, order 100": () => thetaProblem(randomGraph(100, 497, 2), "Lovasz theta, 100 nodes"),
  "maximum cut, order 100": () => maxCutProblem(randomGraph(100, 269, 3), "maximum cut, 100 nodes"),
};

/** Seconds that a solve may take, and the tolerance that single precision can reach. */
const SOLVE_LIMIT = 60;
const TOLERANCE = 1e-4;

export interface BenchmarkEvents {
  readonly onResult: (result: BenchmarkResult) => void;
  /** What is being measured. */
  readonly onStep: (text: string) => void;
  readonly onDevice: (backend: BenchmarkBackend, name: string) => void;
}

export function itemsOf({ products, projections, solves }: BenchmarkSize): BenchmarkItem[] {
  return [
    ...products.map((size): BenchmarkItem => ({ test: "product", size })),
    ...projections.map((size): BenchmarkItem => ({ test: "projection", size })),
    ...solves.map((size): BenchmarkItem => ({ test: "solve", size })),
  ];
}

/** Measures one backend, item by item; returns early once the signal is aborted. */
export async function benchmarkBackend(backend: BenchmarkBackend, size: BenchmarkSize, signal: AbortSignal, events: BenchmarkEvents): Promise<void> {
  const items = itemsOf(size);
  const kernels = items.filter(({ test }) => test !== "solve");
  const solves = items.filter(({ test }) => test === "solve");
  let solver: WebSolver;
  try {
    solver = await WebSolver.start({ backend, createWorker });
  } catch (error) {
    for (const item of items) events.onResult({ ...item, backend, reason: messageOf(error) });
    return;
  }
  try {
    const { threads, explanation } = solver.capabilities;
    events.onDevice(backend, explanation);
    await measureKernels({ backend, threads, items: kernels }, signal, events);
    for (const item of solves) {
      if (signal.aborted) return;
      events.onStep(`${item.size} on ${backend}`);
      events.onResult(await measureSolve(solver, backend, item, signal));
    }
  } finally {
    solver.terminate();
  }
}

function createWorker(): Worker {
  return new Worker(new URL("../../api/worker.ts", import.meta.url), { type: "module", name: "solver" });
}

function measureKernels(request: KernelRequest, signal: AbortSignal, { onResult, onStep, onDevice }: BenchmarkEvents): Promise<void> {
  const worker = new Worker(new URL("./kernel-worker.ts", import.meta.url), { type: "module", name: "benchmark" });
  let next = 0;
  const step = (): void => {
    const item = request.items.at(next++);
    if (item) onStep(`${item.test} of order ${item.size} on ${request.backend}`);
  };
  return new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    const fail = (reason: string): void => {
      for (const item of request.items.slice(Math.max(0, next - 1))) onResult({ ...item, backend: request.backend, reason });
      resolve();
    };
    worker.onerror = (event) => fail(event.message || "the worker could not be loaded");
    worker.onmessage = ({ data }: MessageEvent<KernelReply>) => {
      switch (data.kind) {
        case "device":
          onDevice(request.backend, data.name);
          return;
        case "result":
          onResult(data.result);
          return step();
        case "done":
          return resolve();
        case "failed":
          return fail(data.message);
      }
    };
    if (signal.aborted) return resolve();
    step();
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

async function measureSolve(solver: WebSolver, backend: BenchmarkBackend, item: BenchmarkItem, signal: AbortSignal): Promise<BenchmarkResult> {
  const text = problems[String(item.size)]();
  const inputs = { problem: { name: "problem.dat-s", bytes: new TextEncoder().encode(text) } };
  const method = backend === "cpu" ? "auto" : "splitting";
  try {
    const parameters = { eps: TOLERANCE, timeLimit: SOLVE_LIMIT, method, precision: backend === "cpu" ? "auto" : "f32" };
    const { record, status } = await solver.run("solve", parameters, inputs, { signal });
    const { seconds, iterations, primalObjective, backend: ranOn } = record as JsonSummary;
    return { ...item, backend, milliseconds: 1000 * seconds.total, runs: 1, status, iterations, objective: primalObjective, ranOn };
  } catch (error) {
    return { ...item, backend, reason: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
