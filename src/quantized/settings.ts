import { SettingsError } from "../errors.ts";
import type { LossName } from "./model/loss.ts";
import { lossNames } from "./model/loss.ts";
import type { Activation } from "./model/sample-forms.ts";
import type { RelaxationProgress } from "./solve/relax.ts";
import type { GramMethod, Program } from "./solve/gram-types.ts";

/** Settings of {@link trainQuantized}. */
export interface QuantizedSettings {
  /** "bilinear": program (22), whose rounding is unbiased. "quadratic": (19), neurons σ(xᵀu). Default "bilinear". */
  readonly program?: Program;
  /** "bilinear" (default): Σ (xᵀu)(xᵀv)α; or the coefficients of σ(t) = at² + bt + c. */
  readonly activation?: Activation;
  /** M: weights {−M, −M+2, …, M}, through M copies of every feature. Default 1: weights ±1. */
  readonly levels?: number;
  /** Default "squared". hinge and logistic need targets ±1. */
  readonly loss?: LossName;
  /** Corner δ of the Huber loss. Default 1. */
  readonly huberDelta?: number;
  /** Whether the objective sums the losses of the samples (default) or averages them. */
  readonly average?: "sum" | "mean";
  /** β > 0: weight of the regulariser βdΣ|αⱼ|, d the order of the lifted forms. Default 1. */
  readonly beta?: number;
  /**
   * "consistent" (default): 2βdρ, the tight lower bound of the training problem (20). "printed": βdρ as in (22) of the
   * paper, half of it: still a lower bound, a looser one.
   */
  readonly regularizer?: "consistent" | "printed";
  /** Certified relative gap to stop at. Default 1e-6. */
  readonly gap?: number;
  /** Default 5000. */
  readonly maxIterations?: number;
  /** Seconds; 0 (default) = none. */
  readonly timeLimit?: number;
  /** How the Gram system is solved; "auto" (default) chooses from the sizes. */
  readonly gramMethod?: GramMethod | "auto";
  /**
   * Where the splitting runs: "auto" (default) takes a GPU, never a software adapter, for problems that are large
   * enough; "webgpu" insists. Bounds and objectives are computed in f64 on the CPU either way.
   */
  readonly backend?: "auto" | "cpu" | "webgpu";
  /** Threads of the dense kernels on the CPU, 1 to 64. Default: 1 for small problems, then what the machine has, up to 8. */
  readonly threads?: number | undefined;
  /** Part of the GPU adapter's name. */
  readonly adapter?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RelaxationProgress) => void) | undefined;
}

/** Settings with every default filled in. */
export type CompleteSettings = Required<Omit<QuantizedSettings, "adapter" | "threads" | "signal" | "onProgress">> &
  Pick<QuantizedSettings, "adapter" | "threads" | "signal" | "onProgress">;

/** Fills in defaults. @throws SettingsError naming the setting. */
export function completeSettings(settings: QuantizedSettings): CompleteSettings {
  const complete: CompleteSettings = {
    program: "bilinear",
    activation: "bilinear",
    levels: 1,
    loss: "squared",
    huberDelta: 1,
    average: "sum",
    beta: 1,
    regularizer: "consistent",
    gap: 1e-6,
    maxIterations: 5000,
    timeLimit: 0,
    gramMethod: "auto",
    backend: "auto",
    ...definedOnly(settings),
  };
  const fail = (field: string, value: unknown, expected: string): never => {
    throw new SettingsError(`${field} is ${String(value)}; ${expected}`, { field, value });
  };
  const { activation, levels, beta, gap, huberDelta, maxIterations, timeLimit, loss, backend, threads } = complete;
  if (!(beta > 0 && beta < Infinity)) {
    fail(
      "beta",
      beta,
      "it must be a positive number: without a regulariser the program has no bound on the weights (take a small one, such as 1e-6)",
    );
  }
  if (!Number.isSafeInteger(levels) || levels < 1 || levels > 127) {
    fail("levels", levels, "it must be a whole number from 1 to 127");
  }
  if (!lossNames.includes(loss)) fail("loss", loss, `it must be one of ${lossNames.join(", ")}`);
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads >= 1 && threads <= 64)) {
    fail("threads", threads, "it must be a whole number from 1 to 64");
  }
  if (!["auto", "cpu", "webgpu"].includes(backend)) fail("backend", backend, "it must be auto, cpu or webgpu");
  if (!(gap > 0 && gap < 1)) fail("gap", gap, "it must lie between 0 and 1");
  if (!(huberDelta > 0 && huberDelta < Infinity))
    fail("huberDelta", huberDelta, "it must be a positive number");
  if (!Number.isSafeInteger(maxIterations) || maxIterations < 0) {
    fail("maxIterations", maxIterations, "it must be a whole number of at least 0");
  }
  if (!(timeLimit >= 0)) fail("timeLimit", timeLimit, "it must be a number of at least 0");
  if (activation !== "bilinear") {
    const { a, b, c } = activation;
    if (![a, b, c].every(Number.isFinite))
      fail("activation", `${a},${b},${c}`, "its coefficients must be finite");
    if (a === 0 && b === 0) fail("activation", `0,0,${c}`, "a constant activation does not see the data");
  }
  return complete;
}

function definedOnly<T extends object>(settings: T): T {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
}
