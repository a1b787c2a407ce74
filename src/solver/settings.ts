import { SettingsError } from "../errors.ts";
import type { ConicPoint } from "../problem/conic-problem.ts";

export type Method = "auto" | "splitting" | "interior" | "reference";
export type BackendChoice = "auto" | "cpu" | "webgpu" | "webgl";
/** See {@link Settings.precision}. */
export type Precision = "auto" | "f32" | "refined";
/** See {@link Settings.refinement}. */
export type RefinementChoice = "auto" | "cpu" | "device";
/** See {@link Settings.projection}. */
export type ProjectionChoice = "auto" | "jacobi" | "polynomial" | "tiled" | "subspace";
export type LinearSolverChoice = "auto" | "ldl" | "dense" | "cg" | "structured";
export type KernelChoice = "auto" | "wasm-simd" | "typescript";

/** What `onIteration` is told, at every check of the splitting and every interior-point iteration. */
export interface IterationInfo {
  readonly phase: "splitting" | "interior";
  /** Iterations of this phase so far. */
  readonly iteration: number;
  /** ‖Ax + s − b‖∞ over its scale (termination.ts); f64, original data. */
  readonly primalResidual: number;
  /** ‖Px + Aᵀy + c‖∞ over its scale. */
  readonly dualResidual: number;
  /** Duality gap over the objective's scale. */
  readonly gap: number;
  readonly primalObjective: number;
  readonly dualObjective: number;
  /** Scale of the splitting's penalty, or the barrier parameter of the interior phase. */
  readonly penalty: number;
  /** Since the start of the solve. */
  readonly seconds: number;
}

export interface Settings {
  /** Tolerance on the scaled residuals, the six DIMACS errors and the objective. Default 1e-6; 1e-12 … 1. */
  readonly eps: number;
  /** Limit on the scaled residual of an infeasibility certificate. Default 1e-7. */
  readonly epsInfeasible: number;
  /** Splitting iterations at most. Default 100 000. */
  readonly maxIterations: number;
  /** Seconds of wall time at most; 0 = no limit. Default 0. */
  readonly timeLimit: number;
  /**
   * `auto` starts with the splitting and hands over to the interior-point phase when that is the cheaper way on
   * (handover.ts); `splitting` and `interior` use one of them alone; `reference` is the splitting of SCS v3.
   * Default `auto`.
   */
  readonly method: Method;
  /**
   * Where the splitting runs. `auto` takes a GPU (never a software adapter) for problems that are large enough, and says
   * in a note when there is none; `webgpu` insists. In browsers without WebGPU, `auto` lets WebGL2 project large
   * semidefinite blocks where that measures faster, `webgl` all from order 32 on (package gpu.js). Default `auto`.
   */
  readonly backend: BackendChoice;
  /** Part of the name of the WebGPU adapter to use. Default: the fastest. */
  readonly adapter?: string | undefined;
  /**
   * What follows when the f32 of a device is exhausted: `f32` nothing, `refined` corrections on the device or the f64
   * splitting on the CPU from the device's point (see `refinement`), `auto` whatever is cheapest. Default `auto`.
   */
  readonly precision: Precision;
  /**
   * Who goes past f32: the `device`, by corrections in f32 around a point in f64, the `cpu`, or by `auto` the device where
   * it is a GPU and the semidefinite blocks are large. What a device cannot finish goes to the CPU. Default `auto`.
   */
  readonly refinement: RefinementChoice;
  /**
   * How a device projects semidefinite blocks: `jacobi` up to order 44, the `polynomial`, the same in panels (`tiled`), or,
   * once ranks are low, by a followed `subspace` in blocks of every order; `auto` by order, rank and adapter. Default `auto`.
   */
  readonly projection: ProjectionChoice;
  /** Device time per kernel in the result (`profile`), at some cost in speed. Default false. */
  readonly profile: boolean;
  /** How the splitting solves its linear system. Default `auto` (linear/choose.ts). */
  readonly linearSolver: LinearSolverChoice;
  /** Dense f64 kernels of the CPU. Default `auto`: WebAssembly SIMD where the platform has it. */
  readonly kernels: KernelChoice;
  /**
   * Threads of the dense kernels, the calling one among them; 1 … 64. They need WebAssembly SIMD and shared memory (in
   * browsers a cross-origin isolated page); a note tells when they cannot be had. Default: 1, in a WebSolver's worker the
   * number it was started with. (Several PSD blocks are shared out among the processors without being asked.)
   */
  readonly threads?: number | undefined;
  /**
   * Upper bound on tr(s) (PSD traces + nonnegative rows + heads of second-order cones) at some optimum: asks for a
   * certified lower bound on the optimal value.
   */
  readonly traceBound?: number | undefined;
  /** The same for tr(y) at some dual optimum: asks for a certified upper bound on the dual optimal value. */
  readonly dualTraceBound?: number | undefined;
  /** Starting point; its lengths must fit and its numbers be finite. */
  readonly warmStart?: ConicPoint | undefined;
  /** Stops the solve; the current point is returned with status `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every progress report. A thrown error ends the solve and is passed on. */
  readonly onIteration?: ((info: IterationInfo) => void) | undefined;
}

export const defaultSettings: Settings = {
  eps: 1e-6,
  epsInfeasible: 1e-7,
  maxIterations: 100_000,
  timeLimit: 0,
  method: "auto",
  backend: "auto",
  precision: "auto",
  refinement: "auto",
  projection: "auto",
  profile: false,
  linearSolver: "auto",
  kernels: "auto",
};

const choices = {
  method: ["auto", "splitting", "interior", "reference"],
  backend: ["auto", "cpu", "webgpu", "webgl"],
  precision: ["auto", "f32", "refined"],
  refinement: ["auto", "cpu", "device"],
  projection: ["auto", "jacobi", "polynomial", "tiled", "subspace"],
  linearSolver: ["auto", "ldl", "dense", "cg", "structured"],
  kernels: ["auto", "wasm-simd", "typescript"],
} as const;

const ranges = {
  eps: [1e-12, 1],
  epsInfeasible: [1e-12, 1],
  maxIterations: [0, 1e9],
  timeLimit: [0, Number.MAX_VALUE],
  traceBound: [0, Number.MAX_VALUE],
  dualTraceBound: [0, Number.MAX_VALUE],
  threads: [1, 64],
} as const;

/** Settings without a default value. */
const optional: readonly string[] = ["traceBound", "dualTraceBound", "threads"];
const wholeNumbers = ["maxIterations", "threads"] as const;

const knownNames = new Set<string>([
  ...Object.keys(choices),
  ...Object.keys(ranges),
  "adapter",
  "profile",
  "warmStart",
  "signal",
  "onIteration",
]);

/**
 * Completes settings with their defaults.
 * @throws SettingsError for an unknown name, a value outside its range, or a choice that does not exist.
 */
export function completeSettings(given: Partial<Settings> = {}): Settings {
  for (const name of Object.keys(given)) {
    if (!knownNames.has(name)) {
      throw new SettingsError(`unknown setting "${name}"; known are ${[...knownNames].join(", ")}`, { field: name });
    }
  }
  const settings: Settings = { ...defaultSettings, ...withoutUndefined(given) };
  for (const name of Object.keys(ranges) as (keyof typeof ranges)[]) {
    const value = settings[name];
    if (value === undefined && optional.includes(name)) continue;
    const [least, most] = ranges[name];
    if (typeof value !== "number" || !(value >= least && value <= most)) {
      throw new SettingsError(`${name} must be a number from ${least} to ${most}, but is ${String(value)}`, {
        field: name,
        value,
      });
    }
  }
  for (const name of wholeNumbers) {
    const value = settings[name];
    if (value !== undefined && !Number.isInteger(value)) {
      throw new SettingsError(`${name} must be a whole number, but is ${value}`, { field: name, value });
    }
  }
  for (const name of Object.keys(choices) as (keyof typeof choices)[]) {
    const allowed: readonly string[] = choices[name];
    if (!allowed.includes(settings[name])) {
      throw new SettingsError(`${name} must be one of ${allowed.join(", ")}, but is ${String(settings[name])}`, {
        field: name,
        value: settings[name],
      });
    }
  }
  return settings;
}

function withoutUndefined<T extends object>(given: T): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}
