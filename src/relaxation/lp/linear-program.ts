import type { LpRow } from "../../lp/highs.ts";

export type { LpRow } from "../../lp/highs.ts";

/** Bounds of the variables, all finite: what makes every dual vector a proof of some bound. */
export interface LpColumns {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface LpSolution {
  readonly status: "optimal" | "inaccurate" | "infeasible" | "failed";
  /** Meaningful unless the status is infeasible or failed. */
  readonly x: Float64Array;
  /** One multiplier for each row; at least 0 where the lower side binds, at most 0 where the upper side does. */
  readonly rowDual: Float64Array;
}

/** A linear program that stays with its solver between changes: minimise costᵀx over columns and rows. */
export interface LpSession {
  setCost(cost: Float64Array): void;
  addRows(rows: readonly LpRow[]): void;
  /** Keeps the rows k with keep[k]; the others are gone and the rest numbered anew. */
  keepRows(keep: readonly boolean[]): void;
  solve(): Promise<LpSolution>;
  close(): void;
}

/** A solver of linear programs. */
export interface LpEngine {
  readonly name: string;
  open(columns: LpColumns, rows: readonly LpRow[]): Promise<LpSession>;
}
