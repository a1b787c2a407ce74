import type { Highs, Model } from "highs";
import { UnsupportedError } from "../../errors.ts";
import type { LpColumns, LpEngine, LpRow, LpSession, LpSolution } from "./linear-program.ts";

let loaded: Promise<Highs> | undefined;

/** The HiGHS library. @throws UnsupportedError where the package `highs` is not installed */
export async function loadHighs(): Promise<Highs> {
  loaded ??= import("highs").then(
    ({ default: create }) => create(),
    (cause: unknown) => {
      loaded = undefined;
      throw new UnsupportedError('HiGHS is not installed: add it with "npm install highs", or use the engine "splitting"', {}, { cause });
    },
  );
  return loaded;
}

/** HiGHS's simplex: exact to its tolerances, warm after every change. The default engine. */
export const highsEngine: LpEngine = {
  name: "highs",
  async open(columns, rows) {
    return new HighsSession(await loadHighs(), columns, rows);
  },
};

class HighsSession implements LpSession {
  private readonly highs: Highs;
  private readonly model: Model;
  private readonly columnCount: number;
  private rowCount = 0;

  constructor(highs: Highs, { lower, upper }: LpColumns, rows: readonly LpRow[]) {
    this.highs = highs;
    this.model = highs.createModel();
    this.columnCount = lower.length;
    this.model.options.set({ output_flag: false, small_matrix_value: 1e-12 });
    this.model.addVars(lower, upper);
    this.addRows(rows);
  }

  setCost(cost: Float64Array): void {
    this.model.changeColsCost({ kind: "range", from: 0, to: this.columnCount - 1 }, cost);
  }

  addRows(rows: readonly LpRow[]): void {
    if (rows.length === 0) return;
    const { infinity } = this.highs;
    const finite = (bound: number): number => Math.max(-infinity, Math.min(infinity, bound));
    const starts = new Int32Array(rows.length + 1);
    rows.forEach(({ indices }, k) => (starts[k + 1] = starts[k] + indices.length));
    const indices = new Int32Array(starts[rows.length]);
    const values = new Float64Array(starts[rows.length]);
    rows.forEach((row, k) => {
      indices.set(row.indices, starts[k]);
      values.set(row.values, starts[k]);
    });
    this.model.addRows({
      lower: Float64Array.from(rows, ({ lower }) => finite(lower)),
      upper: Float64Array.from(rows, ({ upper }) => finite(upper)),
      matrix: { format: "csr", numRows: rows.length, numCols: this.columnCount, starts, indices, values },
    });
    this.rowCount += rows.length;
  }

  keepRows(keep: readonly boolean[]): void {
    const dropped = keep.flatMap((kept, k) => (kept ? [] : [k]));
    if (dropped.length === 0) return;
    this.model.deleteRows({ kind: "set", indices: Int32Array.from(dropped) });
    this.rowCount -= dropped.length;
  }

  solve(): Promise<LpSolution> {
    const { model, highs } = this;
    const { modelStatus: code } = highs.constants;
    let status = model.run().modelStatus;
    if (status !== code.optimal && status !== code.infeasible) {
      // Once more from a cold start.
      model.clearSolver();
      status = model.run().modelStatus;
    }
    const solution = model.getSolution();
    const ended = status === code.optimal ? "optimal" : status === code.infeasible ? "infeasible" : "failed";
    return Promise.resolve({ status: ended, x: solution.colValue, rowDual: solution.rowDual });
  }

  close(): void {
    this.model.dispose();
  }
}
