import { SettingsError } from "../errors.ts";
import type { AndersonType, Embedding } from "../backends/backend.ts";

/** How the penalty (SCS: scale) follows the iterates; see penalty.ts. */
export type PenaltyRuleName = "fixed" | "scs" | "normRatio" | "balance";
/** How the fixed-point iteration is accelerated; see anderson.ts and halpern.ts. */
export type AccelerationName = "none" | "anderson" | "halpern";

/** Settings of the splitting loop. */
export interface SplittingSettings {
  /** Default "frozen". */
  readonly embedding: Embedding;
  /** Diagonal equilibration of A and P, and normalised b and c. Default true. */
  readonly equilibrate: boolean;
  /** Weight ρ_x of the x-block. Default 1e-6; in (0, ∞). */
  readonly rhoX: number;
  /** Initial penalty (SCS: scale; R_y = 1/penalty). Default 1 (frozen), 0.1 (reference); in (0, ∞). */
  readonly penalty: number;
  /** Default "normRatio". */
  readonly penaltyRule: PenaltyRuleName;
  /** Over-relaxation α ∈ (0, 2). Default 1.7 (frozen), 1.5 (reference). */
  readonly relaxation: number;
  /** Default "anderson". */
  readonly acceleration: AccelerationName;
  /** Anderson: columns kept. Default 20 (frozen), 10 (reference); 0 turns it off. */
  readonly lookback: number;
  /** Anderson: columns needed for an extrapolation. Default 8 (frozen), 10 (reference). */
  readonly leastColumns: number;
  /** Anderson: iterations between extrapolations. Default 1 (frozen), 10 (reference). */
  readonly interval: number;
  /** Anderson: 1 (as SCS) or 2. Default 2 (frozen), 1 (reference). */
  readonly andersonType: AndersonType;
  /**
   * Anderson: an extrapolation is undone when the residual grows by more than this. Default 2 (frozen), 1
   * (reference).
   */
  readonly safeguard: number;
  /** Anderson: ‖γ‖ from which the columns carry no direction. Default 1e4 (frozen), 1e10 (reference). */
  readonly weightLimit: number;
  /**
   * Anderson: iterations without progress after which it pauses. Default 20 (frozen), Infinity (reference).
   */
  readonly patience: number;
  /** Iterations between checks. Default 25. */
  readonly checkEvery: number;
  /** Default 100,000. */
  readonly maxIterations: number;
  /** Seconds, counted from the loop's start. Default none. */
  readonly timeLimit?: number;
}

/** SCS 3.2 with its published defaults. */
export const REFERENCE_SETTINGS: SplittingSettings = Object.freeze({
  embedding: "homogeneous",
  equilibrate: true,
  rhoX: 1e-6,
  penalty: 0.1,
  penaltyRule: "scs",
  relaxation: 1.5,
  acceleration: "anderson",
  lookback: 10,
  leastColumns: 10,
  interval: 10,
  andersonType: 1,
  safeguard: 1,
  weightLimit: 1e10,
  patience: Infinity,
  checkEvery: 25,
  maxIterations: 100_000,
});

/**
 * The default: no embedding, normalised data, penalty from ratios of norms, Anderson acceleration in every
 * iteration. Iterations until the DIMACS errors are below 1e-4 (1e-6), against SCS 3.2.11 to its own test at
 * 1e-4: theta1 115 (145) : 225, theta2 150 (205) : 300, theta3 140 (195) : 325, mcp100 115 (150) : 750,
 * mcp250-1 260 (340) : 2125, qap5 160 (170) : 225, truss1 45 (65) : 150, truss4 65 (95) : 175. Without
 * acceleration the geometric mean is 2.9 times as large.
 */
export const FROZEN_SETTINGS: SplittingSettings = Object.freeze({
  ...REFERENCE_SETTINGS,
  embedding: "frozen",
  penalty: 1,
  penaltyRule: "normRatio",
  relaxation: 1.7,
  lookback: 20,
  leastColumns: 8,
  interval: 1,
  andersonType: 2,
  safeguard: 2,
  weightLimit: 1e4,
  patience: 20,
});

const EMBEDDINGS = ["homogeneous", "frozen"];
const RULES = ["fixed", "scs", "normRatio", "balance"];
const ACCELERATIONS = ["none", "anderson", "halpern"];

/**
 * Fills in defaults: {@link REFERENCE_SETTINGS} for the homogeneous embedding, {@link FROZEN_SETTINGS}
 * otherwise.
 * @throws SettingsError naming the first setting that is unknown or out of range.
 */
export function splittingSettings(given: Partial<SplittingSettings> = {}): SplittingSettings {
  const base = given.embedding === "homogeneous" ? REFERENCE_SETTINGS : FROZEN_SETTINGS;
  const known = new Set([...Object.keys(base), "timeLimit"]);
  for (const key of Object.keys(given)) {
    if (!known.has(key)) throw new SettingsError(`unknown setting "${key}"`, { field: key });
  }
  const settings = { ...base, ...given };
  const require = (field: keyof SplittingSettings, holds: boolean, range: string): void => {
    if (holds) return;
    const value = settings[field];
    throw new SettingsError(`${field} must be ${range}, got ${String(value)}`, { field, value });
  };
  const positive = (v: number): boolean => Number.isFinite(v) && v > 0;
  const count = (v: number, least: number): boolean => Number.isInteger(v) && v >= least;
  require("embedding", EMBEDDINGS.includes(settings.embedding), `one of ${EMBEDDINGS.join(", ")}`);
  require("penaltyRule", RULES.includes(settings.penaltyRule), `one of ${RULES.join(", ")}`);
  const accelerated = ACCELERATIONS.includes(settings.acceleration);
  require("acceleration", accelerated, `one of ${ACCELERATIONS.join(", ")}`);
  require("rhoX", positive(settings.rhoX), "a positive number");
  require("penalty", positive(settings.penalty), "a positive number");
  require("relaxation", positive(settings.relaxation) && settings.relaxation < 2, "in (0, 2)");
  require("lookback", count(settings.lookback, 0), "an integer ≥ 0");
  require("leastColumns", count(settings.leastColumns, 1), "an integer ≥ 1");
  require("interval", count(settings.interval, 1), "an integer ≥ 1");
  require("andersonType", settings.andersonType === 1 || settings.andersonType === 2, "1 or 2");
  require("safeguard", settings.safeguard > 0, "a positive number");
  require("weightLimit", settings.weightLimit > 0, "a positive number");
  require("patience", settings.patience > 0, "a positive number");
  require("checkEvery", count(settings.checkEvery, 1), "an integer ≥ 1");
  require("maxIterations", count(settings.maxIterations, 1), "an integer ≥ 1");
  const { timeLimit } = settings;
  require("timeLimit", timeLimit === undefined || timeLimit >= 0, "a number of seconds ≥ 0");
  return settings;
}
