import { SettingsError } from "../errors.ts";
import type { Refit } from "./incumbent.ts";
import type { Parameters } from "./training-problem.ts";

export type EngineChoice = "auto" | "highs" | "batch" | "gpu" | "conic";
export type BranchingRule = "violated" | "strong";

/** A line of the log: what is known at some moment. */
export interface SearchProgress {
  /** Node relaxations solved in the tree. */
  readonly nodes: number;
  readonly open: number;
  /** Safe lower bound on the training problem's optimum; never falls. */
  readonly lowerBound: number;
  /** Loss of the best network found (f, W₂*); never rises. Infinity before there is one. */
  readonly incumbent: number;
  /** (incumbent − lowerBound)/incumbent, 1 = nothing proved. */
  readonly gap: number;
  /** Least training MSE with σ itself so far; never rises. */
  readonly activationMse: number;
  readonly seconds: number;
}

export interface SearchSettings {
  /** Seconds; 0 = none. Default 60. */
  readonly timeLimit: number;
  /** Node relaxations at most. Default 1e6. */
  readonly nodeLimit: number;
  /** The search ends when incumbent − bound ≤ gapTolerance · incumbent. Default 1e-4. */
  readonly gapTolerance: number;
  /** Default "auto" (engines/choose.ts). */
  readonly engine: EngineChoice;
  /** Nodes per batch of the engines "batch" and "gpu". Default 64. */
  readonly batch: number;
  /** Threads of the batch engine; the result does not depend on it. Default 1. */
  readonly threads: number;
  /** Default "violated": the largest |g − f(x)|. "strong" tries several points and both halves of each. */
  readonly branching: BranchingRule;
  /** Points that strong branching tries. Default 4. */
  readonly strongCandidates: number;
  /** Reduced-cost fixing: pieces that the node's multipliers prove useless are taken away. Default true. */
  readonly fixing: boolean;
  /**
   * Cuts of neuron envelopes over the parameters' box, at the root (engine "highs", linear loss). Default false: they were
   * measured to raise the root's bound hardly at all.
   */
  readonly envelopes: boolean;
  /** Length of a dive before the search goes back to the least bound. Default 40. */
  readonly diveDepth: number;
  /** Cell search and fixing dive, besides rounding. Default true. */
  readonly heuristics: boolean;
  /** Output parameters fitted again for σ. Default "layer". */
  readonly refit: Refit;
  /** A network to start from, e.g. the one that W₂* was taken from. */
  readonly start?: Parameters | undefined;
  /** Text of an earlier run's checkpoint. */
  readonly resume?: string | undefined;
  /** Receives the state as text every `checkpointInterval` seconds (a sixth of it after a better incumbent) and at the end. */
  readonly onCheckpoint?: ((text: string) => void | Promise<void>) | undefined;
  /** Seconds. Default 30. */
  readonly checkpointInterval: number;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
  /** Ends the search; the incumbent is returned. */
  readonly signal?: AbortSignal | undefined;
}

export const defaultSearchSettings: SearchSettings = {
  timeLimit: 60,
  nodeLimit: 1e6,
  gapTolerance: 1e-4,
  engine: "auto",
  batch: 64,
  threads: 1,
  branching: "violated",
  strongCandidates: 4,
  fixing: true,
  envelopes: false,
  diveDepth: 40,
  heuristics: true,
  refit: "layer",
  checkpointInterval: 30,
};

const ranges = {
  timeLimit: [0, Number.MAX_VALUE],
  nodeLimit: [0, Number.MAX_VALUE],
  gapTolerance: [0, 1],
  batch: [1, 4096],
  threads: [1, 256],
  strongCandidates: [1, 12],
  diveDepth: [0, 1e6],
  checkpointInterval: [0, Number.MAX_VALUE],
} as const;

const choices = {
  engine: ["auto", "highs", "batch", "gpu", "conic"],
  branching: ["violated", "strong"],
  refit: ["bias", "layer"],
} as const;

/** @throws SettingsError for a value outside its range or a choice that does not exist */
export function completeSearchSettings(given: Partial<SearchSettings> = {}): SearchSettings {
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings = { ...defaultSearchSettings, ...(stated as Partial<SearchSettings>) };
  for (const field of Object.keys(ranges) as (keyof typeof ranges)[]) {
    const [least, most] = ranges[field];
    const value = settings[field];
    if (!(value >= least && value <= most)) {
      throw new SettingsError(`${field} must be from ${least} to ${most}, but is ${value}`, { field, value });
    }
  }
  for (const field of Object.keys(choices) as (keyof typeof choices)[]) {
    const allowed: readonly string[] = choices[field];
    if (!allowed.includes(settings[field])) {
      throw new SettingsError(`${field} must be one of ${allowed.join(", ")}, but is ${settings[field]}`, {
        field,
        value: settings[field],
      });
    }
  }
  return settings;
}
