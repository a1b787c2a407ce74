import type { Multipliers, PieceRanges } from "../node-relaxation.ts";

/** What an engine can start a node from: its own business, kept by the tree beside the node. */
export interface WarmState {
  readonly engine: string;
}

export interface NodeRequest {
  readonly ranges: PieceRanges;
  readonly warm?: WarmState | undefined;
}

export interface EngineLimits {
  /** The node's bound is known to be at least this; past it nothing more need be shown. Default none. */
  readonly cutoff?: number | undefined;
  /** Effort as a fraction of the engine's usual one, for strong branching. Default 1. */
  readonly effort?: number | undefined;
  /** Seconds; default none. Engines look at it between steps. */
  readonly seconds?: number | undefined;
  /** Ends a batch early: nodes not begun come back unsolved, with the bound −∞. */
  readonly signal?: AbortSignal | undefined;
}

/** A solved (or nearly solved) node relaxation. */
export interface NodeAnswer {
  /** Safe lower bound on the node's optimum; Infinity when the node is proved empty. */
  readonly bound: number;
  /** Loss of the relaxation's point: what the paper calls training error. NaN without a point. */
  readonly objective: number;
  /** Whether the engine reached its own accuracy. */
  readonly solved: boolean;
  /** (w₁, b₁), M×(d+1), within its bounds; absent when the node is empty. */
  readonly hidden?: Float64Array;
  /** The relaxation's g_ij, N×M. */
  readonly g?: Float64Array;
  readonly multipliers?: Multipliers;
  readonly warm?: WarmState;
  readonly iterations: number;
}

/** The answer for a node that nothing was done for. */
export const unsolved: NodeAnswer = { bound: -Infinity, objective: NaN, solved: false, iterations: 0 };

/** Solves node relaxations. Answers do not depend on what was solved before, nor on the size of the batch. */
export interface RelaxationEngine {
  readonly name: "highs" | "batch" | "gpu" | "conic";
  /** Nodes it likes to be given at once. */
  readonly batch: number;
  solve(requests: readonly NodeRequest[], limits?: EngineLimits): Promise<NodeAnswer[]>;
  dispose(): void;
}
