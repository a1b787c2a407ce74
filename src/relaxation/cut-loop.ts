import { ProblemError } from "../errors.ts";
import type { LpEngine, LpRow, LpSession, LpSolution } from "./lp/linear-program.ts";
import { safeLowerBound } from "./lp/safe-bound.ts";
import { multivariateRow, univariateRow } from "./network-lp.ts";
import type { NetworkLp } from "./network-lp.ts";

export type CutKind = "univariate" | "neuron";

export interface CutLoopLimits {
  /** LPs at most in one run. */
  readonly rounds: number;
  /** A cut must be violated by this much, relative to the neuron's range. */
  readonly violation: number;
  /** The run ends once three rounds together improve the bound by less than this, relative to its size. */
  readonly improvement: number;
  /** Milliseconds of performance.now() after which no round is begun. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** One LP of a run. */
export interface Round {
  readonly kind: CutKind;
  /** The best safe bound so far. */
  readonly bound: number;
  /** Cuts in the LP, without the rows it began with. */
  readonly cuts: number;
  /** Cuts this round's point violated. */
  readonly added: number;
  readonly seconds: number;
}

export interface CutLoopResult {
  /** The best safe lower bound. */
  readonly bound: number;
  /** The last LP's solution. */
  readonly x: Float64Array | undefined;
  readonly rounds: readonly Round[];
}

/** A cut is dropped after this many rounds in a row without binding. */
const IDLE_ROUNDS = 3;

/** A relaxation with its LP session, which keeps its cuts from one objective to the next: they hold for all of them. */
export class CutLoop {
  private readonly lp: NetworkLp;
  private readonly session: LpSession;
  private rows: LpRow[];
  /** By row: rounds without binding; rows of the relaxation itself are never dropped. */
  private idle: number[];

  private constructor(lp: NetworkLp, session: LpSession) {
    this.lp = lp;
    this.session = session;
    this.rows = [...lp.rows];
    this.idle = lp.rows.map(() => 0);
  }

  static async open(engine: LpEngine, lp: NetworkLp): Promise<CutLoop> {
    return new CutLoop(lp, await engine.open(lp.columns, lp.rows));
  }

  close(): void {
    this.session.close();
  }

  get cutCount(): number {
    return this.rows.length - this.lp.rows.length;
  }

  /**
   * Minimises costᵀx: solve, separate all neurons at the point, add what is violated, drop what has been slack,
   * solve again from there.
   * @throws ProblemError where no input satisfies the constraints
   */
  async run(cost: Float64Array, kind: CutKind, limits: CutLoopLimits): Promise<CutLoopResult> {
    this.session.setCost(cost);
    const rounds: Round[] = [];
    let bound = -Infinity;
    let x: Float64Array | undefined;
    for (let round = 0; round < Math.max(1, limits.rounds); round++) {
      const began = performance.now();
      if (round > 0 && (began > limits.deadline || limits.signal?.aborted)) break;
      const solution = await this.session.solve();
      if (solution.status === "infeasible") {
        throw new ProblemError("no input of the box satisfies the linear constraints: the relaxation is infeasible", {
          field: "constraints",
        });
      }
      const safe = safeLowerBound(this.lp.columns, this.rows, cost, solution.rowDual);
      const before = rounds.length < 3 ? -Infinity : rounds[rounds.length - 3].bound;
      if (safe > bound) bound = safe;
      if (solution.status === "failed") {
        rounds.push({ kind, bound, cuts: this.cutCount, added: 0, seconds: (performance.now() - began) / 1000 });
        break;
      }
      x = solution.x;
      const stalled = bound - before <= limits.improvement * (1 + Math.abs(bound));
      const last = round + 1 >= limits.rounds || stalled;
      const added = last ? [] : this.separate(solution, kind, limits.violation);
      rounds.push({ kind, bound, cuts: this.cutCount, added: added.length, seconds: (performance.now() - began) / 1000 });
      if (added.length === 0) break;
      this.dropIdle(solution);
      this.session.addRows(added);
      this.rows.push(...added);
      this.idle.push(...added.map(() => 0));
    }
    return { bound, x, rounds };
  }

  /** All neurons in one batch at the LP's point. */
  private separate({ x }: LpSolution, kind: CutKind, violation: number): LpRow[] {
    const rows: LpRow[] = [];
    for (const neuron of this.lp.bent) {
      const { lower, upper } = this.lp.columns;
      const tolerance = violation * (upper[neuron.y] - lower[neuron.y]);
      const y = x[neuron.y];
      if (kind === "univariate") {
        const cut = neuron.univariate.separate([x[neuron.z]], y, tolerance);
        if (cut) rows.push(univariateRow(neuron, neuron.univariate.certifiedCut(cut)));
      } else {
        const point = x.subarray(neuron.inputs, neuron.inputs + neuron.multivariate.neuron.weights.length);
        const cut = neuron.multivariate.separate(point, y, tolerance);
        if (cut) rows.push(multivariateRow(neuron, neuron.multivariate.certifiedCut(cut)));
      }
    }
    return rows;
  }

  private dropIdle({ rowDual }: LpSolution): void {
    const fixed = this.lp.rows.length;
    let any = false;
    const keep = this.rows.map((_, k) => {
      if (k < fixed) return true;
      this.idle[k] = rowDual[k] === 0 ? this.idle[k] + 1 : 0;
      const kept = this.idle[k] < IDLE_ROUNDS;
      any ||= !kept;
      return kept;
    });
    if (!any) return;
    this.session.keepRows(keep);
    this.rows = this.rows.filter((_, k) => keep[k]);
    this.idle = this.idle.filter((_, k) => keep[k]);
  }
}
