/** Where a benchmark computes. */
export const benchmarkBackends = ["cpu", "webgpu", "webgl"] as const;
export type BenchmarkBackend = (typeof benchmarkBackends)[number];

/** Name and precision. */
export const backendNames: Readonly<Record<BenchmarkBackend, readonly [string, string]>> = {
  cpu: ["WebAssembly", "f64"],
  webgpu: ["WebGPU", "f32"],
  webgl: ["WebGL2", "f32"],
};

export type BenchmarkTest = "product" | "projection" | "solve";

/** One thing to measure. */
export interface BenchmarkItem {
  readonly test: BenchmarkTest;
  /** Order of the matrices, or name of the problem. */
  readonly size: number | string;
}

/** What was measured. */
export interface BenchmarkRow extends BenchmarkItem {
  readonly backend: BenchmarkBackend;
  /** Median over the runs. */
  readonly milliseconds: number;
  readonly runs: number;
  /** 2n³ over the median, 10⁹/s; of products only. */
  readonly gflops?: number;
  /** Of solves only. */
  readonly status?: string;
  readonly iterations?: number;
  readonly objective?: number | null;
  /** Where it ran in fact: the solver may pass over a backend for a problem. */
  readonly ranOn?: string;
}

/** Why something was not measured. */
export interface BenchmarkGap extends BenchmarkItem {
  readonly backend: BenchmarkBackend;
  readonly reason: string;
}

export type BenchmarkResult = BenchmarkRow | BenchmarkGap;

/** From the page to the worker that measures kernels. */
export interface KernelRequest {
  readonly backend: BenchmarkBackend;
  readonly threads: number;
  readonly items: readonly BenchmarkItem[];
}

/** Back from it: the device's name, one reply an item, then the end. */
export type KernelReply =
  | { readonly kind: "device"; readonly name: string }
  | { readonly kind: "result"; readonly result: BenchmarkResult }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string };
