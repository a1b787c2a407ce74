import type { ConicPoint, ConicProblem } from "../../problem/conic-problem.ts";
import type { Cone } from "../../problem/cones.ts";
import { sparseFromTriplets } from "../../problem/sparse-matrix.ts";
import type { Settings } from "../../solver/settings.ts";
import { solve } from "../../solver/solve.ts";
import type { LpColumns, LpEngine, LpRow, LpSession, LpSolution } from "./linear-program.ts";

/**
 * This package's own solver as an LP engine: approximate, for large programs and where HiGHS is not at hand. Bounds
 * stay safe: they are computed from the multipliers, whatever their accuracy.
 */
export function conicEngine(settings: Partial<Settings> = {}): LpEngine {
  return {
    name: "splitting",
    open: (columns, rows) => Promise.resolve(new ConicSession(columns, rows, settings)),
  };
}

/** Where the multipliers of a row stand in y: of its upper side (or equality) and of its lower side. */
interface RowPlace {
  readonly upper: number;
  readonly lower: number;
}

class ConicSession implements LpSession {
  private readonly columns: LpColumns;
  private readonly settings: Partial<Settings>;
  private rows: LpRow[];
  private cost: Float64Array;
  private last: ConicPoint | undefined;

  constructor(columns: LpColumns, rows: readonly LpRow[], settings: Partial<Settings>) {
    this.columns = columns;
    this.rows = [...rows];
    this.settings = settings;
    this.cost = new Float64Array(columns.lower.length);
  }

  setCost(cost: Float64Array): void {
    this.cost = cost.slice();
  }

  addRows(rows: readonly LpRow[]): void {
    this.rows.push(...rows);
    this.last = undefined;
  }

  keepRows(keep: readonly boolean[]): void {
    this.rows = this.rows.filter((_, k) => keep[k]);
    this.last = undefined;
  }

  async solve(): Promise<LpSolution> {
    const { problem, places } = this.assemble();
    const result = await solve(problem, { eps: 1e-7, ...this.settings, warmStart: this.last });
    const infeasible = result.status === "primalInfeasible";
    const usable = result.x.every(Number.isFinite) && result.y.every(Number.isFinite);
    if (usable && !infeasible) this.last = { x: result.x, y: result.y, s: result.s };
    const rowDual = Float64Array.from(
      places,
      ({ lower, upper }) => (lower < 0 ? 0 : result.y[lower]) - (upper < 0 ? 0 : result.y[upper]),
    );
    const status = infeasible ? "infeasible" : !usable ? "failed" : result.status === "solved" ? "optimal" : "inaccurate";
    return { status, x: result.x, rowDual };
  }

  close(): void {
    this.last = undefined;
  }

  /** Equalities first, then upper sides, lower sides, and the bounds of the variables. */
  private assemble(): { readonly problem: ConicProblem; readonly places: readonly RowPlace[] } {
    const { rows, columns, cost } = this;
    const i: number[] = [];
    const j: number[] = [];
    const v: number[] = [];
    const b: number[] = [];
    const put = (row: LpRow, sign: number, bound: number): number => {
      row.indices.forEach((index, k) => {
        i.push(b.length);
        j.push(index);
        v.push(sign * row.values[k]);
      });
      return b.push(sign * bound) - 1;
    };
    const places = rows.map(() => ({ upper: -1, lower: -1 }));
    rows.forEach((row, k) => {
      if (row.lower === row.upper) places[k].upper = put(row, 1, row.upper);
    });
    const equalities = b.length;
    rows.forEach((row, k) => {
      if (row.lower === row.upper) return;
      if (Number.isFinite(row.upper)) places[k].upper = put(row, 1, row.upper);
      if (Number.isFinite(row.lower)) places[k].lower = put(row, -1, row.lower);
    });
    for (let index = 0; index < cost.length; index++) {
      const unit = { indices: Int32Array.of(index), values: Float64Array.of(1), lower: 0, upper: 0 };
      put(unit, 1, columns.upper[index]);
      put(unit, -1, columns.lower[index]);
    }
    const cones: Cone[] = [
      ...(equalities > 0 ? [{ kind: "zero", dim: equalities } as const] : []),
      { kind: "nonnegative", dim: b.length - equalities },
    ];
    const matrix = sparseFromTriplets(b.length, cost.length, i, j, v);
    const A = { kind: "sparse", rows: b.length, cols: cost.length, matrix } as const;
    return { problem: { c: cost, A, b: Float64Array.from(b), cones }, places };
  }
}
