/** Where the worker computes: `auto` takes the fastest of what is there (choose.ts). */
export type WebBackend = "auto" | "webgpu" | "webgl" | "cpu";

export interface WebSolverOptions {
  /** Default `auto`. */
  readonly backend?: WebBackend;
  /**
   * Threads of the CPU kernels, the worker's own among them; more than one needs a cross-origin isolated page.
   * Default: the processors, at most 4.
   */
  readonly threads?: number;
  /**
   * Makes the worker. Default: `new Worker(new URL("./worker.js", import.meta.url), { type: "module" })`, which Vite
   * and webpack 5 recognise and a plain static server serves; esbuild needs `spectrahedron/web/worker` as an entry
   * point of its own, and its address here. Called again when a worker had to be terminated.
   */
  readonly createWorker?: () => Worker;
  /** Milliseconds that an aborted job has to come to its end before its worker is terminated. Default 10 000. */
  readonly grace?: number;
  /**
   * Moves typed arrays of problems and inputs to the worker where they fill their buffers, instead of copying them: they
   * are of length 0 in the page afterwards. Results are always moved. Default false.
   */
  readonly moveInputs?: boolean;
}

/** What the worker found, and what it chose. */
export interface WebCapabilities {
  readonly webgpu?: { readonly adapter: string; readonly software: boolean };
  readonly webgl?: { readonly renderer: string };
  /** Threads of the CPU kernels, the worker's own among them. */
  readonly threads: number;
  readonly crossOriginIsolated: boolean;
  readonly chosen: "webgpu" | "webgl" | "wasm-threads" | "wasm";
  /** One line for a person: what was chosen and why. */
  readonly explanation: string;
}
