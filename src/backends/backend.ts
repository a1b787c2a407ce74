import type { ConicPoint } from "../problem/conic-problem.ts";

/** A value, or a promise of it where the vectors live on a device. */
export type Awaitable<T> = T | Promise<T>;

/**
 * How the optimality conditions become a fixed-point problem.
 * - `homogeneous`: the self-dual embedding with a scale τ and slack κ (O'Donoghue, 2021): infeasibility shows
 *   as τ → 0.
 * - `frozen`: τ = 1 for ever, plain Douglas–Rachford on the problem itself: infeasibility shows in the
 *   differences of iterates (Banjac, Goulart, Stellato, Boyd, 2019).
 */
export type Embedding = "homogeneous" | "frozen";

/**
 * What a pair of directions proves about infeasibility; not divided by anything, in the problem's own units.
 */
export interface RayMeasure {
  /** bᵀy; negative for a proof of primal infeasibility. */
  readonly by: number;
  /** ‖Aᵀy‖∞. */
  readonly normAty: number;
  /** cᵀx; negative for a proof of dual infeasibility. */
  readonly cx: number;
  /** ‖Ax + s‖∞. */
  readonly normAxs: number;
  /** ‖Px‖∞. */
  readonly normPx: number;
}

/**
 * The scalars of one iterate. All in f64, in the units of the original problem (unscaled); x, y, s are the
 * iterate divided by τ, so that an iterate with τ = 0 measures as infinities, never as a solution.
 */
export interface Measure {
  readonly iteration: number;
  /** 1 in the frozen embedding. */
  readonly tau: number;
  /** Complementary to τ; 0 in the frozen embedding. */
  readonly kappa: number;
  /** ‖Ax + s − b‖∞. */
  readonly primalResidual: number;
  /** ‖Px + Aᵀy + c‖∞. */
  readonly dualResidual: number;
  /** The same two in the 2-norm, as the DIMACS errors want them. */
  readonly primalResidual2: number;
  readonly dualResidual2: number;
  readonly normAx: number;
  readonly normS: number;
  readonly normB: number;
  readonly normPx: number;
  readonly normAty: number;
  readonly normC: number;
  readonly xPx: number;
  readonly cx: number;
  readonly by: number;
  /** ‖ŷ‖₂ and ‖ŝ‖₂ over the cone's rows in the equilibrated space: what balances the penalty. */
  readonly dualNorm: number;
  readonly slackNorm: number;
  /** Residuals in the equilibrated space (∞-norms). */
  readonly scaledPrimalResidual: number;
  readonly scaledDualResidual: number;
  /**
   * σ² of the equilibration: products with b and c are divided by it when unscaled, and so is their rounding.
   */
  readonly objectiveScale: number;
  /** Infeasibility candidates, when the iterates hint at any. */
  readonly ray?: RayMeasure;
}

/** Type I: A = S, differences of inputs. Type II: A = Y, differences of residuals g = input − output. */
export type AndersonType = 1 | 2;

/** Inner products of the differences between recorded iterates: all that Anderson's weights need. */
export interface HistoryProducts {
  /** Columns held, k. */
  readonly columns: number;
  /** AᵀY, k×k column-major. */
  readonly matrix: Float64Array;
  /** Aᵀg for the newest residual g, length k. */
  readonly rhs: Float64Array;
  /** Frobenius norms of A and Y. */
  readonly normA: number;
  readonly normY: number;
  /** ‖g‖₂. */
  readonly normG: number;
}

/** Memory of the fixed-point map v ↦ T(v), kept where the vectors are. */
export interface IterateHistory {
  /** Forgets everything. */
  reset(): void;
  /**
   * Records the last step (input, output). Returns undefined for the first one: there is no difference yet.
   */
  record(): Awaitable<HistoryProducts | undefined>;
  /** v ← v − F·weights, F = S − Y the differences of outputs. */
  extrapolate(weights: Float64Array): void;
  /** ‖T(v) − v‖₂ of the step just taken. */
  stepNorm(): Awaitable<number>;
  /** v ← the output recorded last: undoes an extrapolation and the step after it. */
  restore(): void;
}

/** An acceleration of v that a backend runs by itself, so that nothing has to come back. */
export interface BackendAcceleration {
  readonly accepted: number;
  readonly rejected: number;
  /** Before a step: may move v. A promise holds the loop back while too much work is under way. */
  extrapolate(iteration: number): Awaitable<void>;
  /** After the relaxed step: may undo it. */
  safeguard(): void;
  /** The map has changed. */
  reset(): void;
}

/** Counted and timed by a workspace, in seconds. */
export interface WorkspaceStatistics {
  linearSolve: number;
  projection: number;
  factorizations: number;
  conjugateGradientSteps: number;
}

/**
 * Everything one solve keeps on a backend, and the operations of the splitting on it. Calls without a return
 * value are in order but need not have finished; numbers come back only through the Awaitable ones.
 *
 * State v = (x, w, τ) ∈ R^{n+m+1} in the equilibrated space, weights R = diag(R_x, R_y, d) with R_y =
 * 1/penalty (1/(1000·penalty) on zero-cone rows).
 */
export interface Workspace {
  readonly backend: string;
  readonly adapter: string;
  readonly precision: string;
  readonly rows: number;
  readonly cols: number;
  readonly embedding: Embedding;
  readonly penalty: number;
  readonly statistics: WorkspaceStatistics;
  /** Used instead of {@link Workspace.history} where it is there. */
  readonly acceleration?: BackendAcceleration;

  /** Ends threads; the workspace goes on without them. */
  dispose?(): void;
  /** New b and/or c (original units, lengths m and n) for the next start; no factorisation is redone. */
  updateData(b?: Float64Array, c?: Float64Array): void;
  /** v ← (0, 0, 1), or (x, y + R_y⁻¹s, 1) from a point in original units. */
  start(point?: ConicPoint): void;
  /** New penalty, same point: v is re-expressed in the new weights when a step has been made. */
  setPenalty(penalty: number): void;

  /** ũ = (I + Q)⁻¹ v in the R-metric, with the root for τ̃ (homogeneous; τ̃ = 1 in iteration 0). */
  affineStep(iteration: number): void;
  /** u = Π(2ũ − v) and (·, s, κ) = R(v + u − 2ũ). */
  coneStep(iteration: number): void;
  /** v ← v + relaxation·(u − ũ). */
  relaxStep(relaxation: number): void;

  /** Halpern's anchor v₀ ← v. */
  setAnchor(): void;
  /** v ← anchorWeight·v₀ + (1 − anchorWeight)·v. */
  pullToAnchor(anchorWeight: number): void;
  /** ‖u − ũ‖_R: the fixed-point error of the step just taken, relative to nothing. */
  fixedPointError(): Awaitable<number>;
  /** ‖Δs‖₂ and ‖Δy‖₂ of the current step's (s, y) since the last call, equilibrated. */
  movement(): Awaitable<{ readonly slack: number; readonly dual: number }>;
  /** The history for Anderson acceleration with this many columns; from now on inputs are kept. */
  history(columns: number, type: AndersonType): IterateHistory;

  measure(iteration: number): Awaitable<Measure>;
  /** x, y, s in original units, divided by τ. s ∈ K, y ∈ K*, s ⊥ y up to rounding. */
  readPoint(): Awaitable<ConicPoint>;
  /** Directions that prove infeasibility if any do (see {@link RayMeasure}); s ∈ K, y ∈ K*. */
  readRay(): Awaitable<ConicPoint>;
}
