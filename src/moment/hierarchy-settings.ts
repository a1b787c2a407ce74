import { SettingsError } from "../errors.ts";
import type { BackendChoice, IterationInfo, Settings } from "../solver/settings.ts";
import type { Sparsity } from "./relaxation.ts";

export interface HierarchySettings {
  /** First order; default the least that holds all degrees. */
  readonly order?: number;
  /** Last order; default the first one + 2, or `order` when that is given. */
  readonly maxOrder?: number;
  readonly sparsity?: Sparsity;
  /**
   * Adds the redundant ball (one for each clique) that follows from the bounds of the variables. Default
   * false.
   */
  readonly redundantBall?: boolean;
  /**
   * Eigenvalues of a moment matrix below this times the largest count as zero; in (0, 1). Default: 1e-3, then
   * smaller ones down to 1e-6 while the extracted points do not reproduce the moments closely.
   */
  readonly rankTolerance?: number;
  /** (upper − lower bound)/max(1, |upper|) up to which a point is called a global minimiser. Default 1e-5. */
  readonly gapTolerance?: number;
  /** Tolerance of the conic solver. Default 1e-8. */
  readonly eps?: number;
  /** Seconds for all orders together; 0 = none. Default 0. */
  readonly timeLimit?: number;
  readonly backend?: BackendChoice;
  /** Further settings of the conic core, such as `precision` on a device; those above come first. */
  readonly solver?: Partial<Settings>;
  /** Seed of starting points. Default 1. */
  readonly seed?: number;
  /** Local searches before the first relaxation. Default 6, or 2 beyond 50 variables. */
  readonly starts?: number;
  readonly signal?: AbortSignal;
  /** Told in words what is being done. */
  readonly onProgress?: (text: string) => void;
  readonly onIteration?: (info: IterationInfo) => void;
}

export const hierarchyDefaults = {
  gapTolerance: 1e-5,
  eps: 1e-8,
  timeLimit: 0,
  seed: 1,
} as const;

/** @throws SettingsError for a value out of range */
export function checkHierarchySettings(settings: HierarchySettings): void {
  const within = (name: "rankTolerance" | "gapTolerance" | "eps", least: number, most: number): void => {
    const value = settings[name];
    if (value === undefined || (value > least && value < most)) return;
    throw new SettingsError(`${name} must lie between ${least} and ${most}, but is ${value}`, {
      field: name,
      value,
    });
  };
  within("rankTolerance", 0, 1);
  within("gapTolerance", 0, 1);
  within("eps", 1e-13, 1);
  for (const name of ["order", "maxOrder"] as const) {
    const value = settings[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      throw new SettingsError(`${name} must be a whole number of at least 1, but is ${value}`, {
        field: name,
        value,
      });
    }
  }
  if (settings.order !== undefined && settings.maxOrder !== undefined && settings.maxOrder < settings.order) {
    throw new SettingsError(`maxOrder ${settings.maxOrder} is below order ${settings.order}`, {
      field: "maxOrder",
    });
  }
}
