import type { Loss } from "../model/loss.ts";
import type { SampleForms } from "../model/sample-forms.ts";
import type { Program } from "./gram-types.ts";

/**
 * The convex program of one or more outputs on shared samples, in the form that the splitting solves. With
 * P = V + Z, M = V − Z in place of Q = [V Z; Z V] (swapping the halves of Q and transposing is a symmetry, so V = W
 * and Z = Zᵀ without loss):
 *
 *   minimize Σᵢ φ(⟨𝒳ᵢ, P − M⟩, yᵢ) + cρ   subject to  diag P + diag M = 2ρ1,  P, M ⪰ 0      (bilinear, (22))
 *   minimize Σᵢ φ(⟨𝒳ᵢ, P − M⟩, yᵢ) + c(ρ₁ + ρ₂)  subject to  diag P = ρ₁1, diag M = ρ₂1, P, M ⪰ 0   (quadratic, (19))
 *
 * Outputs decouple. For the quadratic program Z₁ = P and Z₂ = M.
 */
export interface SplittingProblem {
  readonly forms: SampleForms;
  readonly program: Program;
  readonly loss: Loss;
  /** Targets of every output, n each. */
  readonly targets: readonly Float64Array[];
  /** c > 0: 2β·order (consistent bilinear), β·order (bilinear as printed, and quadratic). */
  readonly price: number;
}

/** A point of the splitting for one output, all of it in f64 on the CPU, to be certified there. */
export interface BlockPoint {
  /** svec of the projected blocks. */
  readonly P: Float64Array;
  readonly M: Float64Array;
  /** A subgradient-like multiplier of u = A(P − M), within the domain of the loss's dual up to rounding. */
  readonly nu: Float64Array;
  /** Multipliers of the diagonal constraints, order entries each; one and the same array for the bilinear program. */
  readonly muP: Float64Array;
  readonly muM: Float64Array;
}

/** The variables of the splitting for one output. */
export interface BlockState {
  /** svec of the projected blocks and of their scaled duals. */
  readonly P: Float64Array;
  readonly M: Float64Array;
  readonly UP: Float64Array;
  readonly UM: Float64Array;
  /** Predictions on the cone side and their scaled dual; zeros for the squared loss. */
  readonly u: Float64Array;
  readonly w: Float64Array;
}

/** σ of the matrices, and of the predictions u where the loss is not taken exactly in the affine step. */
export interface Penalties {
  readonly matrices: number;
  readonly predictions: number;
}

/** Norm of a variable on the cone side and of its scaled dual. */
export interface NormPair {
  readonly primal: number;
  readonly dual: number;
}

export interface Norms {
  /** ‖(P, M)‖_F, ‖(U_P, U_M)‖_F. */
  readonly matrices: NormPair;
  /** ‖u − y‖ (‖u‖ for losses on labels), ‖w‖; undefined where u is no variable. */
  readonly predictions: NormPair | undefined;
}

/** What the loop asks of a device: everything of size nd, n² or d² stays there. */
export interface SplittingEngine {
  readonly name: string;
  /** Name of the GPU adapter; undefined on the CPU. */
  readonly adapter: string | undefined;
  /** Bytes of state and factors. */
  readonly bytes: number;
  /** Cost of new penalties (a new factor) in iterations, roughly. */
  readonly penaltyCost: number;
  /** Runs `count` iterations on the blocks still active. */
  iterate(count: number): Promise<void> | void;
  /** Norms over the active blocks, for the choice of the penalties. */
  norms(): Promise<Norms> | Norms;
  readonly penalty: Penalties;
  /** Changes the penalties; the scaled duals are rescaled so that the multipliers stay. */
  setPenalty(penalty: Penalties): Promise<void> | void;
  /** The point of block k. */
  read(block: number): Promise<BlockPoint> | BlockPoint;
  /** Sets the variables of block k, in the present penalties. */
  load(block: number, state: BlockState): Promise<void> | void;
  /** Ranks of P and M of block k at the last projection. */
  ranks(block: number): readonly [number, number];
  /** Leaves block k as it is from now on. */
  freeze(block: number): void;
  /** Seconds spent, by part. */
  readonly seconds: Readonly<Record<string, number>>;
  /** What a person should know of where and how it ran. */
  readonly notes: readonly string[];
  /** Goes on with more precision, if there is any to be had, where the gap does not shrink; says whether. */
  refine?(gap: number): Promise<boolean>;
  /** Gives device memory back. */
  dispose(): void;
}
